import pytest

from label_service import canonical
from label_service.certification.checking import check_declaration
from label_service.document import validate
from label_service.errors import InvalidDocument, MissingInput, Refused
from label_service.issuance.reasons import AUDITOR_REASONS
from label_service.label.attestation import attest, read_attestation
from label_service.label.statement import AUDITOR_KINDS, Statement, read_statement, sign_statement
from label_service.trust.encoding import from_base64url
from tests.scopes import scope_around


def draft(play, found, **members):
    """Make the draft of an attestation with everything as it should be; `members` change it."""
    checked = check_declaration(found, play.desk.evidence.of_goods(found.declaration))
    answers = {"criteria": ("carries 10 kg",), "released": checked.open_rules, "level": "desk", "days": 365}
    return play.drafts.declaration(play.signing, checked, now=play.clock(), **answers | members)


def payload_of(found):
    """Give what a draft says."""
    return canonical.decode(from_base64url(found.signing_input.partition(".")[2]))


def test_a_draft_is_exactly_what_the_auditors_own_tool_signs(play):
    """Signed in the browser or by the command line, the token is the same to the byte."""
    made = draft(play, play.declare("box"))
    token, content = read_attestation(play.sign(made))
    assert attest(content, play.key) == token.text
    assert token.is_signed_by(play.key.public_key)
    assert made.thumbprint == play.signing.thumbprint


def test_a_statement_is_too(play):
    """What is said by draft is what `sign_statement` signs."""
    token, statement = read_statement(play.say("refusal", "implausible", declaration_digest="0" * 64))
    assert sign_statement(statement, kid=token.kid, signer=play.key) == token.text
    assert (statement.origin, statement.demo) == ("http://localhost:8000", False)


def test_nothing_is_drafted_over_missing_evidence(play):
    """Who cannot look cannot sign: the missing files are named."""
    with pytest.raises(Refused, match=r"meter\.json"):
        draft(play, play.submit("box"))


def test_nothing_is_drafted_over_open_findings(play):
    """Each finding that asks for evidence is released by name, or there is nothing to sign."""
    found = play.declare("hook")
    with pytest.raises(Refused, match="F05"):
        draft(play, found, released=())
    assert payload_of(draft(play, found))["credentialSubject"]["findings_released"] == ["F05"]


def test_a_category_needs_criteria(play):
    """The light product in a heavy category is caught by somebody who checked its function."""
    with pytest.raises(MissingInput, match="criteria"):
        draft(play, play.declare("box"), criteria=())


@pytest.mark.parametrize(
    "members", [{"level": "telephone"}, {"level": ""}, {"criteria": ("",)}, {"criteria": ("x" * 301,)}]
)
def test_what_breaks_the_format_is_not_drafted(play, members):
    """The format's own rules are checked before anybody signs."""
    with pytest.raises(InvalidDocument):
        draft(play, play.declare("box"), **members)


@pytest.mark.parametrize("days", [0, 1096, -1])
def test_time_is_bounded(play, days):
    """No attestation counts longer than a label can."""
    with pytest.raises(Refused, match="1 to 1095"):
        draft(play, play.declare("box"), days=days)


def test_a_scope_is_drafted_from_its_members(play):
    """What the form gives is checked as the verifier checks it."""
    found = play.declare("box")
    subject = scope_around(found.inventory).as_json()
    made = play.drafts.scope(play.signing, subject, days=30, now=play.clock())
    content = payload_of(made)
    assert content["credentialSubject"]["demo"] is False
    assert content["validUntil"] == "2026-12-20T12:00:00Z"
    with pytest.raises(InvalidDocument) as refused:
        play.drafts.scope(play.signing, subject | {"floors": ()}, days=30, now=play.clock())
    assert refused.value.where == "/subject/ScopeAttestation"


def test_every_kind_an_auditor_signs_has_reasons():
    """No statement is stuck for a code, and every code fits the format."""
    assert set(AUDITOR_REASONS) == AUDITOR_KINDS
    for kind, reasons in AUDITOR_REASONS.items():
        for code in reasons:
            content = {"type": "statement", "version": "1", "demo": False, "origin": "https://labels.example"}
            content |= {"kind": kind, "at": "2026-11-20T12:00:00Z", "reason": code, "text": "Why."}
            with pytest.raises(InvalidDocument, match="about"):
                validate(Statement, content | {"subject": {}})


def test_reasons_come_from_the_list(play):
    """Free codes do not reach the log."""
    with pytest.raises(Refused, match="from the list"):
        play.say("refusal", "because", declaration_digest="0" * 64)
