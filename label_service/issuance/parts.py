"""What parts of products rest on: labels of this scheme, and bundles and records that makers hand in.

A part must count and stand when its product is declared and again when it is labelled; docs/formats/bundle.md.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlmodel import Session, col, select

from label_service import canonical
from label_service.declaration import Declaration
from label_service.errors import InvalidDocument, PartFault
from label_service.impact.parts import part_of_label
from label_service.inventory import Inventory
from label_service.inventory.parts import Part
from label_service.issuance.register import Register
from label_service.issuance.setup import timestamp
from label_service.issuance.workbench import Workbench
from label_service.label.credential import label_url, read_label
from label_service.label.record import read_record
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.releases import published_release
from label_service.store.scheme_tables import ScopeRow
from label_service.store.tables import DIGEST_LENGTH, LabelRow, PartRow
from label_service.verify.bundle import inspect_part
from label_service.verify.parts import MAX_DEPTH, check_record, part_from_record

MAX_BYTES = 3 * 1024 * 1024  # of all parts of a product in its bundle, which holds 4 MiB
_STATES = {"part_expired": "valid", "part_suspended": "suspended", "part_unsure": "suspended"}
_FRESH = "take a new bundle from the page of the part"


class Standing(NamedTuple):
    """A part of a product as it stands now.

    Attributes:
        state: `valid`, `suspended` or `revoked`; one that ran out since it was built in counts.
        address: of the page of its label; empty for a record.
    """

    part: Part
    state: Literal["valid", "suspended", "revoked"]
    address: str


class Parts:
    """The parts of one installation; `bundle_of` gives the bundle of one of its labels."""

    def __init__(self, bench: Workbench, register: Register, bundle_of: Callable[[str], bytes]) -> None:
        self._bench = bench
        self._register = register
        self._bundle_of = bundle_of

    def take(self, data: bytes) -> Part:
        """Check what stands behind a part, and keep it: the bundle of a label, or a supplier's signed record.

        Raises:
            PartFault: it does not hold now, by a named result.
            InvalidDocument: neither a bundle nor a record.
            VerificationError: the record is of no supplier on the trust list.
        """
        now = self._bench.clock()
        data = data.strip()
        with reading(self._bench.engine) as session:  # judged outside of the unit of work, so that nobody waits for it
            part = self._judged(session, data, timestamp(now), is_fresh=True)
        with transaction(self._bench.engine) as session:
            document = keep(session, "part", data, now)
            session.merge(PartRow(digest=part.digest, kind=part.kind, document_digest=document, taken_at=now))
        self._bench.mark_changed()
        return part

    def of_label(self, label_id: str) -> Part:
        """Give a label of this scheme as a part.

        Raises:
            PartFault: there is none, or it does not stand.
        """
        with reading(self._bench.engine) as session:
            row = session.get(LabelRow, label_id.rpartition("/")[2].strip().upper())
            if row is None:
                raise PartFault(f"part_missing: no label {label_id[:40]!a} in this scheme", hint="hand in its bundle")
            return self._own(session, row, self._bench.clock())

    def of(self, reference: str) -> Part:
        """Give a part by the digest of its label or record, or by the id or address of a label of this scheme.

        Raises:
            PartFault: it is not at hand, or it does not stand.
        """
        if len(reference) != DIGEST_LENGTH:
            return self.of_label(reference)
        with reading(self._bench.engine) as session:
            found = self._found(session, reference, self._bench.clock())
        if found is None:
            raise PartFault(f"part_missing: nothing is at hand for {reference[:12]}", hint="drop its bundle or record")
        return found

    def known(self, declaration: Declaration) -> tuple[Part, ...]:
        """Give the parts of a declaration that are at hand; each counts and stands now.

        Raises:
            PartFault: one does not, or their chain is too deep or too large.
        """
        if not declaration.parts:
            return ()
        now, digests = self._bench.clock(), dict.fromkeys(use.digest for use in declaration.parts)
        with reading(self._bench.engine) as session:
            found = tuple(part for digest in digests if (part := self._found(session, digest, now)))
            if _depth(session, found) > MAX_DEPTH:
                raise PartFault(f"part_too_deep: expected parts of parts down to {MAX_DEPTH} levels")
        self.entries(found)
        return found

    def check_standing(self, session: Session, inventory: Inventory, now: datetime) -> None:
        """Check inside a unit of work that every part of goods counts and stands at the moment of their label.

        Raises:
            PartFault: one does not, or is not at hand.
        """
        for part in inventory.parts or ():
            if self._found(session, part.digest, now) is None:
                raise PartFault(f"part_missing: what stands behind {part.name} is not at hand")

    def standing(self, inventory: Inventory) -> tuple[Standing, ...]:
        """Give the parts of goods that were labelled, each as it stands now."""
        if not inventory.parts:
            return ()
        with reading(self._bench.engine) as session:
            return tuple(self._standing(session, part) for part in inventory.parts)

    def _standing(self, session: Session, part: Part) -> Standing:
        address, state = self._address(session, part), "valid"
        try:
            self._found(session, part.digest, self._bench.clock())
        except PartFault as fault:
            state = _STATES.get(fault.result, "revoked")
        return Standing(part, state, address)  # type: ignore[arg-type]

    def _address(self, session: Session, part: Part) -> str:
        if part.kind == "record":
            return ""
        own, row = _label_row(session, part.digest), session.get(PartRow, part.digest)
        if own is not None:
            return f"/L/{own.id}"
        data = body(session, row.document_digest) if row else b"{}"
        label = canonical.decode(data).get("label")
        return label_url(read_label(label)[1]) if label else ""

    def entries(self, parts: Iterable[Part]) -> tuple[Any, ...]:
        """Give what stands behind parts as it stands in a bundle.

        Raises:
            PartFault: all together are larger than a bundle takes, or one is not at hand.
        """
        found, size = [], 0
        for part in parts:
            data = self.behind(part)
            size += len(data)
            found.append(canonical.decode(data) if data.startswith(b"{") else data.decode("ascii"))
        if size > MAX_BYTES:
            raise PartFault(f"parts_too_large: expected parts of at most {MAX_BYTES} bytes together, found {size}")
        return tuple(found)

    def behind(self, part: Part) -> bytes:
        """Give the bundle of a labelled part, or the record of a supplier, as it was signed.

        Raises:
            PartFault: it is not at hand.
        """
        with reading(self._bench.engine) as session:
            own, row = _label_row(session, part.digest), session.get(PartRow, part.digest)
            if own is None and row is None:
                raise PartFault(f"part_missing: what stands behind {part.name} is not at hand")
            data = body(session, row.document_digest) if row and own is None else b""
        return data if own is None else self._bundle_of(own.id)

    def _found(self, session: Session, digest: str, now: datetime) -> Part | None:
        own = _label_row(session, digest)
        if own is not None:
            return self._own(session, own, now)
        row = session.get(PartRow, digest)
        return self._judged(session, body(session, row.document_digest), timestamp(now)) if row else None

    def _judged(self, session: Session, data: bytes, at: str, *, is_fresh: bool = False) -> Part:
        """Judge a bundle or record; what is kept already may have stale lists, what comes in may not."""
        demo = self._bench.identity.is_demo
        if not data.startswith(b"{"):
            token, record = read_record(_text(data))
            listed = self._register.newest(session)
            check_record(token, record, listed, at, demo=demo)
            if is_fresh and record.supplier.name != (name := listed.supplier_of(token.kid)[0].name):
                raise PartFault(f"part_forged: expected a record of {name!a}, found {record.supplier.name!a}")
            return part_from_record(token, record)
        roots, lists = self._bench.keyring.roots(), (self._register.newest_text(session),)
        part, doubts = inspect_part(data, roots, at, trust_lists=lists, demo=demo)
        if doubts and (is_fresh or any(doubt.startswith("part_suspended") for doubt in doubts)):
            raise PartFault(f"part_unsure: {'; '.join(doubts)}", hint=_FRESH)
        return part

    def _own(self, session: Session, row: LabelRow, now: datetime) -> Part:
        content = read_label(body(session, row.label_digest).decode())[1]
        scope = session.get(ScopeRow, row.scope_digest) if row.scope_digest else None
        states = [item for item in (row, scope) if item]
        if any(item.is_revoked for item in states):
            raise PartFault(f"part_withdrawn: the label {row.id} of {content.name} is revoked")
        if any(item.is_suspended for item in states):
            raise PartFault(f"part_suspended: the label {row.id} of {content.name} is suspended")
        if not content.valid_from <= timestamp(now) <= content.valid_until:
            window = f"from {content.valid_from} to {content.valid_until}"
            raise PartFault(f"part_expired: the label {row.id} of {content.name} counts {window}")
        inventory = Inventory.from_kept(body(session, row.inventory_digest))
        self.check_standing(session, inventory, now)
        release = published_release(session, inventory.release_digest)
        return part_of_label(inventory, release, row.label_digest)


def _label_row(session: Session, label_digest: str) -> LabelRow | None:
    return session.exec(select(LabelRow).where(col(LabelRow.label_digest) == label_digest)).first()


def _depth(session: Session, parts: Iterable[Part]) -> int:
    """Give how many levels of parts there are."""
    return max((1 + _below(session, part.digest) for part in parts), default=0)


def _below(session: Session, digest: str) -> int:
    own = _label_row(session, digest)
    if own is not None:
        return _depth(session, Inventory.from_kept(body(session, own.inventory_digest)).parts or ())
    row = session.get(PartRow, digest)
    data = body(session, row.document_digest) if row else b""
    return _levels(canonical.decode(data)) - 1 if data.startswith(b"{") else 0


def _levels(entry: Any) -> int:
    return 1 + max(map(_levels, entry["parts"]), default=0) if isinstance(entry, dict) else 1


def _text(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise InvalidDocument("expected the bundle of a label, or the token of a supplier's record") from None
