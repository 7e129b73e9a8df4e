"""What evidence would give: the single inputs whose proof would move the score most. For the producer, never signed.

Each candidate is assessed again with one input evidenced at the tabulated typical value of its process (or its lowest,
where no typical value was read); it is an outlook, not a promise. The last line shows all of them together.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from label_service.assessment import Assessment, assess
from label_service.declaration import Declaration, Step
from label_service.errors import LabelServiceError
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.grade import Grade
from label_service.inventory.build import REQUIRED_BOUGHT_IN, build_inventory
from label_service.inventory.parts import Part
from label_service.quantity import amount, in_base_unit

LISTED = 3
TOGETHER = "all proofs together"
_PLACEHOLDER = "0" * 64  # stands for evidence that is not there yet
_ROAD_LEG = "hgv-average"
_ROAD_KM = Decimal(500)  # tabulated road leg of the default transport

Document = dict[str, Any]
Patch = Callable[[Document], Document]


class Improvement(NamedTuple):
    """One input, with score and grade if it were evidenced."""

    name: str
    score: int | None
    grade: Grade | None


def improvements(
    declaration: Declaration, rows: Rows, release_digest: str, most: int = LISTED, parts: Iterable[Part] = ()
) -> tuple[Improvement, ...]:
    """Give the inputs whose evidence would lower the score most, best first, then all proofs together.

    Args:
        declaration: of the goods.
        rows: of the release.
        release_digest: of its root.
        most: how many inputs are listed; all of them count in the last line.
        parts: what is known of the parts it names.
    """
    known = tuple(parts)

    def assessed(patches: Iterable[Patch]) -> Assessment | None:
        document = declaration.as_json()
        for patch in patches:
            document = patch(document)
        try:
            return assess(build_inventory(_with_placeholder(document), rows, release_digest, known), rows)
        except LabelServiceError:
            return None  # this input cannot be improved

    present = _bound(assessed([]))
    better = []
    for name, patch in _candidates(declaration, rows):
        bound = _bound(result := assessed([patch]))
        if result is not None and bound is not None and (present is None or bound < present):
            better.append((bound, _improvement(name, result), patch))
    better.sort(key=lambda entry: entry[0])
    found = [improvement for _, improvement, _ in better[:most]]
    together = assessed([patch for _, _, patch in better]) if len(better) > 1 else None
    return (*found, _improvement(TOGETHER, together)) if together else tuple(found)


def _improvement(name: str, result: Assessment) -> Improvement:
    graded = result.graded()
    return Improvement(name, graded.score if graded else None, result.grade)


def _bound(result: Assessment | None) -> float | None:
    """Give the 95 % bound the score is made from; finer than the score itself."""
    graded = result.graded() if result else None
    return float(graded.ratio.p95) if graded and graded.ratio else None


def _candidates(declaration: Declaration, rows: Rows) -> Iterator[tuple[str, Patch]]:
    """Give (what to prove, how the declaration changes by it) for every input that is not evidenced."""
    for position, line in enumerate(declaration.materials):
        if line.role == "made" and line.net is not None:
            yield from _of_line(declaration, rows, position)
    for position, step in enumerate(declaration.steps):
        if step.energy is None or not step.energy.is_evidenced:
            yield from _of_step(declaration, rows, step, position)
    for stage, words in (("inbound", "the way of the material"), ("distribution", "the way to the shop")):
        legs = getattr(declaration, stage)
        if legs is None or not all(leg.distance.is_evidenced for leg in legs):
            leg = {"mode": _ROAD_LEG, "distance": _entry(_ROAD_KM, "km", "derived")}
            yield f"delivery notes for {words}", _set(stage, [leg])


def _of_line(declaration: Declaration, rows: Rows, position: int) -> Iterator[tuple[str, Patch]]:
    """What could be proven of one material: mass taken, the supplier's step, recycled content."""
    line = declaration.materials[position]
    row = rows.row("materials", line.material)
    scrap = _typical(rows, declaration.family_processes, "scrap_fraction")
    if line.net and (line.gross is None or not line.gross.is_evidenced) and scrap is not None:
        gross = in_base_unit(line.net.value, line.net.unit, "kg") / (1 - scrap)
        yield (
            f"weigh the material taken for {line.id}",
            _in("materials", position, gross=_entry(gross, "kg", "weighed")),
        )
    required = REQUIRED_BOUGHT_IN.get(declaration.product.family, frozenset())
    proven = {step.process for step in line.bought_in if step.energy_per_mass and step.energy_per_mass.is_evidenced}
    for process in sorted({step.process for step in line.bought_in} | ({min(required)} if required else set())):
        per_kg = _typical(rows, (process,), "kwh_per_kg")
        if process not in proven and per_kg is not None:
            step = {
                "process": process,
                "energy_per_mass": _entry(per_kg, "kWh/kg", "derived"),
                "country": declaration.sites[0].country,
                "country_evidence": [_PLACEHOLDER],
            }
            name = rows.row("processes", process)["name_en"]
            yield f"the supplier's energy figure for: {name}", _in("materials", position, bought_in=[step])
    if line.recycled_share is None and row.get("kgco2e_per_kg_recycled"):
        share = _entry(Decimal(1), "1", "derived")
        yield f"recycled {row['name_en']} with proof", _in("materials", position, recycled_share=share)


def _of_step(declaration: Declaration, rows: Rows, step: Step, position: int) -> Iterator[tuple[str, Patch]]:
    process = declaration.machine(step.machine).process
    per_kg = _typical(rows, (process,), "kwh_per_kg")
    masses = [_mass_kg(declaration, line) for line in step.materials]
    if per_kg is not None:
        energy = _entry(per_kg * sum(masses, Decimal(0)), "kWh", "metered")
        yield f"meter the energy of step {step.id}", _in("steps", position, energy=energy)


def _mass_kg(declaration: Declaration, line_id: str) -> Decimal:
    line = next((item for item in declaration.materials if item.id == line_id), None)
    entry = (line.gross or line.net) if line else None
    return in_base_unit(entry.value, entry.unit, "kg") if entry else Decimal(0)


def _typical(rows: Rows, processes: Iterable[str], quantity: str) -> Decimal | None:
    """Give the largest typical value of processes that have a default, their lowest where no typical one was read."""
    values = []
    for process in processes:
        row = rows.row("processes", process)
        text = row.get(f"{quantity}_typ") or row.get(f"{quantity}_min")
        if text is None or lookup.default(rows, "process", process, quantity) is None:
            return None
        values.append(Decimal(text))
    return max(values, default=None)


def _set(member: str, value: Any) -> Patch:
    return lambda document: document | {member: value}


def _in(member: str, position: int, **members: Any) -> Patch:
    def patch(document: Document) -> Document:
        items = list(document[member])
        items[position] = {**items[position], **members}
        return document | {member: items}

    return patch


def _entry(value: Decimal, unit: str, basis: str) -> dict[str, Any]:
    return {"value": amount(value), "unit": unit, "basis": basis, "evidence": [_PLACEHOLDER]}


def _with_placeholder(document: Document) -> Declaration:
    stand_in = {"digest": _PLACEHOLDER, "kind": "other", "name": "evidence to come", "size_bytes": 1}
    return Declaration.from_json(document | {"evidence": [*document["evidence"], stand_in]})
