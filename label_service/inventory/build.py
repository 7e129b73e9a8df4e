"""From the private declaration to the public inventory, with the fixed default for what is not evidenced.

An amount counts as declared when its basis is evidenced; otherwise only where it is less favourable than the default
(design: the burden of proof is on the claim). Where the release tabulates no default, the input is required.
Method page: docs/method.md, sections 2 and 3.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from label_service.declaration import BoughtInStep, Declaration, Entry, Leg, Material, Step
from label_service.document import Basis, Stage, validate
from label_service.errors import Implausible, MissingInput
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.inventory import Flow, Inventory, Load, NetMass
from label_service.quantity import amount, in_base_unit, plain

# Families whose making starts from a semi-finished material that somebody made first; the comparison with the mass
# process needs that step on the product side. Source: note column of process_families.csv.
REQUIRED_BOUGHT_IN: Mapping[str, frozenset[str]] = {
    "fdm": frozenset({"filament_extrusion"}),
    "knitting": frozenset({"spinning_conventional", "spinning_open_end", "spinning_filament"}),
    "weaving": frozenset({"spinning_conventional", "spinning_open_end", "spinning_filament"}),
}
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


def build_inventory(declaration: Declaration, rows: Rows, release_digest: str) -> Inventory:
    """Give the public inventory of a declaration under a release.

    Raises:
        MissingInput: an input without evidence for which no default is tabulated.
        MissingFactor: the release has no row for a material or process, or for what is compared with a default; a mode
            or grid that is only used is looked up by `assess`.
        Implausible: gross below net, a material already formed where making is declared, a function outside the
            category.
        InvalidAmount: a unit of another quantity.
        InvalidDocument: more flows than an inventory holds.
    """
    builder = _Builder(declaration, rows)
    product = declaration.product
    members = {
        "type": "inventory",
        "version": "1",
        "demo": declaration.demo,
        "release_digest": release_digest,
        "producer": declaration.producer,
        "partners": declaration.partners,
        "name": product.name,
        "family": product.family,
        "processes": declaration.family_processes,
        "countries": tuple(dict.fromkeys(site.country for site in declaration.sites)),
        "year": builder.year,
        "quantity": declaration.quantity,
        "category": product.category,
        "function": builder.function(),
        "design": product.design,
        "net_masses": builder.net_masses(),
        "flows": tuple(builder.flows()),
    }
    return validate(Inventory, members)


class _Builder:
    """Holds a declaration and the rows while its flows are laid out stage by stage."""

    def __init__(self, declaration: Declaration, rows: Rows) -> None:
        self.declaration = declaration
        self.rows = rows
        self.year = int(declaration.made.last[:4])
        self._check_family()
        self.net = {line.id: self._net(line) for line in declaration.materials if line.net}
        self.gross = {line.id: self._gross(line) for line in declaration.materials}

    def flows(self) -> Iterable[Flow]:
        """Lay out the flows in the order of the stages."""
        yield from self._materials()
        yield from self._transport("inbound", self.declaration.inbound, self._inbound_mass())
        yield from self._making()
        packaging = self._packaging()
        yield from (
            self._flow("packaging", f"materials/{m}/{v}", q, "kg", "packaging")
            for m, q in packaging
            for v, q in self._variants(m, q, None)
        )
        yield from self._transport("distribution", self.declaration.distribution, self._sold_mass(packaging))
        yield from self._end_of_life(packaging)

    # what is declared, or its default

    def function(self) -> str | None:
        """Give the amount of the category's function per item in its unit, inside the admitted window.

        The attestation vouches for it: the auditor checks the admission criteria.
        """
        function, category = self.declaration.product.function, self.declaration.product.category
        if function is None or category is None:
            return None
        row = self.rows.row("categories", category)
        value = in_base_unit(function.value, function.unit, row["scaling_unit"])
        low, high = row.get("admit_min"), row.get("admit_max")
        if (low and value < Decimal(low)) or (high and value > Decimal(high)):
            raise Implausible(
                f"expected {row['scaling_quantity']} of {low} to {high} {row['scaling_unit']} in category {category}, "
                f"found {function.value} {function.unit}",
                hint="choose the category the product belongs to, or leave category and function out",
                where="/product/function",
            )
        return amount(value)

    def net_masses(self) -> tuple[NetMass, ...]:
        """Give the net mass per line that goes through the making."""
        return tuple(
            NetMass(
                material=line.material,
                amount=amount(self.net[line.id].value),
                loads=_loads(self.net[line.id]),
            )
            for line in self.declaration.materials
            if line.role == "made"
        )

    def _check_family(self) -> None:
        product = self.declaration.product
        family = self.rows.row("families", product.family)
        known = family.get("process_ids", "").split(";")
        for process in self.declaration.family_processes:
            self.rows.row("processes", process)
            if process not in known and process != "hand_tools":
                raise Implausible(
                    f"expected a process of the family {product.family} ({', '.join(known)}), found {process}",
                    hint="choose the family the machine belongs to",
                    where="/product/family",
                )
        for line in self.declaration.materials:
            material = self.rows.row("materials", line.material)
            if line.role == "made" and not lookup.admits(family, material):
                raise Implausible(
                    f"expected a material that {product.family} works (forming "
                    f"{family['material_includes_forming']!r}), found {line.material} ({material['category']}, "
                    f"forming {material['includes_forming']!r})",
                    hint="take the granulate, fibre or semi-finished row, for instance pp-resin instead of pp",
                    where=f"/materials/{line.id}",
                )

    def _entry(self, entry: Entry, unit: str, variable: str) -> Quantity:
        value = in_base_unit(entry.value, entry.unit, unit)
        basis: Basis = entry.basis if entry.is_evidenced or entry.basis in _CLAIMED else "asserted"
        gsd = lookup.basis_gsd(self.rows, basis, has_evidence=entry.is_evidenced)
        return Quantity(value, basis, {variable: gsd})

    def _evidenced_or(self, entry: Entry | None, unit: str, variable: str, default: Quantity | None) -> Quantity | None:
        """Give the entry where it counts, else the default, else None: required and not there."""
        if entry is not None:
            found = self._entry(entry, unit, variable)
            if entry.is_evidenced or (default is not None and found.value >= default.value):
                return found
        return default

    def _required(self, entry: Entry | None, unit: str, variable: str, where: str) -> Quantity:
        if entry is None or not entry.is_evidenced:
            raise MissingInput(
                f"expected the amount of {where} with evidence: no default is tabulated for it",
                hint="weigh or count it and add the photo of the scale or the delivery note",
                where=where,
            )
        return self._entry(entry, unit, variable)

    def _net(self, line: Material) -> Quantity:
        entry = line.net
        if entry is None or not entry.is_evidenced:
            raise MissingInput(
                f"expected the net mass of {line.id} weighed, with evidence",
                hint="weigh the finished product and add the photo of the scale or the delivery note",
                where=f"/materials/{line.id}/net",
            )
        net = self._entry(entry, "kg", "net_mass")
        if net.value <= 0:
            raise Implausible(f"expected a net mass above 0, found {entry.value}", where=f"/materials/{line.id}/net")
        return net

    def _gross(self, line: Material) -> Quantity:
        where = f"/materials/{line.id}/gross"
        if line.role == "consumable":
            return self._required(line.gross, "kg", "gross_mass", where)
        net = self.net[line.id]
        default = net if line.role == "bought_part" else self._default_gross(line, net)
        gross = self._evidenced_or(line.gross, "kg", "gross_mass", default)
        if gross is None:
            raise MissingInput(
                f"expected the gross mass of {line.id} with evidence: no default scrap is tabulated for its process",
                hint="weigh what you took from stock, or count bought − stock − sold of the lot",
                where=where,
            )
        if gross.value < net.value:
            raise Implausible(
                f"expected a gross mass of {line.id} of at least its net mass {plain(net.value)} kg, "
                f"found {plain(gross.value)} kg",
                hint="gross is what you put in, net is what ends in the product",
                where=where,
            )
        return gross

    def _default_gross(self, line: Material, net: Quantity) -> Quantity | None:
        shares = [lookup.default(self.rows, "process", process, "scrap_fraction") for process in self._processes(line)]
        if not shares or None in shares:
            return None
        worst = max(Decimal(share) for share in shares if share is not None)
        return Quantity(net.value / (1 - worst), "default")

    def _processes(self, line: Material) -> tuple[str, ...]:
        steps = (step for step in self.declaration.steps if line.id in step.materials)
        return tuple(dict.fromkeys(self.declaration.machine(step.machine).process for step in steps))

    # stages

    def _materials(self) -> Iterable[Flow]:
        for line in self.declaration.materials:
            stage: Stage = "making" if line.role == "consumable" else "materials"
            for variant, part in self._variants(line.material, self.gross[line.id], line.recycled_share):
                yield self._flow(
                    stage,
                    f"materials/{line.material}/{variant}",
                    part,
                    "kg",
                    line.id,
                    bought_part=line.role == "bought_part",
                )
            yield from self._bought_in(line)
        for bought in self.declaration.parts:
            table, unit = ("part", "piece") if bought.kind == "label" else ("record", "kg")
            used = self._required(bought.amount, unit, f"part/{bought.id}", f"/parts/{bought.id}/amount")
            yield self._flow("materials", f"{table}/{bought.digest}", used, unit, bought.id)

    def _variants(self, material: str, mass: Quantity, share: Entry | None) -> Iterable[tuple[str, Quantity]]:
        """Split a mass into virgin and recycled; an unevidenced share counts up to the market share only."""
        row = self.rows.row("materials", material)
        recycled = Decimal(0)
        basis: Basis = mass.basis
        if share is not None:
            recycled = in_base_unit(share.value, share.unit, "1")
            if recycled > 1:
                raise Implausible(f"expected a recycled share of {material} from 0 to 1, found {share.value}")
            if not share.is_evidenced:
                recycled = min(recycled, Decimal(row.get("market_recycled_share", "0")))
                basis = weakest(basis, "asserted") if recycled else basis
        if recycled and not row.get("kgco2e_per_kg_recycled"):
            raise MissingInput(
                f"the release has no recycled value of {material}",
                hint="leave the recycled share out, or choose a material with a recycled value",
            )
        for variant, part in (("virgin", 1 - recycled), ("recycled", recycled)):
            if part:
                yield variant, Quantity(mass.value * part, basis, mass.loads)

    def _bought_in(self, line: Material) -> Iterable[Flow]:
        if line.role != "made":
            return
        required = REQUIRED_BOUGHT_IN.get(self.declaration.product.family, frozenset())
        steps = line.bought_in
        if required and not any(step.process in required for step in steps):
            steps = (*steps, BoughtInStep(process=min(required)))
        for step in steps:
            where = f"{line.id}/{step.process}"
            text = lookup.default(self.rows, "process", step.process, "kwh_per_kg")
            default = None if text is None else Quantity(Decimal(text), "default")
            per_kg = self._evidenced_or(step.energy_per_mass, "kWh/kg", f"bought_in/{where}", default)
            if per_kg is None:
                raise MissingInput(
                    f"expected the energy of the bought-in step {step.process} of {line.id} with evidence",
                    hint="ask the supplier for kWh per kg; no default is tabulated",
                    where=f"/materials/{line.id}/bought_in",
                )
            yield self._flow("materials", self._bought_in_flow(step), self.gross[line.id].times(per_kg), "kWh", where)

    def _bought_in_flow(self, step: BoughtInStep) -> str:
        if self.rows.row("processes", step.process)["energy_carrier"] == "electricity":
            return f"electricity/grid/{self._country(step)}"
        return f"electricity/fuel/{lookup.default(self.rows, 'stage', 'heat_product', 'fuel')}"

    def _country(self, step: BoughtInStep) -> str:
        """Give the country of a bought-in step; without evidence only one with dirtier electricity than the default."""
        if step.country and step.country_evidence:
            return step.country
        default = lookup.default(self.rows, "stage", "bought_in_step", "making_iso3")
        if default is None:
            raise MissingInput("expected the country of a bought-in step with evidence: the release has no default")
        return max(default, step.country or default, key=self._grid)

    def _grid(self, country: str) -> Decimal:
        return Decimal(lookup.grid_factor(self.rows, country, self.year).gco2e_per_kwh)

    def _making(self) -> Iterable[Flow]:
        for step in self.declaration.steps:
            energy = self._energy(step)
            if energy.value:
                yield self._flow("making", self._energy_flow(step), energy, "kWh", step.id)
        for line in self.declaration.materials:
            if line.role == "consumable":
                yield from self._dispose("making", line.material, self.gross[line.id], line.id)
            elif line.role == "made" and self.gross[line.id].value > self.net[line.id].value:
                gross = self.gross[line.id]
                scrap = Quantity(gross.value - self.net[line.id].value, gross.basis, gross.loads)
                yield from self._dispose("making", line.material, scrap, line.id)

    def _energy(self, step: Step) -> Quantity:
        """Metered energy, else its default: the smaller of kWh/kg times gross and hours run times power."""
        process = self.declaration.machine(step.machine).process
        bounds = [bound for bound in (self._by_mass(step, process), self._by_power(step, process)) if bound]
        default = min(bounds, key=lambda bound: bound.value, default=None)
        found = self._evidenced_or(step.energy, "kWh", f"energy/{step.id}", default)
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
        run = self._entry(hours, "h", f"duration/{step.id}")
        return Quantity(run.value * Decimal(power_w) / 1000, "default", run.loads)

    def _energy_flow(self, step: Step) -> str:
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

    def _packaging(self) -> tuple[tuple[str, Quantity], ...]:
        """Declared packaging where all is evidenced, else the default, scaled up where the declared weighs more."""
        default = lookup.default(self.rows, "stage", "packaging", "corrugated-board")
        if default is None:
            raise MissingInput("expected the packaging with evidence: the release has no default")
        net = self._net_total()
        mass = Quantity(net.value * Decimal(default), "default", net.loads)
        lines = self.declaration.packaging
        if lines is None:
            return (("corrugated-board", mass),)
        declared = tuple((line.material, self._entry(line.mass, "kg", "packaging_mass")) for line in lines)
        if all(line.mass.is_evidenced for line in lines):
            return tuple(pair for pair in declared if pair[1].value)
        weighed = self._burden(declared) / self._burden((("corrugated-board", mass),))
        heavier = sum((part.value for _, part in declared), Decimal(0)) / mass.value
        return (("corrugated-board", mass.scaled(max(Decimal(1), weighed, heavier))),)

    def _burden(self, packaging: tuple[tuple[str, Quantity], ...]) -> Decimal:
        """Weigh packaging with its factors of material and disposal, in kg CO2e."""
        total = Decimal(0)
        for material, mass in packaging:
            row = self.rows.row("materials", material)
            own = Decimal(row["kgco2e_per_kg_virgin"])
            if row["includes_end_of_life"] == "no":
                route = lookup.disposal_route(self.rows, row)
                own += Decimal(self.rows.row("end_of_life", f"{material}/{route}")["kgco2e_per_kg"])
            total += mass.value * own
        return total

    def _end_of_life(self, packaging: tuple[tuple[str, Quantity], ...]) -> Iterable[Flow]:
        for line in self.declaration.materials:
            if line.role != "consumable":
                yield from self._dispose(
                    "end_of_life",
                    line.material,
                    self.net[line.id],
                    line.id,
                    bought_part=line.role == "bought_part",
                )
        for material, mass in packaging:
            yield from self._dispose("end_of_life", material, mass, "packaging")

    def _dispose(
        self, stage: Stage, material: str, mass: Quantity, line: str, *, bought_part: bool = False
    ) -> Iterable[Flow]:
        row = self.rows.row("materials", material)
        if row["includes_end_of_life"] == "no":
            route = lookup.disposal_route(self.rows, row)
            yield self._flow(stage, f"end_of_life/{material}/{route}", mass, "kg", line, bought_part=bought_part)

    # transport

    def _inbound_mass(self) -> Quantity:
        return _total([self.gross[line.id] for line in self.declaration.materials])

    def _net_total(self) -> Quantity:
        return _total([self.net[line.id] for line in self.declaration.materials if line.net])

    def _sold_mass(self, packaging: tuple[tuple[str, Quantity], ...]) -> tuple[Quantity, ...]:
        return (self._net_total(), *(mass for _, mass in packaging))

    def _transport(
        self, stage: Stage, legs: tuple[Leg, ...] | None, mass: Quantity | tuple[Quantity, ...]
    ) -> Iterable[Flow]:
        loads = mass if isinstance(mass, tuple) else (mass,)
        for mode, distance in self._legs(stage, legs):
            for part in loads:
                haul = part.times(distance).scaled(Decimal("0.001"))
                yield self._flow(stage, f"transport/{mode}", haul, "t.km", stage)

    def _legs(self, stage: Stage, legs: tuple[Leg, ...] | None) -> list[tuple[str, Quantity]]:
        """Declared legs where all are evidenced, else the default legs, scaled up where the declared ones weigh more.

        A claim is never counted in a mode of its own: that mode might share its factor with the reference.
        """
        text = lookup.default(self.rows, "stage", stage, "legs")
        if text is None:
            raise MissingInput(f"expected the legs of {stage} with evidence: the release has no default")
        fallback = [(mode, Quantity(Decimal(km), "default")) for mode, km in lookup.legs(text)]
        if legs is None:
            return fallback
        declared = [(leg.mode, self._entry(leg.distance, "km", f"distance/{stage}")) for leg in legs]
        if all(leg.distance.is_evidenced for leg in legs):
            return declared
        factor = max(Decimal(1), self._weight(declared) / self._weight(fallback))
        return [(mode, distance.scaled(factor)) for mode, distance in fallback]

    def _weight(self, legs: list[tuple[str, Quantity]]) -> Decimal:
        return sum(
            (Decimal(self.rows.row("transport", mode)["kgco2e_per_tkm_total"]) * km.value for mode, km in legs),
            Decimal(0),
        )

    def _flow(
        self, stage: Stage, flow: str, quantity: Quantity, unit: Any, line: str, *, bought_part: bool = False
    ) -> Flow:
        return Flow(
            stage=stage,
            flow=flow,
            amount=amount(quantity.value),
            unit=unit,
            basis=quantity.basis,
            loads=_loads(quantity),
            input=line,
            bought_part=bought_part,
        )


def _loads(quantity: Quantity) -> tuple[Load, ...]:
    return tuple(Load(variable=name, gsd=gsd) for name, gsd in sorted(quantity.loads.items()) if Decimal(gsd) > 1)


def _total(parts: list[Quantity]) -> Quantity:
    """Add masses; the widest GSD per variable stands for the sum, which is the cautious reading."""
    loads: dict[str, str] = {}
    for part in parts:
        for name, gsd in part.loads.items():
            loads[name] = max(loads.get(name, "1"), gsd, key=Decimal)
    return Quantity(sum((part.value for part in parts), Decimal(0)), weakest(*(part.basis for part in parts)), loads)
