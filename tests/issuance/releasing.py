"""Releases for tests: the one of the package with some cells changed, as the folder a steward would have."""

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

import label_service.factors
from label_service import canonical
from label_service.factors.release import Release, build, load_folder
from label_service.factors.tables import read_rows

SHIPPED = Path(label_service.factors.__file__).parent / "releases" / "2026.11.0"


def release_folder(target: Path, version: str, changes: Mapping[tuple[str, str, str], Mapping[str, str]]) -> Path:
    """Copy the shipped release and change cells: (file, key column, key) to the cells that differ."""
    shutil.copytree(SHIPPED, target)
    for (file, column, key), cells in changes.items():
        path = target / file
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        found = [row for row in rows if row[column] == key]
        assert found, (file, key)
        for row in found:
            row.update(cells)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    header = canonical.decode((target / "release.json").read_bytes())
    made = build(header["name"], version, header["licences"], read_rows(target))
    (target / "release.json").write_bytes(canonical.encode(made.header()))
    return target


def dearer_plastic(target: Path, version: str = "2026.12.0") -> Release:
    """Give a release in which PLA weighs twice as much and laser cutting is as before."""
    pla = {"kgco2e_per_kg_virgin": "6"}
    return load_folder(release_folder(target, version, {("materials.csv", "id", "pla"): pla}))
