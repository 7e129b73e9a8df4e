"""Whether goods come from the lots of material an auditor saw; the inventory does not name lots, so the service checks.

Format page: docs/formats/attestation.md, rule 20.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from label_service.declaration import Declaration, Material
from label_service.label.attestation import Attestation, Lot
from label_service.label.scope import Reason, scope_of
from label_service.plausibility import lots_taken
from label_service.quantity import in_base_unit, plain


def outside_lots(
    declaration: Declaration, attestation: Attestation, others_kg: Mapping[str, Decimal]
) -> tuple[Reason, ...]:
    """Give every reason why the lots of a declaration, which its inventory does not show, are not those of a scope.

    Args:
        declaration: names the lots.
        attestation: of the scope.
        others_kg: mass that other declarations of the producer took of lots, by name.

    Raises:
        NotAttested: the attestation is not that of a scope.
    """
    lots = {lot.lot: lot for lot in scope_of(attestation).lots}
    if not lots:
        return ()
    made = [line for line in declaration.materials if line.role == "made"]
    reasons = [reason for line in made for reason in _line_of_lot(line, lots)]
    for name, taken in lots_taken(declaration).items():
        total = others_kg.get(name, Decimal(0)) + taken
        if name in lots and total > Decimal(lots[name].mass_kg):
            reasons.append(
                Reason("lot-mass", f"{lots[name].mass_kg} kg of the lot {name} were bought, found {plain(total)} kg")
            )
    return tuple(reasons)


def _line_of_lot(line: Material, lots: Mapping[str, Lot]) -> Iterator[Reason]:
    lot = lots.get(line.lot or "")
    if lot is None or lot.material != line.material:
        names = ", ".join(name for name, item in lots.items() if item.material == line.material) or "none"
        yield Reason("lot", f"the scope is for the lots {names} of {line.material}, found {line.lot or 'none'}")
    elif line.recycled_share is not None:
        share, proven = line.recycled_share, lot.recycled_share or "0"
        if in_base_unit(share.value, share.unit, "1") > Decimal(proven):
            found = f"the lot {lot.lot} proves a recycled share of {proven}, found {share.value}"
            yield Reason("recycled-share", found)
