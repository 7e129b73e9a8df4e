"""Issuing labels: signed, logged, and given out once their leaf is under a durable checkpoint."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from label_service.assessment import Assessment, assess
from label_service.errors import Conflict, LabelServiceError, NotFound
from label_service.factors.release import RecordingRelease, find_release
from label_service.inventory import Inventory
from label_service.issuance.attestations import Attestations
from label_service.issuance.inside import Inside
from label_service.issuance.issuing import Issued, Issuing, Outcome
from label_service.issuance.line import Line
from label_service.issuance.markets import check_markets
from label_service.issuance.parts import Parts
from label_service.issuance.register import Register
from label_service.issuance.states import OPERATOR, SUPERSEDED, Decision, States
from label_service.issuance.submission import read_submission
from label_service.issuance.workbench import Workbench
from label_service.issuance.writing import LabelWriter, Written
from label_service.label.attestation import read_attestation
from label_service.label.bundle import Bundle, ReleaseHead
from label_service.label.credential import read_label
from label_service.store.database import reading, transaction
from label_service.store.releases import published_release
from label_service.store.scheme_tables import ScopeRow
from label_service.store.tables import DeclarationRow, LabelRow, StoredDocument

_LABEL_AND_BODIES = (
    select(LabelRow, ScopeRow, StoredDocument.digest, StoredDocument.body)
    .join(ScopeRow, col(ScopeRow.digest) == col(LabelRow.scope_digest), isouter=True)
    .where(
        col(StoredDocument.digest).in_(
            (LabelRow.label_digest, LabelRow.attestation_digest, LabelRow.inventory_digest, LabelRow.assessment_digest)
        )
    )
)
_TABLES = LabelRow.metadata.tables
_TOKEN = (
    _TABLES["label"]
    .join(_TABLES["document"], _TABLES["document"].c.digest == _TABLES["label"].c.label_digest)
    .select()
    .with_only_columns(_TABLES["label"].c.log_index, _TABLES["document"].c.body)
    .where(_TABLES["label"].c.id == bindparam("label"))
)


@dataclass(frozen=True)
class IssuedLabel:
    """An issued label with the documents behind it and its present state, which may be that of its scope.

    Attributes:
        status_reason: code of the newest change of state, empty when there was none.
        status_at: when it was made.
        successor: label that supersedes it.
        scope_digest: of the scope it was issued in.
    """

    id: str
    token: str
    attestation: str
    inventory: Inventory
    assessment: Assessment
    log_index: int
    status_list: int
    is_revoked: bool
    is_suspended: bool
    status_reason: str
    qr_text: str
    status_at: datetime | None = None
    successor: str | None = None
    scope_digest: str | None = None


class Labels:
    """The labels of one installation."""

    def __init__(  # noqa: PLR0917 - the use cases that meet in a label
        self,
        bench: Workbench,
        register: Register,
        attestations: Attestations,
        inside: Inside,
        states: States,
        writer: LabelWriter,
        parts: Parts,
    ) -> None:
        self._bench = bench
        self._register = register
        self._inside = inside
        self._states = states
        self._parts = parts
        self._issuing = Issuing(bench, register, attestations, writer)
        self._line: Line[str, IssuedLabel] = Line(self._issue)

    def issue(self, identifier: str) -> IssuedLabel:
        """Issue the label of an attested declaration; returns when its leaf is under a durable checkpoint.

        Raises:
            NotFound: no such declaration.
            NotAttested: no attestation yet, or one that ran out.
            VerificationError: a key or the auditor's accreditation no longer counts.
            NotGradable: there is no grade, only figures, or a market forbids one: the data sheet is all there is.
            Refused: the scheme has not published its rules yet.
            Overloaded: too many wait for a label already; nothing was begun.
            StoreUnavailable, LogFault: the log cannot be written; the label is given out once it can.
        """
        return self.ask(identifier).result()

    def ask(self, identifier: str) -> "Future[IssuedLabel]":
        """Ask for a label without waiting for it; what `issue` raises, the answer raises.

        Raises:
            Overloaded: too many wait already.
        """
        return self._line.ask(identifier)

    def close(self) -> None:
        """Issue what was asked for, and no more."""
        self._line.close()

    def _issue(self, identifiers: Sequence[str]) -> list[IssuedLabel | LabelServiceError]:
        """Issue the labels of a group: one unit of work, one checkpoint."""
        outcomes = self._issuing.issue(identifiers)
        self._bench.sequencer.catch_up()
        self._bench.mark_changed()
        return [self._given(outcome) for outcome in outcomes]

    def _given(self, outcome: Outcome) -> IssuedLabel | LabelServiceError:
        if isinstance(outcome, LabelServiceError):
            return outcome
        if isinstance(outcome, Issued):
            return _new(outcome)
        try:
            return self.get(outcome)
        except LabelServiceError as error:
            return error

    def cut_off(self) -> list[str]:
        """Give the labels, not revoked, whose signing key was declared compromised from an index before them."""
        with reading(self._bench.engine) as session:
            keys = self._register.newest(session).issuer(self._bench.identity.did).keys
            lost = {key.kid: key.since_index or 0 for key in keys if key.use == "label" and key.state == "compromised"}
            return list(_signed_with(session, lost)) if lost else []

    def reissue(self, label_id: str, *, actor: str = OPERATOR) -> IssuedLabel:
        """Issue a new label for one whose signing key was compromised; the new one supersedes it.

        Inside a scope the new label takes places of a scope that still has them, because the log counts every label.

        Raises:
            NotFound: no such label.
            Conflict: it was not cut off, or there is no scope with places left.
            NotAttested, VerificationError: the attestation no longer counts; the goods are declared and attested anew.
        """
        if label_id not in self.cut_off():
            raise Conflict(f"the label {label_id[:20]!a} was not cut off by a compromised key, or is revoked")
        with transaction(self._bench.engine) as session:
            now = self._bench.moment(session)
            written = self._written_again(session, label_id, now)
            text = "The key that signed this label was compromised; the label was issued again under a new key."
            self._states.write(session, Decision(label_id, "supersede", SUPERSEDED, text, actor, written.label_id))
        self._bench.mark_changed()
        self._bench.sequencer.catch_up()
        return self.get(written.label_id)

    def _written_again(self, session: Session, label_id: str, now: datetime) -> Written:
        query = select(DeclarationRow).where(DeclarationRow.label_id == label_id)
        row = session.exec(query).one()
        row.label_id = None
        session.add(row)
        session.flush()
        found = read_submission(session, row.id)
        if read_attestation(found.attestation or "")[1].subject.type == "DeclarationAttestation":
            return self._issuing.again(session, found.id)
        check_markets(session, found.declaration)
        round_of_one = self._inside.round(session, [found.declaration], now)
        written, reasons, _ = round_of_one.label(found)
        if written is None:
            raise Conflict(f"no scope takes the label again: {'; '.join(reasons)}", hint="attest another scope")
        round_of_one.write()
        return written

    def get(self, label_id: str) -> IssuedLabel:
        """Give an issued label.

        Raises:
            NotFound: no such label, or its leaf is not under a checkpoint yet.
        """
        with reading(self._bench.engine) as session:
            found = session.exec(_LABEL_AND_BODIES.where(LabelRow.id == label_id)).all()
            row = found[0][0] if found else None
            if row is None or not self._bench.sequencer.covers(row.log_index):
                raise _no_label(label_id)
            bodies = {digest: body for *_, digest, body in found}
            inventory = Inventory.from_bytes(bodies[row.inventory_digest])
            published_release(session, inventory.release_digest)
        return _issued(
            row,
            found[0][1],
            bodies[row.label_digest].decode(),
            bodies[row.attestation_digest].decode(),
            inventory,
            Assessment.from_bytes(bodies[row.assessment_digest]),
        )

    def token(self, label_id: str) -> bytes:
        """Give the token of a label alone, which never changes.

        Raises:
            NotFound: no such label, or its leaf is not under a checkpoint yet.
        """
        with reading(self._bench.engine) as session:
            found = session.connection().execute(_TOKEN, {"label": label_id}).first()
        if found is None or not self._bench.sequencer.covers(found[0]):
            raise _no_label(label_id)
        body: bytes = found[1]
        return body

    def all_ids(self) -> list[str]:
        """Give the ids of all labels, in the order of the log."""
        with reading(self._bench.engine) as session:
            return list(session.exec(select(LabelRow.id).order_by(col(LabelRow.log_index))).all())

    def recent(self, limit: int = 100) -> list[LabelRow]:
        """Give the newest labels."""
        with reading(self._bench.engine) as session:
            return list(session.exec(select(LabelRow).order_by(col(LabelRow.log_index).desc()).limit(limit)).all())

    def bundle(self, label_id: str) -> bytes:
        """Give the bundle of a label: everything an offline verifier needs, as of now, with those of its parts."""
        label = self.get(label_id)
        release = find_release(label.inventory.release_digest)
        recording = RecordingRelease(release)
        assess(label.inventory, recording)
        bundle = Bundle(
            type="bundle",
            version="1",
            label=label.token,
            attestation=label.attestation,
            inventory=label.inventory.as_json(),
            assessment=label.assessment.as_json(),
            release=ReleaseHead(digest=release.digest, name=release.name, release=release.version, size=release.size),
            rows=tuple(row.as_document() for row in recording.proven()),
            status=(
                self._states.status_list("revocation", label.status_list),
                self._states.status_list("suspension", label.status_list),
            ),
            trust_list=self._register.text(),
            log_proof=self._bench.sequencer.proof(label.log_index, self._register.current().witness_quorum),
            parts=self._parts.entries(label.inventory.parts or ()),
        )
        return bundle.to_bytes()


def _no_label(label_id: str) -> NotFound:
    return NotFound(f"there is no label {label_id[:20]}", hint="check the characters below the code")


def _signed_with(session: Session, lost: dict[str, int]) -> Iterator[str]:
    """Give the labels in force that these keys signed at their index or later."""
    query = (
        select(LabelRow.id, LabelRow.log_index, StoredDocument.body)
        .join(StoredDocument, col(StoredDocument.digest) == col(LabelRow.label_digest))
        .where(LabelRow.log_index >= min(lost.values()), col(LabelRow.is_revoked).is_(False))
        .order_by(col(LabelRow.log_index))
    )
    for label_id, log_index, token in session.exec(query):
        kid = read_label(token.decode())[0].kid
        if kid in lost and log_index >= lost[kid]:
            yield label_id


def _issued(  # noqa: PLR0917 - one call for each way a label is given
    row: LabelRow,
    scope: ScopeRow | None,
    token: str,
    attestation: str,
    inventory: Inventory,
    assessment: Assessment,
) -> IssuedLabel:
    shown = _shown_state(row, scope)
    return IssuedLabel(
        id=row.id,
        token=token,
        attestation=attestation,
        inventory=inventory,
        assessment=assessment,
        log_index=row.log_index,
        status_list=row.status_list,
        is_revoked=row.is_revoked or bool(scope and scope.is_revoked),
        is_suspended=row.is_suspended or bool(scope and scope.is_suspended),
        status_reason=shown.status_reason,
        qr_text=row.qr_text,
        status_at=shown.status_at,
        successor=row.successor,
        scope_digest=row.scope_digest,
    )


def _new(issued: Issued) -> IssuedLabel:
    """Give a label that was written just now, so that nothing happened to it yet."""
    written, found, attestation = issued
    return IssuedLabel(
        id=written.label_id,
        token=written.token,
        attestation=attestation,
        inventory=found.inventory,
        assessment=found.assessment,
        log_index=written.log_index,
        status_list=written.status_list,
        is_revoked=False,
        is_suspended=False,
        status_reason="",
        qr_text=written.qr_text,
        scope_digest=written.scope_digest,
    )


def _shown_state(row: LabelRow, scope: ScopeRow | None) -> LabelRow | ScopeRow:
    """Give whose state counts: what is revoked before what is suspended, the label's own before that of its scope."""
    candidates: tuple[LabelRow | ScopeRow, ...] = (row, scope) if scope else (row,)
    for member in ("is_revoked", "is_suspended"):
        for candidate in candidates:
            if getattr(candidate, member):
                return candidate
    return row
