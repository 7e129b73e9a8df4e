"""Plain words for what documents name by identifiers: flows, inputs, countries, processes, ways of transport.

Names come from the rows of the release, in the language of the page where it has them, else in English; where it has
none, the identifier stands for itself. Constants here are English; `say` gives
those that are a `message` in the language of the page.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from label_service.document import Basis, Stage
from label_service.errors import LabelServiceError
from label_service.factors import lookup
from label_service.factors.rows import Rows
from label_service.grade import SCALE, Cap, Grade
from label_service.grade.decision import Reason
from label_service.inventory.parts import Part
from label_service.plausibility import Severity
from label_service.web import numbers
from label_service.web.languages import message, say, speaking
from label_service.web.numbers import THIN, per_cent

STAGES: Mapping[Stage, str] = {
    "materials": message("Materials"),
    "inbound": message("Transport to the workshop"),
    "making": message("Making"),
    "packaging": message("Packaging"),
    "distribution": message("Transport to the buyer"),
    "end_of_life": message("End of life"),
}
BASES: Mapping[Basis, str] = {
    "metered": message("read from a meter"),
    "weighed": message("weighed"),
    "as_made": message("recorded by the machine"),
    "derived": message("computed from measured amounts"),
    "estimated": message("estimated from the job file"),
    "design": message("stated from the design, less favourable than the fixed value"),
    "asserted": message("stated without evidence, less favourable than the fixed value"),
    "default": message("fixed unfavourable value, because nothing was evidenced"),
}
CAPS: Mapping[Cap, str] = {
    "proxy_share": message(
        "Not better than C: more than a quarter of the impact rests on values of a similar material, "
        "because none of the material itself is tabulated."
    ),
    "same_design_worse": message(
        "Not better than C: the product is shown to be worse than the same design mass-produced."
    ),
}
REASONS: Mapping[Reason, str] = {
    "no_reference": message("No mass-produced reference could be computed, so there is nothing to grade against."),
    "bought_parts_dominate": message("Bought-in parts, equal on both sides, make up more than half of the impact."),
    "outside_proven_range": message(
        "A factor or amount is so uncertain that the method is not proven to be exact here."
    ),
}
INDICATORS: Mapping[str, str] = {
    "cumulative_energy_demand": message("cumulative energy demand"),
    "fresh_water": message("fresh water"),
    "abiotic_depletion": message("depletion of minerals and metals"),
}
SEVERITIES: Mapping[Severity, str] = {
    "reject": message("Impossible"),
    "evidence": message("Needs evidence"),
    "warn": message("Please check"),
}
_STATES: Mapping[str, str] = {
    "valid": message("Valid"),
    "suspended": message("Suspended"),
    "revoked": message("Revoked"),
    "expired": message("Expired"),
    "superseded": message("Superseded"),
    "active": message("Active"),
    "closed": message("Closed"),
    "retired": message("Retired"),
    "compromised": message("Compromised"),
    "open": message("Open"),
    "answered": message("Answered"),
    "upheld": message("Upheld"),
    "dismissed": message("Dismissed"),
    "confirmed": message("Confirmed"),
    "finding": message("Differs"),
    "overdue": message("Overdue"),
}
PROBLEMS = (
    message("Not found"),
    message("Refused"),
    message("Conflict"),
    message("Too many requests"),
    message("Account needed"),
    message("Invalid document"),
    message("Invalid request"),
    message("Overloaded"),
    message("Internal error"),
)  # titles of the problems that readers meet; details stay English, as the API and the log have them
_CASES: Mapping[str, str] = {"complaint": message("Complaint"), "appeal": message("Appeal")}
_CODE_STEPS = frozenset({"code", "code signature", "dates", "attestation, log, status and score"})
_STEPS: Mapping[str, str] = {
    "bundle": message("Bundle"),
    "code": message("Code"),
    "trust list": message("Trust list"),
    "label signature": message("Signature of the label"),
    "attestation signature": message("Signature of the attestation"),
    "code signature": message("Signature of the code"),
    "three parties": message("Three parties"),
    "scope": message("Scope"),
    "documents": message("Documents"),
    "log": message("Log"),
    "witnessed": message("Witnesses"),
    "factor rows": message("Factors"),
    "recomputation": message("Score computed again"),
    "status": message("Status"),
    "parts": message("Parts"),
    "dates": message("Dates"),
    "attestation, log, status and score": message("Attestation, log, status and score"),
    "page": message("Page"),
}
_VARIABLES: Mapping[str, str] = {
    "net_mass": message("weight of the product"),
    "gross_mass": message("weight of the material used, with scrap"),
    "packaging_mass": message("weight of the packaging"),
    "reference_packaging": message("packaging of the reference"),
    "distance/inbound": message("transport distance to the workshop"),
    "distance/distribution": message("transport distance to the buyer"),
}
_ROUTES: Mapping[str, str] = {
    "incineration-gross": message("incineration, without credit for energy"),
    "landfill-no-storage-credit": message("landfill, without credit for stored carbon"),
    "recycling-closed-loop": message("recycling"),
    "recycling-open-loop": message("recycling"),
}
_VEHICLES: Mapping[str, str] = {
    "hgv": message("lorry"),
    "van": message("van"),
    "sea": message("ship"),
    "air": message("aircraft"),
    "rail": message("train"),
}


def letter_text(letter: Grade) -> str:
    """Say what a letter of the scale stands for."""
    if letter == "D":
        return say("no advantage shown")
    if letter == "E":
        return say("worse than the reference")
    return say("at most %(share)s of the reference", share=per_cent(dict(SCALE)[letter]))


def state(name: str) -> str:
    """Give the word for how a label, scope, party, key, sample or case stands."""
    return say(_STATES[name]) if name in _STATES else name


def kind(name: str) -> str:
    """Give the word for a kind of case."""
    return say(_CASES[name])


def case(name: str) -> str:
    """Give the words for a kind of case and its state, such as `complaint open`."""
    about, _, standing = name.partition(" ")
    return f"{kind(about)} ({state(standing)})"


def step_names() -> Mapping[str, str]:
    """Give the names of the verifier's steps, for the browser, which knows them in English."""
    return {name: say(text) for name, text in _STEPS.items()}


def step_words(*, of_codes: bool = False) -> str:
    """Give the names of the steps of bundles, or of codes too, as short as the browser reads them: `log=Log|...`."""
    named = step_names().items()
    return "|".join(f"{name}={text}" for name, text in named if of_codes or name not in _CODE_STEPS)


class Words:
    """Names from the rows of one release, for goods made in one year, with their parts."""

    def __init__(self, rows: Rows, year: int, parts: Iterable[Part] | None = None) -> None:
        self._rows = rows
        self._year = year
        self._parts = {part.digest: f"{part.name} ({part.maker})" for part in parts or ()}

    def row(self, table: str, key: str) -> Mapping[str, Any]:
        """Give a row, or nothing where the release does not have it."""
        try:
            return self._rows.row(table, key)
        except LabelServiceError:
            return {}

    def name(self, table: str, key: str) -> str:
        """Give the name of a row in the language of the page, else its English name, else its key."""
        row = self.row(table, key)
        return str(row.get(f"name_{speaking().code}") or row.get("name_en") or row.get("name") or key)

    def country(self, iso3: str) -> str:
        """Give the name of a country."""
        return speaking().country(iso3) or self.name("electricity", f"grid/{iso3}").removeprefix("grid/")

    def countries(self, codes: tuple[str, ...]) -> str:
        """Give the names of countries in a row of words."""
        return ", ".join(self.country(code) for code in codes)

    def material(self, key: str) -> str:
        """Give the name of a material."""
        return self.name("materials", key).removesuffix(", virgin")

    def vehicle(self, mode: str) -> str:
        """Give the everyday word for a way of transport."""
        known = _VEHICLES.get(mode.partition("-")[0])
        return say(known) if known else mode

    def legs(self, text: str) -> str:
        """Put legs such as `hgv-average:500;sea-container:22240` into words."""
        found = lookup.legs(text)
        return " + ".join(f"{numbers.whole(leg.km)}{THIN}km ({self.vehicle(leg.mode)})" for leg in found)

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
                "factor": say("emission factor: %(name)s", name=self.flow(rest)),
                "process": say("energy of mass production: %(name)s", name=self.name("processes", rest)),
                "mass": say("weight of the reference: %(name)s", name=self.name("references", rest)),
                "part": self._part(rest),
                "reference": self._part(rest),
            }.get(kind, variable)
        known = _VARIABLES.get(variable)
        return say(known) if known else self._input(variable)

    def _input(self, variable: str) -> str:
        kind, _, rest = variable.partition("/")
        line, _, process = rest.partition("/")
        return {
            "energy": say("energy of the step \u201c%(name)s\u201d", name=rest),
            "duration": say("duration of the step \u201c%(name)s\u201d", name=rest),
            "part": say("amount of the part \u201c%(name)s\u201d", name=rest),
            "bought_in": say(
                "energy at the supplier of \u201c%(name)s\u201d: %(process)s",
                name=line,
                process=self.name("processes", process),
            ),
        }.get(kind if rest else "", variable)

    def _material_flow(self, key: str) -> str:
        material, _, variant = key.rpartition("/")
        has_choice = bool(self.row("materials", material).get("kgco2e_per_kg_recycled"))
        kinds = {"virgin": say("virgin"), "recycled": say("recycled")}
        return f"{self.material(material)}, {kinds.get(variant, variant)}" if has_choice else self.material(material)

    def _electricity(self, key: str) -> str:
        kind, _, name = key.partition("/")
        if kind == "grid":
            year = self.grid_year(name)
            return say("Electricity, grid: %(country)s", country=self.country(name)) + (f" ({year})" if year else "")
        if kind == "technology":
            plain = name.replace("-", " ")
            return (
                say("Electricity, own: %(name)s", name=plain)
                if "rooftop" in name
                else say("Electricity: %(name)s", name=plain)
            )
        return self.name("electricity", key)

    def grid_year(self, iso3: str) -> int | None:
        """Give the year of the grid factor used; None where the release has no recent one."""
        try:
            return lookup.grid_factor(self._rows, iso3, self._year).year
        except LabelServiceError:
            return None

    def _transport(self, key: str) -> str:
        return say("Transport, %(vehicle)s (%(name)s)", vehicle=self.vehicle(key), name=self.name("transport", key))

    def _part(self, key: str) -> str:
        name = say("Labelled part %(name)s", name=self._named(key))
        return f"{name} ({say(STAGES['end_of_life'])})" if "/" in key else name

    def _record(self, key: str) -> str:
        return say("Supplier's signed record %(name)s", name=self._named(key))

    def _named(self, key: str) -> str:
        digest = key.partition("/")[0]
        return self._parts.get(digest, digest[:8])

    def _disposal(self, key: str) -> str:
        material, _, route = key.rpartition("/")
        known = _ROUTES.get(route)
        way = say(known) if known else route.replace("-", " ")
        return say("Disposal, %(name)s: %(way)s", name=self.material(material), way=way)


def sentence(text: str) -> str:
    """Give a text as a sentence: a capital first letter, a full stop at the end."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!", ":")) else ".")


def visible(name: str) -> str:
    """Give a name, or a stand-in for one that shows nothing, such as zero-width characters only."""
    return name if any(letter.isprintable() and not letter.isspace() for letter in name) else say("(no visible name)")


def web_address(text: Any) -> str:
    """Give an address people may follow: http and https only, else nothing."""
    return text if isinstance(text, str) and text.startswith(("https://", "http://")) else ""
