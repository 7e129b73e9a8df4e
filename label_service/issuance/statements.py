"""Statements of auditors: verified against the trust list, kept, logged, and what follows from them done at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from label_service.errors import Conflict, NotFound, Refused
from label_service.issuance.holding import in_words
from label_service.issuance.register import Register
from label_service.issuance.sampling import Sampling
from label_service.issuance.setup import timestamp
from label_service.issuance.states import Decision, States
from label_service.issuance.words import Said, Words
from label_service.issuance.workbench import Workbench
from label_service.label.attestation import read_attestation
from label_service.label.statement import Statement, read_statement
from label_service.store.database import reading, transaction
from label_service.store.documents import body
from label_service.store.scheme_tables import ScopeRow, StatementRow
from label_service.store.tables import DeclarationRow, LabelRow, StoredDocument
from label_service.trust.trust_list import Auditor, check_key_counts
from label_service.verify.attested import check_accredited
from label_service.verify.statements import check_statement

MOST_AHEAD: Final = timedelta(minutes=10)  # of our clock that an auditor's may be
_NEEDS_ACCREDITATION: Final = frozenset({"refusal", "sample_result"})


@dataclass(frozen=True)
class KeptStatement:
    """A statement as the service keeps it.

    Attributes:
        about: id of a label, or digest of a scope, declaration, attestation or document, or id of a case or request.
        log_index: of the entry that names it.
    """

    digest: str
    token: str
    statement: Statement
    signer: str
    about: str
    log_index: int
    created_at: datetime


class Statements:
    """The statements of one installation."""

    def __init__(self, bench: Workbench, register: Register, words: Words, states: States, sampling: Sampling) -> None:
        self._bench = bench
        self._register = register
        self._words = words
        self._states = states
        self._sampling = sampling

    def add(self, token_text: str) -> KeptStatement:
        """Take a statement of an auditor: refusal, withdrawal, revealed value or result of a sample.

        The same statement twice is one. What follows from it is done in the same unit of work: a refusal closes the
        declaration, a withdrawal suspends what rests on the attestation or scope, a value draws the samples of a week,
        a finding suspends label and scope.

        Raises:
            InvalidDocument: not a statement.
            Refused: a kind that only the scheme signs, or another scheme's; or not hers to say.
            VerificationError: signature, key or accreditation does not hold.
            NotFound, Conflict: it is about nothing that is there, or about something that is decided already.
            StoreUnavailable, LogFault: the log cannot be written; hand the same statement in again.
        """
        said = Said(*read_statement(token_text))
        self._bench.sequencer.catch_up()  # a value counts only after a checkpoint over its week
        with transaction(self._bench.engine) as session:
            if session.get(StatementRow, said.token.digest) is None:
                self._take(session, said)
        self._bench.mark_changed()
        self._bench.sequencer.catch_up()
        return self.get(said.token.digest)

    def get(self, digest: str) -> KeptStatement:
        """Give a statement.

        Raises:
            NotFound: no such statement.
        """
        with reading(self._bench.engine) as session:
            row = session.get(StatementRow, digest)
            if row is None:
                raise NotFound(f"there is no statement {digest[:64]!a}")
            return _kept(row, body(session, digest))

    def about(self, about: str) -> list[KeptStatement]:
        """Give all statements about a label, scope, declaration, attestation, case or request, the oldest first."""
        query = (
            select(StatementRow, StoredDocument.body)
            .join(StoredDocument, col(StoredDocument.digest) == col(StatementRow.digest))
            .where(StatementRow.about == about)
            .order_by(col(StatementRow.log_index))
        )
        with reading(self._bench.engine) as session:
            return [_kept(row, data) for row, data in session.exec(query).all()]

    def _take(self, session: Session, said: Said) -> None:
        now, statement = self._bench.moment(session), said.statement
        auditor = self._check(session, said, now)
        self._words.log(session, said, now)
        if statement.kind == "refusal":
            self._refuse(session, said)
        elif statement.kind == "withdrawal":
            self._withdraw(session, said, auditor)
        else:
            self._check_hers(session, statement.subject.scope_digest or "", auditor)
            if statement.kind == "reveal":
                self._sampling.reveal(session, said, now)
            else:
                self._sampling.result(session, said)

    def _check(self, session: Session, said: Said, now: datetime) -> Auditor:
        """Check that it is an auditor of ours who speaks, to us, now."""
        statement, token, identity = said.statement, said.token, self._bench.identity
        if not statement.is_of_auditor:
            raise Refused(f"a {statement.kind} is signed by the scheme alone")
        if (statement.origin, statement.demo) != (identity.origin, identity.is_demo):
            raise Refused(f"expected a statement for {identity.origin}, found one for {statement.origin}")
        if statement.at > timestamp(now + MOST_AHEAD):
            raise Refused(f"the statement is of {statement.at}, which is to come", hint="set the clock right")
        trust_list = self._register.newest(session)
        check_statement(token, statement, trust_list, None)
        auditor, key = trust_list.auditor_of(token.kid)
        check_key_counts(key, timestamp(now), None)  # whatever time it bears
        if statement.kind in _NEEDS_ACCREDITATION:
            check_accredited(auditor, timestamp(now))
        return auditor

    def _check_hers(self, session: Session, attestation_digest: str, auditor: Auditor) -> None:
        """Check that an attestation is of this auditor, or of another one of her organisation.

        Raises:
            NotFound: there is none.
            Refused: it is another organisation's.
        """
        document = session.get(StoredDocument, attestation_digest)
        if document is None or document.type != "attestation":
            raise NotFound(f"there is no attestation {attestation_digest[:64]!a}")
        signer, _ = self._register.newest(session).auditor_of(read_attestation(document.body.decode())[0].kid)
        if signer.organisation_id != auditor.organisation_id:
            raise Refused("the attestation is of another organisation")

    @staticmethod
    def _refuse(session: Session, said: Said) -> None:
        digest = said.statement.subject.declaration_digest
        if digest is None:
            return  # a request, which the desk of audits closes
        query = select(DeclarationRow).where(DeclarationRow.declaration_digest == digest)
        row = session.exec(query).one_or_none()
        if row is None:
            raise NotFound(f"there is no declaration with the digest {digest}")
        if row.state not in {"assessed", "waiting"}:
            raise Conflict(f"the declaration is {row.state} already")
        row.state, row.waits_for = "refused", in_words([said.statement.text, *said.statement.findings])
        session.add(row)
        session.flush()

    def _withdraw(self, session: Session, said: Said, auditor: Auditor) -> None:
        subject = said.statement.subject
        digest = subject.scope_digest or subject.attestation_digest or ""
        self._check_hers(session, digest, auditor)
        is_scope = session.get(ScopeRow, digest) is not None
        if is_scope != (subject.scope_digest is not None):
            raise NotFound(f"expected {'scope_digest' if is_scope else 'attestation_digest'} for {digest[:12]}…")
        if is_scope:
            self._suspend(session, said, digest, "scope-withdrawn")
            return
        for row in session.exec(select(DeclarationRow).where(DeclarationRow.attestation_digest == digest)).all():
            if row.label_id is None:
                row.attestation_digest, row.state = None, "waiting"
                row.waits_for = "the auditor withdrew her attestation"
                session.add(row)
        for label in session.exec(select(LabelRow).where(LabelRow.attestation_digest == digest)).all():
            self._suspend(session, said, label.id, "attestation-withdrawn")

    def _suspend(self, session: Session, said: Said, about: str, reason: str) -> None:
        decision = Decision(about, "suspend", reason, said.statement.text, said.token.kid)
        self._states.suspend(session, decision)


def _kept(row: StatementRow, data: bytes) -> KeptStatement:
    text = data.decode()
    return KeptStatement(
        digest=row.digest,
        token=text,
        statement=read_statement(text)[1],
        signer=row.signer,
        about=row.about,
        log_index=row.log_index,
        created_at=row.created_at,
    )
