"""Free label ids and free places in the status lists, drawn at random for all labels of a unit of work at once."""

import secrets
from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy import bindparam, func, or_
from sqlmodel import Session, and_, col, select

from label_service.errors import Conflict
from label_service.label import status
from label_service.store.tables import LabelRow
from label_service.trust.encoding import base32

LABEL_ID_BYTES: Final = 8
_ATTEMPTS: Final = 20
_NEWEST: Final = select(func.max(LabelRow.status_list))
_USED: Final = select(func.count()).where(col(LabelRow.status_list) == bindparam("list"))
_TAKEN: Final = select(LabelRow.id, LabelRow.status_list, LabelRow.status_index).where(
    or_(
        col(LabelRow.id).in_(bindparam("labels", expanding=True)),
        and_(
            col(LabelRow.status_list) == bindparam("list"),
            col(LabelRow.status_index).in_(bindparam("indices", expanding=True)),
        ),
    )
)


class Place(NamedTuple):
    """A label id, and a place in the status lists of a number, that nobody has."""

    label_id: str
    number: int
    entry: int


class Places:
    """Free places of a unit of work, which nobody else takes while it lasts."""

    def __init__(self, session: Session, at_once: int) -> None:
        self._session = session
        self._at_once = at_once
        self._given: set[str | int] = set()
        self._free: Iterator[Place] = iter(())
        self._number: int | None = None

    def take(self) -> Place:
        """Give a random free id, 13 characters of Base32, with a random free place.

        Raises:
            Conflict: none was found.
        """
        for _ in range(_ATTEMPTS):
            place = next(self._free, None)
            if place is not None:
                return place
            self._free = iter(self._drawn())
        raise Conflict("no free label id and place in the status list were found", hint="try again")

    def _drawn(self) -> list[Place]:
        """Draw places and keep those that are free."""
        number = self._list()
        drawn = {
            base32(secrets.token_bytes(LABEL_ID_BYTES)): secrets.randbelow(status.ENTRIES) for _ in range(self._at_once)
        }
        params = {"labels": list(drawn), "list": number, "indices": list(drawn.values())}
        rows = self._session.exec(_TAKEN, params=params).all()
        self._given |= {label for label, _, _ in rows} | {index for _, taken, index in rows if taken == number}
        free = []
        for label, index in drawn.items():
            if not {label, index} & self._given:
                self._given |= {label, index}
                free.append(Place(label, number, index))
        return free

    def _list(self) -> int:
        """Give the number of the list that is filled now; one that is half full is followed by a new one."""
        if self._number is None:
            newest = self._session.exec(_NEWEST).one() or 0
            used = self._session.exec(_USED, params={"list": newest}).one()
            self._number = newest if used < status.ENTRIES // 2 else newest + 1
        return self._number
