"""From the private declaration to the public inventory, with the fixed default for what is not evidenced.

An amount counts as declared when its basis is evidenced; otherwise only where it is less favourable than the default
(design: the burden of proof is on the claim). Where the release tabulates no default, the input is required.
Method page: docs/method.md, sections 2 and 3.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from label_service.declaration import BoughtInStep, Declaration, Entry, Leg, Material
from label_service.declaration.contribution import check_contributions
from label_service.document import Basis, Stage, validate
from label_service.errors import Implausible, MissingInput
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.inventory import Flow, Inventory, NetMass, Run, Variant
from label_service.inventory.amounts import Counting, Quantity, loads_of, total, weakest
from label_service.inventory.carried import carried
from label_service.inventory.delivery import Delivery, Packaging
from label_service.inventory.making import Making
from label_service.inventory.parts import END_OF_LIFE, Part
from label_service.quantity import amount, in_base_unit, plain

# Families whose making starts from a semi-finished material that somebody made first; the comparison with the mass
# process needs that step on the product side. Source: note column of process_families.csv.
REQUIRED_BOUGHT_IN: Mapping[str, frozenset[str]] = {
    "fdm": frozenset({"filament_extrusion"}),
    "knitting": frozenset({"spinning_conventional", "spinning_open_end", "spinning_filament"}),
    "weaving": frozenset({"spinning_conventional", "spinning_open_end", "spinning_filament"}),
}


def build_inventory(declaration: Declaration, rows: Rows, release_digest: str, parts: Iterable[Part] = ()) -> Inventory:
    """Give the public inventory of a declaration under a release, with what is known of the parts it names.

    Raises:
        MissingInput: an input without evidence for which no default is tabulated, or a part that is not at hand.
        MissingFactor: the release has no row for a material or process, or for what is compared with a default; a mode
            or grid that is only used is looked up by `assess`.
        Implausible: gross below net, a material already formed where making is declared, a function outside the
            category.
        InvalidAmount: a unit of another quantity.
        InvalidDocument: more flows than an inventory holds.
        ConsentMissing: a partner did not sign its steps.
    """
    known = {part.digest: part for part in parts}
    builder = _Builder(declaration, rows, known)
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
        "made": declaration.made,
        "year": builder.year,
        "quantity": declaration.quantity,
        "category": product.category,
        "function": builder.function(),
        "design": product.design,
        "variant": builder.variant(),
        "runs": builder.runs(),
        "net_masses": builder.net_masses(),
        "parts": tuple(dict.fromkeys(part for _, part, _ in builder.parts)) or None,
        "flows": tuple(builder.flows()),
        "contributions": tuple(signed.token.text for signed in check_contributions(declaration)) or None,
    }
    return validate(Inventory, members)


class _Builder:
    """Holds a declaration and the rows while its flows are laid out stage by stage."""

    def __init__(self, declaration: Declaration, rows: Rows, known: Mapping[str, Part]) -> None:
        self.declaration = declaration
        self.rows = rows
        self.counting = Counting(rows)
        self.delivery = Delivery(self.counting)
        self.year = int(declaration.made.last[:4])
        self._check_family()
        self.net = {line.id: self._net(line) for line in declaration.materials if line.net}
        self.gross = {line.id: self._gross(line) for line in declaration.materials}
        self.parts = [(use, *carried(use, known, self.counting)) for use in declaration.parts]
        self.making = Making(declaration, self.counting, self.gross)

    def flows(self) -> Iterable[Flow]:
        """Lay out the flows in the order of the stages."""
        yield from self._materials()
        yield from self._transport("inbound", self.declaration.inbound, self._inbound_mass())
        yield from self._making()
        packaging = self.delivery.packaging(self.declaration.packaging, self._net_total())
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

    def variant(self) -> Variant | None:
        """Give what was chosen of a parametric design, with the machine time where every step's is evidenced."""
        chosen, times = self.declaration.product.variant, [step.duration for step in self.declaration.steps]
        if chosen is None:
            return None
        counted = [in_base_unit(time.value, time.unit, "h") for time in times if time and time.is_evidenced]
        is_known = len(counted) == len(times)
        return Variant(parameters=chosen, machine_h=amount(sum(counted, Decimal(0))) if is_known else None)

    def net_masses(self) -> tuple[NetMass, ...]:
        """Give the net mass per line that goes through the making."""
        return tuple(
            NetMass(
                input=line.id,
                material=line.material,
                amount=amount(self.net[line.id].value),
                loads=loads_of(self.net[line.id]),
            )
            for line in self.declaration.materials
            if line.role == "made"
        )

    def runs(self) -> tuple[Run, ...]:
        """Give the steps with what a scope bounds: machine, site, process and the lines worked."""
        steps = [(step, self.declaration.machine(step.machine)) for step in self.declaration.steps]
        return tuple(
            Run(step=step.id, machine=machine.id, site=machine.site, process=machine.process, lines=step.materials)
            for step, machine in steps
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

    def _net(self, line: Material) -> Quantity:
        entry = line.net
        if entry is None or not entry.is_evidenced:
            raise MissingInput(
                f"expected the net mass of {line.id} weighed, with evidence",
                hint="weigh the finished product and add the photo of the scale or the delivery note",
                where=f"/materials/{line.id}/net",
            )
        net = self.counting.entry(entry, "kg", "net_mass")
        if net.value <= 0:
            raise Implausible(f"expected a net mass above 0, found {entry.value}", where=f"/materials/{line.id}/net")
        return net

    def _gross(self, line: Material) -> Quantity:
        where = f"/materials/{line.id}/gross"
        if line.role == "consumable":
            return self.counting.required(line.gross, "kg", "gross_mass", where)
        net = self.net[line.id]
        default = net if line.role == "bought_part" else self._default_gross(line, net)
        gross = self.counting.evidenced_or(line.gross, "kg", "gross_mass", default)
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
        yield from (self._part_flow("materials", part, part.flow, units, use.id) for use, part, units in self.parts)

    def _part_flow(self, stage: Stage, part: Part, flow: str, units: Quantity, line: str) -> Flow:
        return self._flow(stage, flow, units, part.unit, line, bought_part=part.reference is None)

    def _part_masses(self) -> list[Quantity]:
        return [units.scaled(Decimal(part.mass_kg)) for _, part, units in self.parts]

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
            per_kg = self.counting.evidenced_or(step.energy_per_mass, "kWh/kg", f"bought_in/{where}", default)
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
            energy = self.making.energy(step)
            if energy.value:
                yield self._flow("making", self.making.flow(step), energy, "kWh", step.id)
        for line in self.declaration.materials:
            if line.role == "consumable":
                yield from self._dispose("making", line.material, self.gross[line.id], line.id)
            elif line.role == "made" and self.gross[line.id].value > self.net[line.id].value:
                gross = self.gross[line.id]
                scrap = Quantity(gross.value - self.net[line.id].value, gross.basis, gross.loads)
                yield from self._dispose("making", line.material, scrap, line.id)

    def _end_of_life(self, packaging: Packaging) -> Iterable[Flow]:
        for line in self.declaration.materials:
            if line.role != "consumable":
                yield from self._dispose(
                    "end_of_life",
                    line.material,
                    self.net[line.id],
                    line.id,
                    bought_part=line.role == "bought_part",
                )
        for use, part, units in self.parts:
            if part.own.end_of_life:
                yield self._part_flow("end_of_life", part, f"{part.flow}/{END_OF_LIFE}", units, use.id)
            elif use.material:
                mass = units.scaled(Decimal(part.mass_kg))
                yield from self._dispose("end_of_life", use.material, mass, use.id, bought_part=True)
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
        return total([*(self.gross[line.id] for line in self.declaration.materials), *self._part_masses()])

    def _net_total(self) -> Quantity:
        return total([*(self.net[line.id] for line in self.declaration.materials if line.net), *self._part_masses()])

    def _sold_mass(self, packaging: Packaging) -> tuple[Quantity, ...]:
        return (self._net_total(), *(mass for _, mass in packaging))

    def _transport(
        self, stage: Stage, legs: tuple[Leg, ...] | None, mass: Quantity | tuple[Quantity, ...]
    ) -> Iterable[Flow]:
        loads = mass if isinstance(mass, tuple) else (mass,)
        for mode, distance in self.delivery.legs(stage, legs):
            for part in loads:
                haul = part.times(distance).scaled(Decimal("0.001"))
                yield self._flow(stage, f"transport/{mode}", haul, "t.km", stage)

    def _flow(
        self, stage: Stage, flow: str, quantity: Quantity, unit: Any, line: str, *, bought_part: bool = False
    ) -> Flow:
        return Flow(
            stage=stage,
            flow=flow,
            amount=amount(quantity.value),
            unit=unit,
            basis=quantity.basis,
            loads=loads_of(quantity),
            input=line,
            bought_part=bought_part,
        )
