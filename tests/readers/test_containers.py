"""Sliced projects, print packages and binary G-code."""

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.readers import Reading, read

SAMPLES = Path(__file__).parent / "samples"
CURA = (SAMPLES / "cura-4.13.gcode").read_bytes()

HEADER = '<?xml version="1.0"?><config><header><header_item key="X-BBL-Client-Version" value="02.07.01.57"/></header>'
PLATE = """<plate>
<metadata key="index" value="{index}"/><metadata key="prediction" value="{seconds}"/>
<metadata key="weight" value="{grams}"/><metadata key="support_used" value="false"/>
<object identify_id="9" name="a.stl" skipped="false"/><object identify_id="8" name="b.stl" skipped="true"/>
{filaments}</plate>"""
ONE = PLATE.format(
    index=1, seconds=5450, grams="26.91", filaments='<filament id="1" type="PLA" used_m="9.02" used_g="26.91"/>'
)
TWO = PLATE.format(
    index=2,
    seconds=1750,
    grams="12.92",
    filaments='<filament id="1" type="PLA" used_m="3.30" used_g="9.84"/>'
    '<filament id="3" type="PETG" used_m="1.00" used_g="3.08"/>',
)


def packed(entries: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Give a zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)  # no time of day: the same bytes again
    return stream.getvalue()


def project(*plates: str, **entries: bytes | str) -> bytes:
    """Give a sliced project."""
    summary = HEADER + "".join(plates) + "</config>"
    return packed({"3D/3dmodel.model": "<model/>", "Metadata/slice_info.config": summary} | entries)


def values(reading: Reading) -> dict[tuple[str, int | None], str]:
    """Give the facts by quantity and item."""
    return {(fact.quantity, fact.item): fact.value for fact in reading.facts}


def test_a_plate_states_mass_length_time_and_objects() -> None:
    """The summary of a plate is read, with the entry and the line where it stands."""
    reading = read(project(ONE))
    assert reading.kind == "gcode-3mf"
    assert values(reading) == {
        ("filament_mass", None): "0.02691",
        ("filament_length", None): "9.02",
        ("print_duration", None): "1.513888888889",
        ("object_count", None): "1",
    }
    assert reading.facts[0].source.part == "Metadata/slice_info.config"
    assert reading.facts[0].source.key == "plate 1 filament 1 used_g"
    assert reading.missing == ()
    assert reading.producer is not None
    assert reading.producer.version == "02.07.01.57"


def test_plates_add_up() -> None:
    """Mass and time of several plates add up, for each slot and for the whole; each plate is given as well."""
    found = values(read(project(ONE, TWO)))
    assert found["filament_mass", None] == "0.03983"
    assert found["filament_mass", 0] == "0.03675"
    assert found["filament_mass", 2] == "0.00308"
    assert found["print_duration", None] == "2"
    assert found["plate_mass", 1] == "0.01292"
    assert found["plate_duration", 0] == "1.513888888889"
    assert found["object_count", 1] == "1"


def test_a_plate_without_time_leaves_the_sum_open() -> None:
    """One plate that was not predicted makes the time of the whole unknown, not too short."""
    reading = read(project(ONE, TWO.replace('value="1750"', 'value="0"')))
    assert ("print_duration", None) not in values(reading)
    assert "print_duration" in reading.missing
    assert any("prediction" in warning for warning in reading.warnings)


def test_a_plate_without_mass_leaves_the_sum_open() -> None:
    """0 g for a metre of filament is unknown, and so is the sum over the plates."""
    reading = read(project(ONE, TWO.replace('used_g="3.08"', 'used_g="0.00"')))
    assert ("filament_mass", None) not in values(reading)
    assert "filament_mass" in reading.missing


def test_weight_that_differs_from_the_filaments_is_said() -> None:
    """The weight of the plates is compared with the sum of the filaments."""
    reading = read(project(ONE.replace('key="weight" value="26.91"', 'key="weight" value="36.91"')))
    assert any("differs" in warning for warning in reading.warnings)


def test_settings_of_the_project_name_printer_and_density() -> None:
    """Printer, density and diameter come from the settings; a density that does not fit the mass is said."""
    settings = {"printer_model": "Bambu Lab A1", "filament_density": ["1.24"], "filament_diameter": ["1.75"]}
    entries = {"Metadata/project_settings.config": json.dumps(settings)}
    reading = read(project(ONE, **entries))
    assert values(reading)["filament_density", None] == "1240"
    assert ("printer_model", "Bambu Lab A1") in {(text.quantity, text.value) for text in reading.texts}
    assert reading.warnings == ()
    entries = {"Metadata/project_settings.config": json.dumps(settings | {"filament_density": ["1.04"]})}
    assert any("do not fit" in warning for warning in read(project(ONE, **entries)).warnings)


def test_the_gcode_of_a_plate_names_the_slicer() -> None:
    """The summary does not name the slicer, the G-code beside it does."""
    reading = read(project(ONE, **{"Metadata/plate_1.gcode": "; generated by OrcaSlicer 2.3.1 on 2026-04-20\n"}))
    assert reading.producer is not None
    assert reading.producer.program == "OrcaSlicer"


@pytest.mark.parametrize(
    "data",
    [
        packed({"3D/3dmodel.model": "<model/>"}),
        project(),
        packed({"3D/3dmodel.model": "<model/>", "Metadata/Slic3r_PE.config": "; filament_type = PLA"}),
    ],
)
def test_a_project_that_was_not_sliced_is_no_evidence(data: bytes) -> None:
    """A project without plates is recognised, and the hint says to slice it."""
    with pytest.raises(UnreadableFile, match="not sliced") as caught:
        read(data, name="hook.3mf")
    assert "slice" in caught.value.hint


def test_a_print_package_is_read_like_its_gcode() -> None:
    """A .ufp gives the facts of the G-code in it, and names the entry."""
    reading = read(packed({"/3D/model.gcode": CURA, "/Metadata/thumbnail.png": b"\x89PNG"}))
    assert reading.kind == "ufp"
    assert values(reading) == values(read(CURA))
    assert reading.facts[0].source.part == "3D/model.gcode"


def test_a_large_print_package_is_read_in_pieces() -> None:
    """Head and tail of a packed G-code of some MiB are found."""
    head, tail = CURA.split(b"G28", 1)
    filler = b"".join(b"G1 X%d.%03d Y%d E0.%d\n" % (i % 200, i % 997, i % 211, i) for i in range(150_000))
    reading = read(packed({"3D/model.gcode": head + b"G28\n" + filler + tail}))
    assert values(reading) == values(read(CURA))


def encrypted(data: bytes) -> bytes:
    """Set the flag of encryption in both headers of every entry."""
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = data.find(magic)
        while position >= 0:
            data = data[: position + offset] + b"\x01" + data[position + offset + 1 :]
            position = data.find(magic, position + 4)
    return data


def lying() -> bytes:
    """State a smaller size for the summary than it has."""
    data, true = project(ONE), len(HEADER + ONE + "</config>")
    return data.replace(struct.pack("<L", true), struct.pack("<L", true - 200))


def doubled() -> bytes:
    """Write the summary twice."""
    stream = io.BytesIO(project(ONE))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(zipfile.ZipInfo("Metadata/slice_info.config"), HEADER + TWO + "</config>")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (encrypted(project(ONE)), "encrypted"),
        (project(ONE)[:-30], "damaged or cut off"),
        (project(ONE)[:100], "damaged or cut off"),
        (lying(), "damaged or cut off|not XML"),
        (packed({"Metadata/slice_info.config": b" " * 7_000_000}), "would inflate"),
        (packed({"Metadata/slice_info.config": bytes(9_000_000)}, zipfile.ZIP_STORED), "would inflate"),
        (packed({f"{i}.txt": "" for i in range(1_001)}), "at most"),
        (packed({"x" * 60_000 + str(i): "" for i in range(20)}), "at most"),
        (packed({"readme.txt": "hello"}), "another zip archive"),
        (packed({}), "another zip archive"),
        (packed({"Metadata/slice_info.config": "<config"}), "not XML"),
        (packed({"Metadata/slice_info.config": ""}), "not XML"),
        (packed({"Metadata/slice_info.config": '<!DOCTYPE c [<!ENTITY a "b">]><c>&a;</c>'}), "document type"),
        (packed({"Metadata/slice_info.config": HEADER + ONE * 101 + "</config>"}), "plates"),
        (project(ONE, **{"Metadata/project_settings.config": "{"}), "not JSON"),
        (packed({"Metadata/slice_info.config": HEADER + ONE + "</config>"}, zipfile.ZIP_BZIP2), "unknown method"),
        (packed({"3D/model.gcode": ""}), "none of them"),
    ],
)
def test_archives_that_lie_or_break_a_limit_are_refused(data: bytes, message: str) -> None:
    """Encrypted, truncated, lying, huge and damaged archives are clear errors; nothing inflates beyond a limit."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        read(data)
    assert caught.value.hint


def test_two_entries_of_one_name_are_refused() -> None:
    """An archive that says two things under one name says nothing."""
    with pytest.raises(UnreadableFile, match="two entries"):
        read(doubled())


def block(kind: int, lines: str, *, deflate: bool = False, encoding: int = 0) -> bytes:
    """Give a metadata block of binary G-code."""
    data = lines.encode()
    body = zlib.compress(data) if deflate else data
    header = struct.pack("<HHI", kind, int(deflate), len(data)) + (struct.pack("<I", len(body)) if deflate else b"")
    content = header + struct.pack("<H", encoding) + body
    return content + struct.pack("<I", zlib.crc32(content))


def bgcode(*blocks: bytes, version: int = 1, checksum: int = 1) -> bytes:
    """Give a file of binary G-code."""
    return struct.pack("<4sIH", b"GCDE", version, checksum) + b"".join(blocks)


FILE = block(0, "Producer=PrusaSlicer 2.8.1\n")
PRINTER = block(3, "printer_model=MK4S\nfilament_type=PLA\nfilament used [mm]=252.22\nfilament used [g]=0.75\n")
THUMBNAIL = struct.pack("<HHIHHH", 5, 0, 3, 0, 1, 1) + b"png\0\0\0\0"
PRINT = block(4, "filament used [g]=0.75\nestimated printing time (normal mode)=3m 41s\n")
SLICER = block(2, "filament_density=1.24\nfilament_diameter=1.75\n", deflate=True)
SETTINGS = block(2, '{"filament_density": 9}', encoding=1)
MOVES = struct.pack("<HHIIH", 1, 3, 900, 5, 2) + b"moves\0\0\0\0"
WHOLE = (FILE, PRINTER, THUMBNAIL, PRINT, SLICER, SETTINGS, MOVES, MOVES)


def test_binary_gcode_is_read_like_text() -> None:
    """Metadata blocks, plain or deflated, give the facts of the same words in text; each names its block."""
    reading = read(bgcode(*WHOLE))
    assert (reading.kind, reading.importer) == ("bgcode", "gcode-prusa-family")
    assert values(reading) == {
        ("filament_mass", None): "0.00075",
        ("filament_length", None): "0.25222",
        ("print_duration", None): "0.061388888889",
        ("filament_density", None): "1240",
        ("filament_diameter", None): "0.00175",
    }
    assert reading.facts[0].source.model_dump() == {"key": "filament used [g]", "line": 4, "part": "printer metadata"}
    assert reading.missing == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bgcode(*WHOLE)[:-3], "cut off"),
        (bgcode(*WHOLE)[:8], "cut off"),
        (bgcode(*WHOLE)[:60], "cut off"),
        (bgcode(*WHOLE, version=2), "version 2"),
        (bgcode(*WHOLE, checksum=7), "checksum type 7"),
        (bgcode(*WHOLE).replace(b"0.75", b"0.70", 1), "checksum of the printer metadata"),
        (bgcode(block(9, "")), "type 9"),
        (bgcode(struct.pack("<HHIIH", 2, 2, 9, 4, 0) + b"abcd", checksum=0), "heatshrink"),
        (bgcode(struct.pack("<HHIIH", 2, 1, 9, 4, 0) + b"abcd", checksum=0), "damaged"),
        (bgcode(struct.pack("<HHII", 2, 1, 9, 10) + b"\0\0" + zlib.compress(b"ab"), checksum=0), "stated size"),
        (bgcode(struct.pack("<HHII", 2, 1, 2**31, 4) + b"\0\0abcd", checksum=0), "would have"),
        (bgcode(MOVES), "no summary"),
        (bgcode(), "no summary"),
        (bgcode(FILE, MOVES), "cut off"),
    ],
)
def test_binary_gcode_that_is_damaged_is_refused(data: bytes, message: str) -> None:
    """A flipped digit, a missing end or an unknown version is a clear error."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        read(data)
    assert caught.value.hint


@given(
    data=st.sampled_from([project(ONE, TWO), bgcode(*WHOLE), packed({"3D/model.gcode": CURA})]),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=6)), min_size=1, max_size=4),
)
def test_mutated_containers_end_in_facts_or_a_named_error(data: bytes, cuts: list[tuple[float, int, bytes]]) -> None:
    """Bytes cut out of or put into a container never lead to a traceback."""
    for place, length, insert in cuts:
        start = int(place * len(data))
        data = data[:start] + insert + data[start + length :]
    try:
        reading = read(data)
    except UnreadableFile as error:
        assert error.hint  # noqa: PT017 - either outcome is right
    else:
        assert all(fact.value != "0" for fact in reading.facts)


@given(st.integers(0, 7), st.integers(1, 255))
def test_a_flipped_byte_of_a_fact_is_noticed(bit: int, mask: int) -> None:
    """Any change of the metadata of binary G-code breaks its checksum."""
    data = bytearray(bgcode(*WHOLE))
    place = data.index(b"252.22") + bit % 6
    data[place] ^= mask
    with pytest.raises(UnreadableFile, match="checksum"):
        read(bytes(data))
