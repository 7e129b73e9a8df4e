"""Amounts on their way into flows: what is declared and evidenced counts, else its fixed unfavourable default.

Method page: docs/method.md, section 3.
"""

from collections.abc import Mapping
from decimal import Decimal

from label_service.declaration import Entry
from label_service.document import Basis
from label_service.errors import MissingInput
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.inventory import Load
from label_service.quantity import in_base_unit

_WORST_FIRST: tuple[Basis, ...] = (
    "default",
    "asserted",
    "design",
    "estimated",
    "derived",
    "as_made",
    "weighed",
    "metered",
)
_CLAIMED: frozenset[Basis] = frozenset({"estimated", "design", "asserted"})  # may stand without evidence


class Quantity:
    """An amount on its way into a flow: value in base unit, the weakest basis it rests on, and its loads."""

    def __init__(self, value: Decimal, basis: Basis, loads: Mapping[str, str] | None = None) -> None:
        self.value = value
        self.basis = basis
        self.loads = dict(loads or {})

    def times(self, other: "Quantity") -> "Quantity":
        """Multiply; loads of the same variable do not occur twice because every variable is one measurement."""
        return Quantity(self.value * other.value, weakest(self.basis, other.basis), self.loads | other.loads)

    def scaled(self, factor: Decimal) -> "Quantity":
        """Multiply by a number without uncertainty."""
        return Quantity(self.value * factor, self.basis, self.loads)


def weakest(*bases: Basis) -> Basis:
    """Give the basis a combined amount rests on: the least trustworthy of its parts."""
    return min(bases, key=_WORST_FIRST.index)


def loads_of(quantity: Quantity) -> tuple[Load, ...]:
    """Give the loads of a flow, those that are uncertain at all."""
    return tuple(Load(variable=name, gsd=gsd) for name, gsd in sorted(quantity.loads.items()) if Decimal(gsd) > 1)


def total(parts: list[Quantity]) -> Quantity:
    """Add masses; the widest GSD per variable stands for the sum, which is the cautious reading."""
    loads: dict[str, str] = {}
    for part in parts:
        for name, gsd in part.loads.items():
            loads[name] = max(loads.get(name, "1"), gsd, key=Decimal)
    return Quantity(sum((part.value for part in parts), Decimal(0)), weakest(*(part.basis for part in parts)), loads)


class Counting:
    """Decides by the rows of a release what a declared amount counts as."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def entry(self, entry: Entry, unit: str, variable: str) -> Quantity:
        """Give a declared amount in base unit, with the GSD its basis and evidence earn."""
        value = in_base_unit(entry.value, entry.unit, unit)
        basis: Basis = entry.basis if entry.is_evidenced or entry.basis in _CLAIMED else "asserted"
        gsd = lookup.basis_gsd(self.rows, basis, has_evidence=entry.is_evidenced)
        return Quantity(value, basis, {variable: gsd})

    def evidenced_or(self, entry: Entry | None, unit: str, variable: str, default: Quantity | None) -> Quantity | None:
        """Give the entry where it counts, else the default, else None: required and not there."""
        if entry is not None:
            found = self.entry(entry, unit, variable)
            if entry.is_evidenced or (default is not None and found.value >= default.value):
                return found
        return default

    def required(self, entry: Entry | None, unit: str, variable: str, where: str) -> Quantity:
        """Give an amount for which nothing may be assumed.

        Raises:
            MissingInput: it is not there, or without evidence.
        """
        if entry is None or not entry.is_evidenced:
            raise MissingInput(
                f"expected the amount of {where} with evidence: no default is tabulated for it",
                hint="weigh or count it and add the photo of the scale or the delivery note",
                where=where,
            )
        return self.entry(entry, unit, variable)
