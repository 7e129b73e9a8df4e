"""API tokens: recognisable, kept as a digest, never stronger than who made them, over at once when revoked."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from label_service.accounts.rights import FOR_PROGRAMS, Right
from label_service.accounts.tokens import MAX_TOKENS, PREFIX, _is_whole, _new_token
from label_service.errors import InvalidDocument, NotFound, Refused

READ = frozenset({Right.READ_OWN})
BOTH = frozenset({Right.READ_OWN, Right.DECLARE})


@pytest.fixture
def lead(cast):
    """Give a producer's lead."""
    return cast.lead()


def test_a_token_speaks_for_who_made_it_with_its_rights_only(accounts, lead):
    """A token that reads cannot declare, although its owner can."""
    actor = accounts.tokens.actor(accounts.tokens.issue(lead, "shop", READ, 30))
    assert (actor.account_id, actor.party_id) == (lead.account_id, lead.party_id)
    assert actor.rights == READ


def test_a_token_is_recognised_by_its_form(accounts, lead):
    """Scanners of leaked secrets find it, and its 256 bits are new each time."""
    tokens = {accounts.tokens.issue(lead, "shop", READ, 30) for _ in range(5)}
    assert len(tokens) == 5
    assert all(re.fullmatch(rf"{PREFIX}[A-Z2-7]{{59}}", token) for token in tokens)


@given(st.integers(0, 64), st.sampled_from("ABCXYZ234567"))
def test_a_mistyped_token_is_known_without_the_database(position, letter):
    """The checksum finds every changed letter."""
    token = _new_token()
    changed = token[:position] + letter + token[position + 1 :]
    assert _is_whole(token)
    assert _is_whole(changed) == (changed == token)


def test_a_token_stands_nowhere(cast, accounts, lead):
    """It is shown once; only its digest is kept."""
    token = accounts.tokens.issue(lead, "shop", READ, 30)
    with cast.engine.connect() as connection:
        rows = str(connection.execute(text("SELECT * FROM api_token")).all())
    assert token not in rows
    assert hashlib.sha256(token.encode()).hexdigest() in rows
    assert not any(token in str(item) for item in accounts.tokens.of(lead))


@pytest.mark.parametrize(
    "rights", [frozenset(), frozenset({Right.AUDIT}), frozenset({Right.MANAGE_PEOPLE}), frozenset(Right)]
)
def test_nobody_gives_a_token_more_than_she_has(accounts, lead, rights):
    """No right at all, a right of another kind of party, or one no program may have: refused."""
    with pytest.raises(Refused, match="rights that you have"):
        accounts.tokens.issue(lead, "shop", rights, 30)


def test_a_token_is_never_stronger_than_its_owner_is_now(cast, accounts, lead):
    """When her role shrinks, so do her tokens."""
    member = cast.colleague(lead)
    token = accounts.tokens.issue(member, "shop", BOTH, 30)
    accounts.people.change_role(lead, member.account_id, "reader")
    assert accounts.tokens.actor(token).rights == READ


def test_a_revoked_token_is_over_at_once(accounts, lead):
    """Nothing is kept that would let it through a moment longer; revoking again changes nothing."""
    token = accounts.tokens.issue(lead, "shop", READ, 30)
    identifier = accounts.tokens.of(lead)[0].id
    accounts.tokens.revoke(lead, identifier)
    assert accounts.tokens.actor(token) is None
    first = accounts.tokens.of(lead)[0].revoked_at
    accounts.tokens.revoke(lead, identifier)
    assert accounts.tokens.of(lead)[0].revoked_at == first


def test_a_token_ends_on_its_day(accounts, lead, clock):
    """To the second, however often it is used."""
    token = accounts.tokens.issue(lead, "shop", READ, 2)
    clock.forward(days=2, seconds=-1)
    assert accounts.tokens.actor(token)
    clock.forward(seconds=1)
    assert accounts.tokens.actor(token) is None


@pytest.mark.parametrize(("name", "days"), [("", 30), ("shop", 0), ("shop", 366), ("a\nb", 30), ("x" * 101, 30)])
def test_a_token_has_a_name_and_at_most_a_year(accounts, lead, name, days):
    """No token is for ever, and each can be told from the others."""
    with pytest.raises(InvalidDocument):
        accounts.tokens.issue(lead, name, READ, days)


def test_a_lead_ends_tokens_of_her_party_and_nobody_elses(cast, accounts, lead):
    """A member sees and ends her own; other parties' tokens are not found."""
    member, other = cast.colleague(lead), cast.lead("verifier", "Verification body")
    accounts.tokens.issue(member, "member's", READ, 30)
    accounts.tokens.issue(lead, "lead's", READ, 30)
    assert {item.name for item in accounts.tokens.of(lead)} == {"member's", "lead's"}
    assert [item.name for item in accounts.tokens.of(member)] == ["member's"]
    leads_token = next(item for item in accounts.tokens.of(lead) if item.name == "lead's")
    for stranger in (member, other):
        with pytest.raises(NotFound):
            accounts.tokens.revoke(stranger, leads_token.id)
    accounts.tokens.revoke(lead, accounts.tokens.of(member)[0].id)


def test_tokens_of_one_person_are_few(accounts, lead):
    """A script that makes a token each time is stopped."""
    for number in range(MAX_TOKENS):
        accounts.tokens.issue(lead, f"token {number}", READ, 1)
    with pytest.raises(Refused, match="at most"):
        accounts.tokens.issue(lead, "one more", READ, 1)


@given(st.text(max_size=80))
def test_no_text_is_a_token(text_):
    """Anything a client shows is a known token or nothing."""
    assert not _is_whole(text_)
    assert Right.MANAGE_PEOPLE not in FOR_PROGRAMS
