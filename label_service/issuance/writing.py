"""Writing a label inside a unit of work: signed, with its log entry, index row and places in the status lists."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, bindparam, func, insert, or_, update
from sqlmodel import Session, col, select

from label_service import canonical
from label_service.errors import Conflict, VerificationError
from label_service.issuance.attested import Attested
from label_service.issuance.keyring import SigningKey
from label_service.issuance.log import append_leaves
from label_service.issuance.register import Register
from label_service.issuance.setup import timestamp
from label_service.issuance.states import status_url
from label_service.issuance.submission import Submission
from label_service.issuance.workbench import Workbench
from label_service.label import credential, qr, status
from label_service.label.content import Issuer, LabelContent, ScopePlace, StatusEntries, StatusEntry, label_content
from label_service.store.documents import keep
from label_service.store.tables import DeclarationRow, LabelRow
from label_service.trust.encoding import base32
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
    .values(label_id=bindparam("label"), state="labelled", attestation_digest=bindparam("attestation"), waits_for="")
)


class Written(NamedTuple):
    """A label that was written: its row and its token."""

    row: LabelRow
    token: str


class _Free(NamedTuple):
    """A label id and a place in the status lists that nobody has."""

    label_id: str
    number: int
    place: int


class LabelWriter:
    """Writes the labels of one installation."""

    def __init__(self, bench: Workbench, register: Register) -> None:
        self._bench = bench
        self._register = register

    def write(
        self, session: Session, found: Submission, attested: Attested, now: datetime, place: ScopePlace | None = None
    ) -> Written | None:
        """Sign the label of a declaration and write it with its leaf; None when it has a label already.

        Raises:
            VerificationError: the scheme's own key does not count now.
            NotGradable, NotAttested: it has no grade, or the attestation is about something else.
            Conflict: the goods are not made yet, or no free place was found.
        """
        if found.inventory.made.last > timestamp(now)[:10]:
            raise Conflict(f"the goods are made until {found.inventory.made.last}", hint="ask for the label after that")
        key = self._own_key(session, timestamp(now))
        free = _free(session)
        claim = {"declaration": found.id, "label": free.label_id, "attestation": attested.token.digest}
        if not session.exec(_CLAIM, params=claim).rowcount:
            return None
        label = self._content(found, attested, now, free, place)
        text = _read_back(label, credential.issue(label, kid=key.kid, signer=key.signer), key)
        leaf = label_leaf(label, canonical.digest(text.encode("ascii")))
        (position,) = append_leaves(session, [leaf], now)
        design = found.inventory.design
        row = LabelRow(
            id=free.label_id,
            label_digest=keep(session, "label", text.encode("ascii"), now),
            attestation_digest=attested.token.digest,
            inventory_digest=label.inventory_digest,
            assessment_digest=label.assessment_digest,
            log_index=position,
            status_list=free.number,
            status_index=free.place,
            producer_id=label.producer.id,
            design_digest=design.digest if design else None,
            scope_digest=place.digest if place else None,
            scope_position=place.position if place else None,
            qr_text=self._qr_text(label, leaf.digest, position, key),
            issued_at=now,
        )
        session.exec(_ADD, params=row.model_dump())
        return Written(row, text)

    def _content(
        self, found: Submission, attested: Attested, now: datetime, free: _Free, place: ScopePlace | None
    ) -> LabelContent:
        identity, content = self._bench.identity, attested.content
        revocation, suspension = (
            status_url(identity.origin, name, free.number) for name in ("revocation", "suspension")
        )
        return label_content(
            label_id=free.label_id,
            origin=identity.origin,
            issuer=Issuer(id=identity.did, name=identity.display_name),
            inventory=found.inventory,
            assessment=found.assessment,
            attestation=content,
            attestation_digest=attested.token.digest,
            accreditation=attested.accreditation,
            valid_from=timestamp(now),
            valid_until=min(content.valid_until, timestamp(now + timedelta(days=MAX_LABEL_DAYS))),
            status=StatusEntries(
                revocation=StatusEntry(url=revocation, index=free.place),
                suspension=StatusEntry(url=suspension, index=free.place),
            ),
            scope=place,
        )

    def _own_key(self, session: Session, at: str) -> SigningKey:
        """Give the key that signs labels now; sign nothing that no verifier would accept."""
        key = self._register.signing(session, "label")
        keys = self._register.newest(session).issuer(self._bench.identity.did).keys
        check_key_counts(find_key(keys, key.kid, "label"), at, None)
        return key

    def _qr_text(self, label: LabelContent, label_digest: str, position: int, key: SigningKey) -> str:
        claims = qr.qr_claims(label, label_digest=label_digest, log_index=position)
        return qr.sign_qr(claims, origin=self._bench.identity.origin, label_id=label.label_id, signer=key.signer)


def _read_back(label: LabelContent, text: str, key: SigningKey) -> str:
    """Read a signed label as every verifier will, so that a broken signer or key is found before it is logged.

    Raises:
        VerificationError: it says something else, or its signature does not hold.
    """
    token, content = credential.read_label(text)
    if content != label or not token.is_signed_by(key.signer.public_key):
        raise VerificationError(f"the label that was signed with {key.kid} does not verify", hint="check the key")
    return text


def _free(session: Session) -> _Free:
    """Give a random free id, 13 characters of Base32, and a random free place in a status list."""
    newest, used = session.exec(_NEWEST_LIST).first() or (0, 0)
    number = newest if used < status.ENTRIES // 2 else newest + 1  # one that is half full is followed by a new one
    for _ in range(_ATTEMPTS):
        free = _Free(base32(secrets.token_bytes(LABEL_ID_BYTES)), number, secrets.randbelow(status.ENTRIES))
        params = {"label": free.label_id, "list": free.number, "index": free.place}
        if session.exec(_TAKEN, params=params).first() is None:
            return free
    raise Conflict("no free label id and place in the status list were found", hint="try again")
