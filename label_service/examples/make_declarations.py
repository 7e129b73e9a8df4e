"""Make the declarations of the shipped examples again from their files and the answers a maker gives.

    python -m label_service.examples.make_declarations

Scale readings, delivery notes and supplier figures are DEMO DATA, invented, and say so; masses of printed parts and
energy come from the files through the readers.
"""

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from label_service import readers
from label_service.canonical import encode
from label_service.declaration import Declaration
from label_service.declaration.profiles import Profiles
from label_service.examples import FOLDER
from label_service.quantity import amount

NOTE = "DEMO DATA, invented"
PRODUCER = {"id": "https://fablab.example", "name": "FabLab Example (DEMO)", "country": "DEU"}
SITE = {"id": "lab", "name": "FabLab Example (DEMO)", "country": "DEU", "region": "DE30"}


class Folder:
    """The evidence files of one example."""

    def __init__(self, name: str) -> None:
        self.path = FOLDER / name
        self.evidence: dict[str, dict[str, Any]] = {}

    def file(self, name: str, kind: str) -> str:
        """List a file as evidence and give its digest; files the readers know name their importer."""
        data = (self.path / name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        entry: dict[str, Any] = {"digest": digest, "kind": kind, "name": name, "size_bytes": len(data)}
        if kind in {"job_file", "meter_reading"}:
            reading = readers.read(data, name=name)
            entry |= {"importer": reading.importer, "importer_version": reading.importer_version}
        self.evidence[digest] = entry
        return digest

    def note(self, name: str, kind: str, content: dict[str, Any]) -> str:
        """Write an invented paper, such as a delivery note, and list it as evidence."""
        text = json.dumps({"note": NOTE, **content}, indent=1, ensure_ascii=False) + "\n"
        (self.path / name).write_text(text, encoding="utf-8")
        return self.file(name, kind)

    def fact(self, name: str, quantity: str) -> str:
        """Give a fact that a reader finds in a file."""
        reading = readers.read((self.path / name).read_bytes(), name=name)
        return next(fact.value for fact in reading.facts if fact.quantity == quantity)


def entry(value: str, unit: str, basis: str, *evidence: str) -> dict[str, Any]:
    """Give a declared amount."""
    return {"value": value, "unit": unit, "basis": basis, "evidence": list(evidence)}


def declaration(folder: Folder, salt: str, product: dict[str, Any], **members: Any) -> Declaration:
    """Give a declaration of the demo workshop."""
    return Declaration.from_json(
        {
            "type": "declaration",
            "version": "1",
            "demo": True,
            "salt": salt * 32,
            "producer": PRODUCER,
            "product": product,
            "sites": [SITE],
            "evidence": list(folder.evidence.values()),
            **members,
        }
    )


def legs(folder: Folder) -> dict[str, Any]:
    """Give evidenced legs in and out: 500 km by lorry from the dealer, 20 km by van to the shop."""
    note = folder.note(
        "delivery.json",
        "delivery_note",
        {"inbound": "lorry, 500 km", "distribution": "van, 20 km", "papers": "delivery notes 1041 and 1077"},
    )
    return {
        "inbound": [{"mode": "hgv-average", "distance": entry("500", "km", "derived", note)}],
        "distribution": [{"mode": "van-average", "distance": entry("20", "km", "derived", note)}],
    }


def hook() -> Declaration:
    """(a) Four printed hooks, everything measured, with the supplier's figure for making the filament."""
    folder = Folder("hook")
    job, meter = folder.file("hook.gcode", "job_file"), folder.file("meter.json", "meter_reading")
    scale = folder.note(
        "scale.json",
        "scale_reading",
        {"spool_before_kg": "0.9871", "spool_after_kg": "0.7241", "hooks_kg": "0.2538", "packaging_kg": "0.012"},
    )
    supplier = folder.note(
        "filament-supplier.json",
        "certificate",
        {"process": "filament extrusion", "kwh_per_kg": "0.25", "country": "DEU", "lot": "PLA-2026-31"},
    )
    transport = legs(folder)
    return declaration(
        folder,
        "a",
        {"name": "Wall hook (DEMO)", "family": "fdm", "sku": "HOOK-4"},
        quantity=4,
        made={"first": "2026-11-02", "last": "2026-11-02"},
        machines=[
            {
                "id": "printer",
                "site": "lab",
                "process": "fdm_desktop",
                "model": "demo printer, 1.2 mm nozzle",
                "nameplate_power": entry("360", "W", "asserted"),
            }
        ],
        materials=[
            {
                "id": "body",
                "material": "pla",
                "lot": "PLA-2026-31",
                "gross": entry("0.263", "kg", "weighed", scale),
                "net": entry("0.2538", "kg", "weighed", scale),
                "bought_in": [
                    {
                        "process": "filament_extrusion",
                        "energy_per_mass": entry("0.25", "kWh/kg", "derived", supplier),
                        "country": "DEU",
                        "country_evidence": [supplier],
                    }
                ],
            }
        ],
        steps=[
            {
                "id": "print",
                "machine": "printer",
                "materials": ["body"],
                "energy": entry(folder.fact("meter.json", "energy"), "kWh", "metered", meter),
                "duration": entry(_rounded(folder.fact("hook.gcode", "print_duration")), "h", "estimated", job),
            }
        ],
        packaging=[{"material": "corrugated-board", "mass": entry("0.012", "kg", "weighed", scale)}],
        **transport,
    )


def hook_unproven() -> Declaration:
    """(b) The same hooks with nothing evidenced but their mass: fixed defaults stand in for the rest."""
    folder = Folder("hook-unproven")
    scale = folder.note("scale.json", "scale_reading", {"hooks_kg": "0.2538"})
    return declaration(
        folder,
        "b",
        {"name": "Wall hook, nothing proven (DEMO)", "family": "fdm", "sku": "HOOK-4"},
        quantity=4,
        made={"first": "2026-11-02", "last": "2026-11-02"},
        machines=[{"id": "printer", "site": "lab", "process": "fdm_desktop", "model": "demo printer, 1.2 mm nozzle"}],
        materials=[
            {
                "id": "body",
                "material": "pla",
                "gross": entry("0.263", "kg", "asserted"),
                "net": entry("0.2538", "kg", "weighed", scale),
            }
        ],
        steps=[
            {
                "id": "print",
                "machine": "printer",
                "materials": ["body"],
                "energy": entry("0.26", "kWh", "asserted"),
            }
        ],
    )


def _panel(name: str, salt: str, product: dict[str, Any], extra: dict[str, Any]) -> Declaration:
    folder = Folder(name)
    meter = folder.file("meter.json", "meter_reading")
    scale = folder.note(
        "scale.json", "scale_reading", {"sheet_kg": "4", "product_kg": "2.9", "packaging_kg": "0.3", **extra}
    )
    transport = legs(folder)
    if "category" in product:
        product = product | {"function": entry("45", "L", "derived", scale)}
    return declaration(
        folder,
        salt,
        product,
        quantity=1,
        made={"first": "2026-11-03", "last": "2026-11-03"},
        machines=[{"id": "laser", "site": "lab", "process": "laser_co2", "model": "demo laser, 100 W tube"}],
        materials=[
            {
                "id": "sheet",
                "material": "mdf",
                "gross": entry("4", "kg", "weighed", scale),
                "net": entry("2.9", "kg", "weighed", scale),
            }
        ],
        steps=[
            {
                "id": "cut",
                "machine": "laser",
                "materials": ["sheet"],
                "energy": entry(folder.fact("meter.json", "energy"), "kWh", "metered", meter),
            }
        ],
        packaging=[{"material": "corrugated-board", "mass": entry("0.3", "kg", "weighed", scale)}],
        **transport,
    )


def box() -> Declaration:
    """(c) A laser-cut box of 45 L against the mass-produced boxes for dry goods."""
    product = {"name": "Laser-cut box 45 L (DEMO)", "family": "laser_cut_wood_panel", "category": "storage_box_dry"}
    return _panel("box", "c", product, {"inner_volume_l": "45"})


def panel() -> Declaration:
    """(d) The same sheet cut into a wall relief: factors, but neither a market reference nor a resolved same_design."""
    return _panel("panel", "d", {"name": "Wall relief (DEMO)", "family": "laser_cut_wood_panel"}, {})


def plate() -> Declaration:
    """(e) Ten adapter plates milled from fully recycled aluminium sheet, with the certificate of the melt."""
    folder = Folder("plate")
    meter = folder.file("meter.json", "meter_reading")
    scale = folder.note("scale.json", "scale_reading", {"blanks_kg": "5", "plates_kg": "2.4", "packaging_kg": "0.15"})
    certificate = folder.note(
        "recycled-certificate.json",
        "certificate",
        {"material": "aluminium sheet", "recycled_share": "1", "melt": "M-77"},
    )
    transport = legs(folder)
    return declaration(
        folder,
        "e",
        {"name": "Adapter plate, recycled aluminium (DEMO)", "family": "cnc_metal", "sku": "PLATE-10"},
        quantity=10,
        made={"first": "2026-11-04", "last": "2026-11-05"},
        machines=[
            {
                "id": "mill",
                "site": "lab",
                "process": "cnc_mill_small",
                "model": "demo mill",
                "nameplate_power": entry("3600", "W", "asserted"),
            }
        ],
        materials=[
            {
                "id": "sheet",
                "material": "aluminium-sheet",
                "lot": "M-77",
                "gross": entry("5", "kg", "weighed", scale),
                "net": entry("2.4", "kg", "weighed", scale),
                "recycled_share": entry("1", "1", "derived", certificate),
            }
        ],
        steps=[
            {
                "id": "mill",
                "machine": "mill",
                "materials": ["sheet"],
                "energy": entry(folder.fact("meter.json", "energy"), "kWh", "metered", meter),
            }
        ],
        packaging=[{"material": "corrugated-board", "mass": entry("0.15", "kg", "weighed", scale)}],
        **transport,
    )


def profiles() -> Profiles:
    """Give the profiles of the demo workshop: what a maker of these examples answers once."""
    hook_papers, box_papers, plate_papers = Folder("hook"), Folder("box"), Folder("plate")
    supplier = hook_papers.file("filament-supplier.json", "certificate")
    hook_scale = hook_papers.file("scale.json", "scale_reading")
    box_scale = box_papers.file("scale.json", "scale_reading")
    melt = plate_papers.file("recycled-certificate.json", "certificate")
    extrusion = {
        "process": "filament_extrusion",
        "energy_per_mass": entry("0.25", "kWh/kg", "derived", supplier),
        "country": "DEU",
        "country_evidence": [supplier],
    }
    members = {
        "type": "profiles",
        "version": "1",
        "demo": True,
        "producer": PRODUCER,
        "sites": [SITE],
        "machines": [
            {"id": "printer", "site": "lab", "process": "fdm_desktop", "model": "demo printer, 1.2 mm nozzle"},
            {"id": "laser", "site": "lab", "process": "laser_co2", "model": "demo laser, 100 W tube"},
            {"id": "mill", "site": "lab", "process": "cnc_mill_small", "model": "demo mill"},
        ],
        "lots": [
            {
                "id": "pla",
                "name": "PLA, lot PLA-2026-31",
                "material": "pla",
                "words": ["PLA"],
                "lot": "PLA-2026-31",
                "bought_in": [extrusion],
            },
            {"id": "mdf", "name": "MDF sheet", "material": "mdf", "words": ["MDF"]},
            {
                "id": "aluminium",
                "name": "Recycled aluminium sheet, melt M-77",
                "material": "aluminium-sheet",
                "lot": "M-77",
                "recycled_share": entry("1", "1", "derived", melt),
            },
        ],
        "products": [
            {
                "id": "hook",
                "name": "Wall hook (DEMO)",
                "family": "fdm",
                "sku": "HOOK-4",
                "packaging_material": "corrugated-board",
                "packaging_per_item": entry("0.003", "kg", "derived", hook_scale),
            },
            {
                "id": "box",
                "name": "Laser-cut box 45 L (DEMO)",
                "family": "laser_cut_wood_panel",
                "sku": "BOX-45",
                "category": "storage_box_dry",
                "function": entry("45", "L", "derived", box_scale),
                "packaging_material": "corrugated-board",
                "packaging_per_item": entry("0.3", "kg", "weighed", box_scale),
            },
        ],
        **legs(hook_papers),
    }
    evidence = hook_papers.evidence | box_papers.evidence | plate_papers.evidence
    return Profiles.from_json(members | {"evidence": list(evidence.values())})


def _rounded(value: str) -> str:
    return amount(Decimal(value).quantize(Decimal("0.0001")))


def main() -> None:
    """Write all declarations and the profiles."""
    for made in (hook(), hook_unproven(), box(), panel(), plate()):
        folder = FOLDER / {"a": "hook", "b": "hook-unproven", "c": "box", "d": "panel", "e": "plate"}[made.salt[0]]
        Path(folder, "declaration.json").write_bytes(encode(made.as_json()) + b"\n")
    Path(FOLDER, "profiles.json").write_bytes(encode(profiles().as_json()) + b"\n")


if __name__ == "__main__":
    main()
