"""A product is followed to the root of each of its parts, offline; what breaks on the way has a name."""

import json

import pytest

from label_service import canonical
from label_service.trust.trust_list import read_root
from label_service.verify import inspect_bundle
from label_service.verify.bundle import inspect_part
from tests.vectors import make_bundle, make_parts
from tests.verify.chains import CHAINS

VECTORS = json.loads(make_parts.FILE.read_text("utf-8"))
BUNDLE = json.loads(VECTORS["bundle"])
ROOTS = dict([read_root(VECTORS["root"].encode())])


def judged(bundle):
    """Give the report of a bundle of the vectors."""
    return inspect_bundle(canonical.encode(bundle), ROOTS, VECTORS["at"])


def test_the_file_is_what_the_script_makes():
    """Published vectors change only together with the script that makes them; gzip of lists may differ."""

    def plain(value):
        cases = [{**case, "changes": []} for case in value["cases"]]
        bundle = json.loads(value["bundle"]) | {"status": [], "parts": []}
        return {**value, "cases": cases, "bundle": bundle}

    assert plain(json.loads(json.dumps(make_parts.build()))) == plain(VECTORS)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["why"].replace(" ", "-"))
def test_each_case_ends_as_published(case):
    """Another verifier can hold itself against every named result."""
    report = inspect_bundle(make_bundle.changed(BUNDLE, case["changes"]), ROOTS, VECTORS["at"])
    assert (report.exit_code, str(report.steps[-1].outcome)) == (case["exit_code"], case["outcome"])
    assert "result" not in case or make_parts.result_of(report) == case["result"]


@pytest.mark.parametrize("name", CHAINS)
def test_every_chain_has_a_named_result(name):
    """Expired and withdrawn parts, other methods and boundaries, cycles and depth: each is told by its name."""
    make, result = CHAINS[name]
    report = judged(make())
    assert [step.name for step in report.steps if step.outcome != "holds"] == (["parts"] if result else [])
    assert make_parts.result_of(report) == result


def test_a_part_may_run_out_after_it_was_built_in():
    """What counted when the product was labelled is enough; a part is not asked to outlive the product."""
    bundle = make_parts.product([make_parts.part(valid_until="2026-11-20T11:00:00Z")])
    assert judged(bundle).exit_code == 0


def test_a_part_is_judged_for_the_next_maker():
    """Who wants to build a label in learns the same about it before, with what it weighs."""
    data = canonical.encode(make_parts.part())
    found, doubts = inspect_part(data, ROOTS, VECTORS["at"], demo=True)
    assert (found.digest, doubts) == (make_parts.weigh(make_parts.part()).digest, [])
