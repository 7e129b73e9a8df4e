"""Whose word a statement is: the signer's own kinds, under a listed key that counts."""

import pytest

from label_service.document import validate
from label_service.errors import VerificationError
from label_service.label.statement import Statement, read_statement, sign_statement
from label_service.trust.keys import did_key
from label_service.verify.statements import check_statement
from tests.signers import signer
from tests.stage import AUDITOR
from tests.vectors.make_statement import SAID, statement


@pytest.fixture
def said(stage):
    """Let somebody say something, and check it against the list of the installation."""

    def say(kind, subject, *, is_of_auditor, key=None, log_index=None, **members):
        identity, auditor = stage.scheme.identity, did_key(stage.auditor.public_key)
        kid = f"{auditor}#{auditor.removeprefix('did:key:')}" if is_of_auditor else identity.kid("status")
        own = stage.auditor if is_of_auditor else stage.signers.status
        content = statement(kind, subject, **{"at": stage.at, "origin": identity.origin} | members)
        token, found = read_statement(sign_statement(validate(Statement, content), kid=kid, signer=key or own))
        return check_statement(token, found, stage.scheme.register.current(), log_index)

    return say


@pytest.mark.parametrize(("kind", "subject", "is_of_auditor"), SAID)
def test_who_may_say_it_is_believed(said, stage, kind, subject, is_of_auditor):
    """Each kind counts under the key of the one whose kind it is, and the name comes from the list."""
    name = said(kind, subject, is_of_auditor=is_of_auditor)
    assert name == (AUDITOR if is_of_auditor else stage.scheme.identity.display_name)


@pytest.mark.parametrize(("kind", "subject", "is_of_auditor"), SAID)
def test_nobody_speaks_as_the_other(said, kind, subject, is_of_auditor):
    """The scheme cannot refuse in an auditor's name, nor an auditor decide a complaint."""
    with pytest.raises(VerificationError):
        said(kind, subject, is_of_auditor=not is_of_auditor)


@pytest.mark.parametrize("is_of_auditor", [True, False])
def test_another_key_is_refused(said, is_of_auditor):
    """A statement in somebody's name needs her key."""
    kind, subject, _ = next(item for item in SAID if item[2] == is_of_auditor)
    with pytest.raises(VerificationError, match="does not hold"):
        said(kind, subject, is_of_auditor=is_of_auditor, key=signer(80))


def test_another_scheme_is_refused(said):
    """A statement made at one scheme says nothing at another."""
    with pytest.raises(VerificationError, match="not on the trust list"):
        said(*SAID[0][:2], is_of_auditor=True, origin="https://other.example")


def test_a_key_counts_in_its_window(said):
    """A statement dated before its key, or after it, is refused."""
    for at in ("2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z"):
        with pytest.raises(VerificationError, match="counts from"):
            said(*SAID[0][:2], is_of_auditor=True, at=at)
