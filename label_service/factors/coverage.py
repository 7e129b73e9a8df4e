"""What a release can label today, and what is missing for the rest, worked out from its rows alone.

A combination of process and material can be graded against `same_design` where the family's mass process resolves,
and against the market reference of a category where that one resolves; a material without a usable factor allows
figures at best. Shown in docs/coverage.md.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from label_service.errors import MissingFactor
from label_service.factors import lookup
from label_service.factors.release import Release

Row = Mapping[str, Any]
MAX_GSD = Decimal(2)  # design: beyond it the closed form is not proven, so figures and no grade
MIN_WEIGHED_SAMPLES = 5  # design: a record resting on fewer is provisional
PROXY_SHARE = Decimal("0.25")  # design: a proxy above this share of the impact caps the grade at C
UNCOUNTED_STEPS = frozenset({"hand_tools"})  # no machine, no energy


@dataclass(frozen=True, slots=True)
class Combination:
    """One process with one material.

    Attributes:
        missing: why the material allows no grade; empty when it does.
        same_design_missing: why the mass process of the family is no reference; empty when it is one.
        has_recycled: a factor for recycled input is tabulated.
        proxies: rows that stand in for a missing one.
        best: the best letter not ruled out by rows alone, or empty when there is no grade.
    """

    family: str
    process: str
    material: str
    missing: tuple[str, ...]
    same_design_missing: tuple[str, ...]
    has_recycled: bool
    proxies: tuple[str, ...]
    best: str


@dataclass(frozen=True, slots=True)
class CategoryCoverage:
    """One category with its market references; provisional while one rests on fewer than 5 weighed samples."""

    category: str
    references: tuple[str, ...]
    is_graded: bool
    is_provisional: bool
    missing: tuple[str, ...]


def coverage(release: Release, year: int) -> tuple[Combination, ...]:
    """Give every process with every material its family works, for goods made in a year."""
    families = (release.row("families", key) for key in release.keys("families"))
    return tuple(found for family in families for found in _of_family(release, family, year))


def category_coverage(release: Release, year: int) -> tuple[CategoryCoverage, ...]:
    """Give every category with what its references lack, for goods made in a year."""
    return tuple(_of_category(release, release.row("categories", key), year) for key in release.keys("categories"))


def required_inputs(release: Release, process: str) -> tuple[str, ...]:
    """Name the quantities of a process that must be evidenced because no default is tabulated."""
    names = ("kwh_per_kg", "power_active_w", "scrap_fraction")
    return tuple(name for name in names if lookup.default(release, "process", process, name) is None)


def material_gaps(release: Release, material: str) -> tuple[str, ...]:
    """Say what a material lacks for a grade: its row, a factor for its disposal, or certainty."""
    if not release.has("materials", material):
        return (f"no row for {material}",)
    row = release.row("materials", material)
    return tuple(_gsd_gap(material, row["gsd_recommended"])) + tuple(_disposal_gaps(release, row))


def reference_gaps(release: Release, reference: Row, year: int) -> tuple[str, ...]:
    """Say what a market reference lacks to be computed; empty when it can be."""
    gaps = [] if reference.get("mass_kg") else ["mass"]
    for part in reference["parts"]:
        has_own_kwh = bool(part.get("last_kwh_per_item"))
        gaps += material_gaps(release, part["material_id"])
        gaps += _route_gaps(release, part["route"], has_own_kwh=has_own_kwh)
    total = sum((Decimal(part["mass_kg"]) for part in reference["parts"]), Decimal(0))
    mass = Decimal(reference.get("mass_kg", "0"))
    if abs(total - mass) > Decimal("0.005") * mass:
        gaps.append("parts do not add up to the mass")
    return (*gaps, *_place_gaps(release, reference, "packaging_kg", year))


def family_gaps(release: Release, family: Row, year: int) -> tuple[str, ...]:
    """Say what the mass process of a family lacks to be a `same_design` reference; empty when it is one."""
    if not family.get("mass_route"):
        return (family.get("missing", "mass process"),)
    has_own_kwh = bool(family.get("last_kwh_per_kg"))
    route = _route_gaps(release, family["mass_route"], has_own_kwh=has_own_kwh)
    return (*route, *_place_gaps(release, family, "packaging_kg_per_kg", year))


def _of_family(release: Release, family: Row, year: int) -> Iterator[Combination]:
    against = family_gaps(release, family, year)
    admitted = [key for key in release.keys("materials") if lookup.admits(family, release.row("materials", key))]
    for process in family["process_ids"].split(";"):
        for material in admitted:
            yield _combine(release, family["family"], process, material, against)


def _combine(release: Release, family: str, process: str, material: str, against: tuple[str, ...]) -> Combination:
    row = release.row("materials", material)
    missing = material_gaps(release, material)
    proxies = () if missing else tuple(_proxies(release, row))
    return Combination(
        family=family,
        process=process,
        material=material,
        missing=missing,
        same_design_missing=against,
        has_recycled="kgco2e_per_kg_recycled" in row,
        proxies=proxies,
        best="" if missing else "C" if proxies else "A",
    )


def _proxies(release: Release, material: Row) -> Iterator[str]:
    """Name the proxies that weigh above a quarter of material and disposal together, which caps the grade."""
    own = Decimal(material["kgco2e_per_kg_virgin"])
    if "proxy_of" in material:
        yield f"{material['proxy_of']} for {material['key']}"
    disposal = _disposal(release, material)
    if disposal is not None and "proxy_of" in disposal:
        share = Decimal(disposal["kgco2e_per_kg"]) / (own + Decimal(disposal["kgco2e_per_kg"]))
        if share > PROXY_SHARE:
            yield f"disposal of {disposal['proxy_of']} for {material['key']}"


def _disposal(release: Release, material: Row) -> Row | None:
    if material["includes_end_of_life"] == "yes":
        return None
    return release.row("end_of_life", f"{material['key']}/{lookup.disposal_route(release, material)}")


def _disposal_gaps(release: Release, material: Row) -> Iterator[str]:
    try:
        disposal = _disposal(release, material)
    except MissingFactor as error:
        yield error.detail
    else:
        if disposal is not None:
            yield from _gsd_gap(f"disposal of {material['key']}", disposal.get("gsd", "none"))


def _gsd_gap(name: str, gsd: str) -> Iterator[str]:
    if gsd == "none" or Decimal(gsd) > MAX_GSD:
        yield f"GSD of {name} is {gsd}, above {MAX_GSD}: figures only"


def _route_gaps(release: Release, route: str, *, has_own_kwh: bool) -> Iterator[str]:
    steps = route.split(">")
    for step in steps:
        if not release.has("processes", step):
            yield f"no row for process {step}"
        elif step not in UNCOUNTED_STEPS and not (has_own_kwh and step == steps[-1]):
            yield from _step_gaps(release.row("processes", step))


def _step_gaps(process: Row) -> Iterator[str]:
    if "kwh_per_kg_typ" not in process:
        yield f"{process['key']} has no typical kWh/kg"
    elif "kwh_gsd" not in process:
        yield f"{process['key']} has no GSD"
    else:
        yield from _gsd_gap(process["key"], process["kwh_gsd"])


def _place_gaps(release: Release, record: Row, packaging: str, year: int) -> Iterator[str]:
    """Check country, legs and packaging, which references and families name in the same columns."""
    try:
        lookup.grid_factor(release, record.get("making_iso3", ""), year)
    except MissingFactor as error:
        yield error.detail
    modes = (leg.mode for leg in lookup.legs(record["legs"]))
    yield from (f"no row for mode {mode}" for mode in modes if not release.has("transport", mode))
    if packaging in record:
        yield from material_gaps(release, record["packaging_material_id"])


def _of_category(release: Release, category: Row, year: int) -> CategoryCoverage:
    references = tuple(category["market_reference_ids"].split(";"))
    rows = [release.row("references", key) for key in references]
    is_graded = category["status"] != "no reference"
    return CategoryCoverage(
        category=category["category_id"],
        references=references,
        is_graded=is_graded,
        is_provisional=is_graded and _is_provisional(rows),
        missing=()
        if is_graded
        else (category["why"], *(gap for row in rows for gap in reference_gaps(release, row, year))),
    )


def _is_provisional(references: Iterable[Row]) -> bool:
    return any(int(row["weighed_samples"]) < MIN_WEIGHED_SAMPLES for row in references)
