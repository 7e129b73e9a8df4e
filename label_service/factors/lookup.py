"""Look-ups in a release that several parts of the method need, each a pure function of rows.

They ask for rows by table and key only, so that the same rows, proven, give the same answers to a verifier.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from label_service.errors import InvalidDocument, MissingFactor
from label_service.factors.rows import Rows

__all__ = [
    "GridFactor",
    "Leg",
    "Rows",
    "admits",
    "basis_gsd",
    "default",
    "disposal_route",
    "grid_factor",
    "legs",
]

MAX_GRID_AGE_YEARS = 3  # design: the newest year not after the year of making, at most 3 years older
_CLAIMS_NOTHING = frozenset({"asserted", "default", "design"})  # evidence does not change their worth


class GridFactor(NamedTuple):
    """Electricity of a country: g CO2e per kWh, the year it is of, and its geometric standard deviation."""

    gco2e_per_kwh: str
    year: int
    gsd: str


class Leg(NamedTuple):
    """One leg of a transport: a mode of the table `transport` and a distance in km."""

    mode: str
    km: str


def grid_factor(rows: Rows, iso3: str, year: int) -> GridFactor:
    """Give the grid factor of a country for a year of making: the newest year not after it, at most 3 years older.

    Raises:
        MissingFactor: the country has no row, or no year that is recent enough.
    """
    row = rows.row("electricity", f"grid/{iso3}")
    for entry in row["years"]:  # newest first
        if year - MAX_GRID_AGE_YEARS <= int(entry["year"]) <= year:
            return GridFactor(entry["gco2e_per_kwh"], int(entry["year"]), row["gsd"])
    held = ", ".join(entry["year"] for entry in row["years"])
    raise MissingFactor(
        f"the release has no recent grid factor of {iso3} for {year}: it has {held}",
        hint="declare under a release that covers the year of making",
    )


def default(rows: Rows, scope: str, subject: str, quantity: str) -> str | None:
    """Give the fixed unfavourable value of a quantity; None where nothing may be assumed and the input is required.

    Raises:
        MissingFactor: the release says nothing about this quantity.
    """
    value: str | None = rows.row("defaults", f"{scope}/{subject}/{quantity}").get("value")
    return value


def basis_gsd(rows: Rows, basis: str, *, has_evidence: bool) -> str:
    """Give the geometric standard deviation of an amount by its basis; a basis that claims nothing needs no evidence.

    Raises:
        MissingFactor: the basis is unknown, or needs evidence and has none.
    """
    if has_evidence and basis not in _CLAIMS_NOTHING:
        return str(rows.row("basis_gsd", f"{basis}/yes")["gsd"])
    return str(rows.row("basis_gsd", f"{basis}/no")["gsd"])


def disposal_route(rows: Rows, material: Mapping[str, Any]) -> str:
    """Give the one route by which the category of a material is disposed of, on both sides of the comparison.

    Raises:
        MissingFactor: no route is tabulated for the category.
    """
    route = default(rows, "disposal", material["category"], "route")
    if route is None:
        raise MissingFactor(
            f"the release has no disposal route for the category {material['category']!r} of {material['key']}",
            hint="figures are not possible with this material until a release has a factor for its disposal",
        )
    return route


def legs(text: str) -> tuple[Leg, ...]:
    """Read legs written as `mode:km;mode:km`.

    Raises:
        InvalidDocument: another spelling, or a distance that is not whole kilometres.
    """
    found = tuple(Leg(mode, km) for mode, _, km in (part.partition(":") for part in text.split(";")))
    if not all(leg.mode and leg.km.isascii() and leg.km.isdigit() for leg in found):
        raise InvalidDocument(f"expected legs as mode:km;mode:km, found {text[:80]!r}")
    return found


def admits(family: Mapping[str, Any], material: Mapping[str, Any]) -> bool:
    """Tell whether a process family works a material: category, form, and a tag where the family asks for one."""
    tags = family.get("material_tags", "")
    return (
        material["category"] in family["material_categories"].split(";")
        and material["includes_forming"] == family["material_includes_forming"]
        and (not tags or not set(tags.split(";")).isdisjoint(material.get("tags", "").split(";")))
    )
