"""People: a person is of one party, roles decide, the last lead stays, and who leaves leaves nothing open."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.accounts.people import ERASED
from label_service.accounts.rights import FOR_PROGRAMS, Right, rights_of
from label_service.errors import Conflict, InvalidDocument, NotFound, Refused
from tests.stage import ORIGIN

KINDS = ("producer", "verifier", "operator")
ROLES = ("lead", "member", "reader")
STATES = ("active", "suspended", "closed")


@given(st.sampled_from(KINDS), st.sampled_from(KINDS), st.sampled_from(ROLES), st.sampled_from(ROLES))
def test_no_kind_of_party_has_the_right_of_another(kind, other, role, their_role):
    """Declaring, auditing and running the scheme are never in one hand, whatever the roles."""
    own = {"producer": Right.DECLARE, "verifier": Right.AUDIT, "operator": Right.RUN_SCHEME}
    if kind != other:
        assert own[kind] not in rights_of(other, their_role)
    assert rights_of(kind, "reader") == {Right.READ_OWN}
    assert rights_of(kind, role) <= rights_of(kind, "lead")


@given(st.sampled_from(KINDS), st.sampled_from(ROLES))
def test_a_worse_state_never_gives_a_right(kind, role):
    """Suspension only takes rights away, closing takes all."""
    active, suspended, closed = (rights_of(kind, role, state) for state in STATES)
    assert closed == frozenset()
    assert suspended <= active
    assert not suspended & {Right.DECLARE, Right.AUDIT, Right.RUN_SCHEME, Right.MANAGE_KEYS}


def test_programs_manage_neither_people_nor_keys():
    """What a stolen token could do ends where people and keys begin."""
    assert not FOR_PROGRAMS & {Right.MANAGE_PEOPLE, Right.MANAGE_KEYS}


def test_a_lead_sees_and_manages_her_own_people_only(cast, accounts):
    """People of other parties are not found, so nobody learns that they are there."""
    lead, other = cast.lead(), cast.lead("verifier", "Verification body")
    colleague = cast.colleague(lead)
    assert {person.id for person in accounts.people.of_party(lead)} == {lead.account_id, colleague.account_id}
    for step in (
        lambda: accounts.people.change_role(other, colleague.account_id, "reader"),
        lambda: accounts.people.deactivate(other, colleague.account_id),
        lambda: accounts.people.erase(other, colleague.account_id),
        lambda: accounts.invitations.recover(other, colleague.account_id),
    ):
        with pytest.raises(NotFound):
            step()


def test_a_member_manages_nobody(cast, accounts):
    """Roles are given by leads only; a member cannot make herself one."""
    lead = cast.lead()
    member = cast.colleague(lead)
    for step in (
        lambda: accounts.people.change_role(member, member.account_id, "lead"),
        lambda: accounts.people.deactivate(member, lead.account_id),
        lambda: accounts.people.erase(member, lead.account_id),
        lambda: accounts.invitations.invite(member, "friend@mail.example", "lead"),
        lambda: accounts.invitations.recover(member, lead.account_id),
        lambda: accounts.invitations.open(member),
    ):
        with pytest.raises(Refused):
            step()


def test_a_change_of_role_counts_at_once(cast, accounts):
    """An open session has the new rights with the next request."""
    lead = cast.lead()
    member = cast.colleague(lead)
    secret = accounts.sessions.open(member.account_id)
    accounts.people.change_role(lead, member.account_id, "reader")
    assert accounts.sessions.actor(secret).rights == {Right.READ_OWN}


@pytest.mark.parametrize("step", ["deactivate", "erase", "demote"])
def test_the_last_lead_stays(cast, accounts, step):
    """A party is never without somebody who can invite and manage; with a second lead the first may go."""
    lead = cast.lead()
    second = cast.colleague(lead, "member")

    def leave() -> None:
        if step == "demote":
            accounts.people.change_role(lead, lead.account_id, "member")
        else:
            getattr(accounts.people, step)(lead, lead.account_id)

    with pytest.raises(Conflict, match="last lead"):
        leave()
    accounts.people.change_role(lead, second.account_id, "lead")
    leave()
    with pytest.raises(Conflict, match="last lead"):
        accounts.people.erase(second, second.account_id)


@pytest.mark.parametrize("step", ["deactivate", "erase"])
def test_who_leaves_leaves_nothing_open(cast, accounts, step):
    """Sessions, tokens and open links of a person end when she does."""
    lead = cast.lead()
    member = cast.colleague(lead)
    secret = accounts.sessions.open(member.account_id)
    token = accounts.tokens.issue(member, "shop", frozenset({Right.READ_OWN}), 30)
    renewal = accounts.invitations.recover(lead, member.account_id)
    getattr(accounts.people, step)(lead, member.account_id)
    assert accounts.sessions.actor(secret) is None
    assert accounts.tokens.actor(token) is None
    with pytest.raises(NotFound):
        cast.join(renewal)


def test_erasing_takes_the_person_out_and_leaves_the_row(cast, accounts):
    """Name and address are gone, what refers to the account still finds it, and the address is free again."""
    lead = cast.lead()
    member = cast.colleague(lead, email="person@mail.example")
    accounts.people.erase(lead, member.account_id)
    row = cast.row(member)
    assert (row.name, row.email, row.is_active) == (ERASED, None, False)
    again = cast.colleague(lead, email="person@mail.example")
    assert again.account_id != member.account_id


def test_a_person_may_erase_herself(cast, accounts):
    """Nobody has to ask for it."""
    lead = cast.lead()
    member = cast.colleague(lead, "reader")
    accounts.people.erase(member, member.account_id)
    assert cast.row(member).email is None


def test_who_left_is_not_brought_back_by_a_role(cast, accounts):
    """Leaving is final; she is invited again instead."""
    lead = cast.lead()
    member = cast.colleague(lead)
    accounts.people.deactivate(lead, member.account_id)
    with pytest.raises(Conflict, match="left already"):
        accounts.people.change_role(lead, member.account_id, "lead")


@pytest.mark.parametrize("role", ["member", "lead"])
def test_who_left_joins_again_under_her_address(cast, accounts, role):
    """She is somebody new with the same address; what she did before stays where it was, and its ways in stay shut."""
    lead = cast.lead()
    before = cast.colleague(lead, email="back@mail.example")
    secret = accounts.sessions.open(before.account_id)
    accounts.people.deactivate(lead, before.account_id)
    again = cast.join(accounts.invitations.invite(lead, "back@mail.example", role))
    assert again.account_id != before.account_id
    people = {person.id: person for person in accounts.people.of_party(lead)}
    assert (people[again.account_id].email, people[again.account_id].role) == ("back@mail.example", role)
    assert (people[before.account_id].email, people[before.account_id].is_active) == (None, False)
    assert accounts.sessions.actor(secret) is None


def test_who_left_one_organisation_joins_another(cast, accounts):
    """Nobody is of two parties at a time; who left is free to go on elsewhere."""
    first, second = cast.lead(), cast.lead("verifier", "Body")
    before = cast.colleague(first, email="free@mail.example")
    accounts.people.deactivate(first, before.account_id)
    assert cast.join(accounts.invitations.invite(second, "free@mail.example", "member")).party_id == second.party_id


def test_an_invitation_counts_once(cast, accounts):
    """A link that was used, forwarded or found later opens nothing."""
    link = accounts.invitations.invite(cast.operator, "second@scheme.example", "member")
    assert link.startswith(f"{ORIGIN}/join/")
    cast.join(link)
    with pytest.raises(NotFound, match="used, is over, or never was"):
        cast.join(link)


def test_an_invitation_is_over_after_a_week(cast, accounts, clock):
    """Seven days, to the second."""
    link = accounts.invitations.invite(cast.operator, "second@scheme.example", "member")
    secret = link.rpartition("/")[2]
    clock.forward(days=7, seconds=-1)
    assert accounts.invitations.read(secret).email == "second@scheme.example"
    clock.forward(seconds=1)
    with pytest.raises(NotFound):
        accounts.invitations.read(secret)


def test_used_unknown_and_late_links_look_the_same(cast, accounts, clock):
    """Nobody learns from an answer whether a link ever existed."""
    used = accounts.invitations.invite(cast.operator, "a@scheme.example", "member").rpartition("/")[2]
    cast.join(f"/join/{used}")
    late = accounts.invitations.invite(cast.operator, "b@scheme.example", "member").rpartition("/")[2]
    clock.forward(days=8)
    answers = []
    for secret in (used, late, "A" * 43, "", "\udc80"):
        with pytest.raises(NotFound) as error:
            accounts.invitations.read(secret)
        answers.append(error.value.as_problem())
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(KINDS, 2)))
def test_a_person_is_of_one_party(cast, accounts, first, second):
    """The same address in two parties is refused when it would join, whatever the kinds; the inviter learns nothing."""
    leads = {kind: cast.operator if kind == "operator" else cast.lead(kind, f"A {kind}") for kind in KINDS}
    cast.colleague(leads[first], email="both@mail.example")
    link = accounts.invitations.invite(leads[second], " Both@Mail.example ", "member")
    with pytest.raises(Refused, match="one organisation"):
        cast.join(link)


def test_the_operator_places_nobody_in_a_party_that_has_a_lead(cast, accounts):
    """She invites the first lead and no one else, so by her own act none of hers is among producers or auditors."""
    party = cast.party("verifier", "Verification body")
    with pytest.raises(Refused, match="has a lead"):
        accounts.invitations.invite(cast.operator, "member@body.example", "member", party.id)
    cast.join(accounts.invitations.invite(cast.operator, "lead@body.example", "lead", party.id))
    with pytest.raises(Refused, match="has a lead"):
        accounts.invitations.invite(cast.operator, "friend@scheme.example", "lead", party.id)


def test_a_second_link_for_the_first_lead_ends_the_one_before(cast, accounts):
    """No link is left over with which the operator could place somebody beside the lead."""
    party = cast.party("verifier", "Verification body")
    spare = accounts.invitations.invite(cast.operator, "friend@scheme.example", "lead", party.id)
    cast.join(accounts.invitations.invite(cast.operator, "lead@body.example", "lead", party.id))
    with pytest.raises(NotFound):
        cast.join(spare)


def test_an_invitation_can_be_taken_back(cast, accounts):
    """A link taken back opens nothing."""
    lead = cast.lead()
    link = accounts.invitations.invite(lead, "second@mail.example", "member")
    open_links = accounts.invitations.open(lead)
    assert [item.email for item in open_links] == ["second@mail.example"]
    accounts.invitations.take_back(lead, open_links[0].id)
    with pytest.raises(NotFound):
        cast.join(link)


def test_a_link_of_another_party_is_not_taken_back(cast, accounts):
    """Knowing the digest of somebody's invitation gives no power over it."""
    lead, other = cast.lead(), cast.lead("verifier", "Verification body")
    link = accounts.invitations.invite(lead, "second@mail.example", "member")
    accounts.invitations.take_back(other, accounts.invitations.open(lead)[0].id)
    assert cast.join(link).party_id == lead.party_id


def test_who_has_an_account_in_the_party_is_not_invited_again(cast, accounts):
    """The lead is told at once, because she sees her people anyway."""
    lead = cast.lead()
    cast.colleague(lead, email="person@mail.example")
    with pytest.raises(Conflict, match="account already"):
        accounts.invitations.invite(lead, "PERSON@mail.example", "member")


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "a b@c.example", "a@b.example\r\nBcc: x@y.example", "ä@b.example"]
)
def test_only_addresses_are_invited(cast, accounts, email):
    """What could not be mailed to, or would add a header to a mail, is refused."""
    with pytest.raises(InvalidDocument):
        accounts.invitations.invite(cast.operator, email, "member")


def test_renewing_ends_every_old_way_in(cast, accounts):
    """After a lost device nothing that was on it signs in any more."""
    lead = cast.lead()
    member = cast.colleague(lead)
    secret = accounts.sessions.open(member.account_id)
    token = accounts.tokens.issue(member, "shop", frozenset({Right.READ_OWN}), 30)
    renewed = cast.join(accounts.invitations.recover(lead, member.account_id))
    assert renewed.account_id == member.account_id
    assert accounts.sessions.actor(secret) is None
    assert accounts.tokens.actor(token) is None


def test_the_operator_at_the_machine_renews_by_address(cast, accounts):
    """Whoever lost her last passkey gets a link from the operator, and keeps account and role."""
    lead = cast.lead("producer", "Workshop")
    link = accounts.invitations.recover_any("LEAD@workshop.example")
    assert cast.join(link).account_id == lead.account_id
    with pytest.raises(NotFound):
        accounts.invitations.recover_any("nobody@mail.example")
