"""Writing labels inside a unit of work: signed one by one, written together with their log entries and index rows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session

from label_service import canonical
from label_service.assessment import Assessment
from label_service.errors import Conflict, VerificationError
from label_service.inventory import Inventory
from label_service.issuance.attested import Attested
from label_service.issuance.keyring import SigningKey
from label_service.issuance.log import append_leaves, next_position
from label_service.issuance.parts import Parts
from label_service.issuance.places import Place, Places
from label_service.issuance.register import Register
from label_service.issuance.setup import timestamp
from label_service.issuance.states import status_url
from label_service.issuance.workbench import Workbench
from label_service.label import credential, qr
from label_service.label.content import Issuer, LabelContent, ScopePlace, StatusEntries, StatusEntry, label_content
from label_service.store.documents import add_new
from label_service.store.releases import withdrawn_releases
from label_service.store.tables import LabelRow
from label_service.tlog.leaf import LabelLeaf
from label_service.trust.trust_list import check_key_counts, find_key
from label_service.verify.bundle import label_leaf

MAX_LABEL_DAYS = 3 * 365
_TABLES = LabelRow.metadata.tables
_ADD = insert(_TABLES["label"])
_DECLARATIONS = _TABLES["declaration"]
_CLAIM = (
    update(_DECLARATIONS)
    .where(_DECLARATIONS.c.id == bindparam("declaration"), _DECLARATIONS.c.label_id.is_(None))
    .values(label_id=bindparam("label"), state="labelled", attestation_digest=bindparam("attestation"), waits_for="")
)


class Goods(Protocol):
    """What is labelled: an assessed declaration."""

    @property
    def id(self) -> str:
        """Id of the declaration."""

    @property
    def inventory(self) -> Inventory:
        """Its inventory."""

    @property
    def assessment(self) -> Assessment:
        """Its assessment."""


class Written(NamedTuple):
    """A label that is signed, and written when its unit of work is."""

    label_id: str
    token: str
    log_index: int
    status_list: int
    qr_text: str
    scope_digest: str | None


class LabelWriter:
    """Writes the labels of one installation."""

    def __init__(self, bench: Workbench, register: Register, parts: Parts) -> None:
        self._bench = bench
        self._register = register
        self._parts = parts

    def sheet(self, session: Session, now: datetime, labels: int = 1) -> "Sheet":
        """Give a sheet for the labels of this unit of work; about so many are expected."""
        return Sheet(self._bench, self._register, self._parts, session, now, labels)


class Sheet:
    """The labels of one unit of work.

    What they share is read once, because nobody else writes while the unit of work lasts: the key that signs now and
    whether it counts, the end of the log, the free places in the status lists. A label that is refused leaves nothing
    on the sheet; what is on it is written as a whole.
    """

    def __init__(  # noqa: PLR0917 - made by `LabelWriter` alone
        self, bench: Workbench, register: Register, parts: Parts, session: Session, now: datetime, labels: int
    ) -> None:
        self._bench = bench
        self._parts = parts
        self._session = session
        self._now, self._at = now, timestamp(now)
        self._latest = timestamp(now + timedelta(days=MAX_LABEL_DAYS))
        self._issuer = Issuer(id=bench.identity.did, name=bench.identity.display_name)
        self._key = _own_key(bench, register, session, self._at)
        self._places = Places(session, labels)
        self._position = next_position(session)
        self._withdrawn = withdrawn_releases(session)
        self._claimed: set[str] = set()
        self._rows: list[dict[str, Any]] = []
        self._tokens: dict[str, tuple[str, bytes]] = {}
        self._leaves: list[LabelLeaf] = []

    @property
    def position(self) -> int:
        """Log index that the next label takes."""
        return self._position + len(self._leaves)

    def add(self, goods: Goods, attested: Attested, place: ScopePlace | None = None) -> Written:
        """Sign the label of a declaration that has none yet, and put it on the sheet.

        Raises:
            VerificationError: the label does not verify after it was signed.
            NotGradable, NotAttested: it has no grade, or the attestation is about something else.
            PartFault: a part does not stand any more.
            Conflict: it is on the sheet already, the goods are not made yet, the release of its assessment was
                withdrawn, or no free place was found.
        """
        _check_made(goods.inventory, self._at)
        _check_release(goods.inventory, self._withdrawn)
        self._parts.check_standing(self._session, goods.inventory, self._now)
        if goods.id in self._claimed:
            raise Conflict("the declaration is being labelled already")
        free, key = self._places.take(), self._key
        label = self._content(goods, attested, free, place)
        text = _read_back(label, credential.issue(label, kid=key.kid, signer=key.signer), key)
        body = text.encode("ascii")
        leaf, position = label_leaf(label, canonical.digest(body)), self.position
        claims = qr.qr_claims(label, label_digest=leaf.digest, log_index=position)
        code = qr.sign_qr(claims, origin=label.origin, label_id=label.label_id, signer=key.signer)
        written = Written(label.label_id, text, position, free.number, code, place.digest if place else None)
        self._rows.append(self._row(goods, label, written, free, place) | {"label_digest": leaf.digest})
        self._tokens[leaf.digest] = ("label", body)
        self._leaves.append(leaf)
        self._claimed.add(goods.id)
        return written

    def write(self) -> None:
        """Write the sheet: tokens, log entries, index rows, and that the declarations are labelled.

        Raises:
            Conflict: an entry was logged meanwhile in this unit of work, or a declaration is labelled already.
        """
        if not self._rows:
            return
        add_new(self._session, self._tokens, self._now)
        if append_leaves(self._session, self._leaves, self._now)[0] != self._position:
            raise Conflict("the log went on while labels were signed", hint="try again")
        claims = [
            {"declaration": row.pop("declaration"), "label": row["id"], "attestation": row["attestation_digest"]}
            for row in self._rows
        ]
        connection = self._session.connection()
        if connection.execute(_CLAIM, claims).rowcount != len(claims):
            raise Conflict("another unit of work came first", hint="read the state and try again")
        connection.execute(_ADD, self._rows)
        self._rows, self._tokens, self._leaves = [], {}, []
        self._position = next_position(self._session)

    def _content(self, goods: Goods, attested: Attested, free: Place, place: ScopePlace | None) -> LabelContent:
        origin, content = self._bench.identity.origin, attested.content
        revocation, suspension = (status_url(origin, name, free.number) for name in ("revocation", "suspension"))
        return label_content(
            label_id=free.label_id,
            origin=origin,
            issuer=self._issuer,
            inventory=goods.inventory,
            assessment=goods.assessment,
            attestation=content,
            attestation_digest=attested.token.digest,
            accreditation=attested.accreditation,
            valid_from=self._at,
            valid_until=min(content.valid_until, self._latest),
            status=StatusEntries(
                revocation=StatusEntry(url=revocation, index=free.entry),
                suspension=StatusEntry(url=suspension, index=free.entry),
            ),
            scope=place,
        )

    def _row(
        self, goods: Goods, label: LabelContent, written: Written, free: Place, place: ScopePlace | None
    ) -> dict[str, Any]:
        design = goods.inventory.design
        return {
            "declaration": goods.id,
            "id": written.label_id,
            "attestation_digest": label.attestation_digest,
            "inventory_digest": label.inventory_digest,
            "assessment_digest": label.assessment_digest,
            "log_index": written.log_index,
            "status_list": free.number,
            "status_index": free.entry,
            "is_revoked": False,
            "is_suspended": False,
            "status_reason": "",
            "producer_id": label.producer.id,
            "design_digest": design.digest if design else None,
            "scope_digest": written.scope_digest,
            "scope_position": place.position if place else None,
            "qr_text": written.qr_text,
            "issued_at": self._now,
        }


def _own_key(bench: Workbench, register: Register, session: Session, at: str) -> SigningKey:
    """Give the key that signs labels now; sign nothing that no verifier would accept."""
    key = register.signing(session, "label")
    keys = register.newest(session).issuer(bench.identity.did).keys
    check_key_counts(find_key(keys, key.kid, "label"), at, None)
    return key


def _check_made(inventory: Inventory, at: str) -> None:
    if inventory.made.last > at[:10]:
        raise Conflict(f"the goods are made until {inventory.made.last}", hint="ask for the label after that")


def _read_back(label: LabelContent, text: str, key: SigningKey) -> str:
    """Read a signed label back, so that a broken signer, key or encoder is found before it is logged.

    Raises:
        VerificationError: it says something else, or its signature does not hold.
    """
    token, content = credential.read_content(text)
    if content != canonical.encode_checked(label.as_json()) or not token.is_signed_by(key.signer.public_key):
        raise VerificationError(f"the label that was signed with {key.kid} does not verify", hint="check the key")
    return text


def _check_release(inventory: Inventory, withdrawn: Mapping[str, str]) -> None:
    """Let nothing new rest on a release that was withdrawn."""
    if inventory.release_digest in withdrawn:
        raise Conflict(
            f"the release it was assessed with was withdrawn: {withdrawn[inventory.release_digest]}",
            hint="declare it again; it is then assessed with the release in use",
        )
