"""Catalogues that producers send: checked and submitted row by row beside other work, so that a page can be reloaded.

One catalogue at a time, in one thread that lets others go first after every row. What was submitted is recognised by
the digests of declarations, so that a run that was stopped is simply started again.
"""

import logging
from collections.abc import Iterable, Mapping
from queue import Queue
from threading import Lock, Thread
from typing import Any, BinaryIO

from label_service import canonical
from label_service.catalogue import CatalogueRead, Result, RowError, read_catalogue
from label_service.declaration import Party
from label_service.declaration.profiles import Profiles
from label_service.errors import Conflict
from label_service.issuance.catalogue_runs import CATALOGUE, CHECK, Keeper, Order, Report, Run
from label_service.issuance.declarations import Declarations
from label_service.issuance.jobs import Job, Jobs
from label_service.issuance.kept import Kept, kept_declarations
from label_service.issuance.profiles import StoredProfiles
from label_service.issuance.workbench import Workbench
from label_service.store.database import transaction
from label_service.store.documents import keep

MOST_BYTES = 320 * 1024 * 1024  # of a catalogue with its files
_MOST_REPORT_BYTES = 64 * 1024 * 1024
_LOG = logging.getLogger("label_service.catalogues")


class Catalogues:
    """The catalogues of all producers of one installation."""

    def __init__(self, bench: Workbench, declarations: Declarations, profiles: StoredProfiles) -> None:
        self._bench = bench
        self._declarations = declarations
        self._profiles = profiles
        self.jobs = Jobs(bench)
        self._waiting: Queue[Run] = Queue()
        self._starting = Lock()
        self._thread: Thread | None = None

    def check(
        self, producer: Party, catalogue: tuple[str, BinaryIO], files: Iterable[tuple[str, BinaryIO]], keeper: Keeper
    ) -> Job:
        """Take a catalogue with its evidence and put its dry run in line.

        Args:
            producer: whose goods they are; her profiles of now count for the whole run.
            catalogue: name and content.
            files: evidence, also in zip archives, by name and content.
            keeper: takes the evidence.

        Raises:
            Refused: larger than a catalogue may be.
            Conflict: a catalogue of the producer is being worked on.
        """
        profiles = self._profiles.of(producer)
        with transaction(self._bench.engine) as session:
            digest = keep(session, Profiles.TYPE, profiles.to_bytes(), self._bench.clock())
        named = {CATALOGUE: catalogue} | {f"file-{number}": file for number, file in enumerate(files)}
        about = {"producer": producer.id, "profiles": digest}
        return self._start(producer, CHECK, self._bench.job_files.keep(about, named, MOST_BYTES), keeper)

    def again(self, producer: Party, job_id: str, kind: str, keeper: Keeper) -> Job:
        """Put the catalogue of an earlier run in line again, to submit it or to take up what was stopped.

        Raises:
            NotFound: no such run of the producer, or its files were forgotten.
            Conflict: a catalogue of the producer is being worked on.
        """
        digest = self.jobs.get(producer.id, job_id).input_digest
        self._bench.job_files.about(digest)
        return self._start(producer, kind, digest, keeper)

    def name(self, job: Job) -> str:
        """Give the name of the catalogue file.

        Raises:
            NotFound: the files were forgotten.
        """
        return self._bench.job_files.names(job.input_digest)[CATALOGUE]

    def report(self, job: Job) -> Report:
        """Give what came out of a run that is done.

        Raises:
            Conflict: it is not done.
            NotFound: its files were forgotten.
        """
        if job.state != "done":
            raise Conflict(f"this catalogue is {job.state}, there is no report yet", hint="look again later")
        data = self._bench.job_files.path(job.input_digest, job.id).read_bytes()
        found: Report = canonical.decode(data, max_bytes=_MOST_REPORT_BYTES)
        return found

    def drafts(self, job: Job) -> CatalogueRead:
        """Read the catalogue of a run again, such as the products of a shop for a template.

        Raises:
            UnreadableFile: it is no catalogue.
            NotFound: its files were forgotten.
        """
        path = self._bench.job_files.path(job.input_digest, CATALOGUE)
        return read_catalogue(path.read_bytes(), self.name(job))

    def results(self, job: Job) -> list[Result]:
        """Give what each product has become by now, in the order of the catalogue.

        Raises:
            Conflict, NotFound: as `report` says.
        """
        report = self.report(job)
        kept = kept_declarations(self._bench.engine, (row["digest"] for row in report["rows"]))
        results = [self._result(row, kept.get(row["digest"])) for row in report["rows"]]
        results += [Result.of_error(error_of(told)) for told in report["errors"] if told["sku"]]
        return sorted(results, key=lambda result: result.number)

    def _result(self, row: Mapping[str, Any], kept: Kept | None) -> Result:
        url = f"{self._bench.identity.origin}/L/{kept.label_id}" if kept and kept.label_id else ""
        return Result(row["row"], row["sku"], row["name"], row["handle"], url, kept.state if kept else "new")

    def _start(self, producer: Party, kind: str, input_digest: str, keeper: Keeper) -> Job:
        with self._starting:
            try:
                job = self.jobs.add(producer.id, kind, input_digest)
            except Conflict:
                self.jobs.forget_unused(input_digest)
                raise
            self._waiting.put(Run(self._bench, self._declarations, self.jobs, Order(job, producer, keeper)))
            if self._thread is None:
                self._thread = Thread(target=self._work, name="catalogues", daemon=True)
                self._thread.start()
        return job

    def _work(self) -> None:
        """Run one catalogue after the other; a daemon, so that the service can end at any moment."""
        while True:
            run = self._waiting.get()
            try:
                run.whole()
            except Exception:  # noqa: BLE001 - the next catalogue must not wait for ever
                _LOG.exception("a run of a catalogue failed")


def error_of(told: Mapping[str, Any]) -> RowError:
    """Give the error of a row that a report tells."""
    return RowError(told["row"], told["sku"], told["column"], told["code"], told["detail"], told["hint"])
