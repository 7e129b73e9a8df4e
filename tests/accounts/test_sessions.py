"""Sessions: an unguessable secret, kept as a digest, that ends when idle, when old, and when told to."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import text

from label_service.accounts.sessions import ABSOLUTE, IDLE


@pytest.fixture
def member(cast):
    """Give somebody to sign in."""
    return cast.lead()


def test_a_session_signs_in_who_opened_it(accounts, member):
    """The secret is all that is needed, and each is new."""
    secrets = [accounts.sessions.open(member.account_id) for _ in range(5)]
    assert len(set(secrets)) == 5
    assert all(len(secret) == 43 for secret in secrets)
    assert all(accounts.sessions.actor(secret) == member for secret in secrets)
    assert accounts.sessions.actor("") is None
    assert accounts.sessions.actor(secrets[0][:-1]) is None


def test_a_stolen_database_signs_nobody_in(cast, accounts, member):
    """Only digests are kept: neither secrets of sessions nor of links stand anywhere in the file."""
    secret = accounts.sessions.open(member.account_id)
    link = accounts.invitations.invite(member, "x@mail.example", "member").rpartition("/")[2]
    with cast.engine.connect() as connection:
        dump = "".join(
            str(row)
            for table in ("session", "invitation", "api_token", "account")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        )
    assert secret not in dump
    assert link not in dump
    assert hashlib.sha256(secret.encode()).hexdigest() in dump
    assert accounts.sessions.actor(hashlib.sha256(secret.encode()).hexdigest()) is None


def test_an_idle_session_ends_after_twelve_hours(accounts, member, clock):
    """Used within that time it goes on, to the second."""
    secret = accounts.sessions.open(member.account_id)
    clock.at += IDLE - timedelta(seconds=1)
    assert accounts.sessions.actor(secret)
    clock.at += IDLE - timedelta(seconds=1)
    assert accounts.sessions.actor(secret)
    clock.at += IDLE
    assert accounts.sessions.actor(secret) is None


def test_a_session_in_use_ends_after_seven_days(accounts, member, clock):
    """However busy, she signs in again once a week."""
    secret = accounts.sessions.open(member.account_id)
    for _ in range(27):
        clock.forward(hours=6)
        assert accounts.sessions.actor(secret)
    clock.forward(hours=6)
    assert accounts.sessions.actor(secret) is None


def test_signing_out_ends_one_session_or_all(cast, accounts, member):
    """Here, there, or everywhere; other people's sessions stay."""
    here, there, elsewhere = (accounts.sessions.open(member.account_id) for _ in range(3))
    other = accounts.sessions.open(cast.operator.account_id)
    accounts.sessions.end(here)
    assert accounts.sessions.actor(here) is None
    listed = accounts.sessions.of(member)
    accounts.sessions.end_other(cast.operator, listed[0].id)
    assert len(accounts.sessions.of(member)) == len(listed)
    accounts.sessions.end_other(member, hashlib.sha256(there.encode()).hexdigest())
    assert accounts.sessions.actor(there) is None
    assert accounts.sessions.actor(elsewhere) == member
    accounts.sessions.end_all(member)
    assert accounts.sessions.actor(elsewhere) is None
    assert accounts.sessions.actor(other)


def test_reading_pages_rarely_writes(cast, accounts, member, clock):
    """Use is noted every five minutes, not at every request."""
    accounts.sessions.end_all(member)
    secret = accounts.sessions.open(member.account_id)
    seen = clock.at
    clock.forward(minutes=4)
    accounts.sessions.actor(secret)
    assert [item.seen_at for item in accounts.sessions.of(member)] == [seen]
    clock.forward(minutes=4)
    accounts.sessions.actor(secret)
    assert [item.seen_at for item in accounts.sessions.of(member)] == [clock.at]


def test_sessions_that_are_over_are_forgotten(cast, accounts, member, clock):
    """The table does not grow with every sign-in."""
    for _ in range(3):
        accounts.sessions.open(member.account_id)
    clock.at += ABSOLUTE
    accounts.sessions.open(member.account_id)
    with cast.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM session")).scalar() == 1
