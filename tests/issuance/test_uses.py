"""A proof is spent once, and no more of a lot is used than was bought: rules across declarations."""

import pytest

from label_service.declaration import Declaration
from label_service.errors import NotAttested
from label_service.examples import FOLDER


def again(name: str, **changes) -> Declaration:
    """Give a shipped declaration with changes, such as another salt."""
    document = Declaration.from_bytes((FOLDER / name / "declaration.json").read_bytes().strip())
    return Declaration.from_json(document.as_json() | changes)


def test_a_reading_that_counts_twice_is_a_finding_of_the_later_declaration(own_stage):
    """The first declaration stays clean; the second names file, sum and how often it was used before."""
    declarations = own_stage.scheme.declarations
    first = declarations.submit(again("panel"))
    second = declarations.submit(again("panel", salt="f" * 32))
    assert not [finding for finding in first.findings if finding.rule == "B07"]
    assert not [finding for finding in declarations.get(first.id).findings if finding.rule == "B07"]
    (found,) = [finding for finding in second.findings if finding.rule == "B07"]
    assert found.severity == "evidence"
    assert found.value == "3 kWh"
    assert found.message == "a meter file counts here and in 1 earlier declarations"
    assert found.sources == ("meter.json",)


def test_a_second_use_is_labelled_only_when_the_auditor_releases_it(own_stage):
    """Two batches on one meter may be honest; a person looks at it."""
    own_stage.clock.forward(minutes=1)
    later = own_stage.scheme.declarations.submit(again("plate", salt="f" * 32))
    with pytest.raises(NotAttested, match="B07"):
        own_stage.scheme.attestations.add(later.id, own_stage.attest(later, findings_released=()))


def findings(found, rule: str) -> list:
    """Give the findings of one rule."""
    return [item for item in found.findings if item.rule == rule]


def test_a_weighing_that_counts_twice_asks_for_evidence(own_stage):
    """The protocol of one weighing cannot prove two batches; the first declaration stays clean."""
    declarations = own_stage.scheme.declarations
    first = declarations.submit(again("plate"))
    second = declarations.submit(again("plate", salt="f" * 32))
    assert findings(declarations.get(first.id), "reused") == []
    found = {item.sources[0]: item for item in findings(second, "reused")}
    assert found["scale.json"].severity == "evidence"
    assert found["scale.json"].message == "a scale reading counts here and in 1 earlier declarations"
    third = declarations.submit(again("plate", salt="1" * 32))
    assert {item.value for item in findings(third, "reused")} == {"3 declarations"}


def test_a_sliced_file_forecasts_every_batch_of_its_product_and_of_no_other(own_stage):
    """The next batch of the same print is normal and only said; another product on the same file asks for evidence."""
    declarations = own_stage.scheme.declarations
    declarations.submit(again("hook"))
    same = declarations.submit(again("hook", salt="f" * 32))
    product = again("hook").as_json()["product"] | {"name": "Towel hook"}
    other = declarations.submit(again("hook", salt="1" * 32, product=product))
    for found, severity in ((same, "warn"), (other, "evidence")):
        assert [item.severity for item in findings(found, "reused") if item.sources == ("hook.gcode",)] == [severity]


def test_the_same_declaration_twice_is_no_second_use(own_stage):
    """Handing in the same declaration again counts nothing twice."""
    declarations = own_stage.scheme.declarations
    declarations.submit(again("plate"))
    assert findings(declarations.submit(again("plate")), "reused") == []


def test_a_photo_counts_where_it_shows_a_weighing(own_stage):
    """The picture of a scale is a proof like its protocol; other pictures may stand in many declarations."""
    declarations = own_stage.scheme.declarations
    listed = again("plate").as_json()["evidence"]
    evidence = [item | ({"kind": "photo"} if item["kind"] == "scale_reading" else {}) for item in listed]
    declarations.submit(again("plate", evidence=evidence))
    second = declarations.submit(again("plate", evidence=evidence, salt="f" * 32))
    assert "a photo counts here" in " ".join(item.message for item in findings(second, "reused"))


# lots


def of_lot(kg: str, salt: str, bought: str | None = "1", lot: str = "PLA-31") -> Declaration:
    """Give the hook with its material from a lot."""
    document = again("hook", salt=salt * 32).as_json()
    (line,) = document["materials"]
    gross = line["gross"]
    known = {"lot": lot, "gross": gross | {"value": kg}}
    if bought:
        known["bought"] = gross | {"value": bought}
    return Declaration.from_json(document | {"materials": [line | known]})


def test_batches_together_cannot_take_more_of_a_lot_than_was_bought(own_stage):
    """Three batches of 400 g from a spool of 1 kg: the third names the sum and what was bought."""
    declarations = own_stage.scheme.declarations
    found = []
    for salt in "abc":
        found.append(declarations.submit(of_lot("0.4", salt)))
        own_stage.clock.forward(minutes=1)
    first, second, third = found
    assert findings(first, "lot") == findings(second, "lot") == []
    (excess,) = findings(third, "lot")
    assert (excess.severity, excess.value, excess.expected) == ("evidence", "1.2 kg", "at most 1 kg, as bought")
    assert findings(declarations.get(first.id), "lot") == [], "earlier batches are not blamed for later ones"


def test_one_batch_beyond_its_lot_is_found_alone(own_stage):
    """A single declaration of more than was bought has one finding, not two."""
    declarations = own_stage.scheme.declarations
    assert len(findings(declarations.submit(of_lot("1.5", "a")), "lot")) == 1
    assert len(findings(declarations.submit(of_lot("1.5", "b")), "lot")) == 1


def test_other_lots_and_unknown_masses_bound_nothing(own_stage):
    """Another lot is another spool; where nobody said what was bought, nothing is compared."""
    declarations = own_stage.scheme.declarations
    declarations.submit(of_lot("0.9", "a"))
    assert findings(declarations.submit(of_lot("0.9", "b", lot="PLA-32")), "lot") == []
    assert findings(declarations.submit(of_lot("0.9", "c", bought=None)), "lot") == []
