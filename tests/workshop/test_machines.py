"""Known machines: sourced figures only, and names that slicers really write."""

import pytest

from label_service.declaration.profiles import Profiles
from label_service.examples import FOLDER
from label_service.factors import load_release
from label_service.readers import read
from label_service.workshop import find_machine, machine_catalogue, process_of
from label_service.workshop.machines import LARGEST_DESKTOP_BED_MM, SOURCES

RELEASE = load_release()
MACHINES = machine_catalogue()


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_machine_does_a_process_of_the_release(machine):
    """Choosing a known machine never leads to a process without a row."""
    assert RELEASE.row("processes", machine.process)["route"] == "decentral"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_power_has_a_source(machine):
    """A figure of power stands only beside the row of process_sources it was read in."""
    has_power = machine.power_active_w is not None or machine.power_idle_w is not None
    assert has_power == bool(machine.power_source)
    if has_power:
        assert RELEASE.row("process_sources", machine.power_source)["reliability"] in {"high", "medium", "low"}
        assert all(float(watts) > 0 for watts in (machine.power_active_w, machine.power_idle_w) if watts)
    for source in machine.sources:
        assert source in SOURCES or RELEASE.has("process_sources", source)


@pytest.mark.parametrize("machine", [item for item in MACHINES if item.bed_mm], ids=lambda machine: machine.name)
def test_the_bed_decides_between_desktop_and_large(machine):
    """A printer with a bed of up to 256 mm is a desktop printer, a larger one is not."""
    is_desktop = max(machine.bed_mm) <= LARGEST_DESKTOP_BED_MM
    assert machine.process == ("fdm_desktop" if is_desktop else "fdm_large_bed")


def test_a_name_means_one_machine():
    """No word of the catalogue belongs to two machines."""
    for machine in MACHINES:
        for word in (machine.name, *machine.words):
            assert find_machine(word) is machine


@pytest.mark.parametrize(
    ("printer_model", "process"),
    [
        ("MK3S", "fdm_desktop"),
        ("ENDER3", "fdm_desktop"),
        ("Bambu Lab X1 Carbon", "fdm_desktop"),
        ("Bambu Lab A1 mini 0.4 nozzle", "fdm_desktop"),
        ("Bambu Lab H2D", "fdm_large_bed"),
        ("Voron_v2_350_afterburner", "fdm_large_bed"),
        ("creality  ender-3 v2", "fdm_desktop"),
        ("MK3S+", "fdm_desktop"),
        ("", None),
        ("X1", None),
        ("demo printer, 1.2 mm nozzle", None),
    ],
)
def test_a_slicers_printer_chooses_the_process(printer_model, process):
    """The words slicers write lead to a process; what is not known is asked, never guessed."""
    assert process_of(printer_model) == process


def test_a_known_machine_becomes_a_profile_without_a_power():
    """No figure of the catalogue enters a declaration by itself."""
    machine = find_machine("MK3S").as_machine("printer", "lab", model="MK3S")
    assert machine.nameplate_power is None
    assert (machine.process, machine.model) == ("fdm_desktop", "MK3S")


def test_the_demo_printer_is_found_by_the_word_of_its_slicer():
    """The shipped G-code names the printer of the shipped profiles."""
    profiles = Profiles.from_bytes((FOLDER / "profiles.json").read_bytes().rstrip(b"\n"))
    reading = read((FOLDER / "hook" / "hook.gcode").read_bytes())
    named = [text.value for text in reading.texts if text.quantity == "printer_model"]
    assert named == [profiles.machines[0].model]
