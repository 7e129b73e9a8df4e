"""One label under the trust lists of several operators: which list is judged by, and where an issuer has ended."""

import json

import pytest

from label_service.trust.trust_list import read_root
from label_service.verify import inspect_bundle
from tests.vectors import make_bundle, make_federation

VECTORS = json.loads(make_federation.FILE.read_text("utf-8"))
BUNDLE = json.loads(make_bundle.FILE.read_text("utf-8"))["bundle"].encode()


def test_the_file_is_what_the_script_makes():
    """Published vectors change only together with the script that makes them."""
    assert make_federation.build() == VECTORS


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["why"].replace(" ", "-"))
def test_each_case_ends_as_published(case):
    """Lists of others vouch, cut off and hand over exactly as the format says, step by step."""
    roots = dict(read_root(VECTORS["roots"][name].encode()) for name in case["pinned"])
    lists = [VECTORS["lists"][name] for name in case["lists"]]
    report = inspect_bundle(BUNDLE, roots, case["at"], trust_lists=lists)
    assert (report.exit_code, report.steps[1].detail) == (case["exit_code"], case["trust"])
    assert {step.name: str(step.outcome) for step in report.steps} == case["steps"]
