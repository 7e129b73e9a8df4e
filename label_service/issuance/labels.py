"""Issuing labels: signed, logged, and given out once their leaf is under a durable checkpoint."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from sqlalchemy import and_, bindparam, func, insert, or_, update
from sqlmodel import Session, col, select

from label_service import canonical
from label_service.assessment import Assessment, assess
from label_service.errors import Conflict, NotAttested, NotFound, NotGradable
from label_service.factors.release import RecordingRelease, find_release
from label_service.inventory import Inventory
from label_service.issuance.attestations import Attestations
from label_service.issuance.declarations import Declarations, Submission
from label_service.issuance.keyring import SigningKey
from label_service.issuance.log import append_leaves
from label_service.issuance.register import Register
from label_service.issuance.setup import timestamp
from label_service.issuance.states import States
from label_service.issuance.workbench import Workbench
from label_service.label import credential, qr, status
from label_service.label.attestation import read_attestation
from label_service.label.bundle import Bundle, ReleaseHead
from label_service.label.content import Issuer, LabelContent, StatusEntries, StatusEntry, label_content
from label_service.store.database import reading, transaction
from label_service.store.documents import keep
from label_service.store.tables import DeclarationRow, LabelRow, StoredDocument
from label_service.trust.encoding import base32
from label_service.trust.keys import Signer
from label_service.trust.trust_list import check_key_counts, find_key
from label_service.verify.bundle import label_leaf

MAX_LABEL_DAYS = 3 * 365
LABEL_ID_BYTES = 8
_ATTEMPTS = 20
_ADD = insert(LabelRow)
_NEWEST_LIST = (
    select(LabelRow.status_list, func.count())
    .group_by(col(LabelRow.status_list))
    .order_by(col(LabelRow.status_list).desc())
    .limit(1)
)
_TAKEN = select(LabelRow.id).where(
    or_(
        col(LabelRow.id) == bindparam("label"),
        and_(col(LabelRow.status_list) == bindparam("list"), col(LabelRow.status_index) == bindparam("index")),
    )
)
_DECLARATIONS = DeclarationRow.metadata.tables["declaration"]
_CLAIM = (
    update(_DECLARATIONS)
    .where(_DECLARATIONS.c.id == bindparam("declaration"), _DECLARATIONS.c.label_id.is_(None))
    .values(label_id=bindparam("label"), state="labelled")
)
_LABEL_AND_BODIES = select(LabelRow, StoredDocument.digest, StoredDocument.body).where(
    col(StoredDocument.digest).in_(
        (LabelRow.label_digest, LabelRow.attestation_digest, LabelRow.inventory_digest, LabelRow.assessment_digest)
    )
)


@dataclass(frozen=True)
class IssuedLabel:
    """An issued label with the documents behind it and its present state."""

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


class Labels:
    """The labels of one installation."""

    def __init__(
        self,
        bench: Workbench,
        declarations: Declarations,
        attestations: Attestations,
        register: Register,
        states: States,
    ) -> None:
        self._bench = bench
        self._declarations = declarations
        self._attestations = attestations
        self._register = register
        self._states = states
        self._issuing = Lock()

    def issue(self, identifier: str) -> IssuedLabel:
        """Issue the label of an attested declaration; returns when its leaf is under a durable checkpoint.

        Raises:
            NotAttested: no attestation yet, or one that ran out.
            VerificationError: a key or the auditor's accreditation no longer counts.
            NotGradable: there is no grade, only figures: the data sheet is all there is.
            StoreUnavailable, LogFault: the log cannot be written; the label is given out once it can.
        """
        found = self._declarations.get(identifier)
        label = None if found.label_id else self._write_label(found)
        self._bench.sequencer.catch_up()
        self._bench.mark_changed()
        return label or self.get(self._declarations.get(identifier).label_id or "")

    def _write_label(self, found: Submission) -> IssuedLabel | None:
        """Sign the label and commit it with its leaf; None when somebody else did so first."""
        token, content = read_attestation(_attestation_of(found))
        with self._issuing, transaction(self._bench.engine) as session:
            now = self._bench.clock()
            auditor = self._attestations.check(found, token, content, now)
            key = self._own_key(session, timestamp(now))
            label_id, place = _free_place(session)
            if not _claim(session, found.id, label_id):
                return None
            label = label_content(
                label_id=label_id,
                origin=self._bench.identity.origin,
                issuer=Issuer(id=self._bench.identity.did, name=self._bench.identity.display_name),
                inventory=found.inventory,
                assessment=found.assessment,
                attestation=content,
                attestation_digest=token.digest,
                accreditation=auditor.accreditation,
                valid_from=timestamp(now),
                valid_until=min(content.valid_until, timestamp(now + timedelta(days=MAX_LABEL_DAYS))),
                status=self._status_entries(*place),
            )
            text = credential.issue(label, kid=key.kid, signer=key.signer)
            leaf = label_leaf(label, canonical.digest(text.encode("ascii")))
            (position,) = append_leaves(session, [leaf], now)
            added = LabelRow(
                id=label_id,
                label_digest=keep(session, "label", text.encode("ascii"), now),
                attestation_digest=token.digest,
                inventory_digest=label.inventory_digest,
                assessment_digest=label.assessment_digest,
                log_index=position,
                status_list=place[0],
                status_index=place[1],
                qr_text=self._qr_text(label, leaf.digest, position, key.signer),
                issued_at=now,
            )
            session.exec(_ADD, params=added.model_dump())
        return _issued(added, text, found.attestation or "", found.inventory, found.assessment)

    def _own_key(self, session: Session, at: str) -> SigningKey:
        """Give the key that signs labels now; sign nothing that no verifier would accept."""
        key = self._register.signing(session, "label")
        keys = self._register.newest(session).issuer(self._bench.identity.did).keys
        check_key_counts(find_key(keys, key.kid, "label"), at, None)
        return key

    def _status_entries(self, number: int, index: int) -> StatusEntries:
        return StatusEntries(
            revocation=StatusEntry(url=self._states.url("revocation", number), index=index),
            suspension=StatusEntry(url=self._states.url("suspension", number), index=index),
        )

    def get(self, label_id: str) -> IssuedLabel:
        """Give an issued label.

        Raises:
            NotFound: no such label, or its leaf is not under a checkpoint yet.
        """
        with reading(self._bench.engine) as session:
            found = session.exec(_LABEL_AND_BODIES.where(LabelRow.id == label_id)).all()
        row = found[0][0] if found else None
        if row is None or not self._bench.sequencer.covers(row.log_index):
            raise NotFound(f"there is no label {label_id[:20]}", hint="check the characters below the code")
        bodies = {digest: body for _, digest, body in found}
        return _issued(
            row,
            bodies[row.label_digest].decode(),
            bodies[row.attestation_digest].decode(),
            Inventory.from_bytes(bodies[row.inventory_digest]),
            Assessment.from_bytes(bodies[row.assessment_digest]),
        )

    def recent(self, limit: int = 100) -> list[LabelRow]:
        """Give the newest labels."""
        with reading(self._bench.engine) as session:
            return list(session.exec(select(LabelRow).order_by(col(LabelRow.log_index).desc()).limit(limit)).all())

    def bundle(self, label_id: str) -> bytes:
        """Give the bundle of a label: everything an offline verifier needs, as of now."""
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
            log_proof=self._bench.sequencer.proof(label.log_index),
        )
        return bundle.to_bytes()

    def _qr_text(self, label: LabelContent, label_digest: str, position: int, signer: Signer) -> str:
        claims = qr.qr_claims(label, label_digest=label_digest, log_index=position)
        return qr.sign_qr(claims, origin=self._bench.identity.origin, label_id=label.label_id, signer=signer)


def _attestation_of(found: Submission) -> str:
    if found.assessment.grade is None:
        raise NotGradable(
            f"there is no grade for this product ({', '.join(found.assessment.reasons)}), so there is no label",
            hint="the data sheet shows the figures and what is missing",
        )
    if found.attestation is None:
        raise NotAttested("no auditor has attested this declaration", hint="`label-service attest` signs one")
    return found.attestation


def _claim(session: Session, declaration_id: str, label_id: str) -> bool:
    """Mark a declaration as labelled; give whether nobody did so before."""
    return bool(session.exec(_CLAIM, params={"declaration": declaration_id, "label": label_id}).rowcount)


def _free_place(session: Session) -> tuple[str, tuple[int, int]]:
    """Give a random free id, 13 characters of Base32, and a random free place in a status list."""
    newest, used = session.exec(_NEWEST_LIST).first() or (0, 0)
    number = newest if used < status.ENTRIES // 2 else newest + 1  # one that is half full is followed by a new one
    for _ in range(_ATTEMPTS):
        label_id, index = base32(secrets.token_bytes(LABEL_ID_BYTES)), secrets.randbelow(status.ENTRIES)
        if session.exec(_TAKEN, params={"label": label_id, "list": number, "index": index}).first() is None:
            return label_id, (number, index)
    raise Conflict("no free label id and place in the status list were found", hint="try again")


def _issued(row: LabelRow, token: str, attestation: str, inventory: Inventory, assessment: Assessment) -> IssuedLabel:
    return IssuedLabel(
        id=row.id,
        token=token,
        attestation=attestation,
        inventory=inventory,
        assessment=assessment,
        log_index=row.log_index,
        status_list=row.status_list,
        is_revoked=row.is_revoked,
        is_suspended=row.is_suspended,
        status_reason=row.status_reason,
        qr_text=row.qr_text,
    )
