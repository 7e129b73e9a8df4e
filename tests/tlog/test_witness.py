"""What a witness is asked, how it judges that, and what a log believes of its answer: docs/formats/log.md."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service.errors import InvalidDocument, LogFault
from label_service.tlog.note import Note, cosign
from label_service.tlog.split_view import SplitView
from label_service.tlog.witness import AddCheckpoint, Verdict, read_cosignatures
from tests.signers import signer
from tests.witness.growing import LOG_KEY, NAME, WITNESS, WITNESS_KEY, Growing

HONEST, FORKED = Growing(), Growing("other", same=3)
NOW_S = 1_795_176_000


@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=60)
def test_an_honest_log_is_always_cosigned(first, second):
    """Whatever a witness saw of an honest log, it cosigns whatever follows, and reads it in one spelling."""
    old, size = sorted((first, second))
    request = HONEST.request(old, size)
    assert AddCheckpoint.parse(str(request)) == request
    last = HONEST.checkpoint(old) if old else None
    assert request.judge([LOG_KEY], last) is Verdict.COSIGN


@given(st.integers(1, 20), st.integers(0, 20), st.integers(0, 20))
@settings(max_examples=60)
def test_two_trees_are_never_both_cosigned(seen, old, more):
    """No request makes a witness cosign a tree that does not continue the one it saw, or a smaller one."""
    last = HONEST.checkpoint(seen)
    forked = Growing("other")
    verdict = forked.request(old, old + more).judge([LOG_KEY], last)
    assert verdict in {Verdict.SPLIT_VIEW, Verdict.OTHER_SIZE, Verdict.INCONSISTENT}
    assert HONEST.request(old, seen - 1).judge([LOG_KEY], last) is not Verdict.COSIGN


@pytest.mark.parametrize(
    ("request_", "verdict"),
    [
        (HONEST.request(5, 9, key=signer(209)), Verdict.UNKNOWN_KEY),
        (HONEST.request(9, 7), Verdict.OLDER),
        (HONEST.request(0, 9), Verdict.OTHER_SIZE),
        (HONEST.request(4, 9), Verdict.OTHER_SIZE),
        (FORKED.request(5, 5), Verdict.SPLIT_VIEW),
        (FORKED.request(0, 5), Verdict.SPLIT_VIEW),
        (FORKED.request(5, 9), Verdict.INCONSISTENT),
        (AddCheckpoint(5, HONEST.path(5, 9)[:-1], HONEST.checkpoint(9)), Verdict.INCONSISTENT),
        (AddCheckpoint(5, (bytes(32),), HONEST.checkpoint(5)), Verdict.INCONSISTENT),
        (HONEST.request(5, 5), Verdict.COSIGN),
        (HONEST.request(5, 9), Verdict.COSIGN),
    ],
)
def test_each_refusal_has_its_name(request_, verdict):
    """A forged, old, lagging, forked or unproven checkpoint is refused, each by its own name; a replay is not."""
    assert request_.judge([LOG_KEY], HONEST.checkpoint(5)) is verdict


def test_a_log_that_is_not_known_is_refused():
    """A witness speaks of logs it was told of only."""
    assert HONEST.request(0, 5).judge([], None) is Verdict.UNKNOWN_LOG


TEXT = str(HONEST.request(5, 9))


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT.replace("old 5", "old 05"),
        TEXT.replace("old 5", "old -5"),
        TEXT.replace("old 5", "old  5"),
        TEXT.replace("old 5\n", ""),
        TEXT.replace("old 5\n", "old 5\nAAAA\n"),
        TEXT.replace("\n\n", "\n", 1),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("old 5\n", "old 5\n" + 64 * f"{'A' * 43}=\n"),
    ],
)
def test_second_spellings_are_refused(text):
    """A request is read in one spelling or not at all."""
    with pytest.raises(InvalidDocument):
        AddCheckpoint.parse(text)


CHECKPOINT = HONEST.checkpoint(9)


def line(name=NAME, key=WITNESS, time_s=NOW_S, text=CHECKPOINT.note.text):
    """Give the line of a witness."""
    return f"{cosign(text, name, key, time_s)}\n"


def test_an_honest_answer_is_taken_and_strangers_are_passed_over():
    """What a witness answers stands below the checkpoint; lines of keys that nobody listed do not."""
    stranger = line("stranger.example", signer(203))
    found = read_cosignatures(stranger + line(), CHECKPOINT, [WITNESS_KEY], NOW_S)
    assert [item.name for item in found] == [NAME]
    assert CHECKPOINT.with_signatures(found).note.text == CHECKPOINT.note.text


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (line(text="another\n"), LogFault),
        (line(text=HONEST.checkpoint(8).note.text), LogFault),
        (line(time_s=NOW_S + 1), LogFault),
        (line(key=signer(204)), LogFault),
        (line("stranger.example", signer(203)), LogFault),
        (line()[:-1], InvalidDocument),
        ("", InvalidDocument),
        ("welcome\n", InvalidDocument),
    ],
)
def test_a_witness_that_lies_is_not_believed(answer, error):
    """A signature of something else, by another key or from tomorrow is none."""
    with pytest.raises(error):
        read_cosignatures(answer, CHECKPOINT, [WITNESS_KEY], NOW_S)


def split(seen, found, **changes):
    """Give evidence of two checkpoints."""
    return SplitView(first=str(seen), second=str(found), **changes)


def test_evidence_convinces_a_stranger():
    """Two trees of one size, or of two with the proof that the larger began otherwise, speak for themselves."""
    assert split(HONEST.checkpoint(5), FORKED.checkpoint(5)).check(LOG_KEY)
    root = FORKED.checkpoint(5).root.hex()
    path = tuple(node.hex() for node in FORKED.path(5, 9))
    proof = split(HONEST.checkpoint(5), FORKED.checkpoint(9), root=root, path=path)
    assert SplitView.from_bytes(proof.to_bytes()).check(LOG_KEY)[1].size == 9


HASHES = tuple(node.hex() for node in HONEST.path(5, 9))


@pytest.mark.parametrize(
    "evidence",
    [
        split(HONEST.checkpoint(5), HONEST.checkpoint(5)),
        split(HONEST.checkpoint(5), HONEST.checkpoint(9)),
        split(HONEST.checkpoint(5), HONEST.checkpoint(9), root=HONEST.checkpoint(5).root.hex(), path=HASHES),
        split(HONEST.checkpoint(5), HONEST.checkpoint(9), root="00" * 32, path=HASHES),
        split(HONEST.checkpoint(5), FORKED.checkpoint(5, key=signer(209))),
        split(HONEST.checkpoint(5), FORKED.checkpoint(5, origin="else.example")),
    ],
)
def test_an_honest_log_cannot_be_accused(evidence):
    """One tree at two sizes, a made-up proof or a forged checkpoint proves nothing against a log."""
    with pytest.raises(Exception, match=r"expected|contradict|beginning|signature|checkpoint"):
        evidence.check(LOG_KEY)


def test_lines_of_other_kinds_are_kept():
    """A note may carry signatures of kinds that this build does not know, such as post-quantum ones."""
    unknown = "— pq.example " + "AAAAAAAA" * 60
    assert Note.parse(f"{CHECKPOINT}{unknown}\n").signatures[-1].name == "pq.example"
