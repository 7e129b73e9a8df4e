"""What became of declarations: found again by their digests, so that a catalogue can be taken up where it stopped."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Engine
from sqlmodel import col, select

from label_service.store.database import reading
from label_service.store.tables import DeclarationRow

_AT_ONCE = 500  # digests in one query


@dataclass(frozen=True, slots=True)
class Kept:
    """A declaration the service has: its id, how far it has come, its label where there is one, and since when."""

    id: str
    state: str
    label_id: str | None
    created_at: datetime


def kept_declarations(engine: Engine, digests: Iterable[str]) -> Mapping[str, Kept]:
    """Give those of the declarations that were submitted, by their digests.

    Raises:
        StoreUnavailable: the database cannot be read.
    """
    wanted = iter(digests)
    found: dict[str, Kept] = {}
    with reading(engine) as session:
        while part := list(islice(wanted, _AT_ONCE)):
            query = select(DeclarationRow).where(col(DeclarationRow.declaration_digest).in_(part))
            found |= {
                row.declaration_digest: Kept(row.id, row.state, row.label_id, row.created_at)
                for row in session.exec(query).all()
            }
    return found
