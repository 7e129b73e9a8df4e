"""What an auditor signs on the command line is taken by the service, and says what it does before she hands it in."""

import json

import pytest

from label_service.issuance.keys import create_key
from label_service.label.attestation import read_attestation
from label_service.label.statement import read_statement
from tests.scopes import scope_around
from tests.stage import AUDITOR, ORIGIN

WHY = ("--text", "I looked into it.")


@pytest.fixture
def key(tmp_path):
    """Give the auditor's key file."""
    create_key(tmp_path / "auditor.pem")
    return tmp_path / "auditor.pem"


@pytest.fixture
def say(call, key):
    """Run a command of the group; give its end and the token it printed."""

    def run(name, *arguments, demo=True):
        done = call("auditor", name, *arguments, "--key", key, "--scheme", ORIGIN, *(["--demo"] if demo else []))
        return done, done.out.strip()

    return run


def subject_of(token):
    """Give kind, subject and findings of a statement."""
    _, statement = read_statement(token)
    return statement.kind, statement.subject.as_json(), statement.findings


def test_a_declaration_is_refused(say):
    """Digest, reason, words and findings stand in the statement."""
    _, token = say(
        "refuse", "--declaration", "a" * 64, "--reason", "implausible", *WHY, "--finding", "one", "--finding", "two"
    )
    assert subject_of(token) == ("refusal", {"declaration_digest": "a" * 64}, ("one", "two"))
    assert read_statement(token)[1].demo is True


def test_a_request_is_refused(say):
    """A scope that was asked for is refused by the id of the request."""
    _, token = say("refuse", "--request", "4f1c", "--reason", "no-access", *WHY, demo=False)
    assert subject_of(token)[:2] == ("refusal", {"request": "4f1c"})
    assert read_statement(token)[1].demo is False


@pytest.mark.parametrize(("option", "member"), [("--attestation", "attestation_digest"), ("--scope", "scope_digest")])
def test_an_attestation_is_withdrawn(say, option, member):
    """Of a declaration, or of a workshop."""
    _, token = say("withdraw", option, "b" * 64, "--reason", "workshop-changed", *WHY)
    assert subject_of(token)[:2] == ("withdrawal", {member: "b" * 64})


def test_a_sample_is_answered(say):
    """Label, scope and outcome."""
    arguments = ("ABCDEFGHIJKLM", "--scope", "c" * 64, "--outcome", "confirmed", "--reason", "as-declared", *WHY)
    _, token = say("sample-result", *arguments)
    expected = {"label_id": "ABCDEFGHIJKLM", "scope_digest": "c" * 64, "outcome": "confirmed"}
    assert subject_of(token)[:2] == ("sample_result", expected)


def test_a_scope_is_attested_and_taken(call, own_stage, tmp_path):
    """A file with the subject becomes a token that the service takes."""
    found = own_stage.submit("box")
    file = tmp_path / "scope.json"
    subject = scope_around(found.inventory).as_json()
    file.write_text(json.dumps({name: value for name, value in subject.items() if name not in {"type", "demo"}}))
    out = tmp_path / "scope.jwt"
    key = own_stage.folder / "auditor" / "auditor.pem"
    arguments = ("--key", key, "--name", AUDITOR, "--scheme", ORIGIN, "--demo", "--days", "30", "--out", out)
    done = call("auditor", "attest-scope", file, *arguments)
    assert done.code == 0, done.err
    assert "Signed, scope of The workshop" in done.out
    _, attestation = read_attestation(out.read_text().strip())
    assert attestation.subject.as_json() == subject


@pytest.mark.parametrize(
    "arguments",
    [
        ("refuse", "--reason", "implausible", *WHY),
        ("refuse", "--declaration", "a" * 64, "--request", "x", "--reason", "implausible", *WHY),
        ("refuse", "--declaration", "a" * 64, "--reason", "because", *WHY),
        ("refuse", "--declaration", "short", "--reason", "implausible", *WHY),
        ("refuse", "--declaration", "a" * 64, "--reason", "implausible", "--text", ""),
        ("withdraw", "--scope", "x", "--reason", "on-request", *WHY),
        ("sample-result", "A", "--scope", "c" * 64, "--outcome", "perhaps", "--reason", "as-declared", *WHY),
        ("attest-scope", "nothing.json", "--name", "X"),
    ],
)
def test_what_is_wrong_signs_nothing(say, arguments):
    """An error with a name, exit code 2, no token."""
    done, token = say(*arguments)
    assert done.code == 2
    assert "error:" in done.err
    assert token == ""


def test_a_scope_that_breaks_the_format_is_not_signed(call, key, tmp_path):
    """The first wrong member is named."""
    file = tmp_path / "scope.json"
    for content in ("[]", "{}", "nothing", '{"site":"x","site":"y"}'):
        file.write_text(content)
        done = call("auditor", "attest-scope", file, "--key", key, "--name", "X", "--scheme", ORIGIN)
        assert (done.code, done.out) == (2, "")
