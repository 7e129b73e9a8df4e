"""One run over a catalogue: rows checked or submitted part by part, each part kept with how far it is."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from itertools import islice
from typing import IO, Any, BinaryIO, Final, Protocol

from label_service.catalogue import (
    MOST_FILE_BYTES,
    CatalogueRead,
    Files,
    Outcome,
    RowError,
    assessed,
    declare_rows,
    read_catalogue,
    row_error,
    source_file,
    unpacked,
)
from label_service.declaration.profiles import Profiles
from label_service.errors import Conflict, LabelServiceError, UnreadableFile
from label_service.issuance.declarations import Declarations
from label_service.issuance.jobs import Job, Jobs, Progress
from label_service.issuance.kept import kept_declarations
from label_service.issuance.salts import salt_key
from label_service.issuance.workbench import Workbench
from label_service.plausibility import Finding
from label_service.proposal import SourceFile
from label_service.store.database import reading
from label_service.store.documents import body
from label_service.store.releases import published_release
from label_service.store.unavailable import StoreUnavailable

CATALOGUE: Final = "catalogue"  # the file of the job that is the catalogue
CHECK: Final = "catalogue-check"
SUBMIT: Final = "catalogue-submit"
MOST_ROWS = 100_000  # of one catalogue, as the command line takes
MOST_S = 7200.0  # of one run without a break
_TELL_S = 0.5  # between two words about how far it is
AT_ONCE = 200  # rows that are kept together
_MOST_WARNINGS = 200  # of a whole catalogue
_SMALLER = "declare this product on its own, or export a shorter period"

Report = dict[str, Any]


class Keeper(Protocol):
    """Takes evidence files of the producer."""

    def keep(self, stream: IO[bytes], name: str) -> Any:
        """Take a file.

        Raises:
            LabelServiceError: it is not taken, and why.
        """
        ...


class Run:
    """One run over a catalogue, told part by part; taken up again, it goes on behind the last part.

    Args:
        bench: of the installation.
        declarations: take what is submitted.
        jobs: keep what came out.
        job: what is asked for.
        keeper: takes the evidence of the producer.
    """

    def __init__(self, bench: Workbench, declarations: Declarations, jobs: Jobs, job: Job, keeper: Keeper) -> None:
        self._bench, self._declarations, self._jobs = bench, declarations, jobs
        self._job, self._keeper = job, keeper
        self._done, self._total = job.done, job.total
        self._told_at = 0.0
        self._ends_at = time.monotonic() + MOST_S
        self._summary: dict[str, Any] = {"counts": {}, **job.summary}

    def whole(self) -> None:
        """Do the work.

        Raises:
            UnreadableFile: it is no catalogue, or a larger one than is taken.
            Conflict: it took too long, or somebody stopped it.
        """
        names = self._bench.job_files.names(self._job.input_digest)
        found = self._read(names)
        files, warnings = self._files({name: shown for name, shown in names.items() if name != CATALOGUE})
        self._summary |= {"kind": found.kind, "warnings": [*found.warnings, *warnings][:_MOST_WARNINGS]}
        self._total = len(found.rows)
        errors = deque(error for error in found.errors if error.number > self._summary.get("row", 0))
        make = self._submitted if self._job.kind == SUBMIT else self._checked
        for part in _parts(self._left(found, files)):
            self._keep(make(part), errors, part[-1].row.number)
        self._keep([], errors, max((error.number for error in errors), default=0))

    def _read(self, names: Mapping[str, str]) -> CatalogueRead:
        self._breathe()
        path = self._bench.job_files.path(self._job.input_digest, CATALOGUE)
        found = read_catalogue(path.read_bytes(), names[CATALOGUE])
        if len(found.rows) > MOST_ROWS:
            raise UnreadableFile(
                f"expected at most {MOST_ROWS} products, found {len(found.rows)}", hint="split the catalogue"
            )
        return found

    def _left(self, found: CatalogueRead, files: Files) -> Iterator[Outcome]:
        """Give what becomes of the rows that are left.

        Rows share what a meter counted, so those that are through are declared again, which is quick, and no more.
        """
        about = self._bench.job_files.about(self._job.input_digest)
        with reading(self._bench.engine) as session:
            profiles = Profiles.from_bytes(body(session, about["profiles"]))
            release = published_release(session, about["release"])
        key, rules = salt_key(self._bench.keyring.folder), release.keys("bounds")
        declared = declare_rows(found.rows, profiles, release, salt_key=key, files=files)
        for outcome in islice(declared, self._done, None):
            yield assessed(outcome, release, rules) if self._job.kind == CHECK else outcome
            self._breathe()

    def _checked(self, part: list[Outcome]) -> list[Report]:
        rows = []
        for outcome in part:
            rows.append(_error(outcome.error) if outcome.error else _named(outcome) | _assessed(outcome))
            if not outcome.error:
                self._count("grade", rows[-1].get("grade", "none"))
        return rows

    def _submitted(self, part: list[Outcome]) -> list[Report]:
        declared = [item for item in part if item.declaration]
        kept = kept_declarations(self._bench.engine, [item.declaration.digest for item in declared if item.declaration])
        refused = self._refused([item for item in declared if item.declaration and item.declaration.digest not in kept])
        rows = []
        for outcome in part:
            if error := outcome.error or refused.get(outcome.row.number):
                rows.append(_error(error))
                continue
            named = _named(outcome)
            found = kept.get(named["digest"])
            is_new = found is None or found.created_at >= self._job.created_at  # by this run, before it was cut off
            self._count("state", "new" if is_new else "kept")
            rows.append(named | {"state": "new" if is_new else "kept"})
        return rows

    def _refused(self, outcomes: list[Outcome]) -> dict[int, RowError]:
        """Submit the declarations of rows, and give why some of them were not taken, by the number of the row."""
        declarations = [item.declaration for item in outcomes if item.declaration]
        found = self._declarations.submit_all(declarations, party=self._job.party_id)
        return {
            outcome.row.number: row_error(outcome.row, taken)
            for outcome, taken in zip(outcomes, found, strict=True)
            if isinstance(taken, LabelServiceError)
        }

    def _files(self, names: Mapping[str, str]) -> tuple[Files, list[str]]:
        """Keep the evidence, unpacked, and give it by name; what is not taken is said."""
        top: list[SourceFile] = []
        of_products: dict[str, list[SourceFile]] = {}
        warnings: list[str] = []
        for name, shown in names.items():
            path = self._bench.job_files.path(self._job.input_digest, name)
            with path.open("rb") as stream:
                for sku, file_name, data in _contents(stream, path.stat().st_size, shown):
                    self._breathe()
                    try:
                        self._keeper.keep(BytesIO(data), file_name)
                    except StoreUnavailable:
                        raise
                    except LabelServiceError as error:
                        warnings.append(f"{file_name} is not taken: {error.detail}")
                        continue
                    target = of_products.setdefault(sku, []) if sku else top
                    target.append(source_file(file_name, data))
        return Files(top, of_products), warnings

    def _keep(self, rows: list[Report], errors: deque[RowError], last_row: int) -> None:
        """Keep what became of rows, with the rows up to the last of them that could not be read, in their order."""
        done = self._done + len(rows)
        while errors and errors[0].number <= last_row:
            rows.append(_error(errors.popleft()))
        rows.sort(key=lambda row: row["row"])
        for row in rows:
            self._count("rows", "errors" if "code" in row else "right")
        self._summary["row"] = max(last_row, self._summary.get("row", 0))
        self._jobs.tell(self._job.id, Progress(done, self._total, rows, self._summary))
        self._done, self._told_at = done, time.monotonic()

    def _count(self, kind: str, name: str) -> None:
        counts = self._summary["counts"].setdefault(kind, {})
        counts[name] = counts.get(name, 0) + 1

    def _breathe(self) -> None:
        """Let others go first, look now and then whether it was stopped, and end when it is time.

        Raises:
            Conflict: it took too long, or somebody stopped it.
        """
        time.sleep(0)
        at = time.monotonic()
        if at > self._ends_at:
            raise Conflict(
                f"the run took longer than {MOST_S:.0f} s", hint="what was submitted stays; split the catalogue"
            )
        if at - self._told_at >= _TELL_S:
            self._told_at = at
            self._jobs.tell(self._job.id, Progress(self._done, self._total))


def _contents(stream: BinaryIO, size: int, name: str) -> Iterator[tuple[str, str, bytes]]:
    """Give folder, name and content of a file, or of all files in a zip archive that is no sliced project."""
    if name.lower().endswith(".zip"):
        yield from unpacked(stream, size)
    elif size > MOST_FILE_BYTES:
        raise UnreadableFile(f"expected at most {MOST_FILE_BYTES} bytes in {name}, found {size}", hint=_SMALLER)
    else:
        yield "", name, stream.read()


def _named(outcome: Outcome) -> Report:
    assert outcome.declaration is not None  # noqa: S101 - rows with an error are told otherwise
    row, declaration = outcome.row, outcome.declaration
    return {
        "row": row.number,
        "sku": row.sku,
        "name": declaration.product.name,
        "handle": row.get("handle"),
        "digest": declaration.digest,
        "warnings": list(outcome.warnings),
    }


def _assessed(outcome: Outcome) -> Report:
    found = outcome.assessment
    assert found is not None  # noqa: S101 - a dry run assesses every row without an error
    told = {"kgco2e": found.product.kgco2e.as_json(), "findings": [_found(item) for item in outcome.findings]}
    graded = {"grade": found.grade, "score": found.score}
    return told | {name: value for name, value in graded.items() if value is not None}


def _found(finding: Finding) -> Report:
    told = finding.as_json()
    return {name: told[name] for name in ("rule", "severity", "where", "quantity", "value", "expected", "message")}


def _error(error: RowError) -> Report:
    return {
        "row": error.number,
        "sku": error.sku,
        "column": error.column,
        "code": error.code,
        "detail": error.detail,
        "hint": error.hint,
    }


def _parts(items: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    waiting = iter(items)
    while part := list(islice(waiting, AT_ONCE)):
        yield part
