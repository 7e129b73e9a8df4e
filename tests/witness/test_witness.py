"""A witness as a process answers: what it cosigns, remembers, refuses and keeps."""

import sqlite3
import threading

import httpx
import pytest

from label_service.errors import Conflict, LabelServiceError, NotFound, Overloaded
from label_service.tlog.note import Note, SignatureLine, verify_signatures
from label_service.tlog.witness import MAX_REQUEST_BYTES, SIZE_TYPE
from label_service.witness.house import House
from label_service.witness.memory import MOST_REFUSED, Memory
from label_service.witness.site import Door, witness_app
from label_service.witness.witness import Witness, evidence
from tests.signers import signer
from tests.witness.growing import LOG_KEY, NAME, NOON, ORIGIN, WITNESS, WITNESS_KEY, Growing, listening

HONEST, FORKED = Growing(), Growing("other", same=3)


@pytest.fixture
def memory(tmp_path):
    """An empty memory."""
    opened = Memory(tmp_path / "witness.db")
    yield opened
    opened.close()


@pytest.fixture
def witness(memory):
    """A witness of one log."""
    return Witness(NAME, WITNESS, {ORIGIN: [LOG_KEY]}, memory, lambda: NOON)


def ask(witness, request):
    """Ask and give status and text."""
    answer = witness.add_checkpoint(str(request).encode())
    return answer.status, answer.text


def cosigned(answer, checkpoint):
    """Give the time at which a checkpoint was cosigned."""
    status, text = answer
    assert status == 200
    note = Note(checkpoint.note.text, (SignatureLine.parse(text.removesuffix("\n")),))
    return verify_signatures(note, [WITNESS_KEY])[WITNESS_KEY]


def test_a_growing_log_is_cosigned_step_by_step(witness, memory):
    """Each larger tree is cosigned with the time; a replay of the newest is answered again, of an older one never."""
    for old, size in ((0, 1), (1, 7), (7, 7), (7, 300)):
        request = HONEST.request(old, size)
        assert cosigned(ask(witness, request), request.checkpoint) == NOON.timestamp()
    assert ask(witness, HONEST.request(1, 7)) == (409, "300\n")
    assert memory.all_seen() == [(ORIGIN, 300)]
    assert memory.all_refused() == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("old 0\n\nnonsense", 400),
        (HONEST.request(9, 7), 400),
        (HONEST.request(5, 9, key=signer(209)), 403),
        (HONEST.request(0, 5, origin="else.example", key=signer(209)), 404),
        (HONEST.request(0, 9), 409),
        (FORKED.request(5, 5), 409),
        (FORKED.request(5, 9), 422),
    ],
)
def test_refusals_have_the_codes_of_the_protocol(witness, memory, request_, status):
    """Peers read from the code what to do; nothing that is refused changes what the witness remembers."""
    ask(witness, HONEST.request(0, 5))
    assert ask(witness, request_)[0] == status
    assert memory.all_seen() == [(ORIGIN, 5)]


def test_a_conflict_names_the_size_seen(witness):
    """A log that lags or was restarted learns from where to prove, in the media type of the protocol."""
    ask(witness, HONEST.request(0, 5))
    answer = witness.add_checkpoint(str(HONEST.request(0, 9)).encode())
    assert answer == (409, "5\n", SIZE_TYPE)


def test_two_views_are_refused_and_kept_as_evidence(witness, memory):
    """An operator who shows a second tree of one size hands the proof against himself to the witness."""
    ask(witness, HONEST.request(0, 5))
    for _ in range(2):
        assert ask(witness, FORKED.request(0, 5)) == (409, "5\n")
    (refused,) = memory.all_refused()
    proof = evidence(refused)
    first, second = proof.check(LOG_KEY)
    assert (first.size, first.root, second.root) == (5, HONEST.checkpoint(5).root, FORKED.checkpoint(5).root)


def test_a_wrong_proof_accuses_nobody(witness, memory):
    """Whoever sends an honest checkpoint with a wrong proof is refused; that is kept, and is no evidence."""
    ask(witness, HONEST.request(0, 5))
    assert ask(witness, FORKED.request(5, 9))[0] == 422
    assert [evidence(refused) for refused in memory.all_refused()] == [None]


def test_what_is_kept_is_bounded(witness, memory):
    """A log's owner who floods a witness with contradictions cannot fill its disk."""
    ask(witness, HONEST.request(0, 2))
    for number in range(MOST_REFUSED + 3):
        ask(witness, Growing(f"liar {number}").request(0, 2))
    assert len(memory.all_refused()) == MOST_REFUSED


def test_racing_requests_never_take_it_back(witness, memory):
    """Of many requests at once some win, and what is remembered never becomes smaller."""
    ask(witness, HONEST.request(0, 1))
    answers = []

    def race(size):
        answers.append((size, ask(witness, HONEST.request(1, size))[0]))

    threads = [threading.Thread(target=race, args=(size,)) for size in range(2, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [size for size, status in answers if status == 200]
    assert memory.all_seen() == [(ORIGIN, winners[0])]
    assert len(winners) == 1


def test_the_memory_outlives_the_process(witness, tmp_path):
    """A witness that was restarted still refuses what contradicts what it cosigned before."""
    ask(witness, HONEST.request(0, 5))
    again = Memory(tmp_path / "witness.db")
    later = Witness(NAME, WITNESS, {ORIGIN: [LOG_KEY]}, again, lambda: NOON)
    assert ask(later, FORKED.request(0, 5)) == (409, "5\n")
    assert again._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    again.close()


def test_without_memory_nothing_is_cosigned(witness, tmp_path):
    """A witness that cannot remember says so instead of signing."""
    with sqlite3.connect(tmp_path / "witness.db") as other:
        other.execute("DROP TABLE seen")
    other.close()
    with pytest.raises(Overloaded):
        ask(witness, HONEST.request(0, 5))


def test_the_web_keeps_the_protocol_and_its_bounds(witness, memory):
    """Over HTTP: cosignature, size with its type, key at the root; large bodies and a rush are refused."""
    app = witness_app(witness, WITNESS_KEY, Door(most=6))
    with listening(app) as client:
        good = HONEST.request(0, 5)
        assert cosigned((200, client.post("/add-checkpoint", content=str(good)).text), good.checkpoint)
        conflict = client.post("/add-checkpoint", content=str(HONEST.request(0, 9)))
        assert (conflict.status_code, conflict.headers["content-type"]) == (409, SIZE_TYPE)
        assert client.get("/").text == f"{WITNESS_KEY}\n"
        assert client.get("/add-checkpoint").status_code == 405
        assert large(client) == 413
        assert client.post("/add-checkpoint", content=b"\xff").status_code == 400
        with sqlite3.connect(memory._connection.execute("PRAGMA database_list").fetchone()[2]) as other:
            other.execute("DROP TABLE seen")
        other.close()
        assert client.post("/add-checkpoint", content=str(good)).status_code == 503
        client.post("/add-checkpoint")
        late = client.post("/add-checkpoint", content=str(good))
        assert (late.status_code, late.headers["retry-after"]) == (429, "60")


def large(client):
    """Send too much and give the status."""
    try:
        return client.post("/add-checkpoint", content=bytes(MAX_REQUEST_BYTES + 1)).status_code
    except httpx.WriteError:
        return 413


def test_the_door_counts_by_minute_and_address():
    """Who asks too often waits for the next minute; others are not kept out by it."""
    time_s = [0.0]
    door = Door(most=2, clock=lambda: time_s[0])
    assert [door.lets_in("a") for _ in range(3)] == [True, True, False]
    assert door.lets_in("b")
    time_s[0] = 60.0
    assert door.lets_in("a")


def test_a_house_is_founded_once_and_learns_logs(tmp_path):
    """A new witness has its own key, which only its owner reads, and knows the logs it was told of."""
    house = House(tmp_path / "witness")
    key = house.found(NAME)
    assert house.signer().public_key == key.raw
    assert (house.folder / "witness.pem").stat().st_mode & 0o77 == 0
    assert house.add_log(LOG_KEY)
    assert not house.add_log(LOG_KEY)
    assert house.config().keys() == {ORIGIN: [LOG_KEY]}
    with pytest.raises(Conflict):
        house.found(NAME)
    with pytest.raises(Conflict):
        house.add_log(WITNESS_KEY)
    with pytest.raises(NotFound):
        House(tmp_path / "nowhere").config()
    with pytest.raises(LabelServiceError):
        House(tmp_path / "other").found("two words")
