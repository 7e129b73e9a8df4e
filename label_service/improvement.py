"""What evidence would give: the single inputs whose proof would move the score most. For the producer, never signed.

Each candidate is assessed again with one input evidenced at the tabulated typical value of its process (or its lowest,
where no typical value was read); it is an outlook, not a promise.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from label_service.assessment import assess
from label_service.declaration import Declaration
from label_service.errors import LabelServiceError
from label_service.factors import lookup
from label_service.factors.lookup import Rows
from label_service.grade import Grade
from label_service.inventory.build import REQUIRED_BOUGHT_IN, build_inventory
from label_service.quantity import amount, in_base_unit

LISTED = 3
_PLACEHOLDER = "0" * 64  # stands for evidence that is not there yet
_ROAD_LEG = "hgv-average"
_ROAD_KM = "500"  # tabulated road leg of the default transport


class Improvement(NamedTuple):
    """One input, with score and grade if it were evidenced."""

    name: str
    score: int | None
    grade: Grade | None


def improvements(declaration: Declaration, rows: Rows, release_digest: str) -> tuple[Improvement, ...]:
    """Give the three inputs whose evidence would lower the score most, best first."""
    base = assess(build_inventory(declaration, rows, release_digest), rows)
    present = _bound(base)
    found = []
    for name, changed in _candidates(declaration, rows):
        try:
            result = assess(build_inventory(_changed(changed), rows, release_digest), rows)
        except LabelServiceError:
            continue  # this input cannot be improved on its own
        if present is None or (_bound(result) or present) < present:
            found.append((_bound(result) or 0.0, Improvement(name, _shown_score(result), result.grade)))
    return tuple(item for _, item in sorted(found, key=lambda pair: pair[0])[:LISTED])


def _bound(result: Any) -> float | None:
    """The 95 % bound the score is made from; finer than the score itself."""
    graded = result.graded()
    return float(graded.ratio.p95) if graded and graded.ratio else None


def _shown_score(result: Any) -> int | None:
    graded = result.graded()
    return graded.score if graded else None


def _candidates(declaration: Declaration, rows: Rows) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give (what to prove, the declaration with it proven) for every input that is not evidenced."""
    document = declaration.as_json()
    for position, line in enumerate(declaration.materials):
        if line.role != "made" or line.net is None:
            continue
        net = in_base_unit(line.net.value, line.net.unit, "kg")
        if line.gross is None or not line.gross.is_evidenced:
            scrap = _typical(rows, declaration.family_processes, "scrap_fraction")
            if scrap is not None:
                gross = _entry(net / (1 - scrap), "kg", "weighed")
                yield f"weigh the material taken for {line.id}", _with_line(document, position, gross=gross)
        yield from _of_bought_in(declaration, rows, position, document)
        row = rows.row("materials", line.material)
        if line.recycled_share is None and row.get("kgco2e_per_kg_recycled"):
            share = _entry(Decimal(1), "1", "derived")
            yield f"recycled {row['name_en']} with proof", _with_line(document, position, recycled_share=share)
    yield from _of_steps(declaration, rows, document)
    for stage, words in (("inbound", "the way of the material"), ("distribution", "the way to the shop")):
        legs = getattr(declaration, stage)
        if legs is None or not all(leg.distance.is_evidenced for leg in legs):
            leg = {"mode": _ROAD_LEG, "distance": _entry(Decimal(_ROAD_KM), "km", "derived")}
            yield f"delivery notes for {words}", document | {stage: [leg]}


def _of_bought_in(
    declaration: Declaration, rows: Rows, position: int, document: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    line = declaration.materials[position]
    required = REQUIRED_BOUGHT_IN.get(declaration.product.family, frozenset())
    proven = {step.process for step in line.bought_in if step.energy_per_mass and step.energy_per_mass.is_evidenced}
    names = sorted({step.process for step in line.bought_in} | ({min(required)} if required else set()))
    for process in names:
        lowest = _typical(rows, (process,), "kwh_per_kg")
        if process not in proven and lowest is not None:
            step = {
                "process": process,
                "energy_per_mass": _entry(lowest, "kWh/kg", "derived"),
                "country": declaration.sites[0].country,
                "country_evidence": [_PLACEHOLDER],
            }
            name = rows.row("processes", process)["name_en"]
            yield f"the supplier's energy figure for: {name}", _with_line(document, position, bought_in=[step])


def _of_steps(declaration: Declaration, rows: Rows, document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for position, step in enumerate(declaration.steps):
        if step.energy is not None and step.energy.is_evidenced:
            continue
        process = declaration.machine(step.machine).process
        per_kg = _typical(rows, (process,), "kwh_per_kg")
        if per_kg is not None:
            mass = sum(_mass(declaration, line) for line in step.materials)
            energy = {**document["steps"][position], "energy": _entry(per_kg * mass, "kWh", "metered")}
            steps = [*document["steps"][:position], energy, *document["steps"][position + 1 :]]
            yield f"meter the energy of step {step.id}", document | {"steps": steps}


def _mass(declaration: Declaration, line_id: str) -> Decimal:
    line = next(item for item in declaration.materials if item.id == line_id)
    entry = line.gross or line.net
    return in_base_unit(entry.value, entry.unit, "kg") if entry else Decimal(0)


def _typical(rows: Rows, processes: Iterable[str], quantity: str) -> Decimal | None:
    """Give the largest typical value of the processes, their lowest where no typical one was read."""
    values = []
    for process in processes:
        row = rows.row("processes", process)
        text = row.get(f"{quantity}_typ") or row.get(f"{quantity}_min")
        if text is None or not rows.has("defaults", f"process/{process}/{quantity}"):
            return None
        if lookup.default(rows, "process", process, quantity) is None:
            return None
        values.append(Decimal(text))
    return max(values, default=None)


def _with_line(document: dict[str, Any], position: int, **members: Any) -> dict[str, Any]:
    lines = list(document["materials"])
    lines[position] = {**lines[position], **members}
    return document | {"materials": lines}


def _entry(value: Decimal, unit: str, basis: str) -> dict[str, Any]:
    return {"value": amount(value), "unit": unit, "basis": basis, "evidence": [_PLACEHOLDER]}


def _changed(document: dict[str, Any]) -> Declaration:
    stand_in = {"digest": _PLACEHOLDER, "kind": "other", "name": "evidence to come", "size_bytes": 1}
    return Declaration.from_json(document | {"evidence": [*document["evidence"], stand_in]})
