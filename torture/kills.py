"""Processes killed without warning while four of them issue."""

from statistics import median

from tests.postgres import Cluster
from torture.outcome import Outcome
from torture.place import Place
from torture.seen import Watcher, look_from_outside
from torture.settings import Settings
from torture.writing import Writer, kill_at_random

WRITERS = 4
_LABEL_S = 30.0  # to wait for a label on a busy machine before a process is killed anyway


def on_sqlite(settings: Settings) -> list[Outcome]:
    """Kill writers on a SQLite file."""
    return killed(settings, settings.place(), "SQLite")


def on_postgresql(settings: Settings) -> list[Outcome]:
    """Kill writers on PostgreSQL."""
    server = Cluster()
    server.start()
    try:
        return killed(settings, settings.place(server.create("labels")), "PostgreSQL")
    finally:
        server.remove()


def killed(settings: Settings, place: Place, database: str) -> list[Outcome]:
    """Kill writers so many times, then let an outside verifier look at everything that was given out or seen."""
    watcher, writers = Watcher(place), [Writer(place) for _ in range(WRITERS)]
    for number in range(settings.count):
        kill_at_random(writers, number, most_s=_LABEL_S)
    for writer in writers:
        writer.kill()
    labels = [label for writer in writers for label in writer.labels]
    verdict = look_from_outside(place, labels, watcher.stop())
    opened_s, worked_s = zip(*(times for writer in writers for times in writer.opened_s), strict=True)
    with place.served() as server:
        cold_s = server.ready_s
    ready = f"a worker is ready after {median(opened_s):.1f} s in the median, {max(opened_s):.1f} s at most"
    return [
        Outcome(
            f"kill -9 while {WRITERS} processes issue, {database}",
            f"{settings.count} kills",
            "no acknowledged label lost, no fork",
            f"{verdict}",
            verdict.is_good and bool(labels),
        ),
        Outcome(
            f"start after kill -9, {database}",
            f"{len(opened_s)} starts",
            "ready after 2 s at most",
            f"{ready} ({max(worked_s):.1f} s of CPU time); the whole service from nothing after {cold_s:.1f} s",
            None,
        ),
    ]
