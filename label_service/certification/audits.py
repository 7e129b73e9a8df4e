"""Audit requests: a producer asks an accredited verifier to look at a declaration, or at the workshop for a scope.

A request opens the documents and evidence to the verifier, and stands in her queue until she answered it with a signed
document, or the producer took it back. What she signs is taken by `intake`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, cast
from uuid import uuid4

from sqlmodel import Session, col, select

from label_service.accounts.rights import Actor, Right
from label_service.certification.notices import settle, tell
from label_service.certification.proposals import ScopeProposal
from label_service.document import Party
from label_service.errors import Conflict, NotFound, Refused, VerificationError
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import timestamp
from label_service.issuance.submission import declaration_row
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.party_tables import PartyRow
from label_service.store.scheme_tables import AuditRequestRow
from label_service.store.tables import DeclarationRow
from label_service.trust.trust_list import Auditor, TrustList
from label_service.verify.attested import check_independent

MAX_LISTED: Final = 500
REQUESTS_PAGE: Final = "/workshop/audits"  # of the producer
MAX_OPEN: Final = 100  # requests of one producer that nobody answered yet

RequestKind = Literal["declaration", "scope"]
RequestState = Literal["open", "attested", "refused", "cancelled"]


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """A request as both sides see it.

    Attributes:
        about: name of the product, or of the workshop's site.
        declaration_id: of the declaration; None for a scope.
        result_digest: of the signed document that answered it.
    """

    id: str
    kind: RequestKind
    producer_id: str
    producer: str
    verifier_id: str
    verifier: str
    about: str
    state: RequestState
    declaration_id: str | None
    result_digest: str | None
    created_at: datetime
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for the verifier."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A body that can be asked, with the auditors of it who can sign today."""

    id: str
    name: str
    auditors: tuple[Auditor, ...]


class Audits:
    """The audit requests of one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._bench = scheme.bench

    def verifiers(self) -> list[Verifier]:
        """Give the bodies that have an auditor accredited today, in the order of their names."""
        query = select(PartyRow).where(PartyRow.kind == "verifier", PartyRow.state == "active").order_by(PartyRow.name)
        trust_list, at = self._scheme.register.current(), timestamp(self._bench.clock())
        with reading(self._bench.engine) as session:
            found = [Verifier(row.id, row.name, _able(trust_list, row.id, at)) for row in session.exec(query).all()]
        return [item for item in found if item.auditors]

    def requestable(self, actor: Actor) -> list[DeclarationRow]:
        """Give the declarations of the actor's party that nobody attested or is looking at, newest first."""
        actor.check_may(Right.DECLARE)
        asked = select(AuditRequestRow.declaration_id).where(
            AuditRequestRow.producer_id == actor.party_id,
            AuditRequestRow.state == "open",
            col(AuditRequestRow.declaration_id).is_not(None),
        )
        query = (
            select(DeclarationRow)
            .where(DeclarationRow.producer_id == actor.party_id, col(DeclarationRow.state).in_(("assessed", "waiting")))
            .where(col(DeclarationRow.id).not_in(asked))
            .order_by(col(DeclarationRow.created_at).desc())
        )
        with reading(self._bench.engine) as session:
            return list(session.exec(query.limit(MAX_LISTED)).all())

    def request_declaration(self, actor: Actor, declaration_id: str, verifier_id: str) -> AuditRequest:
        """Ask a verifier to look at a declaration of the actor's party.

        Raises:
            Refused: the actor may not declare, or the verifier is not independent of her.
            NotFound: no such declaration of hers, or no such verifier with an accredited auditor.
            Conflict: it is attested or refused already, or a verifier is looking at it.
        """
        actor.check_may(Right.DECLARE)
        found = self._scheme.declarations.get(declaration_id)
        if found.declaration.producer.id != actor.party_id:
            raise NotFound(f"there is no declaration {declaration_id[:40]!r}")
        declaration = found.declaration
        verifier = self._independent(verifier_id, declaration.producer, declaration.partners)
        with transaction(self._bench.engine) as session:
            row = declaration_row(session, declaration_id)
            if row.state not in {"assessed", "waiting"}:
                raise Conflict(f"this declaration is {row.state} already")
            _check_no_other(session, declaration_id)
            made = self._add(session, actor, verifier, kind="declaration", declaration_id=declaration_id)
            return _request(session, made)

    def request_scope(self, actor: Actor, proposal: ScopeProposal, verifier_id: str) -> AuditRequest:
        """Ask a verifier to look at the workshop of the actor's party.

        Raises:
            Refused: the actor may not declare, the proposal is another producer's or of another mode, or the verifier
                is not independent.
            NotFound: no such verifier with an accredited auditor.
            Conflict: too many requests wait.
        """
        actor.check_may(Right.DECLARE)
        if proposal.producer.id != actor.party_id or proposal.demo != self._bench.identity.is_demo:
            raise Refused("expected a proposal of your own workshop, in the mode of this installation")
        verifier = self._independent(verifier_id, proposal.producer)
        with transaction(self._bench.engine) as session:
            digest = keep(session, ScopeProposal.TYPE, proposal.to_bytes(), self._bench.clock())
            made = self._add(session, actor, verifier, kind="scope", proposal_digest=digest)
            return _request(session, made)

    def cancel(self, actor: Actor, identifier: str) -> None:
        """Take a request back, or give it back unanswered; what it opened to the verifier is closed again.

        Raises:
            Refused: the actor may neither declare nor audit.
            NotFound: no such request of hers.
            Conflict: it was answered or cancelled already.
        """
        actor.check_may(Right.AUDIT if actor.kind == "verifier" else Right.DECLARE)
        now = self._bench.clock()
        with transaction(self._bench.engine) as session:
            row = request_row(session, actor, identifier)
            if row.state != "open":
                raise Conflict(f"this request is {row.state} already")
            close(session, row, None, now)
            if actor.party_id == row.producer_id:
                tell(
                    session, row.verifier_id, "audit", f"{actor.party_name} took an audit request back.", "/audit", now
                )
            else:
                words = f"{actor.party_name} gave your audit request back without an answer; ask somebody else."
                tell(session, row.producer_id, "audit", words, REQUESTS_PAGE, now)

    def of(self, actor: Actor, *, is_open_only: bool = False) -> list[AuditRequest]:
        """Give the requests that the actor's party made or received, newest first; the operator sees all."""
        actor.check_may(Right.READ_OWN)
        query = select(AuditRequestRow).order_by(col(AuditRequestRow.created_at).desc(), col(AuditRequestRow.id))
        if actor.kind != "operator":
            side = AuditRequestRow.verifier_id if actor.kind == "verifier" else AuditRequestRow.producer_id
            query = query.where(side == actor.party_id)
        if is_open_only:
            query = query.where(AuditRequestRow.state == "open")
        with reading(self._bench.engine) as session:
            return [_request(session, row) for row in session.exec(query.limit(MAX_LISTED)).all()]

    def get(self, actor: Actor, identifier: str) -> AuditRequest:
        """Give a request to one of its sides.

        Raises:
            NotFound: there is none, or it is not the actor's.
        """
        actor.check_may(Right.READ_OWN)
        with reading(self._bench.engine) as session:
            return _request(session, request_row(session, actor, identifier))

    def proposal(self, actor: Actor, identifier: str) -> ScopeProposal:
        """Give what was proposed for a scope, to one of the sides.

        Raises:
            NotFound: there is no such request for a scope.
        """
        actor.check_may(Right.READ_OWN)
        with reading(self._bench.engine) as session:
            row = request_row(session, actor, identifier)
            if row.proposal_digest is None:
                raise NotFound("this request is about a declaration")
            return ScopeProposal.from_bytes(body(session, row.proposal_digest))

    def _independent(self, verifier_id: str, producer: Party, partners: tuple[Party, ...] = ()) -> Verifier:
        """Give a verifier who may look at the goods of a producer: accredited, and nobody's own."""
        verifier = next((item for item in self.verifiers() if item.id == verifier_id), None)
        if verifier is None:
            raise NotFound("there is no such verifier with an accredited auditor", hint="choose one of the register")
        issuer = self._scheme.register.current().issuer(self._bench.identity.did)
        for auditor in verifier.auditors:
            try:
                check_independent(auditor, issuer, producer, partners)
            except VerificationError as error:
                raise Refused(error.detail, hint="ask a verifier who has no part in it") from error
        return verifier

    def _add(
        self,
        session: Session,
        actor: Actor,
        verifier: Verifier,
        *,
        kind: RequestKind,
        declaration_id: str | None = None,
        proposal_digest: str | None = None,
    ) -> AuditRequestRow:
        _check_room(session, actor.party_id)
        now = self._bench.clock()
        row = AuditRequestRow(
            id=str(uuid4()),
            kind=kind,
            producer_id=actor.party_id,
            verifier_id=verifier.id,
            declaration_id=declaration_id,
            proposal_digest=proposal_digest,
            created_at=now,
        )
        session.add(row)
        session.flush()
        what = "a declaration" if kind == "declaration" else "the workshop for a scope"
        tell(session, verifier.id, "audit", f"{actor.party_name} asks for an audit of {what}.", link_of(row.id), now)
        return row


def link_of(identifier: str) -> str:
    """Give the page of the verifier for a request."""
    return f"/audit/requests/{identifier}"


def request_row(session: Session, actor: Actor, identifier: str) -> AuditRequestRow:
    """Give the row of a request to one of its sides, or to the operator.

    Raises:
        NotFound: there is none, or it is not the actor's.
    """
    row = session.get(AuditRequestRow, identifier)
    sides = {row.producer_id, row.verifier_id} if row else set()
    if row is None or (actor.party_id not in sides and Right.RUN_SCHEME not in actor.rights):
        raise NotFound("there is no such audit request")
    return row


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with.

    Attributes:
        digest: of the signed document.
        auditor: `kid` of the key that signed it.
        findings_released: number of findings that were released by name.
    """

    state: Literal["attested", "refused"]
    digest: str
    auditor: str
    findings_released: int = 0


def close(session: Session, row: AuditRequestRow, answer: Answer | None, now: datetime) -> None:
    """Close a request with its answer, or cancel it, and settle what it asked the verifier to do."""
    row.state, row.closed_at = answer.state if answer else "cancelled", now
    if answer:
        row.result_digest, row.auditor = answer.digest, answer.auditor
        row.findings_released = answer.findings_released
    session.add(row)
    settle(session, link_of(row.id), now, party_id=row.verifier_id)


def _able(trust_list: TrustList, verifier_id: str, at: str) -> tuple[Auditor, ...]:
    """Give the auditors of a body who are accredited and have a key in use."""
    own = (auditor for auditor in trust_list.auditors if auditor.organisation_id == verifier_id)
    return tuple(auditor for auditor in own if is_able(auditor, at))


def is_able(auditor: Auditor, at: str) -> bool:
    """Tell whether an auditor can sign: accredited on the day, with a key in use."""
    is_accredited = any(item.covers(at[:10]) for item in auditor.accreditations)
    return is_accredited and any(key.state == "active" for key in auditor.keys)


def _check_no_other(session: Session, declaration_id: str) -> None:
    query = select(AuditRequestRow).where(
        AuditRequestRow.declaration_id == declaration_id, AuditRequestRow.state == "open"
    )
    if session.exec(query).first():
        raise Conflict(
            "a verifier is looking at this declaration already", hint="take that request back before asking another"
        )


def _check_room(session: Session, producer_id: str) -> None:
    query = select(AuditRequestRow.id).where(
        AuditRequestRow.producer_id == producer_id, AuditRequestRow.state == "open"
    )
    if len(session.exec(query.limit(MAX_OPEN)).all()) >= MAX_OPEN:
        raise Conflict(f"{MAX_OPEN} of your requests wait for an answer", hint="take some back, or ask for a scope")


def _request(session: Session, row: AuditRequestRow) -> AuditRequest:
    return AuditRequest(
        id=row.id,
        kind=cast(RequestKind, row.kind),
        producer_id=row.producer_id,
        producer=_name(session, row.producer_id),
        verifier_id=row.verifier_id,
        verifier=_name(session, row.verifier_id),
        about=_about(session, row),
        state=cast(RequestState, row.state),
        declaration_id=row.declaration_id,
        result_digest=row.result_digest,
        created_at=row.created_at,
        closed_at=row.closed_at,
    )


def _about(session: Session, row: AuditRequestRow) -> str:
    if row.declaration_id:
        return session.get_one(DeclarationRow, row.declaration_id).name
    if row.proposal_digest:
        return ScopeProposal.from_bytes(body(session, row.proposal_digest)).site.name
    return ""


def _name(session: Session, party_id: str) -> str:
    party = session.get(PartyRow, party_id)
    return party.name if party else party_id
