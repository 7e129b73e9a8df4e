"""The audit of packages says what it found, and above all what it did not look at."""

import importlib.util

import pytest

from tests.pages import REPOSITORY

_SPEC = importlib.util.spec_from_file_location("audit", REPOSITORY / ".ci" / "audit.py")
audit = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(audit)

KNOWN = {"name": "good", "version": "1.0", "vulns": []}
WEAK = {"name": "bad", "version": "0.9", "vulns": [{"id": "CVE-2026-0001", "fix_versions": ["1.0"]}]}
UNKNOWN = {"name": "own", "skip_reason": "Dependency not found on PyPI and could not be audited: own (1.0)"}
OURS = {"name": "label-service", "skip_reason": "distribution marked as editable"}


@pytest.mark.parametrize(
    ("packages", "words"),
    [
        ([KNOWN, OURS], "audited: 1 Python packages, no known weakness"),
        ([KNOWN, WEAK], "WEAK Python packages:\n  bad 0.9: CVE-2026-0001"),
        ([UNKNOWN], "*** NOT AUDITED"),
        ([], "*** NOT AUDITED"),
        ([KNOWN, UNKNOWN], "*** NOT WHOLLY AUDITED: 1 "),
    ],
)
def test_an_audit_says_what_it_did_not_look_at(packages, words):
    """No package passes as audited that the service did not know."""
    assert audit.said(audit.read_pip({"dependencies": packages})).startswith(words)


def test_an_answer_that_is_an_error_is_no_audit():
    """A registry that refuses, or a program that writes no JSON, has audited nothing."""
    assert audit.said(audit.read_npm({"message": "405 Method Not Allowed"})).startswith("*** NOT AUDITED")
    assert audit.answer(["false"]) == {}
    weak = {"metadata": {"dependencies": {"total": 2}}, "vulnerabilities": {"qr": {"severity": "high"}}}
    assert audit.said(audit.read_npm(weak)) == "WEAK npm packages:\n  qr: high"


@pytest.mark.parametrize(
    ("found", "is_required", "code"),
    [
        ([("Python", 5, 0, []), ("npm", 2, 0, [])], True, 0),
        ([("Python", 0, 5, []), ("npm", 2, 0, [])], False, 0),
        ([("Python", 0, 5, []), ("npm", 2, 0, [])], True, 1),
        ([("Python", 5, 0, ["bad"]), ("npm", 2, 0, [])], False, 1),
    ],
)
def test_weaknesses_fail_and_before_a_release_ignorance_too(found, is_required, code):
    """On a machine without that network work goes on, and is told so; a release needs the whole answer."""
    assert audit.verdict([audit.Audited(*item) for item in found], is_required=is_required) == code
