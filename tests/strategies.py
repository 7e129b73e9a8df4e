"""Domain strategies shared by the tests."""

from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from label_service.canonical import MAX_INTEGER
from label_service.quantity import plain
from tests.examples import batch, claim, entry

integers = st.integers(-MAX_INTEGER, MAX_INTEGER)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
member_names = st.text(st.characters(max_codepoint=127), max_size=8)
leaves = st.none() | st.booleans() | integers | texts

# Every value that canonical JSON can carry.
json_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(member_names, inner, max_size=4),
    max_leaves=20,
)
json_objects = st.dictionaries(member_names, json_values, max_size=5)


@st.composite
def amounts(draw, *, max_whole: int = 10**12 - 1, places: int = 12) -> str:
    """Give an amount in its one spelling."""
    whole = draw(st.integers(0, max_whole))
    fraction = draw(st.text("0123456789", max_size=places)).rstrip("0")
    return f"{whole}.{fraction}" if fraction else str(whole)


@st.composite
def decimals(draw, low: str, high: str) -> Decimal:
    """Give a decimal from low to high in thousandths of the range, so that later products stay exact."""
    span = Decimal(high) - Decimal(low)
    return Decimal(low) + span * draw(st.integers(0, 1000)) / 1000


class Craft(NamedTuple):
    """What a family of processes needs in a declaration of the tests.

    `kwh_per_kg` spans the energy that is drawn; `may_omit` says whether defaults stand for energy and gross mass.
    """

    family: str
    process: str
    materials: tuple[str, ...]
    kwh_per_kg: tuple[str, str]
    may_omit: bool
    category: str | None = None
    function: tuple[str, str] = ("1", "piece")
    spinning: bool = False


CRAFTS = (
    Craft("fdm", "fdm_desktop", ("pla", "pp-resin", "petg"), ("0.7", "20"), may_omit=True),
    Craft("fdm", "fdm_desktop", ("pla", "pp-resin"), ("0.7", "20"), True, "storage_box_dry", ("45", "L")),
    Craft("laser_cut_wood_panel", "laser_co2", ("plywood", "mdf"), ("0.1", "2"), False, "storage_box_dry", ("24", "L")),
    Craft("laser_cut_wood_panel", "laser_co2", ("mdf",), ("0.1", "2"), may_omit=False),
    Craft("sewing_textile", "sewing_domestic", ("cotton-fabric",), ("0.1", "3"), False, "tshirt"),
    Craft("cnc_metal", "cnc_mill_small", ("steel-sheet", "aluminium-sheet"), ("0.5", "9"), may_omit=False),
    Craft("knitting", "knitting_whole_garment", ("cotton-fibre",), ("0.5", "3"), False, spinning=True),
)


@st.composite
def declarations(draw, crafts: tuple[Craft, ...] = CRAFTS) -> dict[str, Any]:
    """Give a declaration, as JSON, that can be assessed; what has a default is evidenced, claimed or left out."""
    craft = draw(st.sampled_from(crafts))
    quantity = draw(st.integers(1, 20))
    lines = [draw(_materials(craft, f"line{number}", quantity)) for number in range(draw(st.integers(1, 2)))]
    product: dict[str, Any] = {"family": craft.family}
    if craft.category:
        product |= {"category": craft.category, "function": entry(*craft.function)}
    optional = {
        "inbound": draw(_legs),
        "distribution": draw(_legs),
        "packaging": draw(_packaging),
    }
    return batch(
        product,
        craft.process,
        quantity=quantity,
        materials=lines,
        steps=draw(_steps(craft, lines)),
        **{name: value for name, value in optional.items() if value is not None},
    )


@st.composite
def _materials(draw, craft: Craft, name: str, quantity: int) -> dict[str, Any]:
    net = draw(decimals("0.05", "2")) * quantity
    line: dict[str, Any] = {
        "id": name,
        "material": draw(st.sampled_from(craft.materials)),
        "net": entry(plain(net), "kg"),
    }
    scrap = draw(decimals("1.01", "1.5"))
    gross = entry(plain(net * scrap), "kg")
    if not craft.may_omit or draw(st.booleans()):
        line["gross"] = gross
    if craft.spinning:
        line["bought_in"] = [{"process": "spinning_conventional", "energy_per_mass": entry("3.6", "kWh/kg")}]
    return line


@st.composite
def _steps(draw, craft: Craft, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give one step for all lines or one for each."""
    groups = [[line] for line in lines] if draw(st.booleans()) else [lines]
    steps = []
    for number, group in enumerate(groups):
        net = sum(Decimal(line["net"]["value"]) for line in group)
        step: dict[str, Any] = {
            "id": f"step{number}",
            "machine": "machine",
            "materials": [line["id"] for line in group],
        }
        kwh = plain(net * draw(decimals(*craft.kwh_per_kg)))
        if not craft.may_omit or draw(st.booleans()):
            step["energy"] = entry(kwh, "kWh")
        elif draw(st.booleans()):
            step["energy"] = claim(kwh, "kWh")
        steps.append(step)
    return steps


def _entries(low: str, high: str, unit: str) -> st.SearchStrategy[dict[str, Any]]:
    values = decimals(low, high).map(plain)
    return st.one_of(values.map(lambda value: entry(value, unit)), values.map(lambda value: claim(value, unit)))


_modes = st.sampled_from(["hgv-average", "van-average", "rail-freight", "sea-container"])
_legs = st.none() | st.lists(
    st.fixed_dictionaries({"mode": _modes, "distance": _entries("1", "2000", "km")}), min_size=1, max_size=3
)
_packaging = st.none() | st.lists(
    st.fixed_dictionaries(
        {"material": st.sampled_from(["corrugated-board", "ldpe"]), "mass": _entries("0", "1", "kg")}
    ),
    min_size=1,
    max_size=2,
)
