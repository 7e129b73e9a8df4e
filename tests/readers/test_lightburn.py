"""LightBurn projects."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.readers import Reading, read

BOX = (Path(__file__).parent / "samples" / "box.lbrn2").read_text()


def values(reading: Reading) -> dict[tuple[str, int | None], str]:
    """Give facts and texts by quantity and item."""
    return {(entry.quantity, entry.item): entry.value for entry in (*reading.facts, *reading.texts)}


def setting(index: int = 0, kind: str = "Cut", **parts: object) -> str:
    """Give the settings of a layer."""
    inside = "".join(f'<{name} Value="{value}"/>' for name, value in ({"index": index} | parts).items())
    return f'<CutSetting type="{kind}">{inside}</CutSetting>'


def project(*parts: str) -> Reading:
    """Read a project."""
    return read(f'<LightBurnProject AppVersion="1.6.00" FormatVersion="1">{"".join(parts)}</LightBurnProject>'.encode())


def rect(index: int = 0, width: float = 30, height: float = 20, form: str = "1 0 0 1 0 0") -> str:
    """Give a rectangle."""
    return f'<Shape Type="Rect" CutIndex="{index}" W="{width}" H="{height}" Cr="0"><XForm>{form}</XForm></Shape>'


def path(vertices: str, primitives: str, **attributes: str) -> str:
    """Give a path."""
    words = "".join(f' {name}="{value}"' for name, value in attributes.items())
    lists = f"<VertList>{vertices}</VertList><PrimList>{primitives}</PrimList>" if vertices else ""
    return f'<Shape Type="Path" CutIndex="0"{words}><XForm>1 0 0 1 0 0</XForm>{lists}</Shape>'


def test_a_project_gives_length_speed_and_time_of_each_layer() -> None:
    """Lengths are in mm, the time is length / speed x passes, and the power stays a word."""
    reading = read(BOX.encode())
    found = values(reading)
    assert (reading.kind, reading.importer) == ("lightburn", "drawing-lightburn")
    assert reading.producer is not None
    assert reading.producer.version == "1.7.03"
    cut = 2 * (80 + 50) + 2 * math.pi * 10
    assert found["cut_length", 1] == "0.12"  # two lines of 40 mm and two straight curves of 20 mm
    assert float(found["cut_length", 0]) == pytest.approx(cut / 1000, abs=6e-5)
    assert float(found["cut_length", None]) == pytest.approx((cut + 120) / 1000, abs=6e-5)
    assert (found["layer_name", 0], found["layer_name", 1]) == ("Cut 4 mm", "Fold")
    assert (found["cut_speed", 0], found["pass_count", 0]) == ("0.02", "2")
    assert float(found["cut_duration", 0]) == pytest.approx(cut / 20 * 2 / 3600, rel=1e-3)
    assert float(found["cut_duration", None]) == pytest.approx((cut / 20 * 2 + 120 / 60) / 3600, rel=1e-3)
    assert found["laser_power", 0] == "80 %"
    assert (found["bounding_width", None], found["bounding_height", None]) == ("0.08", "0.05")
    assert {fact.basis for fact in reading.facts} == {"design", "estimated"}
    assert {fact.quantity for fact in reading.facts if fact.basis == "estimated"} == {"cut_duration"}
    assert not any(fact.unit in {"kWh", "kg"} for fact in reading.facts)
    assert reading.missing == ("sheet_area",)
    assert any("1 x shape on a layer without output" in warning for warning in reading.warnings)


def test_both_formats_of_paths_say_the_same() -> None:
    """Vertices and lines as elements (.lbrn) and as lists (.lbrn2) measure the same."""
    listed = path("V0 0c0x5c0y0c1x1V10 10c0x1c1x10c1y5V20 10", "B0 1L1 2")
    elements = (
        '<Shape Type="Path" CutIndex="0"><XForm>1 0 0 1 0 0</XForm><V vx="0" vy="0" c0x="5" c0y="0" c1x="1"/>'
        '<V vx="10" vy="10" c0x="1" c1x="10" c1y="5"/><V vx="20" vy="10"/>'
        '<P T="B" p0="0" p1="1"/><P T="L" p0="1" p1="2"/></Shape>'
    )
    assert values(project(elements)) == values(project(listed))


@pytest.mark.parametrize(
    ("parts", "millimetres"),
    [
        ([path("V0 0c0x1c1x1V10 0c0x1c1x1V10 10c0x1c1x1", "LineClosed")], 20 + 10 * math.sqrt(2)),
        ([path("V0 0V3 4", "B0 1")], 5),
        ([path("V0 0V3 4", "")], 0),
        ([path("V0 0c0y5V3 4c1x9", "B0 1")], 5),
        ([path("V0 0SV3 4", "L0 1", VertID="1"), path("", "", VertID="1", PrimID="9")], 5),
        ([path("V0 0V3 4", "L0 1", VertID="1", PrimID="2"), path("", "", VertID="1", PrimID="2")], 10),
        ([path("", "", VertID="1", PrimID="2"), path("V0 0V3 4", "L0 1", VertID="1", PrimID="2")], 10),
        ([path("V-1.5e1 0V0 0", "L0 1")], 15),
        ([rect(form="0 1 -1 0 5 5")], 100),
        ([rect(form="2 0 0 2 5 5")], 200),
        (['<Shape Type="Ellipse" CutIndex="0" Rx="5" Ry="5"/>'], 10 * math.pi),
        (['<Shape Type="Rect" CutIndex="0" W="40" H="20" Cr="5"/>'], 80 + 10 * math.pi),
        (['<Shape Type="Group"><Children/><XForm>1 0 0 1 0 0</XForm></Shape>'], 0),
        (['<Shape Type="Bitmap" CutIndex="0" W="40" H="20"/>'], 0),
        (['<Shape Type="Text" CutIndex="0" Str="lid"/>'], 0),
    ],
)
def test_shapes(parts: list[str], millimetres: float) -> None:
    """Lines, curves, shared lists, rounded corners and transforms have the length that geometry gives them."""
    found = float(values(project(*parts)).get(("cut_length", None), "0"))
    assert found * 1000 == pytest.approx(millimetres, abs=0.06)


def test_a_text_counts_by_the_outline_that_is_saved_with_it() -> None:
    """The outline stands in the map of what is around the text, on the text's layer."""
    lists = "<VertList>V0 0V5 0</VertList><PrimList>L0 1</PrimList>"
    inside = f'<BackupPath Type="Path"><XForm>3 0 0 3 0 0</XForm>{lists}</BackupPath>'
    text = f'<Shape Type="Text" CutIndex="2" Str="lid">{inside}<XForm>7 0 0 7 0 0</XForm></Shape>'
    found = values(project(text))
    assert found["cut_length", None] == "0.015"
    assert found["layer_name", None] == "C02"


def test_engraved_areas_have_no_time() -> None:
    """An area is engraved line by line: its outline is not cut, and the time of the whole job is not known."""
    parts = (setting(0, speed=20), setting(1, "Scan", speed=200), rect(0), rect(1))
    reading = project(*parts)
    assert values(reading)["cut_length", None] == "0.1"
    assert "cut_duration" in reading.missing
    assert any("engraved" in warning for warning in reading.warnings)
    both = project(setting(0, "Scan+Cut", speed=20), rect(0))
    assert values(both)["cut_length", None] == "0.1"
    assert "cut_duration" in both.missing


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"speed": 0},
        {"speed": "fast"},
        {"speed": "0.00000000000000000001"},
        {"speed": 20, "numPasses": 0},
        {"speed": 20, "numPasses": 999_999_999_999},
        {"speed": 20, "SubLayer": ""},
    ],
)
def test_a_layer_without_speed_has_no_time(parts: dict[str, object]) -> None:
    """Without a possible speed and number of passes, or with a second setting below the first, the time is missing."""
    reading = project(setting(0, **parts), rect(0))
    assert values(reading)["cut_length", None] == "0.1"
    assert "cut_duration" in reading.missing


def test_layers_without_output_do_not_count() -> None:
    """Layers that are switched off and tool layers are not cut."""
    reading = project(setting(0, doOutput=0), setting(1, "Tool"), rect(0), rect(1))
    assert "cut_length" in reading.missing
    assert any("2 x shape on a layer without output" in warning for warning in reading.warnings)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (path("V0 0V1", "L0 1"), "list of vertices"),
        (path("V0 0V1 1", "Q0 1"), "lines and curves"),
        (path("V0 0V1 1", "L0 2"), "vertices below 2"),
        (path("V0 0V9e99 1", "L0 1"), "larger ones"),
        (rect(form="1 0 0 1 0"), "XForm"),
        (rect(form="a b"), "a number"),
        (rect(width=-5), "a size"),
        ('<Shape Type="Path"><V vx="0" vy="zero"/><P p0="0" p1="0"/></Shape>', "no sizes"),
        ('<Shape Type="Path"><V vx="0" vy="0"/><P p0="0" p1="-1"/></Shape>', "from p0 to p1"),
        ("<Shape>", "not XML"),
        ("<!DOCTYPE x>", "not XML"),
    ],
)
def test_shapes_that_are_none_are_refused(part: str, message: str) -> None:
    """What LightBurn would not write is named."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        project(part)
    assert caught.value.hint


def test_another_root_is_refused() -> None:
    """A project inside of other XML is no project."""
    with pytest.raises(UnreadableFile, match="expected a LightBurn project"):
        read(b"<backup><LightBurnProject/></backup>")


def test_shared_lists_do_not_multiply_without_end() -> None:
    """A thousand shapes that share a list of a thousand lines are refused at the limit."""
    vertices = "".join(f"V{n % 90} {n % 7}" for n in range(1000))
    shapes = path("", "", VertID="1", PrimID="1") * 300
    with pytest.raises(UnreadableFile, match="at most 200000 lines"):
        project(path(vertices, "LineClosed", VertID="1", PrimID="1"), shapes)


@given(st.text(alphabet="VSLBc01xy 0123456789.-e", max_size=60), st.text(alphabet="LB 01239LineClosed", max_size=30))
def test_any_lists_end_in_a_length_or_a_named_error(vertices: str, primitives: str) -> None:
    """Nonsense in the lists leads to no traceback."""
    try:
        project(path(vertices, primitives))
    except UnreadableFile as error:
        assert error.hint  # noqa: PT017 - either outcome is right
