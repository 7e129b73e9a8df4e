"""Energy of the steps: metered, else the smaller of its two fixed bounds. Method page: docs/method.md, section 3."""

from collections.abc import Mapping
from decimal import Decimal

from label_service.declaration import Declaration, Step
from label_service.errors import MissingInput
from label_service.factors import lookup
from label_service.inventory.amounts import Counting, Quantity


class Making:
    """The energy of a declaration's steps, given the gross mass of each material line."""

    def __init__(self, declaration: Declaration, counting: Counting, gross: Mapping[str, Quantity]) -> None:
        self.declaration = declaration
        self.counting = counting
        self.rows = counting.rows
        self.gross = gross

    def energy(self, step: Step) -> Quantity:
        """Metered energy, else its default: the smaller of kWh/kg times gross and hours run times power.

        Raises:
            MissingInput: not evidenced, and the release has no default for the process.
        """
        process = self.declaration.machine(step.machine).process
        bounds = [bound for bound in (self._by_mass(step, process), self._by_power(step, process)) if bound]
        default = min(bounds, key=lambda bound: bound.value, default=None)
        found = self.counting.evidenced_or(step.energy, "kWh", f"energy/{step.id}", default)
        if found is None:
            raise MissingInput(
                f"expected the energy of step {step.id} with evidence: no default is tabulated for {process}",
                hint="add two readings of a plug meter, or the job record with its duration",
                where=f"/steps/{step.id}/energy",
            )
        return found

    def _by_mass(self, step: Step, process: str) -> Quantity | None:
        """Largest tabulated kWh/kg times the gross mass; none where the mass of a labelled part is not known."""
        per_kg = lookup.default(self.rows, "process", process, "kwh_per_kg")
        if per_kg is None or not self.gross.keys() >= set(step.materials):
            return None
        gross_kg = sum((self.gross[line].value for line in step.materials), Decimal(0))
        return Quantity(Decimal(per_kg) * gross_kg, "default")

    def _by_power(self, step: Step, process: str) -> Quantity | None:
        """Largest tabulated power times the evidenced hours."""
        hours = step.duration
        if hours is None or not hours.is_evidenced:
            return None
        if not self.rows.has("defaults", f"process/{process}/power_active_w"):
            return None
        power_w = lookup.default(self.rows, "process", process, "power_active_w")
        if power_w is None:
            return None
        run = self.counting.entry(hours, "h", f"duration/{step.id}")
        return Quantity(run.value * Decimal(power_w) / 1000, "default", run.loads)

    def flow(self, step: Step) -> str:
        """Give the flow that a step's energy is: the grid of its site, own solar power, or a fuel.

        Raises:
            MissingInput: own solar power that is not metered, or a fuel without evidence of its amount.
            MissingFactor: the release has no row for the fuel.
        """
        machine = self.declaration.machine(step.machine)
        if step.carrier == "electricity" and step.source == "grid":
            return f"electricity/grid/{self.declaration.site(machine.site).country}"
        is_solar = step.carrier == "electricity"
        key = "technology/solar-pv-rooftop" if is_solar else f"fuel/{step.carrier}"
        self.rows.row("electricity", key)
        if step.energy is None or not step.energy.is_evidenced or (is_solar and step.energy.basis != "metered"):
            raise MissingInput(
                f"own solar power of step {step.id} counts only when metered on site"
                if is_solar
                else f"the fuel {step.carrier} of step {step.id} counts only with evidence of its amount",
                hint='add the meter reading, or set the source to "grid" and the carrier to "electricity"',
                where=f"/steps/{step.id}/source" if is_solar else f"/steps/{step.id}/carrier",
            )
        return f"electricity/{key}"
