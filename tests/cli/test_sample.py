"""`label-service sample`: anybody checks the draw from public files; an auditor makes and reveals her chain."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from label_service.cli.sample import compare_tokens
from label_service.issuance.keys import create_key
from label_service.label.attestation import attest, read_attestation
from label_service.label.scope import scope_leaf, scope_of
from label_service.label.statement import read_statement
from label_service.tlog.checkpoint import sign_checkpoint
from label_service.tlog.leaf import leaf_bytes
from label_service.tlog.tiles import RightEdge
from tests.label.samples import AUDITOR_KEY, scope
from tests.tlog.test_scopes import Log, digest
from tests.verify.forging import Forger

LATER = "2026-11-17T00:00:00Z"
WEEK_AFTER = "2026-11-23T00:00:00Z"


@dataclass
class Published:
    """Public files of a log that the installation's own key signed, and how to check them."""

    stage: object
    folder: Path

    def write(self, log):
        """Put out the tiles and every checkpoint of a log."""
        shutil.rmtree(self.folder / "log", ignore_errors=True)
        entries, edge = [leaf_bytes(leaf) for leaf in log.leaves], RightEdge()
        identity, key = self.stage.scheme.identity, Forger(self.stage).stage.signers.log
        for head in log.heads:
            edge, files = edge.append(entries[edge.size : head.size])
            note = str(sign_checkpoint(identity.log, edge.size, edge.root(), key)).encode()
            for name, data in [*files, (f"checkpoints/{edge.size}", note), ("checkpoint", note)]:
                file = self.folder / "log" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        (self.folder / "trust-list.jwt").write_text(self.stage.scheme.register.text())
        trusted = ["--root", self.stage.root_file, "--trust-list", self.folder / "trust-list.jwt"]
        return ["--check", self.folder, *trusted, "--at", WEEK_AFTER]


@pytest.fixture
def published(stage, tmp_path):
    """Give a place to publish logs in."""
    return Published(stage, tmp_path / "public")


def honest():
    """Give a log of one scope: a week that was drawn from, and one whose value is due."""
    log = Log().scope()
    for _ in range(20):
        log.label(1)
    log.close(1).reveal(1)
    return log.label(2).close(2)


def test_everybody_sees_the_same_sample(call, published):
    """The draws of a log follow from its public files: how many labels, which were drawn, what is due."""
    log = honest()
    options = published.write(log)
    done = call("sample", *options)
    _, (drawn, waiting) = log.read(WEEK_AFTER)
    assert done.code == 0, done.out + done.err
    assert f"2026-W46: 20 labels, {len(drawn.drawn)} drawn" in done.out
    assert all(f"{label_id}: not audited again yet" in done.out for label_id in drawn.drawn)
    assert f"2026-W47: 1 labels, the value is due by {waiting.due_at}" in done.out
    assert "SOUND: 2 draws" in done.out
    assert call("sample", *options[:2], *options[4:]).code == 3


def test_one_scope_can_be_asked_for(call, published):
    """Only the draws of the scope named are shown, and a scope nobody knows is said to be unknown."""
    options = published.write(honest().scope("b").label(2, "b").close(3))
    assert digest("b")[:12] not in call("sample", *options, "--scope", digest("a")).out
    assert digest("b")[:12] in call("sample", *options, "--scope", digest("b")).out
    done = call("sample", *options, "--scope", "00" * 32)
    assert done.code == 2
    assert "no closed week" in done.err


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (honest().reveal(2, value="ab" * 32), "not of the chain"),
        (honest().label(3, scope_position=99), "expected position 22"),
        (Log().scope().label().add(honest().leaves[21]).reveal(1), "before a checkpoint over that week"),
    ],
)
def test_a_sample_that_was_tampered_with_is_not_sound(call, published, log, words):
    """A value of another chain, a wrong counter, a value known too early: named, with exit code 1."""
    options = published.write(log.sign())
    for command in (["sample", *options], ["audit-log", options[1], *options[2:]]):
        done = call(*command)
        assert done.code == 1
        assert words in done.out
        assert "NOT SOUND" in done.out


LIES = {
    "a lower rate": {"sampling_rate": "0"},
    "another chain": {"commitment": "ab" * 32},
    "more items": {"quantity": 101},
    "another week": {"first_week": "2026-W47"},
    "fewer weeks": {"weeks": 51},
    "another auditor": {"auditor": "did:key:z6Mk#z6Mk"},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_the_log_says_of_a_scope_is_what_the_auditor_signed(lie):
    """The operator cannot log another rate, chain or number of items than stands in the signed scope."""
    text = attest(scope(), AUDITOR_KEY)
    token, attestation = read_attestation(text)
    leaf = scope_leaf(scope_of(attestation), token.digest, token.kid)
    assert compare_tokens([leaf], {token.digest: text}.__getitem__) == []
    (found,) = compare_tokens([leaf.model_copy(update=LIES[lie])], lambda _: text)
    assert "something else" in found.detail
    (found,) = compare_tokens([leaf], lambda _: attest(scope(quantity=7), AUDITOR_KEY))
    assert "something else" in found.detail
    (found,) = compare_tokens([leaf], lambda _: "nothing")
    assert "cannot be read" in found.detail


def test_a_chain_is_made_and_revealed(call, tmp_path):
    """The auditor gets a commitment for the scope, and week by week the value that proves it."""
    file = tmp_path / "chain.json"
    done = call("sample", "chain", "--weeks", "3", "--out", file)
    assert done.code == 0
    assert json.loads(file.read_bytes())["commitment"] in done.out
    assert json.loads(file.read_bytes())["seed"] not in done.out
    asked = ["--week", "2026-W47", "--scope-start", "2026-11-10"]
    done = call("sample", "reveal", file, *asked)
    assert "2026-W47 is week 2 of 3" in done.out
    create_key(tmp_path / "auditor.pem")
    signing = ["--key", tmp_path / "auditor.pem", "--scope", "5c" * 32, "--scheme", "https://labels.example"]
    signed = call("sample", "reveal", file, *asked, *signing)
    _, said = read_statement(signed.out.strip())
    assert f"value {said.subject.value}" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--check", "elsewhere"],
        ["chain", "--weeks", "0", "--out", "x"],
        ["chain", "--weeks", "521", "--out", "x"],
        ["reveal", "missing", "--week", "2026-W47", "--scope-start", "2026-11-10"],
        ["nothing"],
    ],
)
def test_wrong_usage_is_two(call, arguments):
    """What cannot be done says why and ends with 2."""
    assert call("sample", *arguments).code == 2


@pytest.mark.parametrize(
    ("week", "start"),
    [("2026-W45", "2026-11-10"), ("2026-W49", "2026-11-10"), ("2026-47", "2026-11-10"), ("2026-W47", "x")],
)
def test_a_week_outside_the_chain_has_no_value(call, tmp_path, week, start):
    """Nothing is revealed for a week that the chain does not have."""
    call("sample", "chain", "--weeks", "3", "--out", tmp_path / "chain.json")
    done = call("sample", "reveal", tmp_path / "chain.json", "--week", week, "--scope-start", start)
    assert done.code == 2
    assert "value " not in done.out
