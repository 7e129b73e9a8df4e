"""A scheme issues no label before its rules, terms and consultation are published."""

import pytest

from label_service.certification.publications import KINDS
from label_service.errors import Refused
from tests.parties import gather
from tests.stage import found_stage


@pytest.fixture
def new(tmp_path):
    """Give a scheme that has published nothing, with a declaration that an auditor attested."""
    stage = found_stage(tmp_path / "scheme", is_demo=False, is_ready=False)
    found = stage.submit("plate", demo=False)
    stage.scheme.attestations.add(found.id, stage.attest(found))
    yield stage, found.id
    stage.scheme.close()


def test_nothing_is_certified_before_the_rules_are_public(new):
    """A label is refused with what is missing, until the last of the three texts is published."""
    stage, identifier = new
    operator = gather(stage.scheme).operator
    for kind, title in KINDS.items():
        with pytest.raises(Refused, match=title):
            stage.scheme.labels.issue(identifier)
        stage.certification.publications.publish(operator, kind, "2026-1", title, "# One")
    assert stage.scheme.labels.issue(identifier).id


def test_a_demo_needs_no_rules(own_stage):
    """What says DEMO certifies nothing."""
    assert own_stage.certification.publications.newest("rule_book") is None
    assert own_stage.issue("hook", salt="7" * 32).id
