import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service import canonical
from label_service.errors import InvalidDocument, MissingFactor, VerificationError
from label_service.factors import ProvenRow, ProvenRows, RecordingRelease, load_release
from label_service.factors.tables import read_rows
from tests.test_merkle import recursive_root
from tests.vectors import make_release

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "release.json").read_text(encoding="utf-8"))
RELEASE = load_release()
IDS = [(row["table"], row["key"]) for row in map(json.loads, RELEASE.lines().splitlines())]


def proven(documents):
    """Give the rows of the vectors' release."""
    header = VECTORS["header"]
    return ProvenRows(header["root"], header["size"], [ProvenRow.from_document(document) for document in documents])


def test_vectors_tables_give_the_rows(tmp_path):
    """The same tables give the same canonical rows and root in every implementation."""
    for name, text in VECTORS["files"].items():
        (tmp_path / name).write_bytes(text.encode("utf-8"))
    assert [canonical.encode(row).decode("utf-8") for row in read_rows(tmp_path)] == VECTORS["rows"]
    assert recursive_root([bytes.fromhex(leaf) for leaf in VECTORS["leaf_hashes"]]).hex() == VECTORS["header"]["root"]


def test_vectors_are_what_their_script_makes():
    """The vectors and the script that made them do not drift apart."""
    assert make_release.vectors() == VECTORS


def test_vectors_proofs_hold():
    """Every proof of the vectors holds, and the rows are those of the tables."""
    rows = proven(VECTORS["proofs"])
    for line in VECTORS["rows"]:
        row = json.loads(line)
        assert rows.row(row["table"], row["key"]) == row


@pytest.mark.parametrize("case", VECTORS["invalid"], ids=lambda case: case["why"])
def test_vectors_invalid_proofs_are_refused(case):
    """A row that is not the published one, or not at its place, is refused with its name."""
    with pytest.raises(VerificationError) as error:
        proven([case["proof"]])
    assert error.value.where == "transport/hgv-average"


@pytest.mark.parametrize("case", VECTORS["absent"], ids=lambda case: case["table"] + "/" + case["key"])
def test_vectors_missing_rows_are_proven_by_neighbours(case):
    """That a release lacks a row is believed only with both neighbours."""
    neighbours = [VECTORS["proofs"][index] for index in case["neighbours"]]
    rows = proven(neighbours)
    assert not rows.has(case["table"], case["key"])
    with pytest.raises(MissingFactor):
        rows.row(case["table"], case["key"])
    for left_out in range(len(neighbours)):
        fewer = proven(neighbours[:left_out] + neighbours[left_out + 1 :])
        with pytest.raises(VerificationError, match="neighbours"):
            fewer.has(case["table"], case["key"])


@given(st.lists(st.sampled_from(IDS), max_size=12), st.lists(st.text(max_size=12), max_size=4), st.data())
def test_a_bundle_answers_like_the_release(row_ids, words, data):
    """Service and verifier get the same rows and the same errors, whatever was asked for."""
    asked = [
        *row_ids,
        *((data.draw(st.sampled_from(["materials", "a", "transport", "z"])), word) for word in words),
    ]
    recording = RecordingRelease(RELEASE)
    answers = [answer(recording, row_id) for row_id in asked]
    documents = canonical.decode(canonical.encode([entry.as_document() for entry in recording.proven()]))
    rows = ProvenRows(RELEASE.digest, RELEASE.size, [ProvenRow.from_document(document) for document in documents])
    assert [answer(rows, row_id) for row_id in asked] == answers


def answer(rows, row_id):
    """Give the row, or the words of the error."""
    try:
        return rows.row(*row_id)
    except MissingFactor as error:
        return error.detail


@given(st.lists(st.sampled_from(IDS), min_size=2, max_size=8, unique=True), st.data())
def test_leaving_out_a_row_is_noticed(row_ids, data):
    """A bundle cannot hide an unfavourable row: one that is not carried is never taken as missing."""
    hidden = data.draw(st.sampled_from(row_ids))
    carried = [RELEASE.proof(*row_id) for row_id in row_ids if row_id != hidden]
    with pytest.raises(VerificationError):
        ProvenRows(RELEASE.digest, RELEASE.size, carried).row(*hidden)


@given(st.sampled_from(IDS), st.data())
def test_any_altered_cell_fails(row_id, data):
    """No cell of a carried row can be changed, added or removed."""
    document = copy.deepcopy(RELEASE.proof(*row_id).as_document())
    column = data.draw(st.sampled_from(sorted(set(document["row"]) - {"table", "key"})))
    change = data.draw(st.sampled_from(["alter", "remove", "add"]))
    if change == "alter":
        document["row"][column] = "0" if document["row"][column] != "0" else "1"
    elif change == "remove":
        del document["row"][column]
    else:
        document["row"]["further"] = "1"
    with pytest.raises(VerificationError):
        ProvenRows(RELEASE.digest, RELEASE.size, [ProvenRow.from_document(document)])


def test_no_row_stands_twice():
    """One row cannot be carried twice."""
    entry = RELEASE.proof("materials", "pla")
    with pytest.raises(VerificationError, match="order"):
        ProvenRows(RELEASE.digest, RELEASE.size, [entry, entry])


def test_rows_of_another_release_are_refused():
    """A row proves against the digest and size it belongs to, and no other."""
    entry = RELEASE.proof("materials", "pla")
    with pytest.raises(VerificationError):
        ProvenRows("0" * 64, RELEASE.size, [entry])
    with pytest.raises(InvalidDocument):
        ProvenRows("no digest", RELEASE.size, [entry])


@pytest.mark.parametrize(
    "change",
    [
        {"index": "1"}, {"index": True}, {"index": None}, {"path": "00"}, {"path": ["0"]}, {"path": ["G" * 64]},
        {"path": [7]}, {"row": {}}, {"row": {"table": "a"}}, {"row": {"table": 1, "key": "b"}}, {"row": []},
        {"more": 1},
    ],
)  # fmt: skip
def test_malformed_entries_are_refused(change):
    """Hostile JSON in a bundle ends in a readable error."""
    document = RELEASE.proof("materials", "pla").as_document() | change
    with pytest.raises(InvalidDocument):
        ProvenRow.from_document(document)
    with pytest.raises(InvalidDocument):
        ProvenRow.from_document([document])
