"""The service asks witnesses: real ones on the loopback address, honest, lagging, silent and lying ones."""

from contextlib import ExitStack

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from label_service.errors import Conflict, LabelServiceError, NotFound, Refused
from label_service.issuance.witnessing import names_seen
from label_service.tlog.checkpoint import Checkpoint
from label_service.tlog.note import COSIGNATURE, VerifierKey, cosign
from label_service.tlog.witness import AddCheckpoint
from label_service.verify import inspect_bundle
from label_service.web.app import Site, build_app
from label_service.witness.memory import Memory
from label_service.witness.site import witness_app
from label_service.witness.witness import Witness
from tests.signers import signer
from tests.stage import NOON
from tests.witness.growing import listening


@pytest.fixture
def at(tmp_path, own_stage):
    """Serve witnesses of the stage's log until the end of the test."""
    key = VerifierKey(own_stage.scheme.identity.log, own_stage.signers.log.public_key)
    with ExitStack() as opened:

        def start(app):
            return str(opened.enter_context(listening(app)).base_url)

        def serve(number, app=None):
            name = f"w{number}.example"
            if app is None:
                memory = Memory(tmp_path / f"{name}.db")
                opened.callback(memory.close)
                witness = Witness(name, signer(number), {key.name: [key]}, memory, own_stage.clock)
                app = witness_app(witness, VerifierKey(name, signer(number).public_key, COSIGNATURE))
            own_stage.scheme.witnesses.add(name, start(app), signer(number).public_key)
            return name

        yield serve


def liar(answer):
    """Give a witness that answers whatever a function makes of a checkpoint."""

    async def add(request):
        asked = AddCheckpoint.parse((await request.body()).decode())
        return PlainTextResponse(*answer(asked.checkpoint))

    return Starlette(routes=[Route("/add-checkpoint", add, methods=["POST"])])


def served(stage):
    """Give the newest checkpoint that is public."""
    return Checkpoint.parse(stage.files.read("log/checkpoint").decode())


def seen(stage):
    """Give the names of the witnesses below the newest public checkpoint."""
    return names_seen(served(stage), stage.scheme.register.current())


def issue(stage):
    """Issue another label of a good that has one."""
    stage.issue("hook", salt="7" * 32)


def judged(stage):
    """Verify the bundle of the newest label and give exit code and words of the step."""
    report = inspect_bundle(stage.scheme.labels.bundle(stage.labels["hook"]), stage.roots, stage.at)
    return report.exit_code, next(step.detail for step in report.steps if step.name == "witnessed")


def test_what_witnesses_sign_reaches_log_and_bundle(own_stage, at):
    """Issuing waits for nobody; once witnesses were asked, log, archive and bundle carry what they signed."""
    names = {at(211), at(212), at(213)}
    own_stage.scheme.witnesses.set_quorum(2)
    issue(own_stage)
    assert seen(own_stage) == set()
    assert judged(own_stage) == (3, judged(own_stage)[1])
    own_stage.scheme.witnessing.ask()
    assert seen(own_stage) == names
    assert judged(own_stage) == (0, "seen by 3 of 3 witnesses (quorum 2)")
    size = served(own_stage).size
    assert own_stage.files.read(f"log/checkpoints/{size}") == own_stage.files.read("log/checkpoint")
    own_stage.scheme.witnessing.ask()  # nothing is new: nobody is asked
    own_stage.reopen()
    assert seen(own_stage) == names


def test_a_bundle_keeps_to_a_checkpoint_that_enough_have_seen(own_stage, at):
    """While the newest checkpoint is fresh, a label is proven under the one before it that the quorum cosigned."""
    at(211)
    own_stage.scheme.witnesses.set_quorum(1)
    issue(own_stage)
    own_stage.scheme.witnessing.ask()
    before = own_stage.labels["hook"]
    own_stage.issue("hook", salt="8" * 32)
    assert judged(own_stage)[0] == 3
    own_stage.labels["hook"], newest = before, own_stage.labels["hook"]
    assert judged(own_stage)[0] == 0
    own_stage.labels["hook"] = newest
    own_stage.scheme.witnessing.ask()
    assert judged(own_stage)[0] == 0


def test_a_lagging_witness_is_met_where_it_stands(own_stage, at):
    """A service that forgot what a witness saw learns its size from the refusal, and proves from there."""
    at(211)
    own_stage.scheme.witnessing.ask()
    issue(own_stage)
    own_stage.reopen()
    own_stage.scheme.witnessing.ask()
    assert len(seen(own_stage)) == 1
    assert own_stage.scheme.witnessing._resting == {}


LIES = {
    "another key": lambda found: (f"{cosign(found.note.text, 'w219.example', signer(218), int(NOON.timestamp()))}\n",),
    "tomorrow": lambda found: (
        f"{cosign(found.note.text, 'w219.example', signer(219), int(NOON.timestamp()) + 86400)}\n",
    ),
    "another text": lambda found: (f"{cosign('x' + found.note.text, 'w219.example', signer(219), 0)}\n",),
    "no lines": lambda _: ("welcome",),
    "larger than signed": lambda found: (f"{found.size + 1}\n", 409),
    "no size": lambda _: ("many\n", 409),
    "always behind": lambda _: ("1\n", 409),
    "refuses the proof": lambda _: ("no\n", 422),
    "unknown log": lambda _: ("no\n", 404),
    "far too much": lambda _: ("x" * 100_000,),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_or_failing_witness_harms_nobody(own_stage, at, lie):
    """Its answer is kept out of the log, it is asked again later and later, and the honest ones count."""
    honest, liar_name = at(211), at(219, liar(LIES[lie]))
    witnessing = own_stage.scheme.witnessing
    witnessing.ask()
    assert seen(own_stage) == {honest}
    assert list(witnessing._resting) == [liar_name]
    until = witnessing._resting[liar_name].until
    witnessing.ask()
    assert witnessing._resting[liar_name].until == until  # left alone meanwhile
    own_stage.clock.forward(minutes=1)
    witnessing.ask()
    assert witnessing._resting[liar_name].length.total_seconds() == 8


def test_a_silent_witness_harms_nobody(own_stage, at):
    """Where nobody listens, the others are asked all the same."""
    honest = at(211)
    own_stage.scheme.witnesses.add("w220.example", "http://127.0.0.1:9", signer(220).public_key)
    own_stage.scheme.witnessing.ask()
    assert seen(own_stage) == {honest}


def test_witnesses_come_and_go_on_the_trust_list(own_stage, at):
    """Each change is logged; a witness that went keeps counting for what it signed, and the quorum stays reachable."""
    witnesses = own_stage.scheme.witnesses
    name = at(211)
    with pytest.raises(Conflict, match="on the trust list already"):
        witnesses.add("other.example", "https://other.example", signer(211).public_key)
    with pytest.raises(Refused):
        witnesses.add("plain.example", "http://plain.example", signer(217).public_key)
    with pytest.raises(LabelServiceError):
        witnesses.add("two words", "https://other.example", signer(217).public_key)
    with pytest.raises(Conflict, match="quorum from 0 to the 1"):
        witnesses.set_quorum(2)
    witnesses.set_quorum(1)
    issue(own_stage)
    own_stage.scheme.witnessing.ask()
    with pytest.raises(Conflict):
        witnesses.remove(name)
    witnesses.set_quorum(0)
    own_stage.clock.forward(hours=1)
    witnesses.remove(name)
    with pytest.raises(NotFound):
        witnesses.remove(name)
    own_stage.scheme.witnessing.ask()
    assert seen(own_stage) == set()  # the newest checkpoint, which it was not asked about
    content = own_stage.scheme.register.current()
    assert [key.state for item in content.witnesses for key in item.keys] == ["retired"]


def test_the_page_says_how_many_have_seen_it(own_stage, at):
    """A buyer reads how many witnesses have seen her label, and a page kept by another worker is given up for it."""
    scheme = own_stage.scheme
    site = TestClient(build_app(Site(scheme, own_stage.files, needs_account=False)), base_url="http://localhost:8000")
    page = f"/L/{own_stage.labels['hook']}"
    with site:
        assert "Witnesses: " not in site.get(page).text
        at(211)
        assert "Witnesses: 0/1" in site.get(page).text
        scheme.bench.sequencer.look()
        before = scheme.version
        scheme.bench.sequencer.look()
        assert scheme.version == before
        scheme.witnessing.ask()
        scheme.bench.sequencer.look()
        assert scheme.version > before + 1
        assert "Witnesses: 1/1" in site.get(page).text
        size = served(own_stage).size
        archived = site.get(f"/log/checkpoints/{size}")
        assert archived.text == site.get("/log/checkpoint").text
        assert "immutable" not in archived.headers["cache-control"]
