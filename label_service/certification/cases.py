"""Cases: complaints of anybody about a label, and appeals of a party against a decision that hit it.

A complainant needs no account: a private link, made once and kept as SHA-256 only, is all that leads back to a case.
What was said stays between the sides; public is that a case was decided, how, and the words of the decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast
from uuid import uuid4

from sqlmodel import Session, col, select

from label_service.accounts.rights import Actor, Right
from label_service.accounts.secret import digest_of, new_secret
from label_service.certification.notices import settle, tell
from label_service.errors import Conflict, InvalidDocument, NotFound
from label_service.issuance.scheme import Scheme
from label_service.label.statement import read_statement
from label_service.store.database import reading, transaction
from label_service.store.documents import body
from label_service.store.party_tables import PartyRow
from label_service.store.scheme_tables import CaseMessage, CaseRow
from label_service.store.tables import LabelRow

ANSWER_DAYS: Final = 14  # for the producer to answer a complaint
DECISION_DAYS: Final = 30  # for the operator to decide, from the answer or from when it was due
MAX_TEXT: Final = 4000
MAX_CONTACT: Final = 254
MAX_MESSAGES: Final = 50  # of one case
MAX_OPEN_PER_LABEL: Final = 20

CaseKind = Literal["complaint", "appeal"]
CaseState = Literal["open", "answered", "upheld", "dismissed"]
Side = Literal["complainant", "producer", "operator"]


@dataclass(frozen=True, slots=True)
class Message:
    """Something a side said."""

    side: Side
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A case as one side may see it.

    Attributes:
        about: label id, digest of a scope, or id of a declaration or party.
        party_id: the party it concerns.
        contact: how to reach the complainant; shown to the operator only.
        words: of the decision, public; empty until then.
        due_at: until when the next step is due: the answer while it is open, then the decision.
    """

    id: str
    kind: CaseKind
    about: str
    party_id: str
    state: CaseState
    created_at: datetime
    due_at: datetime
    closed_at: datetime | None
    words: str
    contact: str
    messages: tuple[Message, ...]

    @property
    def is_closed(self) -> bool:
        """Whether it was decided."""
        return self.state in {"upheld", "dismissed"}


class Cases:
    """The complaints and appeals of one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._bench = scheme.bench

    def complain(self, label_id: str, text: str, contact: str = "") -> str:
        """Take a complaint about a label from anybody, and give the secret of its private link, once.

        Raises:
            NotFound: no such label.
            InvalidDocument: no text, or too long.
            Conflict: so many complaints about this label are open that no more are taken.
        """
        words, now, secret = checked_text(text), self._bench.clock(), new_secret()
        if len(contact) > MAX_CONTACT:
            raise InvalidDocument(f"expected a contact of at most {MAX_CONTACT} characters", where="contact")
        with transaction(self._bench.engine) as session:
            label = session.get(LabelRow, label_id)
            if label is None:
                raise NotFound(f"there is no label {label_id[:20]}", hint="check the characters below the code")
            _check_not_flooded(session, label_id)
            case = _new_case(session, "complaint", label_id, label.producer_id, now)
            case.secret_digest, case.contact = digest_of(secret), " ".join(contact.split())
            case.due_at = now + timedelta(days=ANSWER_DAYS)
            _say(session, case, "complainant", words, now)
            until = case.due_at.date()
            _tell_producer(session, case, f"There is a complaint about label {label_id}; answer it by {until}.", now)
            _tell_operator(session, case, f"There is a complaint about label {label_id}.", now)
        return secret

    def by_secret(self, secret: str) -> Case:
        """Give a case to the complainant who holds its private link.

        Raises:
            NotFound: no case has this link.
        """
        with reading(self._bench.engine) as session:
            return _case(session, _row_by_secret(session, secret))

    def reply(self, secret: str, text: str) -> None:
        """Add what the complainant says further.

        Raises:
            NotFound: no case has this link.
            Conflict: it was decided, or holds as many messages as a case may.
            InvalidDocument: no text, or too long.
        """
        words, now = checked_text(text), self._bench.clock()
        with transaction(self._bench.engine) as session:
            row = _row_by_secret(session, secret)
            _say(session, row, "complainant", words, now)
            _tell_producer(session, row, f"The complainant wrote again about label {row.about}.", now)
            _tell_operator(session, row, f"The complainant wrote again about label {row.about}.", now)

    def of(self, actor: Actor) -> list[Case]:
        """Give the cases that the actor's party is a side of, newest first; all of them to the operator."""
        actor.check_may(Right.READ_OWN)
        query = select(CaseRow).order_by(col(CaseRow.created_at).desc())
        if actor.kind != "operator":
            query = query.where(CaseRow.party_id == actor.party_id)
        with reading(self._bench.engine) as session:
            return [_case(session, row, actor) for row in session.exec(query).all()]

    def get(self, actor: Actor, identifier: str) -> Case:
        """Give a case to a side of it.

        Raises:
            NotFound: there is none, or it is not the actor's.
        """
        actor.check_may(Right.READ_OWN)
        with reading(self._bench.engine) as session:
            return _case(session, _row_of(session, actor, identifier), actor)

    def answer(self, actor: Actor, identifier: str, text: str) -> None:
        """Say something in a case: the producer's first word on a complaint answers it; the operator may ask back.

        Raises:
            NotFound: there is no such case, or it is not the actor's.
            Conflict: it was decided.
            InvalidDocument: no text, or too long.
        """
        is_operator = actor.kind == "operator"
        actor.check_may(Right.RUN_SCHEME if is_operator else Right.ANSWER)
        words, now = checked_text(text), self._bench.clock()
        with transaction(self._bench.engine) as session:
            row = _row_of(session, actor, identifier)
            _say(session, row, "operator" if is_operator else "producer", words, now)
            if is_operator:
                _tell_producer(session, row, f"The operator wrote in the {row.kind} about {row.about[:20]}.", now)
                return
            settle(session, link_of(row.id), now, party_id=actor.party_id)
            _tell_operator(session, row, f"{actor.party_name} wrote in the {row.kind} about {row.about[:20]}.", now)
            if row.kind == "complaint" and row.state == "open":
                row.state, row.due_at = "answered", now + timedelta(days=DECISION_DAYS)


def link_of(case_id: str) -> str:
    """Give the page of a case for a signed-in side."""
    return f"/cases/{case_id}"


def checked_text(text: str) -> str:
    """Give words without surrounding space, with one kind of line end.

    Raises:
        InvalidDocument: nothing is left, it is too long, or it holds control characters.
    """
    words = "\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()
    if not words or len(words) > MAX_TEXT:
        raise InvalidDocument(f"expected 1 to {MAX_TEXT} characters of text, found {len(words)}", where="text")
    if any(not character.isprintable() and character not in "\n\t" for character in words):
        raise InvalidDocument("expected text without control characters", hint="type it again", where="text")
    return words


def _new_case(session: Session, kind: CaseKind, about: str, party_id: str, now: datetime) -> CaseRow:
    due = now + timedelta(days=DECISION_DAYS)
    row = CaseRow(id=str(uuid4()), kind=kind, about=about, party_id=party_id, created_at=now, due_at=due)
    session.add(row)
    session.flush()
    return row


def _check_not_flooded(session: Session, label_id: str) -> None:
    undecided = CaseRow.state == "open"
    rows = session.exec(select(CaseRow.id).where(CaseRow.about == label_id, CaseRow.kind == "complaint", undecided))
    if len(rows.all()) >= MAX_OPEN_PER_LABEL:
        raise Conflict(
            f"{MAX_OPEN_PER_LABEL} complaints about this label wait for an answer already",
            hint="the label is being looked into; look at its page again in some days",
        )


def _say(session: Session, row: CaseRow, side: Side, text: str, now: datetime) -> None:
    if row.state in {"upheld", "dismissed"}:
        raise Conflict("this case was decided", hint="a new matter is a new complaint")
    count = len(session.exec(select(CaseMessage.id).where(CaseMessage.case_id == row.id)).all())
    if count >= MAX_MESSAGES:
        raise Conflict(f"a case holds at most {MAX_MESSAGES} messages", hint="the operator decides on what was said")
    session.add(CaseMessage(case_id=row.id, side=side, text=text, created_at=now))
    session.add(row)


def _tell_producer(session: Session, row: CaseRow, text: str, now: datetime) -> None:
    tell(session, row.party_id, cast("CaseKind", row.kind), text, link_of(row.id), now)


def _tell_operator(session: Session, row: CaseRow, text: str, now: datetime) -> None:
    operators: Sequence[str] = session.exec(select(PartyRow.id).where(PartyRow.kind == "operator")).all()
    for party_id in operators:
        tell(session, party_id, cast("CaseKind", row.kind), text, link_of(row.id), now)


def _row_by_secret(session: Session, secret: str) -> CaseRow:
    row = session.exec(select(CaseRow).where(CaseRow.secret_digest == digest_of(secret))).one_or_none()
    if row is None:
        raise NotFound("there is no such case", hint="open the private link exactly as it was given to you")
    return row


def _row_of(session: Session, actor: Actor, identifier: str) -> CaseRow:
    row = session.get(CaseRow, identifier)
    if row is None or (actor.kind != "operator" and row.party_id != actor.party_id):
        raise NotFound("there is no such case")
    return row


def _case(session: Session, row: CaseRow, actor: Actor | None = None) -> Case:
    said = select(CaseMessage).where(CaseMessage.case_id == row.id).order_by(col(CaseMessage.id))
    messages = tuple(Message(cast("Side", item.side), item.text, item.created_at) for item in session.exec(said).all())
    return Case(
        id=row.id,
        kind=cast("CaseKind", row.kind),
        about=row.about,
        party_id=row.party_id,
        state=cast("CaseState", row.state),
        created_at=row.created_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        words=_words(session, row),
        contact=row.contact if actor and actor.kind == "operator" else "",
        messages=messages,
    )


def _words(session: Session, row: CaseRow) -> str:
    """Give the public words of the signed decision."""
    if row.decision_digest is None:
        return ""
    return read_statement(body(session, row.decision_digest).decode())[1].text
