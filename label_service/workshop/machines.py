"""Printers and cutters that are known by name, so that a sliced file or a few letters choose the process.

The table `machines.csv` holds a figure of power only where a source states one for that model; the figures are shown
to the maker and never enter a declaration, for what counts is the meter. Beds up to 256 mm belong to `fdm_desktop`,
larger ones to `fdm_large_bed`, as the rows of these processes say.
"""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from label_service.declaration import Machine

LARGEST_DESKTOP_BED_MM = 256  # name of the process row fdm_desktop

# Where names and beds are from, beside the ids of the release's table process_sources.
SOURCES = {
    "prusaslicer": "PrusaSlicer 2.5.0 as packaged by Debian 12, bundled printer profiles: printer_model and bed_shape",
    "orcaslicer": "OrcaSlicer, bundled profiles of BBL: names of the machine models and printable_area",
}
_NOZZLE = re.compile(r"\s*\d(\.\d+)? ?(mm )?nozzle$")
_FILE = Path(__file__).parent / "machines.csv"


@dataclass(frozen=True, slots=True)
class CatalogueMachine:
    """A model on the market and the process it does.

    Attributes:
        words: how slicers call it, beside maker and model.
        bed_mm: width and depth that can be printed on; None where no source was read.
        power_active_w: mean power at work, in W, as the source states it.
        power_idle_w: power while it waits, in W.
        power_source: id of the source of the power in the table `process_sources`; empty without a figure.
        sources: ids of the sources of name and bed.
    """

    maker: str
    model: str
    process: str
    words: tuple[str, ...]
    bed_mm: tuple[int, int] | None
    power_active_w: str | None
    power_idle_w: str | None
    power_source: str
    sources: tuple[str, ...]

    @property
    def name(self) -> str:
        """Maker and model."""
        return f"{self.maker} {self.model}"

    def as_machine(self, machine_id: str, site_id: str, *, model: str | None = None) -> Machine:
        """Give the profile of such a machine at a site; `model` is how the maker's slicer calls it."""
        return Machine(id=machine_id, site=site_id, process=self.process, model=model or self.name)


@lru_cache
def machine_catalogue() -> tuple[CatalogueMachine, ...]:
    """Give all machines of the catalogue, in its order."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_machine(row) for row in csv.DictReader(file))


def find_machine(printer_model: str) -> CatalogueMachine | None:
    """Give the machine a slicer's `printer_model` names, or None where it is not known: then the maker is asked."""
    return _by_word().get(_plain(printer_model))


def process_of(printer_model: str) -> str | None:
    """Give the process of a slicer's `printer_model`, or None where it is not known."""
    machine = find_machine(printer_model)
    return machine.process if machine else None


@lru_cache
def _by_word() -> dict[str, CatalogueMachine]:
    return {
        _plain(word): machine
        for machine in machine_catalogue()
        for word in (machine.name, machine.model, *machine.words)
    }


def _plain(word: str) -> str:
    """Compare names as slicers vary them: case, spaces, hyphens and the nozzle aside; a plus is part of the name."""
    without_nozzle = _NOZZLE.sub("", word.casefold().strip()[:200])
    return "".join(character for character in without_nozzle if character.isalnum() or character in "+.")


def _machine(row: dict[str, str]) -> CatalogueMachine:
    bed = (int(row["bed_x_mm"]), int(row["bed_y_mm"])) if row["bed_x_mm"] else None
    return CatalogueMachine(
        maker=row["maker"],
        model=row["model"],
        process=row["process"],
        words=tuple(filter(None, row["words"].split(";"))),
        bed_mm=bed,
        power_active_w=row["power_active_w"] or None,
        power_idle_w=row["power_idle_w"] or None,
        power_source=row["power_source"],
        sources=tuple(row["source"].split(";")),
    )
