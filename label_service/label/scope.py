"""Whether goods lie inside an attested scope: one function for the service that labels and everybody who verifies.

Every reason is given, with a stable code, so that a producer sees at once what waits for the auditor and why.
Format page: docs/formats/attestation.md.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from label_service.document import validate
from label_service.errors import NotAttested
from label_service.inventory import Inventory
from label_service.inventory.runs import RunFigures, made_masses, recycled_shares, run_figures
from label_service.label.attestation import Attestation, Floor, ScopeAttestation
from label_service.label.frame import bounds_function, outside_frame
from label_service.tlog.leaf import ScopeLeaf
from label_service.tlog.week import number_of, week_of

MEASURED: Final = frozenset({"metered", "weighed", "as_made", "derived"})  # bases of energy that a scope accepts


class Reason(NamedTuple):
    """Why something is not inside a scope: a stable code, and words with what was expected and found."""

    code: str
    words: str


class _Case(NamedTuple):
    inventory: Inventory
    runs: tuple[RunFigures, ...]
    scope: ScopeAttestation
    attestation: Attestation
    at: str
    used: int


def outside(inventory: Inventory, attestation: Attestation, at: str, used: int) -> tuple[Reason, ...]:
    """Give every reason why goods are not inside a scope; none when they are.

    Args:
        inventory: of the goods.
        attestation: of the scope.
        at: when the label begins to count, a timestamp.
        used: items labelled in the scope before.

    Raises:
        NotAttested: the attestation is not that of a scope.
    """
    case = _Case(inventory, run_figures(inventory), scope_of(attestation), attestation, at, used)
    return tuple(reason for check in _CHECKS for reason in check(case))


def scope_of(attestation: Attestation) -> ScopeAttestation:
    """Give the scope that is attested.

    Raises:
        NotAttested: it is a declaration that is attested.
    """
    if not isinstance(attestation.subject, ScopeAttestation):
        raise NotAttested("expected the attestation of a scope, found that of a declaration")
    return attestation.subject


def scope_leaf(scope: ScopeAttestation, digest: str, kid: str) -> ScopeLeaf:
    """Give the log entry that a scope must have: its token's digest, and the key that signed it."""
    members = {
        "digest": digest,
        "auditor": kid,
        "commitment": scope.chain_commitment,
        "quantity": scope.quantity,
        "sampling_rate": scope.sampling_rate,
        "first_week": week_of(scope.period.first),
        "weeks": scope.chain_weeks,
    }
    return validate(ScopeLeaf, members)


def _identity(case: _Case) -> Iterator[Reason]:
    inventory, scope = case.inventory, case.scope
    for code, expected, found in (
        ("producer", scope.producer, inventory.producer.id),
        ("demo", scope.demo, inventory.demo),
        ("family", scope.family, inventory.family),
        ("category", scope.category, inventory.category),
    ):
        if expected != found:
            yield Reason(code, f"the scope is for the {code} {_named(expected)}, found {_named(found)}")
    if inventory.partners:
        names = _listed(partner.name for partner in inventory.partners)
        yield Reason("partners", f"the scope is for steps of its producer alone, found steps of {names}")
    is_listed = inventory.function in scope.functions or bounds_function(scope.frame)
    if inventory.function is not None and not is_listed:
        yield Reason("function", f"the scope is for {_listed(scope.functions)} per item, found {inventory.function}")


def _frame(case: _Case) -> Iterator[Reason]:
    if case.scope.frame is not None:
        yield from (Reason(*found) for found in outside_frame(case.inventory, case.scope.frame))


def _place(case: _Case) -> Iterator[Reason]:
    scope, runs = case.scope, case.inventory.runs
    carriers = {item.carrier for item in case.runs if item.carrier}
    if case.inventory.countries != (scope.country,):
        yield Reason("country", f"the scope is for {scope.country}, found {_listed(case.inventory.countries)}")
    yield from _beyond("site", {run.site for run in runs}, {scope.site})
    yield from _beyond("machine", {run.machine for run in runs}, set(scope.machines))
    yield from _beyond("process", {run.process for run in runs}, set(scope.processes))
    yield from _beyond("carrier", carriers, {f"electricity/grid/{scope.country}", *scope.carriers})


def _times(case: _Case) -> Iterator[Reason]:
    made, period, attestation = case.inventory.made, case.scope.period, case.attestation
    if not period.first <= made.first <= made.last <= period.last:
        found = f"found goods made from {made.first} to {made.last}"
        yield Reason("period", f"the scope is for goods made from {period.first} to {period.last}, {found}")
    if case.at[:10] < made.last:
        yield Reason("not-made-yet", f"the goods are made until {made.last}, after the label of {case.at}")
    if not attestation.valid_from <= case.at < attestation.valid_until:
        found = f"found a label of {case.at}"
        yield Reason(
            "validity", f"the scope counts from {attestation.valid_from} to {attestation.valid_until}, {found}"
        )
    number = number_of(week_of(case.at), week_of(period.first))
    if not 1 <= number <= case.scope.chain_weeks:
        found = f"found a label of week {number}"
        yield Reason("chain", f"samples can be drawn in {case.scope.chain_weeks} weeks of the scope, {found}")


def _quantity(case: _Case) -> Iterator[Reason]:
    quantity, scope = case.inventory.quantity, case.scope
    if case.used + quantity > scope.quantity:
        left = max(0, scope.quantity - case.used)
        yield Reason("quantity", f"the scope has {left} of {scope.quantity} items left, found {quantity}")
    if scope.max_quantity_per_label is not None and quantity > scope.max_quantity_per_label:
        yield Reason(
            "quantity-per-label", f"the scope allows {scope.max_quantity_per_label} items a label, found {quantity}"
        )


def _materials(case: _Case) -> Iterator[Reason]:
    """Recycled content needs a lot that vouches for it; other materials need one where lots are listed at all."""
    proven: dict[str, Fraction] = {}
    for lot in case.scope.lots:
        proven[lot.material] = max(proven.get(lot.material, Fraction(0)), Fraction(lot.recycled_share or "0"))
    for material, share in recycled_shares(case.inventory):
        if proven and material not in proven:
            yield Reason("material", f"the scope is for lots of {_listed(proven)}, found {material}")
        elif share > proven.get(material, 0):
            most = _figure(proven.get(material, Fraction(0)))
            yield Reason(
                "recycled-share", f"the lots of {material} prove a recycled share of {most}, found {_figure(share)}"
            )


def _energy(case: _Case) -> Iterator[Reason]:
    floors = {floor.process: floor for floor in case.scope.floors}
    for item in case.runs:
        if item.run.process in floors:  # else the process itself is outside
            yield from _energy_of_run(case.scope, item, floors[item.run.process])


def _energy_of_run(scope: ScopeAttestation, item: RunFigures, floor: Floor) -> Iterator[Reason]:
    step = item.run.step
    if item.basis is None and floor.kwh_per_kg == "0":
        return  # nothing to measure, and the auditor saw that there is nothing
    if item.basis not in MEASURED:
        yield Reason("energy-not-measured", f"the energy of step {step} must be measured, found {item.basis or 'none'}")
    elif not item.mass_kg:
        yield Reason("mass-unknown", f"the mass worked in step {step} is not known, so its kWh per kg is not")
    else:
        found = item.energy_kwh / item.mass_kg
        ceiling = next((limit.kwh_per_kg for limit in scope.ceilings if limit.process == item.run.process), None)
        yield from _between("kwh-per-kg", f"kWh per kg of step {step}", found, floor.kwh_per_kg, ceiling)


def _scrap(case: _Case) -> Iterator[Reason]:
    ceilings = {ceiling.process: ceiling.scrap_fraction for ceiling in case.scope.ceilings}
    masses = made_masses(case.inventory)
    for floor in case.scope.floors:
        process = floor.process
        if process not in masses:
            continue
        gross, net = masses[process]
        if gross:
            what = f"scrap of {process}, of its gross mass,"
            yield from _between("scrap", what, 1 - net / gross, floor.scrap_fraction, ceilings.get(process))
        elif floor.scrap_fraction != "0" or ceilings.get(process):
            yield Reason("mass-unknown", f"nothing that {process} works ends in the product: its scrap is not known")


def _between(code: str, what: str, found: Fraction, floor: str, ceiling: str | None) -> Iterator[Reason]:
    if found < Fraction(floor):
        yield Reason(f"{code}-below-floor", f"the {what} is at least {floor} in the scope, found {_figure(found)}")
    if ceiling is not None and found > Fraction(ceiling):
        yield Reason(f"{code}-above-ceiling", f"the {what} is at most {ceiling} in the scope, found {_figure(found)}")


def _beyond(code: str, found: set[str], allowed: set[str]) -> Iterator[Reason]:
    if others := sorted(found - allowed):
        yield Reason(code, f"the scope is for the {code} {_listed(sorted(allowed))}, found {_listed(others)}")


def _listed(items: Iterable[object]) -> str:
    return ", ".join(map(str, items)) or "none"


def _named(value: object) -> str:
    """Say what is or is not, where it has no name."""
    if value is None:
        return "none"
    return str(value) if not isinstance(value, bool) else "yes" if value else "no"


def _figure(value: Fraction) -> str:
    return f"{float(value):.4g}"


_CHECKS: Final[tuple[Callable[[_Case], Iterator[Reason]], ...]] = (
    _identity,
    _frame,
    _place,
    _times,
    _quantity,
    _materials,
    _energy,
    _scrap,
)
