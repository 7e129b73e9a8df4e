"""Acts: which person of the operator decided what, when and why. The register of second decisions rests on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlmodel import Session, col, select

from label_service.accounts.rights import Actor, Right
from label_service.issuance.workbench import Workbench
from label_service.store.database import reading
from label_service.store.party_tables import AccountRow
from label_service.store.scheme_tables import ActRow

MOST_LISTED: Final = 200

ActKind = Literal[
    "suspend",
    "reinstate",
    "revoke",
    "party",
    "readmit",
    "complaint",
    "appeal",
    "publication",
    "market",
    "auditor",
    "key",
    "export",
    "removal",
]
WITHDRAWING: Final[tuple[ActKind, ...]] = ("suspend", "revoke", "party")


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person of the operator did; `person` is how she is called now."""

    kind: str
    about: str
    reason: str
    words: str
    person: str
    at: datetime


class Acts:
    """What was decided in one installation."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def newest(self, actor: Actor, about: str | None = None) -> list[Act]:
        """Give the newest acts, those about one thing if named.

        Raises:
            Refused: the actor does not run the scheme.
        """
        actor.check_may(Right.RUN_SCHEME)
        query = select(ActRow, AccountRow.name).outerjoin(AccountRow, col(AccountRow.id) == ActRow.account_id)
        if about is not None:
            query = query.where(ActRow.about == about)
        with reading(self._bench.engine) as session:
            rows = session.exec(query.order_by(col(ActRow.id).desc()).limit(MOST_LISTED)).all()
        return [Act(row.kind, row.about, row.reason, row.words, name or row.account_id, row.at) for row, name in rows]


def note(
    session: Session, actor: Actor, kind: ActKind, about: str, *, now: datetime, reason: str = "", words: str = ""
) -> None:
    """Note what a person decided, in the unit of work that does it."""
    row = ActRow(account_id=actor.account_id, kind=kind, about=about, reason=reason, words=words, at=now)
    session.add(row)


def first_decider(session: Session, about: str) -> str | None:
    """Give the account that last withdrew something; None where a rule of the software or an auditor did."""
    query = select(ActRow.account_id).where(ActRow.about == about, col(ActRow.kind).in_(WITHDRAWING))
    return session.exec(query.order_by(col(ActRow.id).desc()).limit(1)).first()
