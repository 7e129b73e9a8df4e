"""Physical and statistical checks of a declaration against the bounds of the release.

A hard bound (physics, logic) rejects. A soft bound on the side that improves a grade asks for evidence and holds back
automatic labelling; on the other side it warns and never holds back. Method page: docs/method.md, section 7.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

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
_DIGITS = 4  # significant digits of a value in a finding


class Finding(Model):
    """What a check found: the rule of the release, the value, what was expected and which input it concerns."""

    rule: RowKey
    severity: Severity
    where: Annotated[str, Field(max_length=200)]
    quantity: RowKey
    value: str
    expected: str
    message: str


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
    findings: list[Finding] = []
    for rule_id in rules:
        rule = rows.row("bounds", rule_id)
        for process, quantity, value, where in measured:
            if rule["quantity"] == quantity and rule["process_id"] in {"*", process}:
                findings.extend(_apply(rule_id, rule, value, where))
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


def _apply(rule_id: str, rule: Any, value: Decimal, where: str) -> Iterable[Finding]:
    for kind in ("hard", "soft"):
        low, high = rule.get(f"{kind}_min"), rule.get(f"{kind}_max")
        below, above = bool(low) and value < Decimal(low), bool(high) and value > Decimal(high)
        if below or above:
            yield Finding(
                rule=rule_id,
                severity="reject" if kind == "hard" else _soft(rule["quantity"], below=below),
                where=where,
                quantity=rule["quantity"],
                value=_in(display(plain(value), _DIGITS), rule["unit"]),
                expected=_interval(low, high, rule["unit"]),
                message=rule.get("rule_text", f"{rule['quantity']} outside the range of its sources"),
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


_Measurement = tuple[str, str, Decimal, str]


def _measurements(declaration: Declaration, rows: Rows) -> Iterable[_Measurement]:
    """Give (process, quantity, value, where) of everything the declaration lets us compute."""
    calendar_h = _calendar_hours(declaration)
    for step in declaration.steps:
        machine = declaration.machine(step.machine)
        gross = sum(
            (
                _value(line.gross or line.net, "kg") or Decimal(0)
                for line in declaration.materials
                if line.id in step.materials
            ),
            Decimal(0),
        )
        for quantity, value in _of_step(step, machine, gross, rows, calendar_h):
            yield machine.process, quantity, value, f"/steps/{step.id}"
    for line in declaration.materials:
        net, used = _value(line.net, "kg"), _value(line.gross, "kg")
        if net is not None and used:
            for process in _processes(declaration, line.id):
                yield process, "mass_balance", used - net, f"/materials/{line.id}"
                yield process, "scrap_fraction", 1 - net / used, f"/materials/{line.id}"


def _of_step(
    step: Step, machine: Machine, gross_kg: Decimal, rows: Rows, calendar_h: Decimal
) -> Iterable[tuple[str, Decimal]]:
    energy, hours = _value(step.energy, "kWh"), _value(step.duration, "h")
    rated_w = _value(machine.nameplate_power, "W")
    if energy is not None and gross_kg:
        yield "kwh_per_kg", energy / gross_kg
        yield "kwh_per_kg_fired", energy / gross_kg
    if hours and gross_kg:
        yield "throughput", gross_kg * 1000 / hours
    if energy is not None and hours:
        mean_w = energy * 1000 / hours
        yield "mean_power", mean_w
        yield "pump_power", mean_w
        typical_w = rows.row("processes", machine.process).get("power_active_w_typ")
        if typical_w:
            yield "energy_power_time", mean_w / Decimal(typical_w)
    if energy is not None and rated_w:
        yield "mean_power_over_nameplate", energy * 1000 / (hours or calendar_h) / rated_w


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
