"""Declarations for tests, as JSON that a test can change, and the way from there to a result.

Every amount of `hooks` is evidenced; the other products leave to the defaults what has one.
"""

from copy import deepcopy
from functools import cache
from typing import Any

from label_service.assessment import Assessment, assess
from label_service.declaration import Declaration
from label_service.factors import load_release
from label_service.impact.parts import part_of_label, part_of_record
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.inventory.parts import Part
from label_service.plausibility import Finding, check

RELEASE = load_release()
EVIDENCE = "9f" * 32
EVIDENCE_FILE = {"digest": EVIDENCE, "kind": "photo", "name": "scale.jpg", "size_bytes": 1000}
BASIS = {"kg": "weighed", "g": "weighed", "kWh": "metered", "h": "as_made"}


def entry(value: str, unit: str, basis: str | None = None) -> dict[str, Any]:
    """Give a declared amount with evidence, in the basis that is usual for its unit."""
    return {"value": value, "unit": unit, "basis": basis or BASIS.get(unit, "derived"), "evidence": [EVIDENCE]}


def claim(value: str, unit: str, basis: str = "asserted") -> dict[str, Any]:
    """Give a declared amount without evidence."""
    return {"value": value, "unit": unit, "basis": basis}


def batch(product: dict[str, Any], process: str, **members: Any) -> dict[str, Any]:
    """Give a declaration of one workshop with one machine."""
    return {
        "type": "declaration",
        "version": "1",
        "demo": True,
        "salt": "0" * 32,
        "producer": {"id": "https://lab.example", "name": "Lab", "country": "DEU"},
        "product": {"name": "Thing", **product},
        "quantity": 4,
        "made": {"first": "2026-11-02", "last": "2026-11-02"},
        "sites": [{"id": "lab", "name": "Lab", "country": "DEU"}],
        "machines": [{"id": "machine", "site": "lab", "process": process, "model": "Model 1"}],
        "evidence": [dict(EVIDENCE_FILE)],
        **members,
    }


def step(**members: Any) -> dict[str, Any]:
    """Give a step on the one machine that works the one material."""
    return {"id": "make", "machine": "machine", "materials": ["body"], **members}


def legs() -> dict[str, Any]:
    """Give evidenced transport and packaging, all below the defaults."""
    return {
        "inbound": [{"mode": "hgv-average", "distance": entry("500", "km")}],
        "distribution": [{"mode": "van-average", "distance": entry("20", "km")}],
        "packaging": [{"material": "corrugated-board", "mass": entry("0.012", "kg")}],
    }


def hooks() -> dict[str, Any]:
    """Give four printed hooks of PLA with every amount evidenced."""
    extrusion = {
        "process": "filament_extrusion",
        "energy_per_mass": entry("0.25", "kWh/kg"),
        "country": "DEU",
        "country_evidence": [EVIDENCE],
    }
    body = {
        "id": "body",
        "material": "pla",
        "net": entry("0.25", "kg"),
        "gross": entry("0.263", "kg"),
        "bought_in": [extrusion],
    }
    making = step(energy=entry("0.256", "kWh"), duration=entry("1.9", "h"))
    return batch({"family": "fdm"}, "fdm_desktop", materials=[body], steps=[making], **legs())


def bare_hooks() -> dict[str, Any]:
    """Give the same hooks with nothing evidenced but their mass."""
    body = {"id": "body", "material": "pla", "net": entry("0.25", "kg")}
    return batch({"family": "fdm"}, "fdm_desktop", materials=[body], steps=[step()])


def boxes() -> dict[str, Any]:
    """Give two storage boxes of 45 L, laser-cut from plywood, against their market reference."""
    return batch(
        {"family": "laser_cut_wood_panel", "category": "storage_box_dry", "function": entry("45", "L")},
        "laser_co2",
        quantity=2,
        materials=[{"id": "body", "material": "plywood", "net": entry("3.2", "kg"), "gross": entry("4", "kg")}],
        steps=[step(energy=entry("3.1", "kWh"))],
        **legs(),
    )


def panels() -> dict[str, Any]:
    """Give a laser-cut panel outside every category: there is nothing to compare it with."""
    return batch(
        {"family": "laser_cut_wood_panel"},
        "laser_co2",
        materials=[{"id": "body", "material": "mdf", "net": entry("3", "kg"), "gross": entry("4", "kg")}],
        steps=[step(energy=entry("2", "kWh"))],
    )


def shirts() -> dict[str, Any]:
    """Give ten sewn T-shirts of cotton fabric against the market T-shirt."""
    return batch(
        {"family": "sewing_textile", "category": "tshirt", "function": claim("1", "piece")},
        "sewing_domestic",
        quantity=10,
        materials=[{"id": "body", "material": "cotton-fabric", "net": entry("1.6", "kg"), "gross": entry("1.9", "kg")}],
        steps=[step(energy=entry("2.5", "kWh"))],
    )


def plates() -> dict[str, Any]:
    """Give milled steel plates, with bought screws that are equal on both sides."""
    return batch(
        {"family": "cnc_metal"},
        "cnc_mill_small",
        materials=[
            {"id": "body", "material": "steel-bar", "net": entry("8", "kg"), "gross": entry("30", "kg")},
            {"id": "screws", "material": "steel-wire", "role": "bought_part", "net": entry("0.2", "kg")},
        ],
        steps=[step(duration=entry("2", "h"))],
    )


def knits() -> dict[str, Any]:
    """Give a knitted sweater whose yarn was spun elsewhere."""
    spinning = {"process": "spinning_conventional", "energy_per_mass": entry("3.6", "kWh/kg")}
    body = {
        "id": "body",
        "material": "cotton-fibre",
        "net": entry("0.5", "kg"),
        "gross": entry("0.6", "kg"),
        "bought_in": [spinning],
    }
    return batch({"family": "knitting"}, "knitting_whole_garment", quantity=1, materials=[body], steps=[step()])


def racks() -> dict[str, Any]:
    """Give two boxes with eight labelled hooks, and a handle and lacquer of which suppliers signed the footprint."""
    handle = {"id": "handle", "kind": "record", "digest": "cd" * 32, "material": "steel-wire"}
    lacquer = {"id": "lacquer", "kind": "record", "digest": "ef" * 32, "material": "pp"}
    parts = [
        {"id": "hooks", "kind": "label", "digest": "ab" * 32, "amount": entry("8", "piece", "weighed")},
        {**handle, "amount": entry("2", "piece", "as_made")},
        {**lacquer, "amount": entry("0.4", "kg")},
    ]
    return boxes() | {"parts": parts}


ALONE = (hooks, bare_hooks, boxes, panels, shirts, plates, knits)
ALL = (*ALONE, racks)


@cache
def known_parts() -> tuple[Part, ...]:
    """Give what stands behind the digests of `racks`."""
    return (
        part_of_label(build_inventory(Declaration.from_json(hooks()), RELEASE, RELEASE.digest), RELEASE, "ab" * 32),
        part_of_record(
            "cd" * 32, name="Handle", maker="Smith", unit="piece", mass_kg="0.125", kgco2e="0.31", gsd="1.2"
        ),
        part_of_record("ef" * 32, name="Lacquer", maker="Dyer", unit="kg", mass_kg="1", kgco2e="2.4", gsd="1.3"),
    )


def changed(document: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """Give a copy with the member at a JSON pointer replaced, added, or left out where the value is None."""
    result = deepcopy(document)
    *parents, last = pointer.strip("/").split("/")
    place: Any = result
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    name_or_index = int(last) if isinstance(place, list) else last
    if value is not None:
        place[name_or_index] = value
    elif isinstance(place, list):
        del place[int(last)]
    else:
        place.pop(last, None)
    return result


def inventory_of(document: dict[str, Any]) -> Inventory:
    """Give the inventory of a declaration."""
    return build_inventory(Declaration.from_json(document), RELEASE, RELEASE.digest, known_parts())


def assessment_of(document: dict[str, Any]) -> Assessment:
    """Give the assessment of a declaration."""
    return assess(inventory_of(document), RELEASE)


def findings_of(document: dict[str, Any]) -> tuple[Finding, ...]:
    """Give the findings of a declaration."""
    return check(Declaration.from_json(document), RELEASE, rules())


@cache
def rules() -> tuple[str, ...]:
    """Give the ids of all plausibility rules of the release."""
    return RELEASE.keys("bounds")
