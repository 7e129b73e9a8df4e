"""Make the shipped example files again: our own meshes, sliced by Debian's slicers, and demo meter readings.

    python make_files.py                 # writes hook/hook.gcode and clip/clip.gcode beside this file
    python make_files.py --samples DIR   # also the small samples that the reader tests use

Needs the Debian packages prusa-slicer, slic3r, cura-engine and, for its printer definitions, cura.
The recipe is explained in docs/examples.md.
"""

import argparse
import json
import os
import re
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

Point = tuple[float, float]
Reading = tuple[str, str]
Triangle = tuple[tuple[float, float, float], ...]

HERE = Path(__file__).resolve().parent
CURA_RESOURCES = Path(os.environ.get("CURA_RESOURCES", "/usr/share/cura/resources"))
HEADER_AFTER_SLICING = re.compile(r"Gcode header after slicing:\n(.*?\n)End of gcode header", re.DOTALL)
HEADER_BEFORE_SLICING = re.compile(r"(?:;.*\n)+")

# Outlines in mm, corners anti-clockwise, printed lying on their side. The hook hangs over a board of 18 mm.
HOOK: list[Point] = [
    (-28, 70), (-18, 70), (-18, 90), (0, 90), (0, 4), (4, 0), (44, 0), (48, 4), (48, 36), (38, 36), (38, 10),
    (10, 10), (10, 100), (-28, 100),
]  # fmt: skip
HOOK_DEPTH_MM = 25.2
CLIP: list[Point] = [(0, 0), (30, 0), (30, 10), (24, 10), (24, 4), (6, 4), (6, 10), (0, 10)]
CLIP_DEPTH_MM = 8

# Three loops of a wide nozzle fill the 10 mm walls of the hook: solid, quick to print, and a short file.
PRUSA = {
    "nozzle_diameter": "1.2",
    "layer_height": "0.6",
    "first_layer_height": "0.6",
    "extrusion_width": "1.75",
    "first_layer_extrusion_width": "0",
    "perimeters": "3",
    "thin_walls": "0",
    "gap_fill_enabled": "0",
    "perimeter_generator": "classic",
    "top_solid_layers": "0",
    "bottom_solid_layers": "0",
    "fill_density": "0%",
    "skirts": "0",
    "retract_before_travel": "12",
    "retract_layer_change": "0",
    "use_relative_e_distances": "1",
    "layer_gcode": "G92 E0",
    "bed_shape": "0x0,250x0,250x210,0x210",
    "printer_model": "demo printer, 1.2 mm nozzle",
    "filament_type": "PLA",
    "filament_density": "1.24",
    "filament_diameter": "1.75",
    "filament_cost": "22",
}
SLIC3R = {
    name: value
    for name, value in PRUSA.items()
    if name not in {"gap_fill_enabled", "perimeter_generator", "printer_model", "filament_type", "thin_walls"}
}
TWO_SLOTS = {
    "nozzle_diameter": "1.2,1.2",
    "filament_type": "PLA;PETG",
    "filament_density": "1.24,1.27",
    "filament_diameter": "1.75,1.75",
    "filament_cost": "22,25",
    "extruder_offset": "0x0,0x0",
    "retract_before_travel": "12,12",
    "retract_layer_change": "0,0",
}
CURA = {
    "layer_height": "0.4",
    "layer_height_0": "0.4",
    "machine_nozzle_size": "0.8",
    "line_width": "1",
    "wall_line_width_0": "1",
    "wall_line_width_x": "1",
    "wall_line_count": "5",
    "fill_perimeter_gaps": "nowhere",
    "infill_line_distance": "0",
    "top_layers": "0",
    "bottom_layers": "0",
    "adhesion_type": "none",
    "center_object": "true",
    "machine_name": "demo printer, 0.8 mm nozzle",
}

# Invented: the meter, and time and kWh before and after. The hooks take 1.0 kWh per kg of PLA printed.
METERS: dict[str, tuple[str, Reading, Reading]] = {
    "hook": ("socket of the printer", ("2026-11-02T08:00:00Z", "412.318"), ("2026-11-02T09:31:00Z", "412.574")),
    "box": ("socket of laser and fan", ("2026-11-03T13:00:00Z", "1087.4"), ("2026-11-03T14:15:00Z", "1088.9")),
    "panel": ("socket of laser and fan", ("2026-11-03T15:00:00Z", "1088.9"), ("2026-11-03T16:15:00Z", "1090.4")),
    "plate": ("socket of the mill", ("2026-11-04T08:00:00Z", "330.12"), ("2026-11-05T15:30:00Z", "344.52")),
}


def main() -> None:
    """Slice the meshes and write the files."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--samples", type=Path, help="folder for the small samples of the reader tests")
    samples = options.parse_args().samples
    with tempfile.TemporaryDirectory() as folder:
        hook, clip = Path(folder, "hook.stl"), Path(folder, "clip.stl")
        hook.write_bytes(stl(prism(HOOK, HOOK_DEPTH_MM)))
        clip.write_bytes(stl(prism(CLIP, CLIP_DEPTH_MM)))
        prusa(hook, HERE / "hook" / "hook.gcode", PRUSA, copies=4)
        cura(clip, HERE / "clip" / "clip.gcode", CURA)
        for example, values in METERS.items():
            readings(HERE / example / "meter.json", *values)
        if samples:
            make_samples(clip, samples)


def make_samples(clip: Path, folder: Path) -> None:
    """Slice the clip in the ways that have traps for a reader."""
    thick = {"layer_height": "0.8"}
    prusa(clip, folder / "prusaslicer-2.5.gcode", PRUSA | thick)
    prusa(clip, folder / "prusaslicer-2.5-no-density.gcode", PRUSA | thick | {"filament_density": "0"})
    prusa(
        clip,
        folder / "prusaslicer-2.5-second-slot.gcode",
        PRUSA | thick | TWO_SLOTS | {"perimeter_extruder": "2"},
    )
    slic3r(clip, folder / "slic3r-1.3.gcode", SLIC3R | thick)
    slic3r(clip, folder / "slic3r-1.3-no-density.gcode", SLIC3R | thick | {"filament_density": "0"})
    cura(clip, folder / "cura-4.13.gcode", CURA | thick)
    cura(clip, folder / "cura-4.13-griffin.gcode", CURA | thick | {"machine_gcode_flavor": "Griffin"})
    cura(clip, folder / "cura-4.13-volumetric.gcode", CURA | thick | {"machine_gcode_flavor": "UltiGCode"})
    cura(clip, folder / "cura-4.13-placeholder.gcode", CURA | thick, finish_header=False)


def prism(outline: list[Point], depth: float) -> list[Triangle]:
    """Give the triangles of an outline, its corners anti-clockwise, pulled up along z."""
    flat = ears(outline)
    floor = [tuple((x, y, 0.0) for x, y in reversed(face)) for face in flat]
    roof = [tuple((x, y, depth) for x, y in face) for face in flat]
    walls: list[Triangle] = []
    for (ax, ay), (bx, by) in pairwise([*outline, outline[0]]):
        walls.append(((ax, ay, 0), (bx, by, 0), (bx, by, depth)))
        walls.append(((ax, ay, 0), (bx, by, depth), (ax, ay, depth)))
    return [*floor, *roof, *walls]


def ears(outline: list[Point]) -> list[tuple[Point, Point, Point]]:
    """Cut a simple polygon into triangles, ear by ear."""
    rest, faces = list(outline), []
    while len(rest) > 3:
        for i in range(len(rest)):
            a, b, c = rest[i - 1], rest[i], rest[(i + 1) % len(rest)]
            if turn(a, b, c) > 0 and not any(inside(p, a, b, c) for p in rest if p not in {a, b, c}):
                faces.append((a, b, c))
                del rest[i]
                break
    return [*faces, (rest[0], rest[1], rest[2])]


def turn(a: Point, b: Point, c: Point) -> float:
    """Give twice the signed area of a triangle: positive when it turns anti-clockwise."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def inside(p: Point, a: Point, b: Point, c: Point) -> bool:
    """Tell whether a point lies in or on a triangle."""
    return turn(a, b, p) >= 0 and turn(b, c, p) >= 0 and turn(c, a, p) >= 0


def stl(triangles: list[Triangle]) -> bytes:
    """Give a binary STL; normals are zero, which slicers compute from the order of the corners."""
    faces = b"".join(
        struct.pack("<12fH", 0, 0, 0, *(number for corner in face for number in corner), 0) for face in triangles
    )
    return b"own mesh, made by make_files.py".ljust(80) + struct.pack("<I", len(triangles)) + faces


def prusa(mesh: Path, target: Path, settings: dict[str, str], *, copies: int = 1) -> None:
    """Slice with PrusaSlicer."""
    with configuration(settings, target) as file:
        run(
            "prusa-slicer",
            "--export-gcode",
            "--load",
            file,
            "--duplicate",
            str(copies),
            "--output",
            target,
            mesh,
        )


def slic3r(mesh: Path, target: Path, settings: dict[str, str]) -> None:
    """Slice with Slic3r."""
    with configuration(settings, target) as file:
        run("slic3r", "--load", file, "--output", target, mesh)


@contextmanager
def configuration(settings: dict[str, str], target: Path) -> Iterator[Path]:
    """Write settings as the configuration file that both slicers load."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "settings.ini")
        file.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        yield file


def cura(mesh: Path, target: Path, settings: dict[str, str], *, finish_header: bool = True) -> None:
    """Slice with CuraEngine; put the header in place that it prints after slicing, as Cura's window does."""
    target.parent.mkdir(parents=True, exist_ok=True)
    flags = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    definition = CURA_RESOURCES / "definitions" / "fdmprinter.def.json"
    said = run("CuraEngine", "slice", "-v", "-j", definition, *flags, "-l", mesh, "-o", target)
    target.write_text(target.read_text().replace(str(mesh), mesh.name))  # it writes down where the mesh lay
    if finish_header:
        header, text = HEADER_AFTER_SLICING.search(said), target.read_text()
        if header is None:
            raise SystemExit(f"CuraEngine printed no header: {said}")
        target.write_text(header[1] + HEADER_BEFORE_SLICING.sub("", text, count=1))


def readings(target: Path, meter: str, before: Reading, after: Reading) -> None:
    """Write two readings of a meter that nobody read."""
    document = {
        "type": "meter-readings",
        "note": "DEMO DATA, invented readings",
        "meter": meter,
        "unit": "kWh",
        "readings": [{"at": at, "value": value} for at, value in (before, after)],
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document, indent=2) + "\n")


def run(*command: str | Path) -> str:
    """Run a slicer and give what it printed."""
    search = ":".join(str(CURA_RESOURCES / name) for name in ("definitions", "extruders"))
    done = subprocess.run(  # noqa: S603 - fixed commands
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "CURA_ENGINE_SEARCH_PATH": search},
    )
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
