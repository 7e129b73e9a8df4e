"""Catalogues that producers send: checked and submitted beside other work, so that a page can be reloaded.

What was submitted is recognised by the digests of declarations, so that a catalogue can be sent again and again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from label_service import canonical
from label_service.catalogue import CatalogueRead, Result, RowError, read_catalogue
from label_service.declaration.profiles import Profiles
from label_service.document import Party
from label_service.errors import Conflict
from label_service.issuance.catalogue_runs import CATALOGUE, CHECK, Keeper, Report, Run
from label_service.issuance.jobs import Job, Jobs
from label_service.issuance.kept import Kept, kept_declarations
from label_service.issuance.scheme import Scheme
from label_service.store.database import transaction
from label_service.store.documents import keep

MOST_BYTES = 320 * 1024 * 1024  # of a catalogue with its files


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What came out of a run, as far as a page shows it.

    Attributes:
        counts: how many rows are `right` and `errors`, and how many have which letter or state.
        rows: the first of those that are right.
        errors: the first of the others.
    """

    kind: str
    warnings: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    rows: tuple[Report, ...]
    errors: tuple[Report, ...]

    @property
    def right(self) -> int:
        """Number of rows that are right."""
        return self.counts.get("rows", {}).get("right", 0)

    @property
    def wrong(self) -> int:
        """Number of rows with an error."""
        return self.counts.get("rows", {}).get("errors", 0)


class Catalogues:
    """The catalogues of all producers of one installation."""

    def __init__(self, scheme: Scheme, jobs: Jobs, keeper_of: Callable[[str], Keeper]) -> None:
        self._scheme = scheme
        self._bench = scheme.bench
        self.jobs = jobs
        self._keeper_of = keeper_of

    def check(self, producer: Party, catalogue: tuple[str, BinaryIO], files: Iterable[tuple[str, BinaryIO]]) -> Job:
        """Take a catalogue with its evidence and put its dry run in line.

        Args:
            producer: whose goods they are; her profiles of now count for the whole run.
            catalogue: name and content.
            files: evidence, also in zip archives, by name and content.

        Raises:
            Refused: larger than a catalogue may be.
            Conflict: a catalogue of the producer is being worked on.
        """
        profiles = self._scheme.profiles.of(producer)
        with transaction(self._bench.engine) as session:
            digest = keep(session, Profiles.TYPE, profiles.to_bytes(), self._bench.clock())
        named = {CATALOGUE: catalogue} | {f"file-{number}": file for number, file in enumerate(files)}
        about = {"producer": producer.id, "profiles": digest, "release": self._scheme.releases.current().digest}
        return self._start(producer, CHECK, self._bench.job_files.keep(about, named, MOST_BYTES))

    def again(self, producer: Party, job_id: str, kind: str) -> Job:
        """Put the catalogue of an earlier run in line again, to submit it or to take up what was stopped.

        Raises:
            NotFound: no such run of the producer, or its files were forgotten.
            Conflict: a catalogue of the producer is being worked on.
        """
        digest = self.jobs.get(producer.id, job_id).input_digest
        self._bench.job_files.about(digest)
        return self._start(producer, kind, digest)

    def name(self, job: Job) -> str:
        """Give the name of the catalogue file.

        Raises:
            NotFound: the files were forgotten.
        """
        return self._bench.job_files.names(job.input_digest)[CATALOGUE]

    def work(self, job_id: str) -> None:
        """Do a run, or go on with it: the task of both kinds."""
        self.jobs.do(job_id, self._run)

    def excerpt(self, job: Job, most: int) -> Excerpt:
        """Give so many of the rows and errors of a run, and how many there are.

        Raises:
            Conflict: it is not done.
        """
        rows: list[Report] = []
        errors: list[Report] = []
        counts = job.summary.get("counts", {})
        wanted = sum(min(most, count) for count in counts.get("rows", {}).values())
        for part in self._parts(job):
            rows += [row for row in part if "code" not in row][: most - len(rows)]
            errors += [row for row in part if "code" in row][: most - len(errors)]
            if len(rows) + len(errors) >= wanted:
                break
        return Excerpt(job.summary["kind"], tuple(job.summary["warnings"]), counts, tuple(rows), tuple(errors))

    def report(self, job: Job) -> Iterator[bytes]:
        """Give all that came out of a run as one canonical document, piece by piece.

        Raises:
            Conflict: it is not done.
        """
        parts = self._parts(job)
        summary = {name: canonical.encode(job.summary[name]) for name in ("kind", "warnings")}

        def pieces() -> Iterator[bytes]:
            yield b'{"errors":['
            yield from _joined(row for part in parts for row in part if "code" in row)
            yield b'],"kind":' + summary["kind"] + b',"rows":['
            yield from _joined(row for part in self._parts(job) for row in part if "code" not in row)
            yield b'],"warnings":' + summary["warnings"] + b"}"

        return pieces()

    def drafts(self, job: Job) -> CatalogueRead:
        """Read the catalogue of a run again, such as the products of a shop for a template.

        Raises:
            UnreadableFile: it is no catalogue.
            NotFound: its files were forgotten.
        """
        path = self._bench.job_files.path(job.input_digest, CATALOGUE)
        return read_catalogue(path.read_bytes(), self.name(job))

    def results(self, job: Job) -> Iterator[Result]:
        """Give what each product has become by now, in the order of the catalogue.

        Raises:
            Conflict: it is not done.
        """
        return (result for part in self._parts(job) for result in self._results(part))

    def _results(self, part: list[Report]) -> Iterator[Result]:
        kept = kept_declarations(self._bench.engine, (row["digest"] for row in part if "digest" in row))
        for row in part:
            if "code" not in row:
                yield self._result(row, kept.get(row["digest"]))
            elif row["sku"]:
                yield Result.of_error(error_of(row))

    def _result(self, row: Mapping[str, Any], kept: Kept | None) -> Result:
        url = f"{self._bench.identity.origin}/L/{kept.label_id}" if kept and kept.label_id else ""
        return Result(row["row"], row["sku"], row["name"], row["handle"], url, kept.state if kept else "new")

    def _parts(self, job: Job) -> Iterator[list[Report]]:
        if job.state != "done":
            raise Conflict(f"this catalogue is {job.state}, there is no report yet", hint="look again later")
        return self.jobs.lines(job.id)

    def _start(self, producer: Party, kind: str, input_digest: str) -> Job:
        try:
            return self.jobs.add(producer.id, kind, input_digest)
        except Conflict:
            self.jobs.forget_unused(input_digest)
            raise

    def _run(self, job: Job) -> None:
        Run(self._bench, self._scheme.declarations, self.jobs, job, self._keeper_of(job.party_id)).whole()


def _joined(rows: Iterator[Report]) -> Iterator[bytes]:
    """Give rows as elements of a list, with commas between them."""
    for number, row in enumerate(rows):
        yield (b"," if number else b"") + canonical.encode(row)


def error_of(told: Mapping[str, Any]) -> RowError:
    """Give the error of a row that a report tells."""
    return RowError(told["row"], told["sku"], told["column"], told["code"], told["detail"], told["hint"])
