"""Cases: complaints of anybody about a label, and appeals of a party against a decision that hit it.

A complainant needs no account: a private link, made once and kept as SHA-256 only, is all that leads back to a case.
What was said stays between the sides; public is that a case was decided, how, and the words of the decision.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast
from uuid import uuid4

from sqlmodel import Session, col, or_, select, update

from label_service.accounts.rights import Actor, Right
from label_service.accounts.secret import digest_of, new_secret
from label_service.certification.acts import first_decider, note
from label_service.certification.appeals import Appealed, all_appealed, appealed, find_appealed
from label_service.certification.notices import settle, tell, tell_operator
from label_service.certification.sanctions import Sanctions, StateAction
from label_service.certification.wording import MAX_PUBLIC, paragraphs
from label_service.errors import Conflict, InvalidDocument, NotFound, Refused
from label_service.issuance.declarations import reopen
from label_service.issuance.scheme import Scheme
from label_service.issuance.words import Words
from label_service.label.statement import read_statement
from label_service.store.database import reading, transaction
from label_service.store.documents import body
from label_service.store.party_tables import AccountRow
from label_service.store.scheme_tables import CaseMessage, CaseRow
from label_service.store.tables import DeclarationRow, LabelRow

ANSWER_DAYS: Final = 14  # for the producer to answer a complaint
APPEAL_DAYS: Final = 60  # for a party to appeal, from the decision
DECISION_DAYS: Final = 30  # for the operator to decide, from the answer or from when it was due
CONTACT_DAYS: Final = 90  # for which a contact is kept after the decision
MAX_TEXT: Final = 4000
MAX_CONTACT: Final = 254
MAX_MESSAGES: Final = 50  # of one case
MAX_OPEN_PER_LABEL: Final = 20

CaseKind = Literal["complaint", "appeal"]
CaseState = Literal["open", "answered", "upheld", "dismissed"]
Side = Literal["complainant", "producer", "operator"]
Outcome = Literal["upheld", "dismissed"]


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
        name: of the product; for what has none the beginning of `about`.
        party_id: the party it concerns.
        contact: how to reach the complainant; shown to the operator only.
        words: of the decision, public; empty until then.
        due_at: until when the next step is due: the answer while it is open, then the decision.
    """

    id: str
    kind: CaseKind
    about: str
    name: str
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

    def is_ripe(self, now: datetime) -> bool:
        """Whether it may be decided: the producer answered a complaint, or let the time for it pass."""
        return not self.is_closed and (self.kind == "appeal" or self.state == "answered" or now > self.due_at)


class Cases:
    """The complaints and appeals of one installation."""

    def __init__(self, scheme: Scheme, sanctions: Sanctions) -> None:
        self._bench = scheme.bench
        self._words = Words(scheme.bench, scheme.register)
        self._sanctions = sanctions

    def complain(self, label_id: str, text: str, contact: str = "") -> str:
        """Take a complaint about a label from anybody, and give the secret of its private link, once.

        Raises:
            NotFound: no such label.
            InvalidDocument: no text, or too long.
            Conflict: so many complaints about this label are open that no more are taken.
        """
        words, now, secret = paragraphs(text, MAX_TEXT), self._bench.clock(), new_secret()
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
        words, now = paragraphs(text, MAX_TEXT), self._bench.clock()
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
        words, now = paragraphs(text, MAX_TEXT), self._bench.clock()
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

    def appealable(self, actor: Actor) -> list[Appealed]:
        """Give what was decided against the actor's party and is not appealed yet."""
        actor.check_may(Right.READ_OWN)
        with reading(self._bench.engine) as session:
            found = all_appealed(session, actor)
            return [item for item in found if _last_appeal(session, item) is None]

    def appeal(self, actor: Actor, about: str, text: str) -> str:
        """Appeal against a refusal, a suspension or a revocation, and give the id of the case.

        Raises:
            Refused: the actor does not answer for the party.
            NotFound: nothing of hers was refused, suspended or revoked under this id.
            Conflict: the time for it is over, or it was appealed already.
            InvalidDocument: no text, or too long.
        """
        actor.check_may(Right.ANSWER)
        words, now = paragraphs(text, MAX_TEXT), self._bench.clock()
        with transaction(self._bench.engine) as session:
            found = find_appealed(session, actor, about)
            _check_appealable(session, found, now)
            case = _new_case(session, "appeal", about, actor.party_id, now)
            _say(session, case, "producer", words, now)
            _tell_operator(session, case, f"{actor.party_name} appeals: {found.name}.", now)
            return case.id

    def decide(
        self, actor: Actor, identifier: str, outcome: Outcome, *, words: str, action: StateAction | None = None
    ) -> None:
        """Decide a case in public words; a complaint that is upheld may suspend or revoke the label at once.

        An appeal that is upheld undoes what can be undone: a suspension is lifted, a refused declaration goes to an
        auditor again. A revocation is never taken back; the words say what follows instead.

        Raises:
            Refused: the actor does not run the scheme, or decided the first time what is appealed.
            NotFound: no such case.
            Conflict: it was decided, or the producer still has time to answer.
            InvalidDocument: no words, or more than a statement takes.
        """
        actor.check_may(Right.RUN_SCHEME)
        text, now = paragraphs(words, MAX_PUBLIC, "words"), self._bench.clock()
        with transaction(self._bench.engine) as session:
            row = _row_of(session, actor, identifier)
            _check_ripe(_case(session, row), now)
            if row.kind == "complaint":
                subject = {"label_id": row.about}
                if outcome == "upheld" and action is not None:
                    self._sanctions.write(session, actor, row.about, action, reason="complaint-upheld", text=text)
            else:
                subject = self._decide_appeal(session, actor, row, outcome, text)
            self._close(session, actor, row, outcome, subject=subject, text=text)
        self._bench.mark_changed()
        self._bench.sequencer.catch_up()

    def may_decide(self, actor: Actor, case: Case) -> bool:
        """Tell whether a case is left to decide by this person: of an appeal somebody else decided the first time."""
        if Right.RUN_SCHEME not in actor.rights or case.is_closed:
            return False
        with reading(self._bench.engine) as session:
            return case.kind == "complaint" or first_decider(session, case.about) != actor.account_id

    def forget_contacts(self) -> int:
        """Remove how to reach complainants some time after the decision, and give the number of those forgotten."""
        ended = self._bench.clock() - timedelta(days=CONTACT_DAYS)
        command = update(CaseRow).where(col(CaseRow.contact) != "", col(CaseRow.closed_at) < ended).values(contact="")
        with transaction(self._bench.engine) as session:
            return session.exec(command).rowcount

    def _decide_appeal(
        self, session: Session, actor: Actor, row: CaseRow, outcome: Outcome, text: str
    ) -> dict[str, str]:
        """Check who decides, undo what can be undone, and give how the statement names it."""
        _check_second_person(session, actor, row)
        found = appealed(session, row.about)
        if found is None:
            return {}  # it returned meanwhile
        if outcome == "upheld" and found.can_return:
            self._undo(session, actor, found, text)
        return found.subject

    def _undo(self, session: Session, actor: Actor, found: Appealed, text: str) -> None:
        if found.kind in {"label", "scope"}:
            self._sanctions.write(session, actor, found.id, "reinstate", reason="appeal-upheld", text=text)
        elif found.kind == "declaration":
            reopen(session, found.id)
        else:
            self._sanctions.readmit(session, actor, found.id, text=text)

    def _close(
        self, session: Session, actor: Actor, row: CaseRow, outcome: Outcome, *, subject: dict[str, str], text: str
    ) -> None:
        """Sign and log the decision, and tell the party."""
        now, kind = self._bench.clock(), cast("CaseKind", row.kind)
        said = self._words.sign(
            session,
            "complaint_decision" if kind == "complaint" else "appeal_decision",
            {"case": row.id, "outcome": outcome, **subject},
            reason=outcome,
            text=text,
            now=now,
        )
        self._words.log(session, said, now)
        row.state, row.closed_at, row.decision_digest = outcome, now, said.token.digest
        session.add(row)
        note(session, actor, kind, row.id, now=now, reason=outcome, words=text)
        settle(session, link_of(row.id), now)
        _tell_producer(session, row, f"The {kind} about {row.about[:13]} was {outcome}.", now)


def link_of(case_id: str) -> str:
    """Give the page of a case for a signed-in side."""
    return f"/cases/{case_id}"


def _new_case(session: Session, kind: CaseKind, about: str, party_id: str, now: datetime) -> CaseRow:
    due = now + timedelta(days=DECISION_DAYS)
    row = CaseRow(id=str(uuid4()), kind=kind, about=about, party_id=party_id, created_at=now, due_at=due)
    session.add(row)
    session.flush()
    return row


def _last_appeal(session: Session, found: Appealed) -> CaseRow | None:
    """Give the appeal against a decision, decided or not; an older decision's appeal is not one against this."""
    query = select(CaseRow).where(CaseRow.kind == "appeal", CaseRow.about == found.id)
    row = session.exec(query.order_by(col(CaseRow.created_at).desc()).limit(1)).first()
    if row is None or (found.decided_at is not None and row.created_at < found.decided_at):
        return None
    return row


def _check_appealable(session: Session, found: Appealed, now: datetime) -> None:
    if _last_appeal(session, found):
        raise Conflict("this decision was appealed already", hint="write in that case")
    if found.decided_at is not None and now > found.decided_at + timedelta(days=APPEAL_DAYS):
        raise Conflict(f"the {APPEAL_DAYS} days for an appeal are over", hint="write to the operator")


def _check_ripe(case: Case, now: datetime) -> None:
    if case.is_closed:
        raise Conflict("this case was decided already")
    if not case.is_ripe(now):
        raise Conflict(
            f"the producer may answer until {case.due_at.date()}",
            hint="suspend the label meanwhile as a precaution, if buyers are misled",
        )


def _check_second_person(session: Session, actor: Actor, row: CaseRow) -> None:
    """Check that another person decides than the first time, and that it is a person."""
    if session.get(AccountRow, actor.account_id) is None:
        raise Refused("an appeal is decided by a person with an account", hint="sign in")
    if first_decider(session, row.about) == actor.account_id:
        raise Refused(
            "an appeal is decided by somebody else than the first time", hint="ask another person of the operator"
        )


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
    tell_operator(session, cast("CaseKind", row.kind), text, link_of(row.id), now)


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
        name=_name(session, row.about),
        party_id=row.party_id,
        state=cast("CaseState", row.state),
        created_at=row.created_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        words=_words(session, row),
        contact=row.contact if actor and actor.kind == "operator" else "",
        messages=messages,
    )


def _name(session: Session, about: str) -> str:
    """Give how people call what a case is about."""
    query = select(DeclarationRow.name).where(or_(DeclarationRow.label_id == about, DeclarationRow.id == about))
    return session.exec(query).first() or about[:20]


def _words(session: Session, row: CaseRow) -> str:
    """Give the public words of the signed decision."""
    if row.decision_digest is None:
        return ""
    return read_statement(body(session, row.decision_digest).decode())[1].text
