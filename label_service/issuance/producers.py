"""Whose declarations are taken: in a scheme only those of its registered producers, under their own id."""

from sqlmodel import Session

from label_service.declaration import Declaration
from label_service.errors import Refused
from label_service.store.party_tables import PartyRow


def registered(session: Session, producer_id: str) -> PartyRow:
    """Give a producer that takes part in the scheme now.

    Raises:
        Refused: it is not registered, or not active.
    """
    row = session.get(PartyRow, producer_id)
    if row is None or row.kind != "producer" or row.state != "active":
        raise Refused("the producer takes no part in this scheme", hint="the operator invites producers")
    return row


def check_producer(session: Session, declaration: Declaration, party_id: str | None) -> None:
    """Check that a declaration is that of the party who hands it in, by id, name and country.

    Raises:
        Refused: nobody is named, it is another party's, or the party takes no part in the scheme.
    """
    producer = declaration.producer
    if party_id is None or producer.id != party_id:
        raise Refused("the declaration names another producer than who hands it in", where="/producer/id")
    row = registered(session, party_id)
    if (producer.name, producer.country) != (row.name, row.country):
        raise Refused(
            f"expected the producer {row.name} in {row.country}, as registered, "
            f"found {producer.name} in {producer.country}",
            where="/producer",
        )
