"""One run over a catalogue: rows checked or submitted one after the other, with a word about how far it is."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import islice
from typing import IO, Any, BinaryIO, Final, Protocol

from label_service import canonical
from label_service.catalogue import (
    MOST_FILE_BYTES,
    CatalogueRead,
    Files,
    Outcome,
    RowError,
    declare_rows,
    dry_run,
    read_catalogue,
    row_error,
    source_file,
    unpacked,
)
from label_service.declaration import Party
from label_service.declaration.profiles import Profiles
from label_service.errors import Conflict, LabelServiceError, UnreadableFile
from label_service.factors.release import load_release
from label_service.issuance.declarations import Declarations
from label_service.issuance.jobs import Job, Jobs
from label_service.issuance.kept import Kept, kept_declarations
from label_service.issuance.salts import salt_key
from label_service.issuance.workbench import Workbench
from label_service.plausibility import Finding
from label_service.proposal import SourceFile
from label_service.store.database import reading
from label_service.store.documents import body

CATALOGUE: Final = "catalogue"  # the file of the job that is the catalogue
CHECK: Final = "catalogue-check"
SUBMIT: Final = "catalogue-submit"
MOST_ROWS = 20_000  # of one catalogue; the command line takes more
MOST_S = 1800.0  # of one run
_TELL_S = 0.5  # between two words about how far it is
_AT_ONCE = 200  # rows between two questions to the database
_SMALLER = "declare this product on its own, or export a shorter period"

Report = dict[str, Any]
_Outcomes = Callable[[Callable[..., Iterator[Outcome]]], Iterator[Outcome]]


class Keeper(Protocol):
    """Takes evidence files of the producer."""

    def keep(self, stream: IO[bytes], name: str) -> Any:
        """Take a file.

        Raises:
            LabelServiceError: it is not taken, and why.
        """
        ...


class _Stopped(Conflict):
    """The run was stopped; its row says so already."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: the job, whose goods they are, and who takes the evidence."""

    job: Job
    producer: Party
    keeper: Keeper


class Run:
    """One run over a catalogue, told step by step."""

    def __init__(self, bench: Workbench, declarations: Declarations, jobs: Jobs, order: Order) -> None:
        self._bench, self._declarations, self._jobs = bench, declarations, jobs
        self._job, self._producer, self._keeper = order.job, order.producer, order.keeper
        self._done = self._total = 0
        self._told_at = 0.0
        self._ends_at = time.monotonic() + MOST_S

    def whole(self) -> None:
        """Do the work and say how it ended."""
        self._ends_at = time.monotonic() + MOST_S
        try:
            if self._jobs.tell(self._job.id, 0, 0):
                report = self._reported()
                self._bench.job_files.write(self._job.input_digest, self._job.id, canonical.encode(report))
                self._jobs.tell(self._job.id, self._total, self._total)
                self._jobs.finish(self._job.id, "done")
        except _Stopped:
            pass
        except LabelServiceError as error:
            hint = f" ({error.hint})" if error.hint else ""
            self._jobs.finish(self._job.id, "failed", error.detail + hint)
        except Exception:
            self._jobs.finish(self._job.id, "failed", "something went wrong on our side; try again")
            raise

    def _reported(self) -> Report:
        job_files, digest = self._bench.job_files, self._job.input_digest
        names = job_files.names(digest)
        found = read_catalogue(job_files.path(digest, CATALOGUE).read_bytes(), names[CATALOGUE])
        if len(found.rows) > MOST_ROWS:
            raise UnreadableFile(
                f"expected at most {MOST_ROWS} products, found {len(found.rows)}",
                hint="split the catalogue, or use the command line",
            )
        with reading(self._bench.engine) as session:
            profiles = Profiles.from_bytes(body(session, job_files.about(digest)["profiles"]))
        self._total = len(found.rows)
        files, warnings = self._files({name: shown for name, shown in names.items() if name != CATALOGUE})
        run = self._submitted if self._job.kind == SUBMIT else self._checked
        rows, errors = run(partial(self._outcomes, found, profiles, files))
        told = [_error(error) for error in (*found.errors, *errors)]
        return {
            "kind": found.kind,
            "warnings": [*found.warnings, *warnings],
            "rows": rows,
            "errors": sorted(told, key=lambda error: error["row"]),
        }

    def _outcomes(
        self, found: CatalogueRead, profiles: Profiles, files: Files, make: Callable[..., Iterator[Outcome]]
    ) -> Iterator[Outcome]:
        key = salt_key(self._bench.keyring.folder)
        yield from make(found.rows, profiles, load_release(), salt_key=key, files=files)

    def _checked(self, outcomes: _Outcomes) -> tuple[list[Report], list[RowError]]:
        rows, errors = [], []
        for outcome in self._counted(outcomes(dry_run)):
            if outcome.error:
                errors.append(outcome.error)
            else:
                rows.append(_named(outcome) | _assessed(outcome))
        return rows, errors

    def _submitted(self, outcomes: _Outcomes) -> tuple[list[Report], list[RowError]]:
        rows, errors = [], []
        for part in _parts(self._counted(outcomes(declare_rows))):
            kept = kept_declarations(self._bench.engine, (item.declaration.digest for item in part if item.declaration))
            for outcome in part:
                error = self._submit(outcome, kept)
                if error:
                    errors.append(error)
                else:
                    named = _named(outcome)
                    rows.append(named | {"state": "kept" if named["digest"] in kept else "new"})
        return rows, errors

    def _submit(self, outcome: Outcome, kept: Mapping[str, Kept]) -> RowError | None:
        if outcome.declaration is None or outcome.declaration.digest in kept:
            return outcome.error
        self._breathe()
        try:
            self._declarations.submit(outcome.declaration, party=self._producer.id)
        except LabelServiceError as error:
            return row_error(outcome.row, error)
        return None

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
                    except LabelServiceError as error:
                        warnings.append(f"{file_name} is not taken: {error.detail}")
                        continue
                    target = of_products.setdefault(sku, []) if sku else top
                    target.append(source_file(file_name, data))
        return Files(top, of_products), warnings

    def _counted(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        for outcome in outcomes:
            yield outcome
            self._done += 1
            self._breathe()

    def _breathe(self) -> None:
        """Let others go first, say now and then how far it is, and end when it is time.

        Raises:
            Conflict: it took too long.
            _Stopped: somebody stopped it.
        """
        time.sleep(0)
        at = time.monotonic()
        if at > self._ends_at:
            raise Conflict(
                f"the run took longer than {MOST_S:.0f} s", hint="what was submitted stays; split the catalogue"
            )
        if at - self._told_at >= _TELL_S:
            self._told_at = at
            if not self._jobs.tell(self._job.id, self._done, self._total):
                raise _Stopped("stopped")


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
    while part := list(islice(waiting, _AT_ONCE)):
        yield part
