"""The files of an edition of the open statistics: CSV, JSON, Parquet, and the data package that describes them.

Columns, types and units are said once here: the schema of the package (https://datapackage.org, version 2) and the
table in Parquet are made of them. What is not told is an empty cell, null in JSON and Parquet, and never zero.
"""

import csv
import io
import json
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from label_service.catalogue.cells import inert
from label_service.certification.open_statistics import Edition
from label_service.certification.tallies import GRADES, Row, Spread

NAME: Final = "groups"  # of the files: what stands in them, without an edition, so that addresses stay
PACKAGE: Final = "datapackage.json"
_PROFILE: Final = "https://datapackage.org/profiles/2.0/datapackage.json"
_OPTIONS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,  # it fetches nothing from elsewhere
    "autoload_known_extensions": False,
    "threads": 1,
}
_SQL_TYPES: Final = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}


class Column(NamedTuple):
    """A column of the table: its type in a table schema, and what it holds."""

    name: str
    type: str
    description: str


def _spread_columns(name: str, what: str) -> tuple[Column, ...]:
    about = f"of {what}; empty where fewer than five producers have the figure"
    return (
        Column(f"{name}_labels", "integer", f"labels with an evidenced figure {about}"),
        Column(f"{name}_p25", "number", f"lower quartile of the producers' medians {about}"),
        Column(f"{name}_median", "number", f"median of the producers' medians {about}"),
        Column(f"{name}_p75", "number", f"upper quartile of the producers' medians {about}"),
    )


COLUMNS: Final = (
    Column("process", "string", "process of making, by its id in the release of factors"),
    Column("material", "string", "main material, by its id in the release; empty: all others"),
    Column("country", "string", "country of the site, ISO 3166-1 alpha-3; empty: all others"),
    Column("region", "string", "NUTS region of the site; empty: all others, and sites without a region"),
    Column("year", "integer", "year of the last day of making; empty: all others"),
    Column("labels", "integer", "labels that count, one for each process of a label"),
    Column("producers", "integer", "producers of these labels, never fewer than five"),
    *_spread_columns("kwh_per_kg", "energy of the process for a kilogram of gross mass, kWh/kg"),
    *_spread_columns("scrap", "scrap, a share of the gross mass from 0 to 1"),
    *_spread_columns("ratio", "climate impact of the whole product to that of its mass-produced reference"),
    *(Column(f"grade_{grade.lower()}", "integer", f"labels with grade {grade}") for grade in GRADES),
)
_GROUP: Final = ("process", "material", "country", "region", "year")


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent."""

    body: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return sha256(self.body).hexdigest()


def has_parquet() -> bool:
    """Tell whether the extra `statistics` is installed, which writes Parquet."""
    return find_spec("duckdb") is not None


def files_of(edition: Edition, licence: str | None) -> dict[str, File]:
    """Give every file of an edition by its name.

    Args:
        edition: what is told.
        licence: of the data as the owner of the scheme chose it, an SPDX identifier; None where she has not.
    """
    table = [_cells(row) for row in edition.rows]
    found = {
        f"{NAME}.csv": File(_csv(table), "text/csv; charset=utf-8"),
        f"{NAME}.json": File(_json(table), "application/json"),
    }
    if has_parquet():
        found[f"{NAME}.parquet"] = File(_parquet(table), "application/vnd.apache.parquet")
    package = _package(edition, licence, found)
    return found | {PACKAGE: File(json.dumps(package, indent=1).encode(), "application/json")}


def _cells(row: Row) -> tuple[str | int | None, ...]:
    """Give the cells of a row; amounts as they are spelled, None for what is not told."""
    group = (getattr(row, name) or None for name in _GROUP)
    spreads = (cell for spread in (row.kwh_per_kg, row.scrap, row.ratio) for cell in _spread_cells(spread))
    return (*group, row.labels, row.producers, *spreads, *(row.grades[grade] for grade in GRADES))


def _spread_cells(spread: Spread | None) -> tuple[str | int | None, ...]:
    return (spread.labels, spread.p25, spread.median, spread.p75) if spread else (None,) * 4


def _csv(table: list[tuple[Any, ...]]) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(column.name for column in COLUMNS)
    writer.writerows(["" if cell is None else inert(str(cell)) for cell in cells] for cells in table)
    return target.getvalue().encode()


def _json(table: list[tuple[Any, ...]]) -> bytes:
    named = [{column.name: _typed(column, cell) for column, cell in zip(COLUMNS, row, strict=True)} for row in table]
    return json.dumps(named, separators=(",", ":")).encode()


def _typed(column: Column, cell: str | int | None) -> str | float | None:
    return float(cell) if column.type == "number" and cell is not None else cell


def _parquet(table: list[tuple[Any, ...]]) -> bytes:
    """Write Parquet with DuckDB, which is not loaded before anybody asks, in a folder that is gone afterwards."""
    import duckdb  # noqa: PLC0415 - only Parquet needs it

    columns = ", ".join(f'"{column.name}" {_SQL_TYPES[column.type]}' for column in COLUMNS)
    with TemporaryDirectory() as folder, duckdb.connect(config=_OPTIONS) as connection:
        source, target = Path(folder, "groups.csv"), Path(folder, "groups.parquet")
        source.write_bytes(_csv(table))
        connection.execute(f"CREATE TABLE groups ({columns})")
        connection.execute(f"COPY groups FROM '{source}' (HEADER, DELIMITER ',', NULLSTR '')")
        connection.execute(f"COPY groups TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        return target.read_bytes()


def _package(edition: Edition, licence: str | None, found: dict[str, File]) -> dict[str, Any]:
    package = {
        "$schema": _PROFILE,
        "name": "label-statistics",
        "title": f"{'DEMO: ' if edition.demo else ''}Statistics of labels of {edition.scheme}",
        "description": (
            f"Labels issued before {edition.month}-01 (UTC) that are not revoked, superseded or suspended, in groups "
            f"that do not overlap, each of at least {edition.fewest} producers. "
            f"{'DEMO data, they say nothing about real goods. ' if edition.demo else ''}"
            "Columns, rules and method: docs/statistics.md of the label service."
        ),
        "homepage": f"{edition.origin}/stats",
        "version": edition.month,
        "created": edition.made_at,
        "contributors": [{"title": edition.scheme, "path": edition.origin, "roles": ["publisher"]}],
        "resources": [_resource(name, file) for name, file in found.items()],
    }
    return package | ({"licenses": [{"name": licence}]} if licence else {})


def _resource(name: str, file: File) -> dict[str, Any]:
    kind = name.rpartition(".")[2]
    fields = [{"name": item.name, "type": item.type, "description": item.description} for item in COLUMNS]
    return {
        "name": f"{NAME}-{kind}",
        "path": name,
        "format": kind,
        "mediatype": file.media_type.partition(";")[0],
        "bytes": len(file.body),
        "hash": f"sha256:{file.digest}",
        **({} if kind == "parquet" else {"encoding": "utf-8"}),
        "type": "table",
        "schema": {"fields": fields, "missingValues": [""]},
    }
