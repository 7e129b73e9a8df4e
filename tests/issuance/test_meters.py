"""A meter reading is spent once: rule B07 across declarations."""

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
    assert found.message == "meter.json counts here and in 1 earlier declarations"


def test_a_second_use_is_labelled_only_when_the_auditor_releases_it(own_stage):
    """Two batches on one meter may be honest; a person looks at it."""
    own_stage.clock.forward(minutes=1)
    later = own_stage.scheme.declarations.submit(again("plate", salt="f" * 32))
    with pytest.raises(NotAttested, match="B07"):
        own_stage.scheme.attestations.add(later.id, own_stage.attest(later, findings_released=()))
