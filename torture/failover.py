"""A primary that dies, its standby that takes over, and the old primary that comes back and must not write.

Three servers of PostgreSQL: the primary of the labels, its synchronous standby, and one for the checkpoints.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from label_service.errors import LabelServiceError, LogFault
from label_service.store.shared_checkpoints import SharedCheckpoints
from tests.postgres import Cluster
from torture.outcome import Outcome
from torture.place import Place
from torture.seen import Watcher, look_from_outside
from torture.settings import Settings
from torture.writing import Writer

WRITERS = 4
_BLOCKED_S = 3.0  # a worker at a primary that may not commit gets so long to try
_LABEL_S = 60.0


@dataclass
class Pair:
    """A primary with its standby, and an installation on them; `later` is the installation after the failover."""

    primary: Cluster
    standby: Cluster
    place: Place

    @property
    def later(self) -> Place:
        """The same installation, pointed to the standby."""
        return replace(self.place, database_url=self.standby.url("labels"))

    @property
    def signed_size(self) -> int:
        """The size of the log as the checkpoint store has it."""
        store = SharedCheckpoints(self.place.checkpoint_url or "")
        last = store.last()
        store.close()
        return last.size if last else 0


@contextmanager
def pair(settings: Settings) -> Iterator[Pair]:
    """Give a primary whose commits wait for a standby, with an installation on it."""
    primary, checkpoints = Cluster(), Cluster()
    servers = [primary, checkpoints]
    try:
        for server in servers:
            server.start()
        place = settings.place(primary.create("labels"), checkpoints.create("checkpoints"))
        standby = Cluster(primary)
        servers.append(standby)
        standby.start()
        primary.demand_standby()
        yield Pair(primary, standby, place)
    finally:
        for server in servers:
            server.remove()


def failover(settings: Settings) -> list[Outcome]:
    """Let the primary die under load: at once, and cut off from its standby before."""
    return [*drill(settings, is_cut_off=False), *drill(settings, is_cut_off=True)]


def drill(settings: Settings, *, is_cut_off: bool) -> list[Outcome]:
    """Kill the primary under load, go on with the standby, and let the old primary come back.

    Cut off, it has entries on its disk that the standby never got, and that were promised to nobody.
    """
    with pair(settings) as servers:
        watcher = Watcher(servers.place)
        before, refusals = die_under_load(servers, settings.few, is_cut_off=is_cut_off)
        servers.standby.promote()
        returned = come_back(servers)
        after, again_s = go_on(servers)
        fenced = write_alone(servers)
        verdict = look_from_outside(servers.later, before + after, watcher.stop())
    fault = "primary cut off from its standby, then killed" if is_cut_off else "primary killed"
    whole = Outcome(
        f"{fault} while {WRITERS} processes issue; standby promoted",
        f"{len(before)} labels before, {len(after)} after",
        "no acknowledged label lost, no fork; workers say `store-unavailable` meanwhile",
        f"{verdict}; all workers issue again {again_s:.1f} s after they were pointed to the standby",
        verdict.is_good and bool(before) and bool(after) and refusals <= {"store-unavailable"},
    )
    return [whole, returned, fenced]


def die_under_load(servers: Pair, rounds: int, *, is_cut_off: bool) -> tuple[list[str], set[str]]:
    """Kill the primary while processes issue; give the labels that they gave out, and the errors they met."""
    writers = [Writer(servers.place) for _ in range(WRITERS)]
    for _ in range(rounds):
        for writer in writers:
            writer.listen(_LABEL_S, for_label=True)
    if is_cut_off:
        servers.standby.stop()
        writers[0].listen(_BLOCKED_S)
    servers.primary.stop(signal.SIGKILL)
    for writer in writers:
        writer.listen(0.5)
        writer.kill()
    if is_cut_off:
        servers.standby.start()
    return _labels(writers), {code for writer in writers for code in writer.refusals}


def go_on(servers: Pair) -> tuple[list[str], float]:
    """Issue on the standby; give the labels, and the seconds until every process has issued one."""
    began = time.monotonic()
    writers = [Writer(servers.later) for _ in range(WRITERS)]
    for writer in writers:
        writer.listen(_LABEL_S, for_label=True)
    again_s = time.monotonic() - began
    for writer in writers:
        writer.kill()
    return _labels(writers), again_s


def _labels(writers: list[Writer]) -> list[str]:
    return [label for writer in writers for label in writer.labels]


def come_back(servers: Pair) -> Outcome:
    """Start the old primary again, with a worker that was never told; its commits have no standby to wait for."""
    size = servers.signed_size
    servers.primary.start()
    writer = Writer(servers.place)
    end = time.monotonic() + _LABEL_S
    while not writer.labels and not writer.refusals and time.monotonic() < end:
        writer.listen(0.2)
    writer.listen(_BLOCKED_S)
    writer.kill()
    said = sorted(set(writer.refusals)) or ["nothing"]
    return Outcome(
        "the old primary comes back, a worker still goes to it",
        "once",
        "it signs nothing and gives nothing out; the worker is told",
        f"the worker says {', '.join(said)}; the log has {servers.signed_size - size} entries more",
        said == ["store-unavailable"] and not writer.labels and servers.signed_size == size,
    )


def write_alone(servers: Pair) -> Outcome:
    """Let the old primary commit without a standby, against all advice, and try to issue there."""
    with servers.primary.connect() as connection:
        connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        connection.execute("SELECT pg_reload_conf()")
    size, said = servers.signed_size, "it was taken"
    try:
        servers.place.open().issue("hook", 1)
    except LogFault as error:
        said = error.detail
    except LabelServiceError as error:
        said = error.code
    return Outcome(
        "the old primary writes without a standby after the new one went on",
        "once",
        "`log-fault`, the checkpoint store takes nothing from it",
        f"{said}; the log has {servers.signed_size - size} entries more",
        said.startswith("the ") and servers.signed_size == size,
    )
