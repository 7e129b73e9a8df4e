"""Whether goods are a variant inside the frame of an attested design. Format page: docs/formats/attestation.md."""

from collections.abc import Iterator
from fractions import Fraction

from label_service.inventory import Inventory
from label_service.inventory.runs import per_item
from label_service.label.attestation import Bound, Frame


def outside_frame(inventory: Inventory, frame: Frame) -> Iterator[tuple[str, str]]:
    """Give a stable code and words for every reason why goods are no variant inside a frame."""
    design = inventory.design.digest if inventory.design else None
    if design != frame.design:
        yield "design", f"the scope is for variants of the design {frame.name}, found {_named(inventory)}"
        return
    chosen = inventory.variant.parameters if inventory.variant else ()
    known = {parameter.name: Fraction(parameter.value) for parameter in chosen} | per_item(inventory)
    bounds = {bound.quantity: bound for bound in frame.bounds}
    units = {parameter.name: parameter.unit for parameter in chosen}
    for name in sorted(units.keys() - bounds.keys()):
        yield "frame-unknown", f"the frame of {frame.name} does not say how {name} may vary"
    for bound in frame.bounds:
        yield from against(bound, known.get(bound.quantity), units.get(bound.quantity, bound.unit))


def bounds_function(frame: Frame | None) -> bool:
    """Tell whether a frame says between which amounts the function may vary."""
    return frame is not None and any(bound.quantity == "function" for bound in frame.bounds)


def against(bound: Bound, found: Fraction | None, unit: str) -> Iterator[tuple[str, str]]:
    """Give a stable code and words where an amount in a unit does not lie inside a bound."""
    limits = f"{bound.quantity} of one item is {bound.low} to {bound.high} {bound.unit} in the frame"
    if found is None:
        yield "frame-missing", f"{limits}, found none"
    elif unit != bound.unit:
        yield "frame-unit", f"{limits}, found an amount in {unit}"
    elif found < Fraction(bound.low):
        yield "frame-below", f"{limits}, found {float(found):.6g}"
    elif found > Fraction(bound.high):
        yield "frame-above", f"{limits}, found {float(found):.6g}"


def _named(inventory: Inventory) -> str:
    return inventory.design.name if inventory.design else "no design"
