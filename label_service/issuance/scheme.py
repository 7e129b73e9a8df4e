"""The use cases of a scheme on one installation: submit, attest, issue, change a state, publish.

Every change is one unit of work: documents, index rows and log leaves are committed together; a label counts as issued
when its leaf is under a signed checkpoint on durable storage, and only then is it given out.
"""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from label_service import canonical
from label_service.assessment import Assessment, assess
from label_service.declaration import Declaration
from label_service.errors import Conflict, NotAttested, NotFound, NotGradable, Refused, VerificationError
from label_service.factors.release import RecordingRelease, find_release, load_release
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.issuance.log import Sequencer, append_leaves
from label_service.issuance.setup import Identity, Signers, first_trust_list, listed_key, timestamp
from label_service.label import attestation as attestations
from label_service.label import credential, qr, status
from label_service.label.bundle import Bundle, ReleaseHead
from label_service.label.content import (
    Issuer,
    LabelContent,
    StatusEntries,
    StatusEntry,
    check_attested,
    label_content,
)
from label_service.plausibility import Finding, check, reject
from label_service.store.database import reading, transaction
from label_service.store.tables import DeclarationRow, LabelRow, StoredDocument, TrustListRow
from label_service.tlog.leaf import AttestationLeaf, KeyLeaf, Leaf, ReleaseLeaf, StatusLeaf
from label_service.trust import jws
from label_service.trust.encoding import base32
from label_service.trust.keys import did_key, thumbprint
from label_service.trust.trust_list import (
    LIST_TYP,
    Accreditation,
    Auditor,
    TrustList,
    check_key_counts,
    sign_trust_list,
)
from label_service.verify.attested import check_accredited, check_independent
from label_service.verify.bundle import label_leaf

LIST_DAYS = 30
RENEW_LIST_DAYS = 15
STATUS_HOURS = 48
MAX_LABEL_DAYS = 3 * 365
LABEL_ID_BYTES = 8
_ATTEMPTS = 20


@dataclass(frozen=True)
class Submission:
    """A declaration as the service keeps it, with what follows from it."""

    id: str
    state: str
    declaration: Declaration
    inventory: Inventory
    assessment: Assessment
    findings: tuple[Finding, ...]
    attestation: str | None
    label_id: str | None


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
    issued_at: datetime


class Scheme:
    """One installation: its database, log, keys and clock."""

    def __init__(
        self, identity: Identity, signers: Signers, engine: Engine, sequencer: Sequencer, clock: Callable[[], datetime]
    ) -> None:
        self.identity = identity
        self._signers = signers
        self._engine = engine
        self._sequencer = sequencer
        self._clock = clock
        self._issuing = Lock()
        self.version = 0  # rises with every change a page could show
        self._status_lists: dict[tuple[status.Purpose, int], tuple[datetime, str]] = {}
        self._trust_list = self._load_trust_list()

    # declarations

    def submit(self, declaration: Declaration) -> Submission:
        """Take a declaration, assess it and keep all three documents. The same declaration twice is one submission.

        Raises:
            Implausible, MissingInput, MissingFactor, InvalidAmount: it cannot be assessed; nothing is kept.
            Refused: a DEMO declaration in a scheme, or the other way round.
        """
        if declaration.demo != self.identity.is_demo:
            mode = "demo" if self.identity.is_demo else "scheme"
            raise Refused(
                f"this installation runs in {mode} mode", hint=f"set demo to {str(self.identity.is_demo).lower()}"
            )
        release = load_release()
        findings = check(declaration, release, release.keys("bounds"))
        reject(findings)
        inventory = build_inventory(declaration, release, release.digest)
        assessment = assess(inventory, release)
        now = self._clock()
        with transaction(self._engine) as session:
            known = session.exec(
                select(DeclarationRow).where(DeclarationRow.declaration_digest == declaration.digest)
            ).one_or_none()
            row = known or DeclarationRow(
                id=str(uuid.uuid4()),
                state="assessed",
                producer_id=declaration.producer.id,
                name=declaration.product.name,
                declaration_digest=_keep(session, "declaration", declaration.to_bytes(), now),
                inventory_digest=_keep(session, "inventory", inventory.to_bytes(), now),
                assessment_digest=_keep(session, "assessment", assessment.to_bytes(), now),
                created_at=now,
            )
            session.add(row)
            identifier = row.id
        self.version += 1
        return self.submission(identifier)

    def submission(self, identifier: str) -> Submission:
        """Give a declaration and what follows from it.

        Raises:
            NotFound: no such declaration.
        """
        with reading(self._engine) as session:
            row = _declaration_row(session, identifier)
            declaration = Declaration.from_bytes(_body(session, row.declaration_digest))
            inventory = Inventory.from_bytes(_body(session, row.inventory_digest))
            assessment = Assessment.from_bytes(_body(session, row.assessment_digest))
            token = _body(session, row.attestation_digest).decode() if row.attestation_digest else None
        release = find_release(inventory.release_digest)
        return Submission(
            id=row.id,
            state=row.state,
            declaration=declaration,
            inventory=inventory,
            assessment=assessment,
            findings=check(declaration, release, release.keys("bounds")),
            attestation=token,
            label_id=row.label_id,
        )

    def submissions(self, limit: int = 100) -> list[DeclarationRow]:
        """Give the newest declarations."""
        with reading(self._engine) as session:
            query = select(DeclarationRow).order_by(col(DeclarationRow.created_at).desc()).limit(limit)
            return list(session.exec(query).all())

    # attestation

    def add_attestation(self, identifier: str, token_text: str) -> None:
        """Take the auditor's attestation of a declaration and log it.

        Raises:
            VerificationError: signature, key, accreditation or a digest does not hold.
            Refused: the auditor is the producer or the scheme owner.
            Conflict: the declaration has a label already, or another attestation.
        """
        found = self.submission(identifier)
        if found.attestation == token_text:
            return
        if found.label_id or found.attestation:
            raise Conflict("this declaration is attested already", hint="supersede it with a new declaration")
        token, content = attestations.read_attestation(token_text)
        now = self._clock()
        self._check_attestation(found, token, content, now)
        with transaction(self._engine) as session:
            row = _declaration_row(session, identifier)
            if row.attestation_digest:
                raise Conflict("this declaration is attested already")
            row.attestation_digest = _keep(session, "attestation", token_text.encode("ascii"), now)
            row.state = "attested"
            session.add(row)
            append_leaves(session, [AttestationLeaf(digest=token.digest, auditor=token.kid)], now)
        self._sequencer.catch_up()
        self.version += 1

    def _check_attestation(
        self, found: Submission, token: jws.Token, content: attestations.Attestation, now: datetime
    ) -> Auditor:
        """Check key, accreditation, independence, time and digests; give the auditor.

        Raises:
            VerificationError: one of them does not hold.
            NotAttested: it is about other documents.
        """
        trust_list = self.current_trust_list()
        auditor, key = trust_list.auditor_of(token.kid)
        check_key_counts(key, timestamp(now), None)
        if not token.is_signed_by(key.jwk.raw):
            raise VerificationError("the attestation's signature does not hold under the auditor's listed key")
        check_accredited(auditor, timestamp(now))
        check_independent(auditor, trust_list.issuer(self.identity.did), found.inventory.producer.id)
        subject = check_attested(found.inventory, found.assessment, content, self.identity.origin)
        if subject.declaration_digest != found.declaration.digest:
            raise NotAttested("the attestation is about another declaration")
        if not content.valid_from <= timestamp(now) < content.valid_until:
            raise NotAttested(f"the attestation counts from {content.valid_from} to {content.valid_until}")
        unreleased = {item.rule for item in found.findings if item.severity == "evidence"}
        unreleased -= set(subject.findings_released)
        if unreleased:
            raise NotAttested(
                f"findings {', '.join(sorted(unreleased))} are not released by the auditor",
                hint="the auditor looks into each finding and releases it, or refuses",
            )
        return auditor

    # labels

    def issue(self, identifier: str) -> IssuedLabel:
        """Issue the label of an attested declaration; returns when its leaf is under a durable checkpoint.

        Raises:
            NotAttested: no attestation yet.
            NotGradable: there is no grade, only figures: the data sheet is all there is.
        """
        found = self.submission(identifier)
        if found.label_id:
            return self.label(found.label_id)
        if found.assessment.grade is None:
            raise NotGradable(
                f"there is no grade for this product ({', '.join(found.assessment.reasons)}), so there is no label",
                hint="the data sheet shows the figures and what is missing",
            )
        if found.attestation is None:
            raise NotAttested("no auditor has attested this declaration", hint="`label-service attest` signs one")
        label_id = self._write_label(found, found.attestation)
        self._sequencer.catch_up()
        self.version += 1
        return self.label(label_id)

    def _write_label(self, found: Submission, attestation: str) -> str:
        now = self._clock()
        token, content = attestations.read_attestation(attestation)
        auditor = self._check_attestation(found, token, content, now)
        with self._issuing, transaction(self._engine) as session:
            row = _declaration_row(session, found.id)
            if row.label_id:
                return row.label_id
            label_id, place = _free_label_id(session), _free_status(session)
            label = label_content(
                label_id=label_id,
                origin=self.identity.origin,
                issuer=Issuer(id=self.identity.did, name=self.identity.display_name),
                inventory=found.inventory,
                assessment=found.assessment,
                attestation=content,
                attestation_digest=token.digest,
                accreditation=auditor.accreditation,
                valid_from=timestamp(now),
                valid_until=min(content.valid_until, timestamp(now + timedelta(days=MAX_LABEL_DAYS))),
                status=self._status_entries(*place),
            )
            text = credential.issue(label, kid=self.identity.kid("label"), signer=self._signers.label)
            leaf = label_leaf(label, canonical.digest(text.encode("ascii")))
            (position,) = append_leaves(session, [leaf], now)
            session.add(
                LabelRow(
                    id=label_id,
                    label_digest=_keep(session, "label", text.encode("ascii"), now),
                    attestation_digest=token.digest,
                    inventory_digest=row.inventory_digest,
                    assessment_digest=row.assessment_digest,
                    log_index=position,
                    status_list=place[0],
                    status_index=place[1],
                    qr_text=self._qr_text(label, leaf.digest, position),
                    issued_at=now,
                )
            )
            row.label_id, row.state = label_id, "labelled"
            session.add(row)
        return label_id

    def _status_entries(self, number: int, index: int) -> StatusEntries:
        return StatusEntries(
            revocation=StatusEntry(url=self._status_url("revocation", number), index=index),
            suspension=StatusEntry(url=self._status_url("suspension", number), index=index),
        )

    def _status_url(self, purpose: status.Purpose, number: int) -> str:
        return f"{self.identity.origin}/status/{purpose}/{number}"

    def label(self, label_id: str) -> IssuedLabel:
        """Give an issued label.

        Raises:
            NotFound: no such label, or its leaf is not under a checkpoint yet.
        """
        with reading(self._engine) as session:
            row = session.get(LabelRow, label_id)
            if row is None or row.log_index >= self._sequencer.size:
                raise NotFound(f"there is no label {label_id[:20]}", hint="check the characters below the code")
            return IssuedLabel(
                id=row.id,
                token=_body(session, row.label_digest).decode(),
                attestation=_body(session, row.attestation_digest).decode(),
                inventory=Inventory.from_bytes(_body(session, row.inventory_digest)),
                assessment=Assessment.from_bytes(_body(session, row.assessment_digest)),
                log_index=row.log_index,
                status_list=row.status_list,
                is_revoked=row.is_revoked,
                is_suspended=row.is_suspended,
                status_reason=row.status_reason,
                qr_text=row.qr_text,
                issued_at=row.issued_at,
            )

    def labels(self, limit: int = 100) -> list[LabelRow]:
        """Give the newest labels."""
        with reading(self._engine) as session:
            return list(session.exec(select(LabelRow).order_by(col(LabelRow.log_index).desc()).limit(limit)).all())

    def bundle(self, label_id: str) -> bytes:
        """Give the bundle of a label: everything an offline verifier needs, as of now."""
        label = self.label(label_id)
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
                self.status_list("revocation", label.status_list),
                self.status_list("suspension", label.status_list),
            ),
            trust_list=self.trust_list(),
            log_proof=self._sequencer.proof(label.log_index),
        )
        return bundle.to_bytes()

    def _qr_text(self, label: LabelContent, label_digest: str, position: int) -> str:
        claims = qr.qr_claims(label, label_digest=label_digest, log_index=position)
        return qr.sign_qr(claims, origin=self.identity.origin, label_id=label.label_id, signer=self._signers.label)

    # states

    def set_status(self, label_id: str, purpose: status.Purpose, *, value: bool, reason: str, actor: str) -> None:
        """Suspend, lift a suspension, or revoke a label: logged with reason, and in the status list at once.

        Raises:
            NotFound: no such label.
            Conflict: it is in that state already, or a revocation would be taken back.
        """
        now = self._clock()
        leaf = StatusLeaf(
            label_id=label_id, purpose=purpose, value=value, reason=reason, at=timestamp(now), actor=actor
        )
        with transaction(self._engine) as session:
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
        self._sequencer.catch_up()
        self._status_lists.clear()
        self.version += 1

    def status_list(self, purpose: status.Purpose, number: int) -> str:
        """Give a signed status list; it is made anew when a state changes or half its time is over.

        Raises:
            NotFound: no label is in such a list.
        """
        now = self._clock()
        kept = self._status_lists.get((purpose, number))
        if kept and now - kept[0] < timedelta(hours=STATUS_HOURS / 2):
            return kept[1]
        column = LabelRow.is_revoked if purpose == "revocation" else LabelRow.is_suspended
        with reading(self._engine) as session:
            indices = session.exec(
                select(LabelRow.status_index).where(LabelRow.status_list == number, col(column).is_(True))
            ).all()
        if number != 0 and not self._has_status_list(number):
            raise NotFound(f"there is no status list {number}")
        content = status.build_status_list(
            url=self._status_url(purpose, number),
            issuer=self.identity.did,
            demo=self.identity.is_demo,
            purpose=purpose,
            indices=indices,
            valid_from=timestamp(now),
            valid_until=timestamp(now + timedelta(hours=STATUS_HOURS)),
        )
        text = status.sign_status_list(content, kid=self.identity.kid("status"), signer=self._signers.status)
        self._status_lists[purpose, number] = (now, text)
        return text

    def _has_status_list(self, number: int) -> bool:
        with reading(self._engine) as session:
            return session.exec(select(LabelRow.id).where(LabelRow.status_list == number).limit(1)).first() is not None

    def checkpoint_index(self) -> bytes:
        """Give the sizes of all archived checkpoints, oldest first, one a line."""
        return self._sequencer.archive_index()

    # trust

    def trust_list(self) -> str:
        """Give the newest signed trust list; it is renewed when half its time is over."""
        now = self._clock()
        text, current = self._trust_list
        if timestamp(now) > current.issued_at and current.expires_at < timestamp(now + timedelta(days=RENEW_LIST_DAYS)):
            self._publish_trust_list(current)
            text, _ = self._trust_list
        return text

    def add_auditor(self, name: str, organisation: str, accreditation: Accreditation, public_key: bytes) -> None:
        """Put an auditor with her key on the trust list.

        Raises:
            InvalidKey: an unsafe key.
            Conflict: the key is on the list already.
        """
        current = self.current_trust_list()
        kid = attestations.AttestingAuditor(id=did_key(public_key), name=name).kid
        if any(key.kid == kid for auditor in current.auditors for key in auditor.keys):
            raise Conflict("this auditor's key is on the trust list already")
        key = listed_key(kid, public_key, "attestation", self._clock())
        auditor = Auditor(
            id=did_key(public_key), name=name, organisation=organisation, accreditation=accreditation, keys=(key,)
        )
        self._publish_trust_list(current.model_copy(update={"auditors": (*current.auditors, auditor)}))

    def current_trust_list(self) -> TrustList:
        """Give the newest trust list, which is the register of parties and keys."""
        return self._trust_list[1]

    def _publish_trust_list(self, content: TrustList) -> None:
        now = self._clock()
        following = content.model_copy(
            update={
                "sequence": content.sequence + 1,
                "issued_at": timestamp(now),
                "expires_at": timestamp(now + timedelta(days=LIST_DAYS)),
            }
        )
        self._store_trust_list(following, now)

    def _store_trust_list(self, content: TrustList, now: datetime) -> None:
        text = sign_trust_list(content, self._signers.delegated)
        with transaction(self._engine) as session:
            digest = _keep(session, "trust-list", text.encode("ascii"), now)
            session.add(TrustListRow(sequence=content.sequence, digest=digest, created_at=now))
        self._trust_list = (text, content)

    def _load_trust_list(self) -> tuple[str, TrustList]:
        """Give the newest stored list; a new installation makes its first and logs its release and keys."""
        with reading(self._engine) as session:
            query = select(TrustListRow).order_by(col(TrustListRow.sequence).desc()).limit(1)
            row = session.exec(query).one_or_none()
            if row:
                text = _body(session, row.digest).decode()
                return text, TrustList.from_json(jws.parse(text, typ=LIST_TYP).claims())
        now = self._clock()
        content = first_trust_list(self.identity, self._signers, now)
        self._store_trust_list(content, now)
        with transaction(self._engine) as session:
            append_leaves(session, first_leaves(content, now), now)
        self._sequencer.catch_up()
        return self._trust_list


def first_leaves(content: TrustList, now: datetime) -> list[Leaf]:
    """Give the log entries of a new installation: its releases and its keys."""
    leaves: list[Leaf] = [
        ReleaseLeaf(digest=item.digest, name=item.name, release=item.release) for item in content.releases
    ]
    keys = [key for issuer in content.issuers for key in issuer.keys]
    keys += [key for log in content.logs for key in log.keys]
    leaves += [
        KeyLeaf(kid=key.kid, thumbprint=thumbprint(key.jwk.raw), use=key.use, state=key.state, at=timestamp(now))
        for key in keys
    ]
    return leaves


def _keep(session: Session, kind: str, body: bytes, now: datetime) -> str:
    """Store a document under its digest, once."""
    digest = canonical.digest(body)
    if session.get(StoredDocument, digest) is None:
        session.add(StoredDocument(digest=digest, type=kind, body=body, created_at=now))
        session.flush()
    return digest


def _body(session: Session, digest: str) -> bytes:
    document = session.get(StoredDocument, digest)
    if document is None:
        raise NotFound(f"the store has no document {digest}")
    return document.body


def _declaration_row(session: Session, identifier: str) -> DeclarationRow:
    row = session.get(DeclarationRow, identifier)
    if row is None:
        raise NotFound(f"there is no declaration {identifier[:40]!r}")
    return row


def _free_label_id(session: Session) -> str:
    """Give a random id of 13 Base32 characters that no label has."""
    for _ in range(_ATTEMPTS):
        candidate = base32(secrets.token_bytes(LABEL_ID_BYTES))
        if session.get(LabelRow, candidate) is None:
            return candidate
    raise Conflict("no free label id was found", hint="try again")


def _free_status(session: Session) -> tuple[int, int]:
    """Give a random free place in the newest status list; a list that is half full is followed by a new one."""
    newest = session.exec(select(func.max(LabelRow.status_list))).one() or 0
    used = session.exec(select(func.count()).where(LabelRow.status_list == newest)).one()
    number = newest if used < status.ENTRIES // 2 else newest + 1
    for _ in range(_ATTEMPTS):
        index = secrets.randbelow(status.ENTRIES)
        taken = select(LabelRow.id).where(LabelRow.status_list == number, LabelRow.status_index == index)
        if session.exec(taken).first() is None:
            return number, index
    raise Conflict("no free place in the status list was found", hint="try again")
