"""Taking what auditors signed, from their browser or their own tool: one way in, one set of checks.

The signature and what it counts for is checked by `issuance`; here it is checked that a producer asked for it, and
requests are closed, producers told, statements and samples settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from label_service import canonical
from label_service.accounts.rights import Actor, Right
from label_service.certification.audits import REQUESTS_PAGE, Answer, close, link_of
from label_service.certification.notices import settle, tell
from label_service.certification.proposals import ScopeProposal
from label_service.errors import InvalidDocument, NotFound, Refused
from label_service.issuance.sampling import OPEN, OVERDUE
from label_service.issuance.scheme import Scheme
from label_service.label.attestation import DeclarationAttestation, ScopeAttestation, read_attestation
from label_service.label.statement import STATEMENT_TYP, Statement, read_statement
from label_service.label.vocabulary import VC_TYP
from label_service.store.database import reading, transaction
from label_service.store.documents import body
from label_service.store.scheme_tables import AuditRequestRow, SampleRow, ScopeRow
from label_service.store.tables import DeclarationRow, LabelRow
from label_service.trust import encoding, jws

TakenKind = Literal["attestation", "scope", "refusal", "withdrawal", "sample_result", "reveal"]
MAX_CHARACTERS: Final = 200_000  # of a token
SAMPLES_PAGE: Final = "/workshop/scopes"  # of the producer


@dataclass(frozen=True, slots=True)
class Taken:
    """What a token was, and where to read on.

    Attributes:
        digest: of the token.
        link: page for the auditor.
    """

    kind: TakenKind
    digest: str
    link: str


class Intake:
    """Takes signed documents of auditors into one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._bench = scheme.bench

    def take(self, actor: Actor, token_text: str) -> Taken:
        """Take an attestation of a declaration or scope, or a statement; the same token twice is one.

        Raises:
            Refused: the actor does not audit, the key is of another organisation, or a rule of the scheme forbids it.
            NotFound: no producer asked the actor's organisation for it, or it is about nothing that is there.
            InvalidDocument: neither an attestation nor a statement.
            VerificationError, NotAttested, Conflict: as the use cases of `issuance` say.
        """
        actor.check_may(Right.AUDIT)
        typ = _type_of(token_text)
        if typ == STATEMENT_TYP:
            return self._statement(actor, token_text)
        if typ != VC_TYP:
            raise InvalidDocument("expected an attestation (vc+jwt) or a statement (statement+jwt)")
        token, content = read_attestation(token_text)
        self._check_own(actor, token.kid)
        if isinstance(content.subject, DeclarationAttestation):
            return self._declaration(actor, token, content.subject)
        return self._scope(actor, token, content.subject)

    def _declaration(self, actor: Actor, token: jws.Token, subject: DeclarationAttestation) -> Taken:
        row, name = self._asked_declaration(actor, subject.declaration_digest, token.digest)
        self._scheme.attestations.add(row.declaration_id or "", token.text)
        words = f"{actor.party_name} attested {name}; you can issue its label."
        answer = Answer("attested", token.digest, token.kid, len(subject.findings_released))
        self._answered(row, answer, words, f"/D/{row.declaration_id}")
        return Taken("attestation", token.digest, link_of(row.id))

    def _scope(self, actor: Actor, token: jws.Token, subject: ScopeAttestation) -> Taken:
        row = self._asked_scope(actor, subject, token.digest)
        self._scheme.scopes.add(token.text)
        words = f"{actor.party_name} attested your workshop {subject.site_name}: goods inside the scope are labelled."
        self._answered(row, Answer("attested", token.digest, token.kid), words, f"/register/scopes/{token.digest}")
        return Taken("scope", token.digest, f"/audit/scopes/{token.digest}")

    def _statement(self, actor: Actor, text: str) -> Taken:
        token, statement = read_statement(text)
        self._check_own(actor, token.kid)
        if statement.kind == "refusal":
            return self._refusal(actor, token, statement)
        self._scheme.statements.add(text)
        now = self._bench.clock()
        with transaction(self._bench.engine) as session:
            if statement.kind == "reveal":
                return self._revealed(session, actor, token.digest, statement, now)
            if statement.kind == "sample_result":
                return self._sampled(session, actor, token.digest, statement, now)
            return self._withdrawn(session, actor, token.digest, statement, now)

    def _refusal(self, actor: Actor, token: jws.Token, statement: Statement) -> Taken:
        subject = statement.subject
        if subject.declaration_digest:
            row, name = self._asked_declaration(actor, subject.declaration_digest, token.digest)
        else:
            row, name = self._asked_request(actor, subject.request or "", token.digest), "a scope of your workshop"
        self._scheme.statements.add(token.text)
        words = f"{actor.party_name} refused {name}: {statement.text}"
        link = f"/D/{row.declaration_id}" if row.declaration_id else REQUESTS_PAGE
        self._answered(row, Answer("refused", token.digest, token.kid), words, link)
        return Taken("refusal", token.digest, link_of(row.id))

    def _revealed(self, session: Session, actor: Actor, digest: str, statement: Statement, now: datetime) -> Taken:
        scope, week = statement.subject.scope_digest or "", statement.subject.week
        producer = session.get_one(ScopeRow, scope).producer_id
        drawn = len(_open_samples(session, scope, week))
        if drawn:
            words = f"{drawn} label{'' if drawn == 1 else 's'} of {week} {'is' if drawn == 1 else 'are'} audited again"
            tell(session, actor.party_id, "sample", f"{words}: the sample was drawn.", f"/audit/scopes/{scope}", now)
            words = f"{words} by {actor.party_name}; keep goods and evidence ready."
            tell(session, producer, "sample", words, SAMPLES_PAGE, now)
        return Taken("reveal", digest, f"/audit/scopes/{scope}")

    def _sampled(self, session: Session, actor: Actor, digest: str, statement: Statement, now: datetime) -> Taken:
        label_id, is_finding = statement.subject.label_id or "", statement.subject.outcome == "finding"
        producer = session.get_one(LabelRow, label_id).producer_id
        if is_finding:
            words = f"The sample of label {label_id} did not agree; label and scope are suspended: {statement.text}"
            tell(session, producer, "finding", words, f"/L/{label_id}", now)
        scope = statement.subject.scope_digest or ""
        if not _open_samples(session, scope):
            settle(session, f"/audit/scopes/{scope}", now, party_id=actor.party_id)
            settle(session, SAMPLES_PAGE, now, party_id=producer)
            words = f"{actor.party_name} has looked at every label that was drawn."
            tell(session, producer, "sample", words, SAMPLES_PAGE, now)
        return Taken("sample_result", digest, "/audit")

    def _withdrawn(self, session: Session, actor: Actor, digest: str, statement: Statement, now: datetime) -> Taken:
        scope = statement.subject.scope_digest
        about = scope or statement.subject.attestation_digest
        link = f"/register/scopes/{scope}" if scope else REQUESTS_PAGE
        query = select(AuditRequestRow.producer_id).where(AuditRequestRow.result_digest == about)
        for producer in set(session.exec(query).all()):
            words = f"{actor.party_name} withdrew an attestation; what rests on it is suspended: {statement.text}"
            tell(session, producer, "state", words, link, now)
        return Taken("withdrawal", digest, f"/audit/scopes/{scope}" if scope else "/audit")

    def _check_own(self, actor: Actor, kid: str) -> None:
        """Check that a token is signed by a key of the actor's organisation, so that nobody hands in what she found."""
        auditor, _ = self._scheme.register.current().auditor_of(kid)
        if auditor.organisation_id != actor.party_id:
            raise Refused("this is signed by an auditor of another organisation", hint="she hands it in herself")

    def _asked_declaration(self, actor: Actor, declaration_digest: str, result: str) -> tuple[AuditRequestRow, str]:
        """Give the request behind a declaration; one that this very document answered counts too."""
        query = (
            select(AuditRequestRow, DeclarationRow.name)
            .join(DeclarationRow, col(DeclarationRow.id) == AuditRequestRow.declaration_id)
            .where(DeclarationRow.declaration_digest == declaration_digest)
            .where(AuditRequestRow.verifier_id == actor.party_id, _open_or(result))
        )
        with reading(self._bench.engine) as session:
            found = session.exec(query).first()
        if found is None:
            raise _not_asked()
        return found[0], found[1]

    def _asked_scope(self, actor: Actor, scope: ScopeAttestation, result: str) -> AuditRequestRow:
        """Give the oldest request of the producer for this site and family."""
        query = (
            select(AuditRequestRow)
            .where(AuditRequestRow.kind == "scope", AuditRequestRow.producer_id == scope.producer)
            .where(AuditRequestRow.verifier_id == actor.party_id, _open_or(result))
            .order_by(col(AuditRequestRow.created_at))
        )
        with reading(self._bench.engine) as session:
            for row in session.exec(query).all():
                proposal = ScopeProposal.from_bytes(body(session, row.proposal_digest or ""))
                if (proposal.site.id, proposal.family, proposal.category) == (scope.site, scope.family, scope.category):
                    return row
        raise _not_asked()

    def _asked_request(self, actor: Actor, identifier: str, result: str) -> AuditRequestRow:
        query = select(AuditRequestRow).where(
            AuditRequestRow.id == identifier,
            AuditRequestRow.kind == "scope",
            AuditRequestRow.verifier_id == actor.party_id,
            _open_or(result),
        )
        with reading(self._bench.engine) as session:
            row = session.exec(query).first()
        if row is None:
            raise _not_asked()
        return row

    def _answered(self, row: AuditRequestRow, answer: Answer, words: str, link: str) -> None:
        now = self._bench.clock()
        with transaction(self._bench.engine) as session:
            current = session.get_one(AuditRequestRow, row.id)
            if current.state == "open":
                close(session, current, answer, now)
                tell(session, row.producer_id, "audit", words, link, now)


def _open_or(result: str) -> ColumnElement[bool]:
    return or_(col(AuditRequestRow.state) == "open", col(AuditRequestRow.result_digest) == result)


def _not_asked() -> NotFound:
    return NotFound("no producer asked your organisation to look at this", hint="a request opens it to you")


def _open_samples(session: Session, scope: str, week: str | None = None) -> Sequence[str]:
    """Give the labels of a scope that were drawn, in a week if it is named, and wait for a result."""
    query = select(SampleRow.label_id).where(SampleRow.scope_digest == scope, col(SampleRow.state).in_((OPEN, OVERDUE)))
    return session.exec(query if week is None else query.where(SampleRow.week == week)).all()


def _type_of(token_text: str) -> object:
    """Give the `typ` of a token's header, only to see which reader has to check it."""
    if len(token_text) > MAX_CHARACTERS or not token_text.isascii():
        raise InvalidDocument(f"expected a token of at most {MAX_CHARACTERS} ASCII characters")
    try:
        header = canonical.decode(encoding.from_base64url(token_text.partition(".")[0]))
    except InvalidDocument as error:
        raise InvalidDocument(
            "expected a signed token: three parts with dots between them", hint="paste all that your tool wrote"
        ) from error
    return header.get("typ") if isinstance(header, dict) else None
