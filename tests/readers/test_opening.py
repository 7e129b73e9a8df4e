"""Whatever bytes come in: facts or a named error, in linear time and flat memory."""

import hashlib
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.readers import Reading, read, read_path
from tests.commands import python

SAMPLES = sorted((Path(__file__).parent / "samples").iterdir())
EXAMPLES = Path(__file__).parents[2] / "label_service" / "examples"
HOOK = EXAMPLES / "hook" / "hook.gcode"
CORPUS = [path.read_bytes() for path in SAMPLES] + [(EXAMPLES / "hook" / "meter.json").read_bytes()]
# Of CSV and TOML nobody can tell that lines are missing at the end.
WITH_END = [path.read_bytes() for path in SAMPLES if path.suffix not in {".csv", ".toml"}]
MIB = 1024 * 1024
DST = b"LA:x\rST:      9\r".ljust(512)
OCTOPRINT = (Path(__file__).parent / "samples" / "octoprint.csv").read_bytes().splitlines(keepends=True)[0]
ROW = (Path(__file__).parent / "samples" / "octoprint.csv").read_bytes().splitlines(keepends=True)[1]

CNC = b"""%
O1001 (bracket, 6 mm end mill)
G21 G90 G54
T1 M6
S12000 M3
G0 X0 Y0 Z5
G1 Z-2 F200
G1 X80 F900
M5
M30
%
"""


def outcome(data: bytes) -> Reading | str:
    """Read and give the facts, or the message and the hint of the one error that may come."""
    try:
        return read(data)
    except UnreadableFile as error:
        return f"{error.detail}; {error.hint}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"   \n\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (CNC, "this is a CNC program, not a print"),
        (CNC.replace(b"%\n", b""), "this is a CNC program, not a print"),
        (b"; laser\nM4 S0\nG1 X10 S200 F1000\nG1 Y10\nM5\n", "this is a CNC program, not a print"),
        (b"G28\nG1 X1 Y1 E0.5\nG1 X2 E0.5\n", "without them"),
        (b"Dear all, please find attached\n", "none of them"),
        (b"\x89PNG\r\n\x1a\n\0\0", "PNG"),
        (b"\x7fELF\x02\x01", "Linux"),
        (b"MZ\x90\0", "Windows"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"solid hook\nfacet normal 0 0 1\n", "STL"),
        ("G28\n".encode("utf-16"), "UTF-16"),
        (b"G28\n\0\0\0\0G1 X1 E1\n", "binary data"),
        (bytes(range(256)) * 100, "binary data"),
    ],
)
def test_the_wrong_kind_of_file_is_named(data: bytes, message: str) -> None:
    """A picture, a program, a CNC job or plain text under the name .gcode is recognised and said."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        read(data, name="part.gcode")
    assert caught.value.hint
    assert caught.value.where.startswith("part.gcode")


def test_a_file_name_is_cleaned() -> None:
    """Control characters of a file name do not reach messages."""
    with pytest.raises(UnreadableFile) as caught:
        read(b"", name="a\x1b[31m\n.gcode")
    assert caught.value.where == "a [31m .gcode"


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    """A path that cannot be opened ends in the same error."""
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        read_path(tmp_path / "missing.gcode")
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        read_path(tmp_path)


def test_path_and_bytes_give_the_same_reading() -> None:
    """A file read from disk and from memory gives the same facts, and its digest."""
    reading, digest = read_path(HOOK)
    assert reading == read(HOOK.read_bytes())
    assert digest == hashlib.sha256(HOOK.read_bytes()).hexdigest()


def test_a_reader_is_loaded_when_it_is_needed() -> None:
    """Reading G-code loads neither the readers of drawings and jobs nor the libraries behind them."""
    done = python(
        "-c",
        "import sys; from pathlib import Path; from label_service import readers; "
        f"readers.read_path(Path({str(HOOK)!r})); "
        "print(*(name for name in sys.modules if name.startswith('label_service.readers.') or '.' not in name))",
    )
    loaded = set(done.stdout.split())
    assert "label_service.readers.slicers.prusa" in loaded
    assert not loaded & {"ezdxf", "pyembroidery", "tomllib", "label_service.readers.meters.devices"}
    assert not any(name.startswith(("label_service.readers.drawings", "label_service.readers.jobs")) for name in loaded)


def test_only_head_and_tail_of_a_large_file_are_read(tmp_path: Path) -> None:
    """A file of 64 MiB needs less than 16 MiB of memory, and lines of the tail count from the end."""
    path = tmp_path / "large.gcode"
    head, tail = HOOK.read_bytes().split(b"\n", 1)
    with path.open("wb") as file:
        file.write(head + b"\n")
        for _ in range(64):
            file.write(b"G1 X100.000 Y100.000 E0.12345\n" * (MIB // 30))
        file.write(tail)
    tracemalloc.start()
    reading, _ = read_path(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * MIB
    small = read(HOOK.read_bytes())
    assert [fact.value for fact in reading.facts] == [fact.value for fact in small.facts]
    line = next(fact.source.line for fact in reading.facts if fact.quantity == "filament_mass")
    assert line is not None
    assert HOOK.read_text().splitlines()[line] == "; filament used [g] = 255.86"


def test_a_summary_in_the_middle_is_not_found() -> None:
    """What stands neither in the first nor in the last MiB is not read: the file counts as cut off."""
    filler = b"G1 X100.000 Y100.000 E0.12345\n" * (3 * MIB // 30)
    head, tail = HOOK.read_bytes().split(b"\n", 1)
    assert outcome(head + b"\n" + filler + tail + filler) == outcome(head + b"\nG1 X1 E1\n")


@given(st.binary(max_size=400))
def test_any_bytes_end_in_facts_or_a_named_error(data: bytes) -> None:
    """No bytes lead to a traceback."""
    outcome(data)


@given(
    st.sampled_from([b";", b"; generated by X 1 on 2\n", b"{", b"at,value,unit\n", b"%\n", b"PK\x03\x04", b"GCDE"])
    | st.sampled_from([b"<svg>", b"<LightBurnProject>", b'okhv="1"\n', b"0\nSECTION\n", b"#PES0001", DST, OCTOPRINT]),
    st.binary(),
)
def test_bytes_behind_a_known_beginning(head: bytes, rest: bytes) -> None:
    """Nor do bytes that begin like a file we read."""
    outcome(head + rest)


@given(
    data=st.sampled_from(CORPUS),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 400), st.binary(max_size=8)), max_size=6),
)
def test_mutated_real_files_end_in_facts_or_a_named_error(data: bytes, cuts: list[tuple[float, int, bytes]]) -> None:
    """Real files with pieces cut out and bytes put in are read or refused, and never give a zero mass."""
    for place, length, insert in cuts:
        start = int(place * len(data))
        data = data[:start] + insert + data[start + length :]
    found = outcome(data)
    if isinstance(found, Reading):
        assert all(fact.value != "0" for fact in found.facts if fact.basis != "metered" and fact.unit != "1")


@given(st.sampled_from(WITH_END), st.floats(0, 0.95))
def test_a_truncated_file_gives_no_part_of_a_number(data: bytes, share: float) -> None:
    """Cutting a real file anywhere gives an error, never half a number."""
    whole, part = outcome(data), outcome(data[: int(share * len(data))])
    if isinstance(part, Reading) and isinstance(whole, Reading):
        assert {fact.value for fact in part.facts} <= {fact.value for fact in whole.facts}


@pytest.mark.parametrize("data", [data for data in WITH_END if b"filament used [" in data])
def test_a_number_cut_in_two_is_not_taken(data: bytes) -> None:
    """A file that ends inside the very line it is read for gives less, and nothing else."""
    whole, start = outcome(data), data.rfind(b"filament used [")
    for end in range(start, data.index(b"\n", start)):
        part = outcome(data[:end])
        if isinstance(part, Reading) and isinstance(whole, Reading):
            assert {fact.value for fact in part.facts} <= {fact.value for fact in whole.facts}


def svg(inside: bytes) -> bytes:
    """Give a drawing with a physical size."""
    return b'<svg width="9mm" height="9mm" viewBox="0 0 9 9" stroke="red">' + inside + b"</svg>"


def lightburn(inside: bytes) -> bytes:
    """Give a LightBurn project."""
    return b"<LightBurnProject>" + inside + b"</LightBurnProject>"


HOSTILE: list[Callable[[int], bytes]] = [
    lambda n: b";\n" * (n // 2),
    lambda n: b"; generated by X 1 on 2\n" + b";" * n,
    lambda n: b"; generated by " + b"a " * (n // 2),
    lambda n: b"".join(b"; generated by\n" for _ in range(n // 15)),
    lambda n: b";" + b"enerated by " * (n // 12),
    lambda n: b"; generated by X 1 on 2\n; filament used [mm] = " + b"1," * (n // 2),
    lambda n: b"; generated by X 1 on 2\n; filament used = " + b"1mm (" * (n // 5),
    lambda n: b"; generated by X 1 on 2\n; estimated printing time (normal mode) = " + b"1h" * (n // 2),
    lambda n: b"; generated by X 1 on 2\n" + b"".join(b";k%d=1\n" % i for i in range(n // 10)),
    lambda n: b";Generated with Cura_SteamEngine 5\n;Filament used: " + b"1m " * (n // 3) + b"\n;End of Gcode",
    lambda n: b"G1 " + b"X" * n,
    lambda n: b"G1 X\n" * (n // 5),
    lambda n: b"M3 G1 " * (n // 6),
    lambda n: b" " * n + b"x",
    lambda n: b"at,value,unit\n" + b'"' * n,
    lambda n: b"at,value,unit\n" + b"2026-11-02T08:00:00Z,1,kWh\n" * (n // 27),
    lambda n: b"/ISK5\n" * (n // 6),
    lambda n: b"/ISK5\n" + b"1-0:1.8.1(1*kWh)\n" * (n // 17),
    lambda n: b"/ISK5\n" + b"1-0:1.8.1(1*kWh)\n" * (n // 17) + b"!\n",
    lambda n: b"<a>" * (n // 3),
    lambda n: b"<IntervalReading/>" + b"<b/>" * (n // 4),
    lambda n: b"<x>" + b"<ReadingType/>" * (n // 14) + b"<IntervalReading/>" * 9 + b"</x>",
    lambda n: b"[" + b"{}," * (n // 3) + b"{}]",
    lambda n: b'[{"ENERGY":{"Total":1}}' + b',{"ENERGY":{"Total":1}}' * (n // 23) + b"]",
    lambda n: b'{"ENERGY":{"Total":[' + b"1," * (n // 2) + b"1]}}",
    lambda n: b'{"type":"meter-readings","readings":[' + b"{}," * (n // 3) + b"{}]}",
    lambda n: b"GCDE\x01\0\0\0\0\0" + b"\x01\0\0\0\0\0\0\0\0\0" * (n // 10),
    lambda n: b"PK\x03\x04" + b"PK\x05\x06" * (n // 4),
    lambda n: b'{"jobs":[' + b'{"job_id":"1","filament_used":1},' * (n // 33) + b"{}]}",
    lambda n: b'[{"job_id":"1","filament_used":1,"status":"x","auxiliary_data":[' + b"{}," * (n // 3) + b"{}]}]",
    lambda n: b'[{"job_id":"1","filament_used":' + b"9" * n + b',"status":"x"}]',
    lambda n: OCTOPRINT + ROW * (n // len(ROW)),
    lambda n: OCTOPRINT + b'"' * n,
    lambda n: svg(b'<path d="M0 0' + b"L1 1" * (n // 4) + b'"/>'),
    lambda n: svg(b'<path d="M0 0' + b"c0 9 9 9 9 0" * (n // 12) + b'"/>'),
    lambda n: svg(b'<path d="M' + b"1" * n + b'"/>'),
    lambda n: svg(b'<path d="M0 0' + b" ," * (n // 2) + b'L"/>'),
    lambda n: svg(b"<g>" * (n // 7) + b"</g>" * (n // 7)),
    lambda n: svg(b'<g id="g">' + b'<use href="#g"/>' * (n // 16) + b"</g>"),
    lambda n: svg(b"<g " + b"".join(b'a%d="1" ' % place for place in range(n // 10)) + b"/>"),
    lambda n: svg(b'<g transform="' + b"scale(1)" * (n // 8) + b'"/>'),
    lambda n: svg(b'<g transform="' + b"(" * n + b'"/>'),
    lambda n: svg(b'<line x2="' + b" " * n + b'"/>'),
    lambda n: svg(b"<style>" + b"/*" * (n // 2) + b"</style>"),
    lambda n: svg(b"<style>" + b".a{stroke:red}" * (n // 14) + b"</style>" + b'<g class="a a a"/>' * 100),
    lambda n: svg(b'<g class="' + b"a " * (n // 2) + b'" style="' + b"a:b;" * (n // 4) + b'"/>'),
    lambda n: b"<!DOCTYPE svg " + b'PUBLIC "x" ' * (n // 11) + b"><svg/>",
    lambda n: lightburn(b'<Shape Type="Path"><VertList>' + b"V0 0" * (n // 4) + b"</VertList></Shape>"),
    lambda n: lightburn(b'<Shape Type="Path"><VertList>V0 0' + b"c0x1" * (n // 4) + b"</VertList></Shape>"),
    lambda n: lightburn(b'<Shape Type="Group"><Children>' * (n // 30) + b"</Children></Shape>" * (n // 30)),
    lambda n: lightburn(b'<Shape Type="Path" VertID="1"><V vx="1" vy="1"/></Shape>' * (n // 55)),
    lambda n: lightburn(b'<CutSetting><index Value="1"/></CutSetting>' * (n // 42)),
    lambda n: b"0\nSECTION\n2\nENTITIES\n" + b"0\nLINE\n" * (n // 7) + b"0\nENDSEC\n0\nEOF\n",
    lambda n: b"0\nSECTION\n" + b"999\nx\n" * (n // 6) + b"EOF",
    lambda n: DST + b"\x01\x00\x03" * (n // 3) + b"\x00\x00\xf3",
    lambda n: DST + b"\x01\x00\x83\x02\x00\x83" * (n // 6) + b"\x00\x00\xf3",
    lambda n: DST + b"\x00\x00\xc3" * (n // 3) + b"\x00\x00\xf3",
    lambda n: b'okhv="1"\n' + b"a." * (n // 2) + b"b=1",
    lambda n: b'okhv="1"\n' + b"[[part]]\nname='x'\n" * (n // 18),
    lambda n: b'okhv="1"\na=' + b"[" * n,
    lambda n: b'okhv="1"\na="""' + b'"\n' * (n // 2),
    lambda n: b'okhv="1"\n' + b"".join(b"k%d.a=1\n" % place for place in range(n // 10)),
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_time_grows_no_faster_than_the_file(hostile: Callable[[int], bytes]) -> None:
    """Eight times the bytes take about eight times the work, far from 64 times: nothing backtracks over the file."""
    small, large = hostile(16 * 1024), hostile(128 * 1024)
    seconds = []
    for data in (small, large):
        runs = []
        for _ in range(3):
            start = time.process_time()
            outcome(data)
            runs.append(time.process_time() - start)
        seconds.append(min(runs))
    assert seconds[1] < 40 * seconds[0] + 0.2


def test_a_file_of_fifty_megabytes_is_refused_at_once() -> None:
    """JSON far above the limit is not parsed."""
    with pytest.raises(UnreadableFile, match="at most"):
        read(b'{"type":"meter-readings"' + b" " * (50 * MIB))
