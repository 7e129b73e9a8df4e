"""Faults of what stands around the service: disks, files, clocks, and people who start or restore the wrong thing."""

import random
import shutil
from collections.abc import Callable
from datetime import timedelta

from benchmarks.installation import Installation
from label_service.errors import LabelServiceError
from label_service.issuance.clock import now
from torture.outcome import Outcome
from torture.seen import Watcher, look_from_outside
from torture.settings import Settings


def said(work: Callable[[], object]) -> str:
    """Give the code of the error that work ends with; `taken` when it does not."""
    try:
        work()
    except LabelServiceError as error:
        return error.code
    return "taken"


def two_sequencers(settings: Settings) -> list[Outcome]:
    """Let two services that know nothing of each other issue in turns on one installation."""
    place = settings.place()
    watcher, both = Watcher(place), (place.open(), place.open())
    labels = [
        each.issue("hook", 2 * number + index).id for number in range(settings.count) for index, each in enumerate(both)
    ]
    for each in both:
        each.scheme.close()
    verdict = look_from_outside(place, labels, watcher.stop())
    return [
        Outcome(
            "two services started on one installation",
            f"{len(labels)} labels in turns",
            "they take turns: one history",
            str(verdict),
            verdict.is_good,
        )
    ]


def old_backup(settings: Settings) -> list[Outcome]:
    """Back up, issue more, lose the database, restore the old backup; also put its file in place by hand."""
    place = settings.place()
    installation = place.open()
    installation.issue("hook", 1)
    file, backups = place.folder / "data" / "label.db", place.folder / "backups"
    place.command("backup", str(backups))
    (backup,) = backups.iterdir()
    installation.issue("hook", 2)
    installation.scheme.close()
    size = (place.log / "checkpoint").read_bytes()
    for part in (file, file.with_name("label.db-wal"), file.with_name("label.db-shm")):
        part.unlink(missing_ok=True)
    restored = place.command("restore", str(backup))
    shutil.copy(backup / "label.db", file)
    opened = said(place.open)
    is_same = (place.log / "checkpoint").read_bytes() == size
    return [
        Outcome(
            "an old backup restored under a newer checkpoint",
            "by `restore`, and by hand",
            "refused: the log never goes back",
            f"`restore` ends with {restored.returncode} and says {_code(restored.stderr)}, the service with {opened}; "
            f"the checkpoint is {'the same' if is_same else 'another'}",
            restored.returncode == 1 and opened == "log-fault" and is_same,
        )
    ]


def _code(text: str) -> str:
    return next((word for word in ("backup-too-old", "log-fault") if word in text), "something else")


def corrupted_tiles(settings: Settings) -> list[Outcome]:
    """Flip a byte in files of the log: the doctor finds it, and what she advises puts it right."""
    place = settings.place()
    installation = place.open()
    labels = [installation.issue("hook", number).id for number in range(3)]
    installation.scheme.close()
    found = repaired = 0
    for number in range(settings.few):
        file = random.choice([file for file in place.log.rglob("*/*") if file.is_file()])  # noqa: S311 - no secret
        good = file.read_bytes()
        place_of_byte = (number * 7919) % len(good)
        file.write_bytes(good[:place_of_byte] + bytes([good[place_of_byte] ^ 1]) + good[place_of_byte + 1 :])
        found += place.command("doctor").returncode == 1
        shutil.rmtree(place.log)
        place.open().scheme.close()
        repaired += file.read_bytes() == good
    verdict = look_from_outside(place, labels, [])
    return [
        Outcome(
            "a byte of a tile or archived checkpoint flipped",
            f"{settings.few} files",
            "`doctor` finds it; with the folder gone the next start writes it again",
            f"{found} found, {repaired} written again; {verdict}",
            found == repaired == settings.few and verdict.is_good,
        )
    ]


def cut_wal(settings: Settings) -> list[Outcome]:
    """Cut the newest part of SQLite's log of writes off, as a disk that lied about syncing would."""
    refused = gone_on = 0
    for number in range(settings.few):
        place = settings.place()
        installation = place.open()
        installation.issue("hook", number)
        file = place.folder / "data" / "label.db-wal"
        wal, database = file.read_bytes(), (place.folder / "data" / "label.db").read_bytes()
        checkpoint = (place.log / "checkpoint").read_bytes()
        installation.scheme.close()
        (place.folder / "data" / "label.db").write_bytes(database)
        file.write_bytes(wal[: int(len(wal) * random.random())])  # noqa: S311 - no secret
        file.with_name("label.db-shm").unlink(missing_ok=True)
        answer = said(place.open)
        refused += answer == "log-fault" and (place.log / "checkpoint").read_bytes() == checkpoint
        gone_on += answer == "taken"
    return [
        Outcome(
            "SQLite's log of writes cut off at a random byte",
            f"{settings.few} times",
            "`log-fault` where entries are missing, nothing signed over it",
            f"{refused} refused, {gone_on} had lost nothing that was signed",
            refused + gone_on == settings.few,
        )
    ]


def clocks(settings: Settings) -> list[Outcome]:
    """Let the clock jump and issue; then set it right, and ask an outside verifier what it thinks of the labels."""
    return [
        _jumped(settings, "back by a year", timedelta(days=-365)),
        _jumped(settings, "forward by a day", timedelta(days=1)),
    ]


def _jumped(settings: Settings, words: str, jump: timedelta) -> Outcome:
    place = settings.place()
    right = place.open()
    before = right.issue("hook", 1).id
    ready = _attested(right, 2)
    right.scheme.close()
    given: list[str] = []

    def issue() -> None:
        wrong = place.open(lambda: now() + jump)
        try:
            given.append(wrong.scheme.labels.issue(ready).id)
        finally:
            wrong.scheme.close()

    answer, later = said(issue), place.open()
    later_answer = said(lambda: later.scheme.labels.issue(ready))
    later.scheme.close()
    verdict = look_from_outside(place, [before, *given], [])
    return Outcome(
        f"the clock jumps {words}",
        "once",
        "a clear refusal, or labels that hold when the clock is right again",
        f"{answer} while it was wrong, {later_answer} when it was right again; {verdict}",
        verdict.is_good and later_answer == "taken",
    )


def _attested(installation: Installation, number: int) -> str:
    found = installation.submit("hook", number)
    installation.attest(found)
    return found.id
