"""Physical and statistical checks of a declaration against the bounds of the release.

A hard bound (physics, logic) rejects. A soft bound on the side that improves a grade asks for evidence and holds back
automatic labelling; on the other side it warns and never holds back. Method page: docs/method.md, section 7.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from label_service.declaration import Declaration, Entry, Machine, Step
from label_service.document import Model, RowKey
from label_service.errors import Implausible
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.quantity import display, in_base_unit, plain

Severity = Literal["reject", "evidence", "warn"]
_BETTER_WHEN_LOW = frozenset(
    {"kwh_per_kg", "kwh_per_kg_fired", "mean_power", "pump_power", "energy_power_time", "scrap_fraction"}
)
_BETTER_WHEN_HIGH = frozenset({"throughput"})
FAILED_JOBS = "failed_jobs"  # rules that are no bounds of a release
LOT = "lot"
_DIGITS = 4  # significant digits of a value in a finding


class Finding(Model):
    """What a check found: the rule, the value, what was expected and which input it concerns.

    `sources` are the names of the evidence files behind the value; they stay between producer and auditor.
    """

    rule: RowKey
    severity: Severity
    where: Annotated[str, Field(max_length=200)]
    quantity: RowKey
    value: str
    expected: str
    message: str
    sources: tuple[str, ...] = ()


def check(declaration: Declaration, rows: Rows, rules: Iterable[str]) -> tuple[Finding, ...]:
    """Give the findings of all rules, in the order of the rules.

    Args:
        declaration: what the producer says.
        rows: the release.
        rules: ids of the rows of the table `bounds`, such as `release.keys("bounds")`.
    """
    _refuse_impossible_hours(declaration)
    _refuse_zero_energy(declaration, rows)
    measured = list(_measurements(declaration, rows))
    findings: list[Finding] = [*_failed_jobs(declaration), *lot_findings(declaration, {})]
    for rule_id in rules:
        rule = rows.row("bounds", rule_id)
        for process, found in measured:
            if rule["quantity"] == found.quantity and rule["process_id"] in {"*", process}:
                findings.extend(_apply(rule_id, rule, found, declaration))
    return tuple(findings)


def reject(findings: Iterable[Finding]) -> None:
    """Raise the first hard violation.

    Raises:
        Implausible: a value that physics or logic rules out.
    """
    for finding in findings:
        if finding.severity == "reject":
            raise Implausible(
                f"{finding.message}: expected {finding.expected}, found {finding.value} (rule {finding.rule})",
                hint="correct the amount, or its unit",
                where=finding.where,
            )


def _apply(rule_id: str, rule: Any, found: "_Measured", declaration: Declaration) -> Iterable[Finding]:
    value = found.value
    for kind in ("hard", "soft"):
        low, high = rule.get(f"{kind}_min"), rule.get(f"{kind}_max")
        below, above = bool(low) and value < Decimal(low), bool(high) and value > Decimal(high)
        if below or above:
            yield Finding(
                rule=rule_id,
                severity="reject" if kind == "hard" else _soft(rule["quantity"], below=below),
                where=found.where,
                quantity=rule["quantity"],
                value=_in(display(plain(value), _DIGITS), rule["unit"]),
                expected=_interval(low, high, rule["unit"]),
                message=rule.get("rule_text", f"{rule['quantity']} outside the range of its sources"),
                sources=sources(declaration, found.entries),
            )
            return


def _soft(quantity: str, *, below: bool) -> Severity:
    improves = quantity in (_BETTER_WHEN_LOW if below else _BETTER_WHEN_HIGH)
    return "evidence" if improves else "warn"


def _interval(low: str | None, high: str | None, unit: str) -> str:
    bounds = " ".join(part for part in (f"at least {low}" if low else "", f"at most {high}" if high else "") if part)
    return _in(bounds, unit)


def _in(text: str, unit: str) -> str:
    return text if unit == "1" else f"{text} {unit}"


def sources(declaration: Declaration, entries: Iterable[Entry | None]) -> tuple[str, ...]:
    """Give the names of the files behind amounts, each once."""
    names = {item.digest: item.name for item in declaration.evidence}
    digests = (digest for entry in entries if entry for digest in entry.evidence)
    return tuple(dict.fromkeys(names[digest] for digest in digests))


class _Measured(NamedTuple):
    """A quantity that follows from amounts of the declaration."""

    quantity: str
    value: Decimal
    where: str
    entries: tuple[Entry | None, ...]


def _measurements(declaration: Declaration, rows: Rows) -> Iterable[tuple[str, _Measured]]:
    """Give everything the declaration lets us compute, by process."""
    calendar_h = _calendar_hours(declaration)
    for step in declaration.steps:
        machine = declaration.machine(step.machine)
        taken = [line.gross or line.net for line in declaration.materials if line.id in step.materials]
        for found in _of_step(step, machine, taken, rows, calendar_h):
            yield machine.process, found
    for line in declaration.materials:
        net, used = _value(line.net, "kg"), _value(line.gross, "kg")
        if net is not None and used:
            where, entries = f"/materials/{line.id}", (line.net, line.gross)
            for process in _processes(declaration, line.id):
                yield process, _Measured("mass_balance", used - net, where, entries)
                yield process, _Measured("scrap_fraction", 1 - net / used, where, entries)


def _of_step(
    step: Step, machine: Machine, taken: list[Entry | None], rows: Rows, calendar_h: Decimal
) -> Iterable[_Measured]:
    energy, hours = _value(step.energy, "kWh"), _value(step.duration, "h")
    rated_w, where = _value(machine.nameplate_power, "W"), f"/steps/{step.id}"
    gross_kg = sum((_value(entry, "kg") or Decimal(0) for entry in taken), Decimal(0))
    if energy is not None and gross_kg:
        for quantity in ("kwh_per_kg", "kwh_per_kg_fired"):
            yield _Measured(quantity, energy / gross_kg, where, (step.energy, *taken))
    if hours and gross_kg:
        yield _Measured("throughput", gross_kg * 1000 / hours, where, (step.duration, *taken))
    if energy is not None and hours:
        mean_w, behind = energy * 1000 / hours, (step.energy, step.duration)
        yield _Measured("mean_power", mean_w, where, behind)
        yield _Measured("pump_power", mean_w, where, behind)
        typical_w = rows.row("processes", machine.process).get("power_active_w_typ")
        if typical_w:
            yield _Measured("energy_power_time", mean_w / Decimal(typical_w), where, behind)
    if energy is not None and rated_w:
        over = energy * 1000 / (hours or calendar_h) / rated_w
        behind = (step.energy, step.duration)
        yield _Measured("mean_power_over_nameplate", over, where, (*behind, machine.nameplate_power))


def _failed_jobs(declaration: Declaration) -> Iterable[Finding]:
    """Ask about failed jobs that were left out of a record, for reporting only what succeeded hides scrap."""
    for item in declaration.evidence:
        left_out = item.options.failed_elsewhere if item.options else None
        if left_out:
            yield Finding(
                rule=FAILED_JOBS,
                severity="evidence",
                where=f"/evidence/{item.digest}",
                quantity="failed_jobs",
                value=f"{len(left_out)} left out",
                expected="every failed job among and beside those of the batch counts as scrap",
                message="failed jobs of a record were, as the maker says, for something else",
                sources=(item.name,),
            )


def lots_taken(declaration: Declaration) -> dict[str, Decimal]:
    """Give the kg a declaration takes of each named lot."""
    taken: dict[str, Decimal] = {}
    for line in declaration.materials:
        if line.lot:
            taken[line.lot] = taken.get(line.lot, Decimal(0)) + (_value(line.gross or line.net, "kg") or Decimal(0))
    return taken


def lot_findings(declaration: Declaration, before_kg: Mapping[str, Decimal]) -> Iterable[Finding]:
    """Give a finding for each lot of which more is taken than was bought.

    Args:
        declaration: says what was bought, where it is known.
        before_kg: mass that earlier batches took of lots, by name.
    """
    taken = lots_taken(declaration)
    for line in declaration.materials:
        bought = _value(line.bought, "kg")
        if line.lot and bought is not None:
            total = before_kg.get(line.lot, Decimal(0)) + taken[line.lot]
            if total > bought:
                yield Finding(
                    rule=LOT,
                    severity="evidence",
                    where=f"/materials/{line.id}",
                    quantity="lot_mass",
                    value=f"{plain(total)} kg",
                    expected=f"at most {plain(bought)} kg, as bought",
                    message="more of a lot is declared than was bought of it",
                    sources=sources(declaration, (line.bought, line.gross or line.net)),
                )


def _calendar_hours(declaration: Declaration) -> Decimal:
    first, last = (date.fromisoformat(day) for day in (declaration.made.first, declaration.made.last))
    return Decimal(24 * ((last - first).days + 1))


def _refuse_impossible_hours(declaration: Declaration) -> None:
    """Rule B05: no machine runs longer than the calendar of the making period."""
    available = _calendar_hours(declaration)
    for machine in declaration.machines:
        used = sum(
            (_value(step.duration, "h") or Decimal(0) for step in declaration.steps if step.machine == machine.id),
            Decimal(0),
        )
        if used > available:
            raise Implausible(
                f"expected at most {available} h of machine {machine.id} in the making period, found {plain(used)} h "
                "(rule B05)",
                hint="check the period of making and the durations",
                where=f"/machines/{machine.id}",
            )


def _refuse_zero_energy(declaration: Declaration, rows: Rows) -> None:
    """Rule B06: no energy only where the process is hand-driven, whose tabulated default is 0."""
    for step in declaration.steps:
        process = declaration.machine(step.machine).process
        is_hand_driven = lookup.default(rows, "process", process, "kwh_per_kg") == "0"
        if step.energy is not None and not _value(step.energy, "kWh") and not is_hand_driven:
            raise Implausible(
                f"expected energy above 0 for step {step.id} on {process}, which is not hand-driven (rule B06)",
                hint="add the meter readings, or leave the energy out so that the default counts",
                where=f"/steps/{step.id}/energy",
            )


def _processes(declaration: Declaration, line: str) -> tuple[str, ...]:
    steps = (step for step in declaration.steps if line in step.materials)
    return tuple(dict.fromkeys(declaration.machine(step.machine).process for step in steps))


def _value(entry: Entry | None, unit: str) -> Decimal | None:
    return None if entry is None else in_base_unit(entry.value, entry.unit, unit)
