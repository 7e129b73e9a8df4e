"""States of labels: suspended, revoked, superseded; logged with reason, and shown in short-lived signed lists."""

from datetime import datetime, timedelta
from threading import Lock

from sqlmodel import col, select

from label_service.document import validate
from label_service.errors import Conflict, NotFound
from label_service.issuance.log import append_leaves
from label_service.issuance.register import Register
from label_service.issuance.setup import timestamp
from label_service.issuance.workbench import Workbench
from label_service.label import status
from label_service.store.database import reading, transaction
from label_service.store.tables import LabelRow
from label_service.tlog.leaf import StatusLeaf

STATUS_HOURS = 48


class States:
    """The states of the labels of one installation."""

    def __init__(self, bench: Workbench, register: Register) -> None:
        self._bench = bench
        self._register = register
        self._status_lists: dict[tuple[status.Purpose, int], tuple[datetime, str]] = {}
        self._listing = Lock()  # a list is never kept that was made while a state changed

    def change(self, label_id: str, purpose: status.Purpose, *, value: bool, reason: str, actor: str) -> None:
        """Suspend, lift a suspension, or revoke a label: logged with reason, and in the status list at once.

        Raises:
            NotFound: no such label.
            Conflict: it is in that state already, or a revocation would be taken back.
            InvalidDocument: reason or actor break the format of the log.
        """
        if purpose == "revocation" and not value:
            raise Conflict("a revocation is never taken back", hint="issue a new label")
        now = self._bench.clock()
        entry = {"label_id": label_id, "purpose": purpose, "value": value, "reason": reason, "actor": actor}
        leaf = validate(StatusLeaf, {**entry, "at": timestamp(now)})
        with transaction(self._bench.engine) as session:
            row = session.get(LabelRow, label_id)
            if row is None:
                raise NotFound(f"there is no label {label_id[:20]}")
            member = "is_revoked" if purpose == "revocation" else "is_suspended"
            if getattr(row, member) == value:
                raise Conflict(f"the label's {purpose} is {str(value).lower()} already")
            setattr(row, member, value)
            row.status_reason = reason
            session.add(row)
            append_leaves(session, [leaf], now)
        with self._listing:
            self._status_lists.clear()
        self._bench.mark_changed()
        self._bench.sequencer.catch_up()

    def status_list(self, purpose: status.Purpose, number: int) -> str:
        """Give a signed status list; it is made anew when a state changes or half its time is over.

        Raises:
            NotFound: no label is in such a list.
        """
        now = self._bench.clock()
        with self._listing:
            kept = self._status_lists.get((purpose, number))
            if kept is None or not timedelta(0) <= now - kept[0] < timedelta(hours=STATUS_HOURS / 2):
                kept = self._status_lists[purpose, number] = now, self._sign_list(purpose, number, now)
        return kept[1]

    def _sign_list(self, purpose: status.Purpose, number: int, now: datetime) -> str:
        column = LabelRow.is_revoked if purpose == "revocation" else LabelRow.is_suspended
        with reading(self._bench.engine) as session:
            indices = session.exec(
                select(LabelRow.status_index).where(LabelRow.status_list == number, col(column).is_(True))
            ).all()
            key = self._register.signing(session, "status")
        if number != 0 and not self._has_status_list(number):
            raise NotFound(f"there is no status list {number}")
        content = status.build_status_list(
            url=self.url(purpose, number),
            issuer=self._bench.identity.did,
            demo=self._bench.identity.is_demo,
            purpose=purpose,
            indices=indices,
            valid_from=timestamp(now),
            valid_until=timestamp(now + timedelta(hours=STATUS_HOURS)),
        )
        return status.sign_status_list(content, kid=key.kid, signer=key.signer)

    def _has_status_list(self, number: int) -> bool:
        with reading(self._bench.engine) as session:
            return session.exec(select(LabelRow.id).where(LabelRow.status_list == number).limit(1)).first() is not None

    def url(self, purpose: status.Purpose, number: int) -> str:
        """Give the address of a status list."""
        return f"{self._bench.identity.origin}/status/{purpose}/{number}"
