"""Writes tests/vectors/release.json: small tables, the rows they give, their tree, and proofs that must fail."""

import json
import tempfile
from pathlib import Path
from typing import Any

from label_service import merkle
from label_service.factors.release import Release, build
from label_service.factors.tables import read_rows

FILES = {
    "basis_gsd.csv": "basis,evidence,gsd,counts\nmetered,yes,1.02,counts\ndesign,no,1,\n",
    "electricity.csv": (
        "kind,iso3,name,technology,year,gco2e_per_kwh,gsd,vintage\n"
        "grid,AUT,Österreich,,2023,110.81,1.32,2025\n"
        "grid,AUT,Österreich,,2024,102.62,1.32,2026\n"
        "region,,North America,,2024,358.36,1.32,2026\n"
        "fuel,,Gas,natural-gas,2025,212.75,1.1,2025\n"
    ),
    "reference_parts.csv": "ref_id,part,material_id,mass_kg\nref_box,1,pp,1.2\nref_box,2,hdpe,0.06\n",
    "references.csv": 'ref_id,name_en,mass_kg,notes\nref_box,Box,1.26,"quoted, ""so"""\nref_mug,Mug,,\n',
    "transport.csv": "mode,kgco2e_per_tkm_total\nhgv-average,0.12522\nsea-container,0.01977\n",
}
LICENCES = [{"licence": "own", "sources": ["scheme"], "attribution": "Made up for this vector."}]


def main() -> None:
    """Write the vectors beside this script."""
    file = Path(__file__).with_name("release.json")
    file.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def vectors() -> dict[str, Any]:
    """Give the vectors as they stand in the file."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            (Path(folder) / name).write_text(text, encoding="utf-8", newline="")
        release = build("vector", "2026.1.0", LICENCES, read_rows(Path(folder)))
    lines = release.lines().decode("utf-8").splitlines()
    return {
        "about": "Tables, canonical rows in tree order, leaf hashes, header, proofs; docs/formats/release.md",
        "files": FILES,
        "rows": lines,
        "leaf_hashes": [merkle.leaf_hash(line.encode("utf-8")).hex() for line in lines],
        "header": release.header(),
        "proofs": proofs(release),
        "invalid": invalid(release),
        "absent": absent(release),
    }


def proofs(release: Release) -> list[dict[str, Any]]:
    """Give the proof of every row."""
    tables = dict.fromkeys(json.loads(line)["table"] for line in release.lines().splitlines())
    return [release.proof(table, key).as_document() for table in tables for key in release.keys(table)]


def invalid(release: Release) -> list[dict[str, Any]]:
    """Give proofs that a verifier must refuse, each with the reason."""
    good = release.proof("transport", "hgv-average").as_document()
    path = good["path"]
    return [
        {
            "why": "a cell is altered",
            "proof": {**good, "row": {**good["row"], "kgco2e_per_tkm_total": "0.02522"}},
        },
        {
            "why": "a cell is left out",
            "proof": {**good, "row": {k: v for k, v in good["row"].items() if k != "mode"}},
        },
        {"why": "the index is of the row before", "proof": {**good, "index": good["index"] - 1}},
        {"why": "the index is outside the tree", "proof": {**good, "index": release.size}},
        {"why": "the path is too short", "proof": {**good, "path": path[:-1]}},
        {"why": "the path is too long", "proof": {**good, "path": [*path, path[-1]]}},
        {"why": "a hash of the path is altered", "proof": {**good, "path": ["00" * 32, *path[1:]]}},
    ]


def absent(release: Release) -> list[dict[str, Any]]:
    """Give rows that are not there, with the indexes of the neighbours that prove it."""
    rows = [("transport", "air"), ("basis_gsd", "asserted/no"), ("transport", "van"), ("materials", "pla")]
    return [
        {"table": table, "key": key, "neighbours": [entry.index for entry in release.neighbours(table, key)]}
        for table, key in rows
    ]


if __name__ == "__main__":
    main()
