"""Cura in its current, Griffin, UltiGCode and old spellings."""

from pathlib import Path

import pytest

from label_service.errors import UnreadableFile
from label_service.readers import Reading, read, read_path

SAMPLES = Path(__file__).parent / "samples"
EXAMPLES = Path(__file__).parents[2] / "label_service" / "examples"


def values(reading: Reading) -> dict[tuple[str, int | None], str]:
    """Give the facts by quantity and item."""
    return {(fact.quantity, fact.item): fact.value for fact in reading.facts}


def test_shipped_clip_states_length_and_time_but_no_mass() -> None:
    """Cura's own header has metres and seconds; mass and material are named as missing, never guessed."""
    reading, _ = read_path(EXAMPLES / "clip" / "clip.gcode")
    assert reading.producer is not None
    assert (reading.producer.program, reading.producer.version) == ("Cura", "4.13.0")
    assert values(reading) == {("filament_length", None): "0.240775", ("print_duration", None): "0.033055555556"}
    assert reading.missing == ("filament_mass", "material_name")
    assert any("density" in warning for warning in reading.warnings)


@pytest.mark.parametrize("name", ["cura-4.13-griffin.gcode", "cura-4.13-volumetric.gcode"])
def test_volumes_are_cubic_millimetres(name: str) -> None:
    """The Griffin header and UltiGCode state mm3."""
    reading, _ = read_path(SAMPLES / name)
    assert values(reading)["filament_volume", None] == "0.000001612"
    assert values(reading)["print_duration", None] == "0.018888888889"  # 68 s


def test_placeholders_are_not_values() -> None:
    """A header that CuraEngine never filled in (0 m, 6666 s) gives no fact and a warning."""
    reading, _ = read_path(SAMPLES / "cura-4.13-placeholder.gcode")
    assert reading.facts == ()
    assert reading.missing == ("filament_mass", "print_duration", "material_name")
    assert "placeholders" in reading.warnings[0]


def test_old_placeholders_are_not_values() -> None:
    """Cura 15 may leave its own kind of placeholder."""
    text = ";Print time: #P_TIME#\n;Filament used: #F_AMNT#m #F_WGHT#g\n;Generated with Cura_SteamEngine 15.04\nG1 E1\n"
    assert read(text.encode()).facts == ()


def test_old_cura_states_time_in_words_and_mass() -> None:
    """Cura 15 writes hours and minutes, metres and grams."""
    text = (
        ";Print time: 1 hour 17 minutes\n;Filament used: 3.56m 10.6g\n;Generated with Cura_SteamEngine 15.04\nG1 E1\n"
    )
    found = values(read(text.encode()))
    assert found["print_duration", None] == "1.283333333333"
    assert found["filament_mass", None] == "0.0106"
    assert found["filament_length", None] == "3.56"


def test_several_extruders_and_a_weight_that_the_user_added() -> None:
    """Lengths are a list in metres; `Filament weight` counts where the user had it written."""
    text = """;FLAVOR:Marlin
;TIME:2848
;Filament used: 1.67714m, 0m, 0.5m
;Generated with Cura_SteamEngine 5.10.1
;Filament weight = [5.0, 0.0, 1.5]
;Filament type = PLA
G1 X1 E1
;End of Gcode
"""
    found = values(read(text.encode()))
    assert found["filament_length", None] == "2.17714"
    assert found["filament_mass", None] == "0.0065"
    assert found["filament_mass", 2] == "0.0015"
    assert ("filament_mass", 1) not in found


def test_a_volumetric_header_is_not_read_as_metres() -> None:
    """`4615.03mm3` is a volume."""
    text = ";TIME:10\n;Filament used: 4615.03mm3\n;Generated with Cura_SteamEngine 5.0.0\nG1 E1\n;End of Gcode\n"
    assert values(read(text.encode()))["filament_volume", None] == "0.00000461503"


def test_a_file_cut_off_is_refused() -> None:
    """Cura's header stands in front, so only the closing line tells that the file is whole."""
    data = (SAMPLES / "cura-4.13.gcode").read_bytes()
    with pytest.raises(UnreadableFile, match="cut off"):
        read(data[: len(data) // 2])
