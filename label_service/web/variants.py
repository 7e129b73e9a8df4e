"""Words for what may vary of an attested design."""

from collections.abc import Mapping
from typing import Final

from label_service.label.attestation import Frame
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
    return "; ".join(
        f"{say(QUANTITIES.get(bound.quantity, '')) or bound.quantity} "
        f"{signed(bound.low)}\u2013{signed(bound.high)}{THIN}{bound.unit}"
        for bound in frame.bounds
    )
