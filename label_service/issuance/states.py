"""States of labels and scopes: suspended, reinstated, revoked, superseded.

Every change is logged with reason, actor and the digest of a signed statement in public words, and shown in short-lived
signed lists. A scope passes its state on to every label that was issued in it; a label keeps its own state beside it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Literal, NamedTuple

from sqlmodel import Session, col, func, or_, select

from label_service.document import validate
from label_service.errors import Conflict, NotFound
from label_service.issuance.keyring import SigningKey
from label_service.issuance.log import append_leaves
from label_service.issuance.reasons import check_reason
from label_service.issuance.register import Register
from label_service.issuance.setup import timestamp
from label_service.issuance.words import Words
from label_service.issuance.workbench import Workbench
from label_service.label import status
from label_service.store.database import reading, transaction
from label_service.store.scheme_tables import ScopeRow, StatementRow
from label_service.store.tables import LabelRow
from label_service.tlog.leaf import StatementKind, StatusLeaf

STATUS_HOURS = 48
SERVICE: Final = "service"  # actor of what the software does by a rule
OPERATOR: Final = "operator"
SUPERSEDED: Final = "superseded"

Action = Literal["suspend", "reinstate", "revoke", "supersede"]


class _Step(NamedTuple):
    kind: StatementKind
    purpose: status.Purpose
    value: bool


_STEPS: Final[dict[Action, _Step]] = {
    "suspend": _Step("suspension", "suspension", value=True),
    "reinstate": _Step("reinstatement", "suspension", value=False),
    "revoke": _Step("revocation", "revocation", value=True),
    "supersede": _Step("supersession", "revocation", value=True),
}
_NEWEST_CHANGE = select(func.max(StatementRow.log_index))


class Decision(NamedTuple):
    """That a state is to change, and what is said about it in public.

    Attributes:
        about: id of a label, or digest of a scope.
        reason: a code of `reasons.REASONS`.
        text: words for people.
        actor: `kid` or role of who decided, never a person's name.
        successor: label that replaces a superseded one.
    """

    about: str
    action: Action
    reason: str
    text: str
    actor: str
    successor: str | None = None


class _Kept(NamedTuple):
    """A list, when it was made, and the newest change it shows."""

    made_at: datetime
    newest_change: int | None
    kid: str
    text: str


class States:
    """The states of the labels and scopes of one installation."""

    def __init__(self, bench: Workbench, register: Register, words: Words) -> None:
        self._bench = bench
        self._register = register
        self._words = words
        self._status_lists: dict[tuple[status.Purpose, int], _Kept] = {}
        self._listing = Lock()

    def change(
        self, about: str, action: Action, *, reason: str, text: str, actor: str = OPERATOR, successor: str | None = None
    ) -> None:
        """Suspend, reinstate, revoke or supersede a label, or a scope with all its labels; visible at once.

        Raises:
            NotFound: no such label or scope, or no such successor.
            Conflict: it is in that state already, a revocation would be taken back, or the auditor withdrew her word.
            InvalidDocument: reason, text or actor break the format of log or statement.
        """
        with transaction(self._bench.engine) as session:
            self.write(session, Decision(about, action, reason, text, actor, successor))
        self._bench.mark_changed()
        self._bench.sequencer.catch_up()

    def write(self, session: Session, decision: Decision) -> None:
        """Change a state inside a unit of work, which catches the log up afterwards; raises as `change` does."""
        check_reason(decision.reason)
        now, step = self._bench.moment(session), _STEPS[decision.action]
        row = state_row(session, decision.about)
        _check_step(row, decision)
        if decision.action == "reinstate":
            check_standing(session, row.attestation_digest if isinstance(row, LabelRow) else row.digest)
        if decision.action == "supersede":
            _check_successor(session, row, decision.successor or "")
        name = "label_id" if isinstance(row, LabelRow) else "scope_digest"
        subject = {name: decision.about, "successor": decision.successor}
        said = self._words.sign(session, step.kind, subject, reason=decision.reason, text=decision.text, now=now)
        entry = {
            **said.statement.subject.as_json(),
            "purpose": step.purpose,
            "value": step.value,
            "reason": decision.reason,
            "at": timestamp(now),
            "actor": decision.actor,
            "statement_digest": said.token.digest,
        }
        leaf = validate(StatusLeaf, entry)
        self._words.log(session, said, now)
        append_leaves(session, [leaf], now)
        setattr(row, "is_revoked" if step.purpose == "revocation" else "is_suspended", step.value)
        row.status_reason, row.status_at = decision.reason, now
        if isinstance(row, LabelRow):
            row.successor = decision.successor
        session.add(row)
        session.flush()

    def suspend(self, session: Session, decision: Decision) -> bool:
        """Suspend by a rule what is neither suspended nor revoked yet, inside a unit of work; tell whether it was done.

        Raises:
            NotFound: no such label or scope.
        """
        row = state_row(session, decision.about)
        if row.is_suspended or row.is_revoked:
            return False
        self.write(session, decision)
        return True

    def status_list(self, purpose: status.Purpose, number: int) -> str:
        """Give a signed status list; it is made anew when a state or the key changed, or half its time is over.

        Raises:
            NotFound: no label is in such a list.
            ClockFault: one has to be signed, and what time it is cannot be told.
        """
        now = self._bench.clock()
        with self._listing, reading(self._bench.engine) as session:
            kept, newest = self._status_lists.get((purpose, number)), session.exec(_NEWEST_CHANGE).one()
            key = self._register.signing(session, "status")
            if kept is None or not _is_good(kept, newest, key.kid, now):
                now = self._bench.moment(session)
                text = self._sign_list(session, key, purpose, number, now)
                kept = self._status_lists[purpose, number] = _Kept(now, newest, key.kid, text)
        return kept.text

    def renew(self) -> None:
        """Make every list anew that is due, so that readers never wait for it."""
        for number in range(self.last_list() + 1):
            self.status_list("revocation", number)
            self.status_list("suspension", number)

    def last_list(self) -> int:
        """Give the number of the newest status lists."""
        with reading(self._bench.engine) as session:
            return session.exec(select(func.max(LabelRow.status_list))).one() or 0

    def _sign_list(self, session: Session, key: SigningKey, purpose: status.Purpose, number: int, now: datetime) -> str:
        if number != 0 and not _has_status_list(session, number):
            raise NotFound(f"there is no status list {number}")
        now = self._register.ended_at(session) or now
        content = status.build_status_list(
            url=status_url(self._bench.identity.origin, purpose, number),
            issuer=self._bench.identity.did,
            demo=self._bench.identity.is_demo,
            purpose=purpose,
            indices=_set_bits(session, purpose, number),
            valid_from=timestamp(now),
            valid_until=timestamp(now + timedelta(hours=STATUS_HOURS)),
        )
        return status.sign_status_list(content, kid=key.kid, signer=key.signer)


def status_url(origin: str, purpose: status.Purpose, number: int) -> str:
    """Give the address of a status list."""
    return f"{origin}/status/{purpose}/{number}"


def state_row(session: Session, about: str) -> LabelRow | ScopeRow:
    """Give the row that holds the state of a label, or of a scope.

    Raises:
        NotFound: there is neither.
    """
    row = session.get(LabelRow, about) or session.get(ScopeRow, about)
    if row is None:
        raise NotFound(f"there is no label or scope {about[:64]!a}")
    return row


def is_withdrawn(session: Session, attestation_digest: str) -> bool:
    """Tell whether the auditor took back her attestation of a declaration or a scope."""
    query = select(StatementRow.digest).where(
        StatementRow.kind == "withdrawal", StatementRow.about == attestation_digest
    )
    return session.exec(query).first() is not None


def withdrawn_among(session: Session, attestation_digests: Iterable[str]) -> set[str]:
    """Give those of the attestations that their auditors took back."""
    query = select(StatementRow.about).where(
        StatementRow.kind == "withdrawal", col(StatementRow.about).in_(list(attestation_digests))
    )
    return {about for about in session.exec(query).all() if about}


def check_standing(session: Session, attestation_digest: str) -> None:
    """Check that an attestation was not withdrawn: nobody but the auditor gives her word again, in a new one.

    Raises:
        Conflict: it was.
    """
    if is_withdrawn(session, attestation_digest):
        raise Conflict("the auditor withdrew this attestation", hint="ask her for a new one")


def _check_step(row: LabelRow | ScopeRow, decision: Decision) -> None:
    kind = "label" if isinstance(row, LabelRow) else "scope"
    if row.is_revoked:
        raise Conflict(f"this {kind} is revoked, which is never taken back", hint="issue a new one")
    if decision.action == "supersede" and kind == "scope":
        raise Conflict("a scope is not superseded", hint="attest another one, and revoke this one where it is needed")
    if decision.action == "suspend" and row.is_suspended:
        raise Conflict(f"this {kind} is suspended already")
    if decision.action == "reinstate" and not row.is_suspended:
        raise Conflict(f"this {kind} is not suspended itself", hint="a label of a suspended scope returns with it")


def _check_successor(session: Session, row: LabelRow | ScopeRow, successor: str) -> None:
    found = session.get(LabelRow, successor)
    if found is None:
        raise NotFound(f"there is no label {successor[:20]!a} to follow this one")
    if found.id == _id_of(row) or not isinstance(row, LabelRow) or found.producer_id != row.producer_id:
        raise Conflict("a label is superseded by another label of the same producer")
    if found.is_revoked:
        raise Conflict(f"the label {successor} is revoked and cannot follow another")


def _id_of(row: LabelRow | ScopeRow) -> str:
    """Give the id of what a row is about."""
    return row.id if isinstance(row, LabelRow) else row.digest


def _is_good(kept: _Kept, newest_change: int | None, kid: str, now: datetime) -> bool:
    is_young = timedelta(0) <= now - kept.made_at < timedelta(hours=STATUS_HOURS / 2)
    return is_young and (kept.newest_change, kept.kid) == (newest_change, kid)


def _set_bits(session: Session, purpose: status.Purpose, number: int) -> Iterator[int]:
    """Give the places of labels whose own bit is set, or that of their scope."""
    if purpose == "revocation":
        own, scopes = LabelRow.is_revoked, ScopeRow.is_revoked
    else:
        own, scopes = LabelRow.is_suspended, ScopeRow.is_suspended
    in_scope = col(LabelRow.scope_digest).in_(select(ScopeRow.digest).where(col(scopes).is_(True)))
    query = select(LabelRow.status_index).where(LabelRow.status_list == number, or_(col(own).is_(True), in_scope))
    yield from session.exec(query)


def _has_status_list(session: Session, number: int) -> bool:
    return session.exec(select(LabelRow.id).where(LabelRow.status_list == number).limit(1)).first() is not None
