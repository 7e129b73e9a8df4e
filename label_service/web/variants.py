"""Words for what may vary of an attested design."""

from collections.abc import Mapping
from typing import Final

from label_service.label.attestation import Bound, Frame
from label_service.web.languages import message, say
from label_service.web.numbers import THIN, signed

QUANTITIES: Final[Mapping[str, str]] = {
    "net_mass": message("mass"),
    "gross_mass": message("mass with scrap"),
    "energy": message("energy"),
    "machine_time": message("machine time"),
    "function": message("Function"),
}


def varying(frame: Frame) -> str:
    """Say which quantities may vary, and between which amounts; parameters keep the names of the design."""
    return "; ".join(bounded(bound) for bound in frame.bounds)


def bounded(bound: Bound) -> str:
    """Say which quantity may vary between which amounts."""
    name = say(QUANTITIES.get(bound.quantity, "")) or bound.quantity
    return f"{name} {signed(bound.low)}\u2013{signed(bound.high)}{THIN}{bound.unit}"
