"""Everything that anybody outside ever saw of a log while it was tormented, and whether it is one history."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from label_service.errors import LabelServiceError
from label_service.store.public_files import PublicFiles
from label_service.tlog.checkpoint import Checkpoint
from label_service.tlog.tiles import TileTree
from label_service.tlog.tree import verify_consistency
from torture.place import Place

_EVERY_S = 0.01


class Watcher:
    """Reads the public checkpoint again and again, as a monitor does, and keeps each that is new."""

    def __init__(self, place: Place) -> None:
        """Begin to watch."""
        self.seen: list[str] = []
        self._file = place.log / "checkpoint"
        self._end = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> list[str]:
        """Stop, and give the checkpoints in the order in which they were seen."""
        self._end.set()
        self._thread.join()
        self._look()
        return self.seen

    def _watch(self) -> None:
        while not self._end.wait(_EVERY_S):
            self._look()

    def _look(self) -> None:
        text = self._file.read_text(encoding="utf-8")
        if not self.seen or self.seen[-1] != text:
            self.seen.append(text)


def forks(place: Place, seen: list[str]) -> int:
    """Count the checkpoints that were seen and are no part of the history that stands in the public files now."""
    files = PublicFiles(place.log)
    newest = Checkpoint.parse(files.read("checkpoint").decode())
    tree, count, size = TileTree(newest.size, files.read), 0, 0
    for text in seen:
        old = Checkpoint.parse(text)
        try:
            path = tree.consistency_path(old.size) if old.size < newest.size else ()
            verify_consistency(old.size, old.root, newest.size, newest.root, path)
            count += old.size < size  # what monitors see never goes back
        except LabelServiceError:
            count += 1
        size = max(size, old.size)
    return count


@dataclass(frozen=True)
class Verdict:
    """What an outside verifier says.

    Attributes:
        lost: acknowledged labels that are not there, or do not verify.
        forks: checkpoints that were seen and are no part of the history.
        log: what the audit of the log found wrong; empty when it is sound.
        labels, checkpoints: how many were looked at.
    """

    lost: int
    forks: int
    log: str
    labels: int
    checkpoints: int

    @property
    def is_good(self) -> bool:
        """Tell whether nothing is lost and there is one history."""
        return not self.lost and not self.forks and not self.log

    def __str__(self) -> str:
        """Say it in words."""
        log = f"the audit says: {self.log}" if self.log else "the log is sound"
        return f"{self.lost} of {self.labels} labels lost, {self.forks} forks in {self.checkpoints} checkpoints, {log}"


def look_from_outside(place: Place, labels: list[str], seen: list[str]) -> Verdict:
    """Open the installation, take the bundles of labels as their holders would, and have all of it verified.

    Bundles are verified and the log is audited by the commands in processes of their own, with the pinned root alone.
    """
    bundles, trust_list = place.folder / "bundles", place.folder / "trust-list.jwt"
    bundles.mkdir(exist_ok=True)
    missing = _take_bundles(place, labels, bundles, trust_list)
    command = [sys.executable, "-m", "torture.outside", str(place.root_file), str(bundles)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    failed = len(labels) - missing - int(verified.stdout.strip() or 0)
    audit = place.command("audit-log", str(place.log), "--root", str(place.root_file), "--trust-list", str(trust_list))
    found = "" if audit.returncode == 0 else " ".join((audit.stdout + audit.stderr).split())[-300:]
    return Verdict(missing + failed, forks(place, seen), found, len(labels), len(seen))


def _take_bundles(place: Place, labels: list[str], bundles: Path, trust_list: Path) -> int:
    installation = place.open()
    missing = 0
    for label_id in labels:
        try:
            (bundles / f"{label_id}.json").write_bytes(installation.scheme.labels.bundle(label_id))
        except LabelServiceError:
            missing += 1
    trust_list.write_text(installation.scheme.register.text(), encoding="ascii")
    installation.scheme.close()
    return missing
