"""Reading makers' files, and the size of what the service gives out."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.measure import Result, side_by_side
from label_service import readers
from label_service.artwork.qr import qr_png
from label_service.errors import LabelServiceError
from label_service.examples import FOLDER

SLICED = (".gcode",)


def read(_: Installation) -> list[Result]:
    """Read the files of the shipped examples, beside reading their bytes."""
    files = list(_readable())
    results = []
    for kind, chosen in (("sliced", True), ("meter and scale", False)):
        group = [file for file in files if (file.suffix in SLICED) == chosen]
        timings = side_by_side(
            {"read": partial(_each, readers.read_path, group), "bytes": partial(_each, _bytes, group)}
        )
        size = sum(file.stat().st_size for file in group)
        rate = len(group) / timings.seconds("read")
        speed = size / timings.seconds("read") / 1e6
        results.append(
            Result(
                f"read {len(group)} {kind} files of the examples, {size / 1000:.0f} kB",
                "reading their bytes",
                f"{rate:.0f} files/s, {speed:.0f} MB/s",
                timings.share("bytes", "read"),
            )
        )
    return results


def sizes(installation: Installation) -> list[Result]:
    """Weigh what a label consists of."""
    label = installation.issue("hook", 2)
    bundle = installation.scheme.labels.bundle(label.id)
    parts = {
        "label token": len(label.token),
        "bundle": len(bundle),
        "text of the QR code": len(label.qr_text),
        "QR code as PNG": len(qr_png(label.qr_text)),
    }
    return [Result(f"size of {name}", "", f"{size / 1000:.1f} kB") for name, size in parts.items()]


def _readable() -> Iterator[Path]:
    for file in sorted(FOLDER.glob("*/*")):
        if file.suffix in {".gcode", ".json"} and file.name != "declaration.json":
            try:
                readers.read_path(file)
            except LabelServiceError:
                continue
            yield file


def _bytes(file: Path) -> bytes:
    return file.read_bytes()


def _each(act: Callable[[Path], object], files: list[Path]) -> None:
    for file in files:
        act(file)
