"""Parties: one organisation is one party of one kind, and only the operator admits, suspends and closes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.accounts.parties import registration_key
from label_service.accounts.rights import Right
from label_service.errors import Conflict, InvalidDocument, NotFound, Refused
from tests.stage import ORIGIN

KINDS = ("producer", "verifier", "operator")


def test_a_party_has_a_public_address_of_the_installation(cast, accounts):
    """The id that stands in every declaration is an address of this service, found again by id and by code."""
    party = cast.party("producer", "Workshop")
    assert re.fullmatch(rf"{ORIGIN}/parties/[A-Z2-7]{{8}}", party.id)
    assert accounts.parties.get(party.id) == party
    assert accounts.parties.by_code(party.code) == party
    assert party in accounts.parties.all("producer")
    assert party not in accounts.parties.all("verifier")


@pytest.mark.parametrize("spelling", ["HRB 12345", "hrb12345", "H.R.B. 12-345", " HRB 12345".strip()])
@pytest.mark.parametrize("kind", ["producer", "verifier"])
def test_an_organisation_is_one_party(cast, accounts, kind, spelling):
    """Who is a producer cannot be a verifier too, and the other way round, however the registration is spelled."""
    cast.party("producer", "Workshop", "HRB 12345")
    with pytest.raises(Conflict, match="is a party already"):
        accounts.parties.admit(cast.operator, kind, "Another name", "AUT", spelling)


@pytest.mark.parametrize("kind", ["producer", "verifier"])
def test_the_operator_is_neither_producer_nor_verifier(cast, accounts, kind):
    """The scheme owner's own organisation is never admitted as anything else."""
    with pytest.raises(Conflict, match="is a party already"):
        accounts.parties.admit(cast.operator, kind, "Test scheme owner", "DEU", "vr1leipzig")


def test_a_scheme_has_one_owner(cast, accounts):
    """A second operator is refused, at the foundation and afterwards."""
    with pytest.raises(Conflict, match="operator already"):
        accounts.parties.found("Another owner", "DEU", "VR 2")
    with pytest.raises(Conflict, match="operator already"):
        accounts.parties.admit(cast.operator, "operator", "Another owner", "DEU", "VR 2")


@given(st.text(alphabet="ab1.-/ ", max_size=12))
def test_spelling_does_not_make_another_organisation(text):
    """Blanks, dots, dashes and capitals tell no two registrations apart."""
    assert registration_key(text) == registration_key(text.upper()) == registration_key(" . ".join(text))


@pytest.mark.parametrize(
    ("name", "country", "registration"),
    [("", "DEU", "1"), ("Name", "DE", "1"), ("Name", "deu", "1"), ("a\x00b", "DEU", "1"), ("Name", "DEU", "")],
)
def test_a_party_has_a_name_a_country_and_a_registration(cast, accounts, name, country, registration):
    """What would not fit into a document is refused at admission."""
    with pytest.raises(InvalidDocument):
        accounts.parties.admit(cast.operator, "producer", name, country, registration)


def test_a_registration_says_something(cast, accounts):
    """A dash is no registration, because everybody could have it."""
    with pytest.raises(Refused, match="number of the organisation"):
        accounts.parties.admit(cast.operator, "producer", "Name", "DEU", "-")


@pytest.mark.parametrize("kind", ["producer", "verifier"])
def test_only_the_operator_admits_and_suspends(cast, accounts, kind):
    """No lead of another kind of party can let anybody in, or put anybody out."""
    lead = cast.lead(kind)
    with pytest.raises(Refused):
        accounts.parties.admit(lead, "producer", "Friend", "DEU", "HRB 9")
    with pytest.raises(Refused):
        accounts.parties.change_state(lead, lead.party_id, "closed")


def test_a_suspended_party_reads_answers_and_appeals_but_declares_nothing(cast, accounts):
    """Suspension takes effect with the next request, and ends when it is lifted."""
    lead = cast.lead()
    accounts.parties.change_state(cast.operator, lead.party_id, "suspended")
    assert cast.actor(lead.account_id).rights == {Right.READ_OWN, Right.ANSWER, Right.MANAGE_PEOPLE}
    accounts.parties.change_state(cast.operator, lead.party_id, "active")
    assert cast.actor(lead.account_id).rights == lead.rights


def test_people_of_a_closed_party_are_signed_out_for_good(cast, accounts):
    """A closed party has nobody who can do anything, and does not come back."""
    lead = cast.lead()
    secret = accounts.sessions.open(lead.account_id)
    token = accounts.tokens.issue(lead, "shop", frozenset({Right.READ_OWN}), 30)
    accounts.parties.change_state(cast.operator, lead.party_id, "closed")
    assert accounts.sessions.actor(secret) is None
    assert accounts.sessions.actor(accounts.sessions.open(lead.account_id)) is None
    assert accounts.tokens.actor(token) is None
    with pytest.raises(Conflict, match="closed already"):
        accounts.parties.change_state(cast.operator, lead.party_id, "active")


def test_the_operator_cannot_shut_herself_out(cast, accounts):
    """The scheme stays with an owner."""
    with pytest.raises(Refused, match="own party"):
        accounts.parties.change_state(cast.operator, cast.operator.party_id, "closed")


@pytest.mark.parametrize("identifier", ["", "nothing", f"{ORIGIN}/parties/AAAAAAAA"])
def test_a_party_that_is_not_there_is_not_found(accounts, identifier):
    """Unknown ids and codes are named as such."""
    with pytest.raises(NotFound):
        accounts.parties.get(identifier)
    with pytest.raises(NotFound):
        accounts.parties.by_code(identifier)


def test_terms_are_agreed_to_by_a_lead(cast, accounts):
    """Which version of the terms a party agreed to is known; a member cannot agree for it."""
    lead = cast.lead()
    accounts.parties.accept_terms(lead, "2026-11")
    assert accounts.parties.get(lead.party_id).terms_version == "2026-11"
    with pytest.raises(Refused):
        accounts.parties.accept_terms(cast.colleague(lead), "2027-01")
