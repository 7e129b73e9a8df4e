"""The published bundle and its forgeries are judged as published, by us and step by step."""

import json

import pytest

from label_service.trust.trust_list import read_root
from label_service.verify import inspect_bundle
from tests.vectors import make_bundle

VECTORS = json.loads(make_bundle.FILE.read_text("utf-8"))
BUNDLE = json.loads(VECTORS["bundle"])


def plain(vectors):
    """Give the vectors without status lists, whose gzip may differ between builds of zlib."""
    cases = [
        case | {"changes": [change for change in case["changes"] if not change["pointer"].startswith("/status")]}
        for case in vectors["cases"]
    ]
    return vectors | {"bundle": json.loads(vectors["bundle"]) | {"status": []}, "cases": cases}


def test_the_file_is_what_the_script_makes():
    """Published vectors change only together with the script that makes them."""
    assert plain(json.loads(json.dumps(make_bundle.build()))) == plain(VECTORS)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["why"].replace(" ", "-"))
def test_each_case_ends_as_published(case):
    """Another verifier can hold itself against every step of every case."""
    roots = dict([read_root(VECTORS["root"].encode())]) if case["is_pinned"] else {}
    report = inspect_bundle(make_bundle.changed(BUNDLE, case["changes"]), roots, case["at"])
    assert report.exit_code == case["exit_code"]
    assert {step.name: str(step.outcome) for step in report.steps} == case["steps"]


def test_every_step_is_failed_by_a_case_or_needs_two_keys():
    """Only what the scheme's own keys could forge has no case: it is in the verifier's tests."""
    failed = {name for case in VECTORS["cases"] for name, outcome in case["steps"].items() if outcome == "fails"}
    assert set(VECTORS["cases"][0]["steps"]) - failed == {"three parties", "scope"}
