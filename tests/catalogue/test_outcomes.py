"""A dry run assesses every row as the service would, one after the other."""

from label_service.assessment import assess
from label_service.catalogue import dry_run
from label_service.inventory.build import build_inventory
from tests.catalogue.samples import BOX_ROW, EVIDENCE, HOOK_ROW, checked, declared, rows_of
from tests.proposal.samples import PROFILES, RELEASE


def test_a_dry_run_says_what_the_service_will_say():
    """Score and letter of the preview are those of the declaration that will be submitted."""
    preview, submitted = checked(HOOK_ROW, BOX_ROW), declared(HOOK_ROW, BOX_ROW)
    for before, after in zip(preview, submitted, strict=True):
        found = assess(build_inventory(after.declaration, RELEASE, RELEASE.digest), RELEASE)
        assert (before.assessment.grade, before.assessment.score) == (found.grade, found.score)


def test_findings_are_shown_before_anything_is_submitted():
    """Numbers that an auditor will question are named in the preview."""
    (outcome,) = checked(HOOK_ROW)
    assert "F05" in {finding.rule for finding in outcome.findings}


def test_rows_come_one_by_one():
    """Progress can be shown: the first outcome is there before the last row is looked at."""

    def rows():
        yield from rows_of(HOOK_ROW)
        raise AssertionError

    outcomes = dry_run(rows(), PROFILES, RELEASE, files=EVIDENCE)
    assert next(outcomes).row.sku == "HOOK-4"


def test_rows_with_errors_change_nothing_for_the_others():
    """Between two good rows a wrong one may stand."""
    bad = HOOK_ROW | {"sku": "BAD", "machine": "lathe"}
    first, second, third = checked(HOOK_ROW, bad, BOX_ROW)
    assert second.error
    assert second.assessment is None
    alone = (*checked(HOOK_ROW), *checked(BOX_ROW))
    assert [item.assessment for item in (first, third)] == [item.assessment for item in alone]
