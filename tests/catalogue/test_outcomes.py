"""A dry run assesses every row as the service would, one after the other."""

import time

from label_service.assessment import assess
from label_service.catalogue import Files, declare_rows, dry_run
from label_service.inventory.build import build_inventory
from tests.catalogue.samples import BOX_METER, BOX_ROW, EVIDENCE, HOOK_ROW, KEY, METER, checked, declared, rows_of
from tests.proposal.samples import PHOTO, PROFILES, RELEASE


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


def test_most_of_the_time_goes_into_the_assessment():
    """Making declarations costs less than half of a dry run, so that 10,000 rows are limited by the method alone."""
    row = {name: text for name, text in HOOK_ROW.items() if name != "evidence"}
    rows = rows_of(*({**row, "sku": f"H{i}", "machine": "printer", "evidence": "scale.jpg"} for i in range(150)))
    files = Files([PHOTO, METER, BOX_METER], {})

    def cost(run):
        start = time.process_time()
        assert all(outcome.error is None for outcome in run)
        return time.process_time() - start

    for _ in range(2):  # the first time builds the models
        declaring = cost(declare_rows(rows, PROFILES, RELEASE, salt_key=KEY, files=files))
    assert declaring < 0.5 * cost(dry_run(rows, PROFILES, RELEASE, files=files))
