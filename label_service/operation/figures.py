"""Figures for Prometheus: what was asked and how long it took, and how the installation stands when it is looked at.

They are served on an address of their own, never on the public one. Of several workers one has that address; it adds
up what all of them counted in the folder that `PROMETHEUS_MULTIPROC_DIR` names, as `serve --workers` sets it.
Each figure is described in docs/operate/monitoring.md.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from threading import Event, Lock, Thread
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlmodel import Session, col, func, select

from label_service.errors import LabelServiceError, Refused
from label_service.issuance.keyring import keys_of
from label_service.issuance.scheme import Scheme
from label_service.issuance.ticking import Step
from label_service.store.database import reading
from label_service.store.scheme_tables import JobRow
from label_service.store.tables import DeclarationRow, LabelRow, LeafRow

_LOG = logging.getLogger(__name__)
_KEPT_S = 10.0  # several watchers do not ask the database more often
_AGAIN_S = 10.0  # a worker tries to take the address over from one that ended
MULTIPLE = "PROMETHEUS_MULTIPROC_DIR"  # of prometheus_client
disable_created_metrics()  # type: ignore[no-untyped-call] # a series more for each, that nobody asks for
REQUESTS = Histogram(
    "label_service_request_seconds",
    "Time to answer a request, by route and status",
    ("method", "route", "status"),
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
CALENDAR = Counter(
    "label_service_calendar_total", "Steps of the calendar that were done, by outcome", ("step", "outcome")
)


def counted(steps: Mapping[str, Step]) -> dict[str, Step]:
    """Give steps of a calendar that count how they end."""

    def counting(name: str, step: Step) -> Step:
        def run() -> object:
            try:
                done = step()
            except Exception:
                CALENDAR.labels(name, "failed").inc()
                raise
            CALENDAR.labels(name, "done").inc()
            return done

        return run

    return {name: counting(name, step) for name, step in steps.items()}


class Standing(Collector):
    """How an installation stands, asked from its database when somebody looks."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._turn = Lock()
        self._kept: list[Metric] = []
        self._until = 0.0

    def describe(self) -> list[Metric]:
        """Name nothing beforehand, so that registering asks no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give the figures; a database that does not answer gives that figure alone."""
        with self._turn:
            if time.monotonic() >= self._until:
                self._kept, self._until = self._asked(), time.monotonic() + _KEPT_S
            yield from self._kept

    def _asked(self) -> list[Metric]:
        up = GaugeMetricFamily("label_service_up", "Whether database and checkpoint store answer")
        try:
            figures = [*self._counts(), *self._log(), *self._ends()]
        except LabelServiceError as error:
            _LOG.warning("figures cannot be read: %s", error.code)
            up.add_metric((), 0)
            return [up]
        up.add_metric((), 1)
        return [up, *figures]

    def _counts(self) -> Iterator[Metric]:
        with reading(self._scheme.bench.engine) as session:
            labels = {
                "issued": _count(session, LabelRow.id),
                "suspended": _count(session, LabelRow.id, col(LabelRow.is_suspended)),
                "revoked": _count(session, LabelRow.id, col(LabelRow.is_revoked)),
            }
            declarations = _by_state(session, DeclarationRow)
            work = _by_state(session, JobRow)
        yield _gauge("labels", "Labels ever issued, and those of them that are suspended or revoked", "state", labels)
        yield _gauge("declarations", "Declarations by how far they have come", "state", declarations)
        yield _gauge("long_work", "Catalogues and other long work, by state", "state", work)

    def _log(self) -> Iterator[Metric]:
        bench = self._scheme.bench
        signed, now = bench.sequencer.newest_size(), bench.clock()
        with reading(bench.engine) as session:
            entries = _count(session, LeafRow.position)
            last = session.exec(select(LeafRow.created_at).where(LeafRow.position == signed - 1)).first()
            oldest = session.exec(select(func.min(LeafRow.created_at)).where(col(LeafRow.position) >= signed)).one()
        sizes = {"in the database": entries, "under a checkpoint": signed}
        yield _gauge("log_entries", "Entries of the log", "where", sizes)
        checkpoints = bench.sequencer.checkpoint_count()
        yield _gauge(
            "log_checkpoints", "Signed checkpoints; entries for each are the size of a group", "", {"": checkpoints}
        )
        ages = {"last checkpoint": _age(last, now), "oldest entry that waits": _age(oldest, now)}
        yield _gauge("log_age_seconds", "Time since the entry that the last checkpoint ends with", "of", ages)

    def _ends(self) -> Iterator[Metric]:
        register, did = self._scheme.register, self._scheme.identity.did
        content = register.current()
        ends = {
            "delegation": register.delegation().not_after,
            "trust list": content.expires_at,
        }
        ends |= {
            f"key {key.kid.partition('#')[2]}": key.not_after for key in keys_of(content, did) if key.state == "active"
        }
        accredited = [auditor.accreditation.valid_until for auditor in content.auditors]
        ends |= {"next accreditation": f"{min(accredited)}T23:59:59+00:00"} if accredited else {}
        times = {what: datetime.fromisoformat(at).timestamp() for what, at in ends.items()}
        yield _gauge("end_timestamp_seconds", "When what the scheme rests on ends, in Unix time", "of", times)


def _count(session: Session, column: object, *conditions: object) -> int:
    return int(session.exec(select(func.count(column)).where(*conditions)).one())  # type: ignore[arg-type]


def _by_state(session: Session, table: type[DeclarationRow] | type[JobRow]) -> dict[str, int]:
    query = select(table.state, func.count()).group_by(table.state)
    return dict(session.exec(query).all())


def _age(since: datetime | None, now: datetime) -> float:
    return 0 if since is None else max(0.0, (now - since).total_seconds())


def _gauge(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    gauge = GaugeMetricFamily(f"label_service_{name}", words, labels=(label,) if label else ())
    for key, value in values.items():
        gauge.add_metric((key,) if label else (), value)
    return gauge


def registry_of(scheme: Scheme) -> CollectorRegistry:
    """Give everything there is to see of an installation."""
    registry = CollectorRegistry()
    if os.environ.get(MULTIPLE):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
        registry.register(CALENDAR)
    registry.register(Standing(scheme))
    return registry


def parse_address(text: str) -> tuple[str, int]:
    """Read an address such as `127.0.0.1:9464`.

    Raises:
        Refused: not an address with a port.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise Refused("LABEL_SERVICE_METRICS is not HOST:PORT", hint="write something like 127.0.0.1:9464")
    return host.strip("[]"), int(port)


class Figures:
    """Serves figures on an address until it is left; while another worker has the address, it waits for it."""

    def __init__(self, registry: CollectorRegistry, address: tuple[str, int]) -> None:
        self._registry = registry
        self._host, self._port = address
        self._end = Event()
        self._thread = Thread(target=self._run, name="figures", daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and give the address free."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        stop = self._begin()
        while stop is None and not self._end.wait(_AGAIN_S):
            stop = self._begin()
        self._end.wait()
        if stop is not None:
            stop()

    def _begin(self) -> Callable[[], None] | None:
        try:
            server, thread = start_http_server(self._port, self._host, self._registry)
        except OSError:
            return None

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return stop
