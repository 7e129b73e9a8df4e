"""Who may do what: one table for pages, API and use cases. What it does not allow is refused.

Independence of producer, auditor and scheme owner rests on it: a person belongs to one party, a party has one kind, and
no right of one kind is in reach of another. The table is shown in docs/scheme.md.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from label_service.errors import Refused

Kind = Literal["producer", "verifier", "operator"]
Role = Literal["lead", "member", "reader"]
PartyState = Literal["active", "suspended", "closed"]


class Right(StrEnum):
    """Something that can be allowed."""

    READ_OWN = "read"  # the party's own documents, cases, notices
    DECLARE = "declare"  # profiles, evidence, declarations, labels, audit requests
    ANSWER = "answer"  # answers to complaints, appeals; stays when the party is suspended
    MANAGE_PEOPLE = "manage-people"  # the party's own people and its data export
    AUDIT = "audit"  # read what is assigned; attest, refuse, withdraw, reveal, report samples
    RUN_SCHEME = "run-scheme"  # parties, states, cases, publications, exports
    MANAGE_KEYS = "manage-keys"  # keys of scheme and auditors


_BY_KIND: Final[dict[str, frozenset[Right]]] = {
    "producer": frozenset({Right.READ_OWN, Right.DECLARE, Right.ANSWER, Right.MANAGE_PEOPLE}),
    "verifier": frozenset({Right.READ_OWN, Right.AUDIT, Right.ANSWER, Right.MANAGE_PEOPLE}),
    "operator": frozenset({Right.READ_OWN, Right.RUN_SCHEME, Right.MANAGE_KEYS, Right.MANAGE_PEOPLE}),
}
_BY_ROLE: Final[dict[str, frozenset[Right]]] = {
    "lead": frozenset(Right),
    "member": frozenset({Right.READ_OWN, Right.DECLARE, Right.ANSWER, Right.AUDIT, Right.RUN_SCHEME}),
    "reader": frozenset({Right.READ_OWN}),
}
_BY_STATE: Final[dict[str, frozenset[Right]]] = {
    "active": frozenset(Right),
    "suspended": frozenset({Right.READ_OWN, Right.ANSWER, Right.MANAGE_PEOPLE}),
    "closed": frozenset(),
}
# What a program can be given; people and keys are managed by a person who is signed in.
FOR_PROGRAMS: Final = frozenset(Right) - {Right.MANAGE_PEOPLE, Right.MANAGE_KEYS}


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, or a program with a token of that person.

    Attributes:
        account_id: the person.
        party_id: public URI of the organisation; the `producer.id` of a producer's declarations.
        party_name: its name.
        country: its country, ISO 3166-1 alpha-3.
        rights: what the role allows, cut down to the rights of the token where one is used.
    """

    account_id: str
    party_id: str
    party_name: str
    country: str
    kind: Kind
    role: Role
    rights: frozenset[Right]

    def check_may(self, right: Right) -> None:
        """Check a right.

        Raises:
            Refused: the actor does not have it.
        """
        if right not in self.rights:
            raise Refused(
                f"your role does not include this: {right}", hint="ask a lead of your organisation, or the operator"
            )


def rights_of(kind: Kind, role: Role, state: PartyState = "active") -> frozenset[Right]:
    """Give what a role in a kind of party may do while the party is in a state."""
    return _BY_KIND[kind] & _BY_ROLE[role] & _BY_STATE[state]
