"""DXF drawings and embroidery files, which the extras `cad` and `sewing` read."""

import io
import math
import sys
from pathlib import Path
from typing import Any

import ezdxf
import pyembroidery
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.readers import Reading, ReadingOptions, read

SAMPLES = Path(__file__).parent / "samples"
PANEL = (SAMPLES / "panel.dxf").read_bytes()
BADGE = (SAMPLES / "badge.dst").read_bytes()
MM = ReadingOptions(unit="mm")


def values(reading: Reading) -> dict[tuple[str, int | None], str]:
    """Give facts and texts by quantity and item."""
    return {(entry.quantity, entry.item): entry.value for entry in (*reading.facts, *reading.texts)}


def saved(document: Any) -> bytes:
    """Give the file of a drawing."""
    stream = io.StringIO()
    document.write(stream)
    return stream.getvalue().encode()


def drawing(version: str = "R2010", unit: int = 4) -> Any:
    """Begin a drawing in mm."""
    document = ezdxf.new(version)
    document.header["$INSUNITS"] = unit
    return document


def test_lines_of_each_layer_are_measured() -> None:
    """Lines, polylines with bulges, circles, arcs, ellipses and splines have the length that geometry gives them."""
    document = drawing()
    model = document.modelspace()
    model.add_line((0, 0), (30, 40))
    model.add_circle((100, 100), 10, dxfattribs={"layer": "holes"})
    model.add_arc((0, 0), 10, 0, 90, dxfattribs={"layer": "holes"})
    model.add_lwpolyline([(0, 0, 0, 0, 1), (10, 0, 0, 0, 0)], close=True, dxfattribs={"layer": "slots"})
    model.add_ellipse((0, 0), (20, 0), 0.5, dxfattribs={"layer": "slots"})
    model.add_polyline2d([(0, 0), (0, 30)], dxfattribs={"layer": "slots"})
    model.add_open_spline([(0, 0), (10, 0), (20, 0), (30, 0)], dxfattribs={"layer": "slots"})
    found = values(reading := read(saved(document)))
    assert (reading.kind, reading.importer, reading.missing) == ("dxf", "drawing-dxf", ("sheet_area",))
    lengths = {found["layer_name", item]: float(found["cut_length", item]) * 1000 for item in range(3)}
    assert lengths["0"] == pytest.approx(50, abs=0.06)
    assert lengths["holes"] == pytest.approx(25 * math.pi, abs=0.06)
    assert lengths["slots"] == pytest.approx(5 * math.pi + 10 + 96.8845 + 30 + 30, abs=0.1)
    assert {fact.basis for fact in reading.facts} == {"design"}


def test_blocks_count_where_they_are_inserted() -> None:
    """A block that is inserted twice, and once in rows and columns, counts as often, in its scale."""
    document = drawing()
    block = document.blocks.new("hole")
    block.add_line((0, 0), (1, 0))
    model = document.modelspace()
    model.add_blockref("hole", (5, 5), {"xscale": 10, "yscale": 10})
    model.add_blockref("hole", (5, 5), {"column_count": 3, "row_count": 2, "column_spacing": 5, "row_spacing": 5})
    assert values(read(saved(document)))["cut_length", None] == "0.016"


def test_layers_that_are_off_and_texts_do_not_count() -> None:
    """What is not seen or not a line is said and left out."""
    document = drawing()
    document.layers.add("hidden").off()
    document.layers.add("cold").freeze()
    model = document.modelspace()
    model.add_line((0, 0), (5, 0))
    model.add_line((0, 0), (900, 0), dxfattribs={"layer": "hidden"})
    model.add_line((0, 0), (900, 0), dxfattribs={"layer": "cold"})
    model.add_text("lid")
    reading = read(saved(document))
    assert values(reading)["cut_length", None] == "0.005"
    assert "not counted: 2 x line on a layer that is off" in reading.warnings
    assert "not counted: 1 x text" in reading.warnings


@pytest.mark.parametrize(("unit", "expected"), [(1, "0.254"), (2, "3.048"), (4, "0.01"), (5, "0.1"), (6, "10")])
def test_the_unit_of_the_drawing_counts(unit: int, expected: str) -> None:
    """$INSUNITS says inches, feet, mm, cm or m; what a person said does not replace it."""
    document = drawing(unit=unit)
    document.modelspace().add_line((0, 0), (10, 0))
    assert values(read(saved(document), options=MM))["cut_length", None] == expected


@pytest.mark.parametrize("data", [PANEL, saved(drawing(unit=0))])
def test_a_drawing_without_unit_asks(data: bytes) -> None:
    """R12 has no unit, and later versions may leave it open: nothing is measured."""
    reading = read(data)
    assert reading.facts == ()
    assert "cut_length" in reading.missing
    assert "does not say its unit" in reading.warnings[0]


def test_the_answer_to_the_unit_is_used() -> None:
    """A line of 50 and a circle of 10 in mm, or in inches."""
    found = values(read(PANEL, options=MM))
    assert found["cut_length", 0] == "0.05"
    assert found["cut_length", 1] == "0.0628"
    assert values(read(PANEL, options=ReadingOptions(unit="in")))["cut_length", 0] == "1.27"


def endless(levels: int) -> bytes:
    """Give a drawing with blocks of blocks of blocks."""
    document = drawing()
    for level in range(levels):
        block = document.blocks.new(f"b{level}")
        for _ in range(20):
            if level:
                block.add_blockref(f"b{level - 1}", (0, 0))
            else:
                block.add_line((0, 0), (1, 0))
    document.modelspace().add_blockref(f"b{levels - 1}", (0, 0))
    return saved(document)


def nothing_often() -> bytes:
    """Give a drawing that inserts an empty block a thousand million times."""
    document = drawing()
    document.blocks.new("empty")
    document.modelspace().add_blockref(
        "empty", (0, 0), dict.fromkeys(("column_count", "row_count"), 32_000) | {"column_spacing": 1, "row_spacing": 1}
    )
    return saved(document)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (PANEL[:-8], "cut off"),
        (PANEL.replace(b"\n40\n10\n", b"\n40\nten\n"), "damaged"),
        (PANEL.replace(b"LINE\n", b"LINE\n10\n"), "damaged"),
        (PANEL.replace(b"\n30\n", b"\n3e99\n"), "larger ones"),
        (b"AutoCAD Binary DXF\r\n\x1a\x00", "binary DXF"),
        (b"0\nSECTION\n2\nEOF", "damaged|no lines"),
        (endless(5), "at most 200000"),
        (endless(10), "8 deep|at most 200000"),
        (nothing_often(), "at most 200000"),
    ],
)
def test_drawings_that_are_none_are_refused(data: bytes, message: str) -> None:
    """Cut off, damaged, binary and endless drawings are named."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        read(data, options=MM)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "package", "extra"), [(PANEL, "ezdxf.filemanagement", "cad"), (BADGE, "pyembroidery", "sewing")]
)
def test_without_the_extra_the_error_names_it(
    data: bytes, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has not installed the extra is told which one it is."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UnreadableFile, match=f"the extra `{extra}`") as caught:
        read(data)
    assert f"label-service[{extra}]" in caught.value.hint


PAIR = st.tuples(st.sampled_from([0, 8, 10, 20, 30, 40, 41, 50, 62, 66, 70, 71, 210, 230]), st.integers(-9, 999))


@settings(max_examples=50)
@given(st.lists(PAIR, max_size=12), st.sampled_from(["LINE", "ARC", "SPLINE", "INSERT", "LWPOLYLINE", "POLYLINE"]))
def test_any_entity_ends_in_facts_or_a_named_error(pairs: list[tuple[int, int]], kind: str) -> None:
    """Nonsense in an entity leads to no traceback."""
    inside = "".join(f"{code}\n{value}\n" for code, value in pairs)
    data = f"0\nSECTION\n2\nENTITIES\n0\n{kind}\n8\n0\n{inside}0\nENDSEC\n0\nEOF\n".encode()
    try:
        read(data, options=MM)
    except UnreadableFile as error:
        assert error.hint  # noqa: PT017 - either outcome is right


# embroidery


def pattern() -> pyembroidery.EmbPattern:
    """Sew 40 stitches in red, cut, 20 stitches of 0.3 mm in blue."""
    design = pyembroidery.EmbPattern()
    design.add_thread("red")
    for place in range(40):
        design.stitch_abs(place % 2 * 30, place * 4)
    design.color_change()
    design.add_thread("blue")
    for place in range(20):
        design.stitch_abs(100 + place * 3, 200)
    design.end()
    return design


def sewn(format_: str) -> bytes:
    """Give an embroidery file."""
    stream = io.BytesIO()
    writers = {"dst": pyembroidery.DstWriter, "pes": pyembroidery.PesWriter, "jef": pyembroidery.JefWriter}
    (writers | {"pec": pyembroidery.PecWriter})[format_].write(pattern(), stream)
    return stream.getvalue()


@pytest.mark.parametrize("format_", ["dst", "pes", "pec", "jef"])
def test_stitches_and_thread_are_measured(format_: str) -> None:
    """Every format says the same: the thread from stitch to stitch of each colour, and how many stitches."""
    reading = read(sewn(format_))
    found = values(reading)
    red = 39 * math.hypot(3, 0.4)
    assert reading.kind == "embroidery"
    assert reading.importer == f"drawing-embroidery-{'pes' if format_ == 'pec' else format_}"
    assert float(found["thread_length", 0]) * 1000 == pytest.approx(red, abs=0.2)
    assert float(found["thread_length", 1]) * 1000 == pytest.approx(5.7, abs=0.2)
    assert found["stitch_count", None] == "60"
    assert (found["bounding_width", None], found["bounding_height", None]) == ("0.0157", "0.02")
    assert {fact.basis for fact in reading.facts} == {"design"}
    assert "more thread" in reading.warnings[0]


def test_the_sample_is_read() -> None:
    """A file on disk, without the names of its threads."""
    assert values(read(BADGE))["layer_name", 1] == "thread 2"


@pytest.mark.parametrize("format_", ["dst", "pes", "pec", "jef"])
def test_a_file_without_its_end_is_refused(format_: str) -> None:
    """Half of the stitches are not taken for all."""
    data = sewn(format_)
    with pytest.raises(UnreadableFile):
        read(data[: len(data) // 3])


@settings(max_examples=60)
@given(st.sampled_from([sewn(name) for name in ("dst", "pes", "jef")]), st.integers(0, 4000), st.binary(max_size=8))
def test_mutated_designs_end_in_facts_or_a_named_error(data: bytes, place: int, insert: bytes) -> None:
    """Changed bytes lead to no traceback."""
    place %= len(data)
    try:
        read(data[:place] + insert + data[place + len(insert) :])
    except UnreadableFile as error:
        assert error.hint  # noqa: PT017 - either outcome is right
