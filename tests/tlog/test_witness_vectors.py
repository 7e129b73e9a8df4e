"""The published vectors of witnesses: requests, the answer, and evidence of split views."""

import json
from datetime import UTC, datetime

import pytest

from label_service.errors import LabelServiceError
from label_service.tlog.checkpoint import Checkpoint
from label_service.tlog.note import VerifierKey
from label_service.tlog.split_view import SplitView
from label_service.witness.memory import Memory
from label_service.witness.witness import Witness
from tests.vectors import make_witness

VECTORS = json.loads(make_witness.FILE.read_text("utf-8"))
LOG, WITNESS = VerifierKey.parse(VECTORS["log"]), VerifierKey.parse(VECTORS["witness"])
SEEN = Checkpoint.parse(VECTORS["seen"])


def test_the_file_is_what_the_script_makes():
    """Published vectors change only together with the script that makes them."""
    assert json.loads(json.dumps(make_witness.vectors())) == VECTORS


@pytest.mark.parametrize("case", VECTORS["requests"], ids=lambda case: case["why"].replace(" ", "-"))
def test_requests_are_answered_as_published(case, tmp_path):
    """Another witness can hold its answers against ours, byte for byte where it cosigns."""
    memory = Memory(tmp_path / "witness.db")
    with memory.alone():
        memory.remember(SEEN.origin, SEEN.size, VECTORS["seen"])
    clock = datetime.fromtimestamp(VECTORS["time_s"], UTC)
    witness = Witness(WITNESS.name, make_witness.WITNESS_KEY, {LOG.name: [LOG]}, memory, lambda: clock)
    answer = witness.add_checkpoint(case["request"].encode())
    memory.close()
    assert answer.status == case["status"]
    if answer.status == 200:
        assert answer.text == VECTORS["answer"]


@pytest.mark.parametrize("case", VECTORS["split_views"], ids=lambda case: case["why"].replace(" ", "-"))
def test_evidence_is_judged_as_published(case):
    """A stranger with another program comes to the same verdict about a log."""
    evidence = SplitView.from_bytes(case["evidence"].encode())
    if case["holds"]:
        evidence.check(LOG)
    else:
        with pytest.raises(LabelServiceError):
            evidence.check(LOG)
