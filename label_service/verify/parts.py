"""The chain of parts: each bundle or record that a product rests on, followed offline. docs/formats/bundle.md.

A part is judged like a product of its own, by the same lists; it must have counted when the product was labelled, it
must not be withdrawn now, and what the product takes over from it must follow from it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from label_service.errors import InvalidDocument, LabelServiceError, PartFault
from label_service.factors.lookup import Rows
from label_service.impact.parts import part_of_label, part_of_record
from label_service.inventory import Inventory
from label_service.inventory.parts import Part
from label_service.label.content import LabelContent
from label_service.label.record import SupplierRecord, read_record
from label_service.trust import jws
from label_service.trust.trust_list import TrustList, check_key_counts
from label_service.verify.difference import first_difference
from label_service.verify.report import Check, Unsure
from label_service.verify.statuses import EXPIRED

MAX_DEPTH = 4  # parts of parts
METHOD, BOUNDARY = "1", "cradle_to_gate"
_STANDING = {"revoked": "part_withdrawn", EXPIRED: "part_expired"}

LabelKey = tuple[str, str]  # issuer and id of a label
Opened = tuple[jws.Token, LabelContent, Inventory, Rows]


class Inner(NamedTuple):
    """The bundle of a part: its steps, not done yet, and what they open.

    Attributes:
        steps: by name, in their order; the first one reads the bundle.
        opened: gives token, content, inventory and proven rows after the steps were done.
    """

    steps: Mapping[str, Check]
    opened: Callable[[], Opened]


class Chain(NamedTuple):
    """What the parts of a product are judged by.

    Attributes:
        above: the labels from the outermost product down to the one whose parts these are.
        counts_at: when the parts must have counted.
        inner: opens the bundle of a part.
    """

    above: tuple[LabelKey, ...]
    counts_at: str
    demo: bool
    trust_list: TrustList
    inner: Callable[[Any], Inner]


def check_parts(entries: Sequence[Any], inventory: Inventory, chain: Chain) -> str:
    """Follow every part of a product.

    Raises:
        PartFault: the first that does not hold, by a named result.
        Unsure: one is suspended, or what it needs is stale or unknown.
    """
    parts = inventory.parts or ()
    if len(entries) != len(parts):
        raise PartFault(f"part_missing: expected what stands behind {len(parts)} parts, found {len(entries)}")
    if len(chain.above) > MAX_DEPTH:
        raise PartFault(f"part_too_deep: expected parts of parts down to {MAX_DEPTH} levels")
    doubts = [doubt for part, entry in zip(parts, entries, strict=True) for doubt in _doubts(part, entry, chain)]
    if doubts:
        raise Unsure("; ".join(doubts))
    names = ", ".join(f"{part.name} of {part.maker}" for part in parts)
    return f"{len(parts)} parts hold: {names}"


def _doubts(part: Part, entry: Any, chain: Chain) -> list[str]:
    """Judge one part; give what cannot be known about it."""
    try:
        found, doubts = (_label if part.kind == "label" else _record)(part, entry, chain)
    except PartFault:
        raise
    except LabelServiceError as error:
        raise PartFault(f"part_forged: {part.name}: {error.detail}") from error
    difference = first_difference(found.as_json(), part.as_json())
    if difference:
        raise PartFault(f"part_value: what was taken over from {part.name} differs at {difference}")
    return doubts


def _label(part: Part, entry: Any, chain: Chain) -> tuple[Part, list[str]]:
    found, doubts = label_part(chain.inner(entry), part.name, demo=chain.demo)
    if found.digest != part.digest:
        raise PartFault(f"part_forged: expected the label {part.digest} of {part.name}, found {found.digest}")
    return found, doubts


def label_part(inner: Inner, name: str, *, demo: bool) -> tuple[Part, list[str]]:
    """Judge the bundle of a part; give the part, and what cannot be known about it.

    Raises:
        PartFault: a step fails, by a named result.
    """
    doubts = _done(name, inner.steps)
    token, content, inventory, rows = inner.opened()
    if content.demo != demo:
        raise PartFault(f"part_demo: {name} is a DEMO where the product is none, or the other way round")
    return part_of_label(inventory, rows, token.digest), doubts


def _done(part: str, steps: Mapping[str, Check]) -> list[str]:
    doubts = []
    for name, check in steps.items():
        try:
            check()
        except Unsure as doubt:
            doubts.append(f"{part}: {name}: {doubt.detail}")
        except PartFault:
            raise
        except LabelServiceError as error:
            if error.where == "suspended":
                doubts.append(f"part_suspended: {part}: {error.detail}")
                continue
            result = _STANDING.get(error.where, "part_forged")
            raise PartFault(f"{result}: {part}: {name}: {error.detail}") from error
    return doubts


def _record(part: Part, entry: Any, chain: Chain) -> tuple[Part, list[str]]:
    if not isinstance(entry, str):
        raise InvalidDocument("expected the token of a supplier record")
    token, record = read_record(entry)
    if token.digest != part.digest:
        raise PartFault(f"part_forged: expected the record {part.digest} of {part.name}, found {token.digest}")
    check_record(token, record, chain.trust_list, chain.counts_at, demo=chain.demo)
    return part_from_record(token, record), []


def part_from_record(token: jws.Token, record: SupplierRecord) -> Part:
    """Give one unit of a record as a part of a product."""
    return part_of_record(
        token.digest,
        name=record.name,
        maker=record.supplier.name,
        unit=record.unit,
        mass_kg=record.mass_kg,
        kgco2e=record.kgco2e,
        gsd=record.gsd,
    )


def check_record(
    token: jws.Token, record: SupplierRecord, trust_list: TrustList, counts_at: str, *, demo: bool
) -> None:
    """Check that a record of a listed supplier counts at a time, under this method and up to the gate.

    Raises:
        PartFault: it does not, by a named result.
        VerificationError: the supplier is not on the list, or its key does not count.
    """
    supplier, key = trust_list.supplier_of(token.kid)
    if supplier.id != record.supplier.id or not token.is_signed_by(key.jwk.raw):
        raise PartFault(f"part_forged: the record of {record.name} is not signed by {record.supplier.id}")
    check_key_counts(key, counts_at, None)
    if token.digest in supplier.withdrawn:
        raise PartFault(f"part_withdrawn: {supplier.name} withdrew the record of {record.name}")
    if not record.valid_from <= counts_at <= record.valid_until:
        window = f"from {record.valid_from} to {record.valid_until}"
        raise PartFault(f"part_expired: the record of {record.name} counts {window}, not at {counts_at}")
    if record.method != METHOD:
        raise PartFault(f"part_method: expected a record by method {METHOD}, found {record.method!r}")
    if record.boundary != BOUNDARY:
        raise PartFault(f"part_boundary: expected the boundary {BOUNDARY}, found {record.boundary!r}")
    if record.demo != demo:
        raise PartFault(f"part_demo: {record.name} is a DEMO where the product is none, or the other way round")
