"""The auditor's side: what her tool refuses to sign."""

import json
import uuid
from datetime import timedelta

import pytest

from label_service import canonical
from label_service.errors import (
    InvalidDocument,
    InvalidKey,
    NotCanonical,
    NotFound,
    Refused,
    VerificationError,
)
from label_service.issuance.attesting import sign_dossier
from label_service.label.attestation import read_attestation
from tests.stage import AUDITOR, CRITERIA, NOON, ORIGIN

SALT = "7" * 32


@pytest.fixture
def sign(own_stage):
    """Sign a dossier as the auditor of an installation would."""

    def sign(folder, **changes):
        options = {
            "name": AUDITOR,
            "origin": ORIGIN,
            "criteria": (),
            "released": (),
            "level": "desk",
            "valid_from": NOON,
            "valid_for": timedelta(days=365),
            "identifier": uuid.uuid4(),
        }
        key = changes.pop("key", own_stage.folder / "auditor" / "auditor.pem")
        return sign_dossier(folder, key, **options | changes)

    return sign


@pytest.fixture
def folder(own_stage, tmp_path):
    """Give the dossier of the box, which has a category."""
    own_stage.dossier("box", tmp_path / "dossier", salt=SALT)
    return tmp_path / "dossier"


def rewrite(file, change):
    """Change a document of the dossier and keep its spelling."""
    document = json.loads(file.read_bytes())
    change(document)
    file.write_bytes(canonical.encode(document))


def test_what_holds_is_signed_and_counts(own_stage, sign, folder):
    """An honest dossier, recomputed and looked at, gives an attestation that the service takes."""
    found = own_stage.submit("box", salt=SALT)
    asked = tuple(sorted({item.rule for item in found.findings if item.severity == "evidence"}))
    dossier, token = sign(folder, criteria=CRITERIA, released=asked)
    own_stage.scheme.attestations.add(found.id, token)
    _, content = read_attestation(token)
    assert content.subject.declaration_digest == dossier.declaration.digest == found.declaration.digest
    assert content.subject.criteria == CRITERIA
    assert (content.valid_from, content.valid_until) == ("2026-11-20T12:00:00Z", "2027-11-20T12:00:00Z")


@pytest.mark.parametrize("change", ["changed", "gone", "digest"])
def test_changed_evidence_is_not_signed(sign, folder, change):
    """A file that was exchanged after the declaration, or a digest that was, stops the signature."""
    file = folder / "evidence" / "meter.json"
    if change == "changed":
        file.write_bytes(file.read_bytes() + b" ")
    elif change == "gone":
        file.unlink()
    else:
        document = (folder / "declaration.json").read_text()
        digest = next(item["digest"] for item in json.loads(document)["evidence"] if item["name"] == "meter.json")
        (folder / "declaration.json").write_text(document.replace(digest, "ab" * 32))
    with pytest.raises(VerificationError, match=r"meter\.json"):
        sign(folder, criteria=CRITERIA)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("declaration", lambda document: document["materials"][0]["gross"].update(value="3.9")),
        ("inventory", lambda document: document["flows"][0].update(amount="3")),
        ("assessment", lambda document: document.update(score=1)),
    ],
)
def test_documents_that_do_not_follow_are_not_signed(sign, folder, name, change):
    """The step from declaration to score is recomputed before it is vouched for."""
    rewrite(folder / f"{name}.json", change)
    with pytest.raises(VerificationError, match="does not follow from the declaration"):
        sign(folder, criteria=CRITERIA)


def test_second_spellings_are_not_signed(sign, folder):
    """What is signed is one string of bytes."""
    file = folder / "inventory.json"
    file.write_text(json.dumps(json.loads(file.read_bytes()), indent=1))
    with pytest.raises(NotCanonical):
        sign(folder, criteria=CRITERIA)


def test_a_category_needs_the_criteria_that_were_checked(sign, folder):
    """Nobody vouches for a functional equivalence she did not look at."""
    with pytest.raises(Refused) as refused:
        sign(folder)
    assert "--criteria" in refused.value.hint


def test_open_findings_are_not_signed(own_stage, sign, tmp_path):
    """Each finding that asks for a look is released by its name."""
    found = own_stage.dossier("hook", tmp_path / "hook")
    asked = {item.rule for item in found.findings if item.severity == "evidence"}
    assert asked
    with pytest.raises(Refused, match=next(iter(asked))):
        sign(tmp_path / "hook")
    _, token = sign(tmp_path / "hook", released=tuple(sorted(asked)))
    assert set(read_attestation(token)[1].subject.findings_released) == asked


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"level": "glance"}, InvalidDocument),
        ({"origin": "localhost"}, InvalidDocument),
        ({"name": ""}, InvalidDocument),
        ({"valid_for": timedelta(0)}, InvalidDocument),
        ({"criteria": ("",)}, InvalidDocument),
    ],
)
def test_what_the_format_cannot_carry_is_not_signed(sign, folder, options, error):
    """Every error is one of ours, before the key is used."""
    with pytest.raises(error):
        sign(folder, **{"criteria": CRITERIA} | options)


def test_without_key_or_dossier_nothing_is_signed(sign, folder, tmp_path):
    """What is missing is named."""
    with pytest.raises(InvalidKey):
        sign(folder, criteria=CRITERIA, key=tmp_path / "nowhere.pem")
    with pytest.raises(NotFound, match=r"declaration\.json"):
        sign(tmp_path)
