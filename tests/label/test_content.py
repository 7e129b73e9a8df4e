import pytest

from label_service.errors import InvalidDocument, LabelServiceError, NotAttested, NotGradable
from label_service.grade import capped, grade_of, score_of
from label_service.label.content import Issuer, label_content, statement
from tests.label.samples import (
    ACCREDITATION,
    ASSESSMENT,
    DID,
    INVENTORY,
    ORIGIN,
    STATUS,
    assessment,
    attestation,
    content,
    inventory,
    scope,
)


def _made(**changes):
    arguments = {
        "label_id": "ABCDEFGHIJ234",
        "origin": ORIGIN,
        "issuer": Issuer(id=DID, name="Demo scheme"),
        "inventory": INVENTORY,
        "assessment": ASSESSMENT,
        "attestation": attestation(),
        "attestation_digest": "a7" * 32,
        "accreditation": ACCREDITATION,
        "valid_from": "2026-11-23T10:00:00Z",
        "valid_until": "2028-11-23T10:00:00Z",
        "status": STATUS,
    }
    return label_content(**(arguments | changes))


def _attested(**changes):
    return attestation(subject=attestation().subject.model_copy(update=changes))


def test_says_what_the_documents_say():
    """Figures, names and digests of a label are those of the documents it rests on."""
    made = _made()
    assert (made.grade, made.score, made.kgco2e) == ("B", 80, ASSESSMENT.product.kgco2e)
    assert (made.inventory_digest, made.assessment_digest) == (INVENTORY.digest, ASSESSMENT.digest)
    assert made.graded.reference == "ref_storage_box_pp"
    assert [item.reference for item in made.comparisons] == ["ref_storage_box_pp", "same_design"]
    assert made.criteria == attestation().subject.criteria
    assert made.auditor.accreditation == ACCREDITATION


def test_no_label_without_grade():
    """What has no grade gets no label, and the reason is named."""
    ungraded = assessment(INVENTORY, grade=None, score=None, graded_against=None, reasons=("no_reference",))
    with pytest.raises(NotGradable, match="no_reference"):
        _made(assessment=ungraded)


@pytest.mark.parametrize(
    "changes",
    [
        {"attestation": _attested(inventory_digest="00" * 32)},
        {"attestation": _attested(assessment_digest="00" * 32)},
        {"attestation": _attested(producer="https://elsewhere.example/")},
        {"attestation": _attested(category=None)},
        {"attestation": _attested(demo=False)},
        {"attestation": scope()},
        {"inventory": inventory(quantity=13)},
        {"origin": "https://labels.example"},
        {"valid_from": "2026-11-20T08:59:59Z"},
        {"valid_until": "2029-11-20T09:00:01Z"},
    ],
)
def test_no_label_without_its_own_attestation(changes):
    """An attestation of other documents, another scheme, producer, category or time makes no label."""
    with pytest.raises(NotAttested):
        _made(**changes)


def test_assessment_of_another_inventory_is_refused():
    """An assessment of another inventory makes no label even when the attestation names it."""
    other = assessment(inventory(quantity=13))
    with pytest.raises(NotAttested, match="inventory of the assessment"):
        _made(assessment=other, attestation=_attested(assessment_digest=other.digest))


def test_validity_is_at_most_three_years():
    """A label valid for longer than three years is refused."""
    long = attestation(valid_until="2035-11-20T09:00:00Z")
    assert _made(attestation=long, valid_until="2029-11-23T10:00:00Z").valid_until == "2029-11-23T10:00:00Z"
    with pytest.raises(InvalidDocument, match="3 years"):
        _made(attestation=long, valid_until="2029-11-23T10:00:01Z")


@pytest.mark.parametrize(
    "changes",
    [
        {"grade": "A"},
        {"score": 79},
        {"caps": ["proxy_share"]},
        {"graded_against": "ref_crate_wood"},
        {"criteria": []},
        {"function": None},
        {"valid_until": "2028-02-30T10:00:00Z"},
        {"origin": "http://localhost:80"},
        {"origin": "http://localhost:8000/"},
        {"label_id": "abcdefghij234"},
        {"scope": {"digest": "5c" * 32, "position": 41, "of": 40}},
    ],
)
def test_content_contradicts_itself_nowhere(changes):
    """A letter or score that does not follow from the ratio is refused, and so is what does not fit together."""
    with pytest.raises((LabelServiceError, ValueError)):
        content(**changes)


def _lettered(p05, p95, **changes):
    ratio = {"p05": p05, "median": p05, "p95": p95}
    against = {"reference": "ref_storage_box_pp", "kind": "market", "provisional": False, "ratio": ratio}
    score = score_of(p95)
    grade = capped(grade_of(score, p05), tuple(changes.get("caps", ())))
    return content(comparisons=[against], score=score, grade=grade, **changes)


_AT_MOST_50 = "At most 50 % of the climate impact of the mass-produced reference, with 95 % certainty."


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (_lettered("0.3", "0.5"), _AT_MOST_50),
        (_lettered("0.9", "1.2"), "No advantage over the mass-produced reference is shown."),
        (_lettered("1.1", "1.2", default_share="0"), "Shown to be worse than the mass-produced reference."),
        (
            _lettered("1.1", "1.2", default_share="0.3"),
            "Worse than the mass-produced reference when what is not evidenced counts with its fixed value.",
        ),
        (
            _lettered("0.3", "0.5", caps=["proxy_share"]),
            f"{_AT_MOST_50} No letter better than C: more than a quarter of the impact rests on stand-in factors.",
        ),
    ],
)
def test_statement_says_what_is_proven(made, words):
    """Each letter is put into the words of what it proves; an E that rests on defaults says so."""
    assert statement(made) == words


def test_provisional_reference_is_named():
    """A reference with too few weighed samples is called provisional in the statement."""
    assert "the provisional mass-produced reference" in statement(content())
