"""Plain words for what documents name by identifiers: flows, inputs, countries, processes, ways of transport.

Names come from the rows of the release; where it has none, the identifier stands for itself.
"""

from collections.abc import Mapping
from typing import Any

from label_service.assessment import Reason
from label_service.document import Basis, Stage
from label_service.errors import LabelServiceError
from label_service.factors import lookup
from label_service.factors.rows import Rows
from label_service.grade import SCALE, Cap, Grade
from label_service.plausibility import Severity
from label_service.web import numbers
from label_service.web.numbers import THIN

STAGES: Mapping[Stage, str] = {
    "materials": "Materials",
    "inbound": "Transport to the workshop",
    "making": "Making",
    "packaging": "Packaging",
    "distribution": "Transport to the buyer",
    "end_of_life": "End of life",
}
BASES: Mapping[Basis, str] = {
    "metered": "read from a meter",
    "weighed": "weighed",
    "as_made": "recorded by the machine",
    "derived": "computed from measured amounts",
    "estimated": "estimated from the job file",
    "design": "stated from the design, less favourable than the fixed value",
    "asserted": "stated without evidence, less favourable than the fixed value",
    "default": "fixed unfavourable value, because nothing was evidenced",
}
LETTERS: Mapping[Grade, str] = {
    **{letter: f"at most {limit}{THIN}% of the reference" for letter, limit in SCALE},
    "D": "no advantage shown",
    "E": "worse than the reference",
}
CAPS: Mapping[Cap, str] = {
    "proxy_share": "Not better than C: more than a quarter of the impact rests on values of a similar material, "
    "because none of the material itself is tabulated.",
    "same_design_worse": "Not better than C: the product is shown to be worse than the same design mass-produced.",
}
REASONS: Mapping[Reason, str] = {
    "no_reference": "No mass-produced reference could be computed, so there is nothing to grade against.",
    "bought_parts_dominate": "Bought-in parts, equal on both sides, make up more than half of the impact.",
    "outside_proven_range": "A factor or amount is so uncertain that the method is not proven to be exact here.",
}
INDICATORS: Mapping[str, str] = {
    "cumulative_energy_demand": "cumulative energy demand",
    "fresh_water": "fresh water",
    "abiotic_depletion": "depletion of minerals and metals",
}
SEVERITIES: Mapping[Severity, str] = {
    "reject": "Impossible",
    "evidence": "Needs evidence",
    "warn": "Please check",
}
_VARIABLES: Mapping[str, str] = {
    "net_mass": "weight of the product",
    "gross_mass": "weight of the material used, with scrap",
    "packaging_mass": "weight of the packaging",
    "reference_packaging": "packaging of the reference",
    "distance/inbound": "transport distance to the workshop",
    "distance/distribution": "transport distance to the buyer",
}
_ROUTES: Mapping[str, str] = {
    "incineration-gross": "incineration, without credit for energy",
    "landfill-no-storage-credit": "landfill, without credit for stored carbon",
    "recycling-closed-loop": "recycling",
    "recycling-open-loop": "recycling",
}
_VEHICLES: Mapping[str, str] = {
    "hgv": "lorry",
    "van": "van",
    "sea": "ship",
    "air": "aircraft",
    "rail": "train",
}


class Words:
    """Names from the rows of one release, for goods made in one year."""

    def __init__(self, rows: Rows, year: int) -> None:
        self._rows = rows
        self._year = year

    def row(self, table: str, key: str) -> Mapping[str, Any]:
        """Give a row, or nothing where the release does not have it."""
        try:
            return self._rows.row(table, key)
        except LabelServiceError:
            return {}

    def name(self, table: str, key: str) -> str:
        """Give the English name of a row, or its key."""
        row = self.row(table, key)
        return str(row.get("name_en") or row.get("name") or key)

    def country(self, iso3: str) -> str:
        """Give the name of a country."""
        return self.name("electricity", f"grid/{iso3}").removeprefix("grid/")

    def countries(self, codes: tuple[str, ...]) -> str:
        """Give the names of countries in a row of words."""
        return ", ".join(self.country(code) for code in codes)

    def material(self, key: str) -> str:
        """Give the name of a material."""
        return self.name("materials", key).removesuffix(", virgin")

    def vehicle(self, mode: str) -> str:
        """Give the everyday word for a way of transport."""
        return _VEHICLES.get(mode.partition("-")[0], mode)

    def legs(self, text: str) -> str:
        """Put legs such as `hgv-average:500;sea-container:22240` into words."""
        found = lookup.legs(text)
        return ", then ".join(f"{numbers.whole(leg.km)}{THIN}km by {self.vehicle(leg.mode)}" for leg in found)

    def flow(self, flow: str) -> str:
        """Name a flow such as `materials/pla/recycled` or `electricity/grid/DEU`."""
        table, _, key = flow.partition("/")
        named = {
            "materials": self._material_flow,
            "electricity": self._electricity,
            "transport": self._transport,
            "end_of_life": self._disposal,
            "part": self._part,
            "record": self._record,
        }.get(table)
        return named(key) if named else flow

    def variable(self, variable: str) -> str:
        """Name an uncertain variable such as `factor:materials/pla/virgin` or `energy/print`."""
        kind, colon, rest = variable.partition(":")
        if colon:
            return {
                "factor": f"emission factor: {self.flow(rest)}",
                "process": f"energy of mass production: {self.name('processes', rest)}",
                "mass": f"weight of the reference: {self.name('references', rest)}",
            }.get(kind, variable)
        return _VARIABLES.get(variable) or self._input(variable)

    def _input(self, variable: str) -> str:
        kind, _, rest = variable.partition("/")
        line, _, process = rest.partition("/")
        return {
            "energy": f"energy of the step \u201c{rest}\u201d",
            "duration": f"duration of the step \u201c{rest}\u201d",
            "part": f"amount of the part \u201c{rest}\u201d",
            "bought_in": f"energy of {self.name('processes', process)} at the supplier of \u201c{line}\u201d",
        }.get(kind if rest else "", variable)

    def _material_flow(self, key: str) -> str:
        material, _, variant = key.rpartition("/")
        has_choice = bool(self.row("materials", material).get("kgco2e_per_kg_recycled"))
        return f"{self.material(material)}, {variant}" if has_choice else self.material(material)

    def _electricity(self, key: str) -> str:
        kind, _, name = key.partition("/")
        if kind == "grid":
            year = self.grid_year(name)
            return f"Electricity, grid of {self.country(name)}" + (f" ({year})" if year else "")
        if kind == "technology":
            return f"Electricity, own {name.replace('-', ' ')}" if "rooftop" in name else f"Electricity, {name}"
        return self.name("electricity", key)

    def grid_year(self, iso3: str) -> int | None:
        """Give the year of the grid factor used; None where the release has no recent one."""
        try:
            return lookup.grid_factor(self._rows, iso3, self._year).year
        except LabelServiceError:
            return None

    def _transport(self, key: str) -> str:
        return f"Transport by {self.vehicle(key)} ({self.name('transport', key)})"

    def _part(self, digest: str) -> str:
        return f"Labelled part {digest[:8]}"

    def _record(self, digest: str) -> str:
        return f"Supplier's signed record {digest[:8]}"

    def _disposal(self, key: str) -> str:
        material, _, route = key.rpartition("/")
        return f"Disposal of {self.material(material)}: {_ROUTES.get(route, route.replace('-', ' '))}"


def sentence(text: str) -> str:
    """Give a text as a sentence: a capital first letter, a full stop at the end."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!", ":")) else ".")


def visible(name: str) -> str:
    """Give a name, or a stand-in for one that shows nothing, such as zero-width characters only."""
    return name if any(letter.isprintable() and not letter.isspace() for letter in name) else "(no visible name)"


def web_address(text: Any) -> str:
    """Give an address people may follow: http and https only, else nothing."""
    return text if isinstance(text, str) and text.startswith(("https://", "http://")) else ""
