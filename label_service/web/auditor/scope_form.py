"""The form of a scope: begun from what the producer proposed and what was observed so far, read back as its subject."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from typing import Any

from starlette.datastructures import FormData

from label_service.certification.duties import Observed
from label_service.certification.proposals import ScopeProposal
from label_service.declaration.profiles import MaterialLot
from label_service.document import Period
from label_service.errors import InvalidDocument, MissingInput
from label_service.label.attestation import Frame
from label_service.quantity import in_base_unit, plain
from label_service.web.auditor.answers import amount_of, chosen, lines_of, whole_of
from label_service.web.uploads import text_of

RATE = "0.1"
WEEKS_MORE = 8  # of the chain beyond the period: what is labelled after the last day of making is drawn too
_DIGITS = 3
_BOUNDS = ("kwh_floor", "kwh_ceiling", "scrap_floor", "scrap_ceiling")
_BOUND = "name; lowest; highest; unit"
_LOT = "name; material; kg bought; proven recycled share"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Floors and ceilings of a process as the form shows them, and what they rest on."""

    process: str
    observed: Observed | None
    kwh_floor: str
    kwh_ceiling: str
    scrap_floor: str
    scrap_ceiling: str


def bounds_of(proposal: ScopeProposal, observed: dict[str, Observed], form: FormData | None) -> tuple[Bounds, ...]:
    """Give the bounds of each process: what was typed, else the lowest that was observed so far."""
    return tuple(_bounds(process, observed.get(process), form) for process in proposal.processes)


def _bounds(process: str, seen: Observed | None, form: FormData | None) -> Bounds:
    if form is not None:
        return Bounds(process, seen, *(text_of(form, f"{name}:{process}") for name in _BOUNDS))
    if seen is None:
        return Bounds(process, None, "", "", "", "")
    return Bounds(
        process,
        seen,
        kwh_floor=_rounded(seen.kwh_low),
        kwh_ceiling="",
        scrap_floor=_rounded(seen.scrap_low or Fraction(0)),
        scrap_ceiling="",
    )


def _rounded(value: Fraction) -> str:
    """Write a floor with three digits, never above what was observed."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return plain(Context(prec=_DIGITS, rounding=ROUND_FLOOR).create_decimal(exact))


def lot_line(lot: MaterialLot) -> str:
    """Write a lot of the profiles as a line of the form."""
    mass = plain(in_base_unit(lot.bought.value, lot.bought.unit, "kg")) if lot.bought else ""
    share = lot.recycled_share.value if lot.recycled_share and lot.recycled_share.is_evidenced else ""
    return f"{lot.lot or lot.name}; {lot.material}; {mass}; {share}".rstrip("; ")


def subject_of(form: FormData, proposal: ScopeProposal) -> dict[str, Any]:
    """Give the subject of the scope's attestation; the model checks what is left open or out of range.

    Raises:
        InvalidAmount, InvalidDocument: a field that cannot be read; `where` names it.
    """
    machines = [item for item in proposal.machines if item.id in chosen(form, "machine")]
    processes = tuple(dict.fromkeys(item.process for item in machines))
    category = proposal.category
    return {
        "producer": proposal.producer.id,
        "category": category,
        "criteria": (*chosen(form, "criterion"), *lines_of(form, "criteria")),
        "functions": chosen(form, "function") if category else (),
        "level": text_of(form, "level"),
        "site": proposal.site.id,
        "site_name": proposal.site.name,
        "country": proposal.site.country,
        "carriers": lines_of(form, "carriers"),
        "family": proposal.family,
        "machines": tuple(item.id for item in machines),
        "processes": processes,
        "lots": tuple(_lot(line) for line in lines_of(form, "lots")),
        "floors": tuple(_floor(form, process) for process in processes),
        "ceilings": tuple(item for item in (_ceiling(form, process) for process in processes) if len(item) > 1),
        "quantity": whole_of(form, "quantity"),
        "max_quantity_per_label": whole_of(form, "max_quantity_per_label"),
        "period": {"first": text_of(form, "first"), "last": text_of(form, "last")},
        "sampling_rate": text_of(form, "sampling_rate").strip().replace(",", "."),
        "chain_commitment": text_of(form, "chain_commitment").strip(),
        "chain_weeks": whole_of(form, "chain_weeks"),
        "frame": frame_of(form),
    }


def frame_of(form: FormData) -> dict[str, Any] | None:
    """Give the parametric design and its bounds; None where none of it was typed."""
    name, design = (text_of(form, field).strip() for field in ("frame_name", "frame_design"))
    lines = lines_of(form, "frame_bounds")
    if not (name or design or lines):
        return None
    return {"name": name, "design": design.lower(), "bounds": tuple(_bound(line) for line in lines)}


def bound_lines(frame: Frame | None) -> str:
    """Write what may vary as lines of the form."""
    bounds = frame.bounds if frame else ()
    return "\n".join(f"{bound.quantity}; {bound.low}; {bound.high}; {bound.unit}" for bound in bounds)


def _bound(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split(";")]
    if len(parts) != 4 or not all(parts):
        raise InvalidDocument(f"expected “{_BOUND}” in a line, found {ascii(line)[:80]}", where="frame_bounds")
    low, high = (amount_of(part, "frame_bounds") or "" for part in parts[1:3])
    return {"quantity": parts[0], "low": low, "high": high, "unit": parts[3]}


def _floor(form: FormData, process: str) -> dict[str, str]:
    return {
        "process": process,
        "kwh_per_kg": _needed(form, f"kwh_floor:{process}"),
        "scrap_fraction": _needed(form, f"scrap_floor:{process}"),
    }


def _ceiling(form: FormData, process: str) -> dict[str, str]:
    kwh, scrap = f"kwh_ceiling:{process}", f"scrap_ceiling:{process}"
    limits = {
        "process": process,
        "kwh_per_kg": amount_of(text_of(form, kwh), kwh),
        "scrap_fraction": amount_of(text_of(form, scrap), scrap),
    }
    return {name: value for name, value in limits.items() if value is not None}


def _needed(form: FormData, name: str) -> str:
    value = amount_of(text_of(form, name), name)
    if value is None:
        hint = "the lowest you observed; 0 where there is none"
        raise MissingInput(f"a floor of {name.partition(':')[2]} is open", hint=hint, where=name)
    return value


def _lot(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split(";")]
    if not 3 <= len(parts) <= 4 or not all(parts[:3]):
        raise InvalidDocument(f"expected “{_LOT}” in a line, found {ascii(line)[:80]}", where="lots")
    lot = {"lot": parts[0], "material": parts[1], "mass_kg": amount_of(parts[2], "lots") or ""}
    share = amount_of(parts[3], "lots") if len(parts) == 4 else None
    return lot | ({"recycled_share": share} if share and share != "0" else {})


def weeks_of(period: Period) -> int:
    """Give how many weeks the chain of a scope has to last, from the week in which its period begins."""
    days = (date.fromisoformat(period.last) - date.fromisoformat(period.first)).days + 1
    return -(-days // 7) + WEEKS_MORE
