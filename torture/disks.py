"""Disks that are full or cannot be written: a small disk in memory, in a namespace of its own, without any rights.

`python -m torture.disks FOLDER` runs inside of it, see `full_and_read_only`.
"""

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path

from label_service.errors import LabelServiceError
from torture.outcome import Outcome
from torture.place import Place, found
from torture.seen import Watcher, look_from_outside
from torture.settings import Settings

DISK_MIB = 8
_MOST = 2000  # labels; the disk is full long before


def full_and_read_only(settings: Settings) -> list[Outcome]:
    """Mount a small disk, fill it by issuing, make room, and issue again; then mount it read-only."""
    command = ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-m", "torture.disks"]
    done = subprocess.run([*command, str(settings.folder)], capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if done.returncode:
        why = f"this machine gives nobody a namespace, or: {done.stderr.strip().splitlines()[-1]}"
        return [Outcome("disk full, disk read-only", "", "nothing acknowledged is lost", why, None)]
    return [Outcome(**outcome) for outcome in json.loads(done.stdout)]


def main() -> None:
    """Be the process inside."""
    logging.disable()
    disk = Path(sys.argv[1]) / "disk"
    disk.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(disk))
    place = found(disk)
    outcomes = [_full(place, disk), _read_only(place, disk)]
    sys.stdout.write(json.dumps([vars(outcome) for outcome in outcomes]))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)  # noqa: S603, S607 - inside the namespace


def _full(place: Place, disk: Path) -> Outcome:
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(2**20))
    watcher, installation = Watcher(place), place.open()
    labels: list[str] = []
    refusals: list[str] = []
    while len(refusals) < 20 and len(labels) < _MOST:
        try:
            labels.append(installation.issue("hook", len(labels) + len(refusals)).id)
        except LabelServiceError as error:
            refusals.append(error.code)
    ballast.unlink()
    later = [installation.issue("hook", _MOST + number).id for number in range(3)]
    installation.scheme.close()
    with_outside = watcher.stop()
    _mount("-o", f"remount,size={8 * DISK_MIB}m", str(disk))  # the bundles need a place to be verified from
    verdict = look_from_outside(place, labels + later, with_outside)
    shutil.rmtree(place.folder / "bundles")
    return Outcome(
        f"disk full ({DISK_MIB} MiB), then room again",
        f"{len(labels)} labels until it was full, {len(refusals)} refusals",
        "`store-unavailable`, nothing acknowledged lost, goes on by itself",
        f"{', '.join(sorted(set(refusals)))}; {len(later)} labels afterwards; {verdict}",
        set(refusals) == {"store-unavailable"} and verdict.is_good,
    )


def _read_only(place: Place, disk: Path) -> Outcome:
    installation = place.open()
    label = installation.issue("hook", 2 * _MOST).id
    installation.scheme.close()
    _mount("-o", "remount,ro", str(disk))
    try:
        opened = place.open()
        found_code = opened.issue("hook", 2 * _MOST + 1).id
    except LabelServiceError as error:
        found_code = error.code
    audit = place.command("doctor")
    _mount("-o", "remount,rw", str(disk))
    verdict = look_from_outside(place, [label], [])
    return Outcome(
        "disk read-only, then writable again",
        "once",
        "`store-unavailable`, nothing lost",
        f"{found_code}, `doctor` ends with {audit.returncode}; {verdict}",
        found_code == "store-unavailable" and verdict.is_good,
    )


if __name__ == "__main__":
    main()
