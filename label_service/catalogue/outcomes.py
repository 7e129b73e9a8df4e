"""What becomes of each row of a catalogue: a declaration and its assessment, or the error that names the cell."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from label_service.assessment import Assessment, assess
from label_service.catalogue.declaring import Declarer
from label_service.catalogue.evidence import EvidenceFiles, NoFiles
from label_service.catalogue.rows import CatalogueRow, RowError
from label_service.declaration import Declaration
from label_service.declaration.profiles import Profiles
from label_service.errors import LabelServiceError
from label_service.factors.release import Release
from label_service.inventory.build import build_inventory
from label_service.plausibility import Finding, check, reject

NOTHING_KEPT = b"dry run"  # salt key where no declaration is kept or shown
_LINE = re.compile(r"/materials/(?:body|line)?([0-9]*)/?([a-z_]*).*")

# Members of a declaration and the columns they come from, the longer first.
_COLUMNS = (
    ("/product/name", "name"),
    ("/product/sku", "sku"),
    ("/product/family", "family"),
    ("/product/category", "category"),
    ("/product/function", "function"),
    ("/quantity", "quantity"),
    ("/made/last", "made_until"),
    ("/made", "made"),
    ("/machines", "machine"),
    ("/steps/make/energy", "kwh"),
    ("/steps/0/energy", "kwh"),
    ("/steps/make/duration", "hours"),
    ("/steps/0/duration", "hours"),
    ("/steps", "kwh"),
    ("/packaging/0/material", "packaging_material"),
    ("/packaging", "packaging"),
    ("/evidence", "evidence"),
)
_LINE_COLUMNS = {"material": "material", "net": "net", "gross": "gross", "role": "role", "bought_in": "lot"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row becomes.

    Attributes:
        declaration: None when there is an error.
        assessment: only after a dry run; a calculation from the maker's own data, not verified.
        findings: numbers that will be questioned.
        warnings: what disagrees, in full sentences.
    """

    row: CatalogueRow
    declaration: Declaration | None = None
    assessment: Assessment | None = None
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    error: RowError | None = None


def declare_rows(
    rows: Iterable[CatalogueRow],
    profiles: Profiles,
    release: Release,
    *,
    salt_key: bytes,
    files: EvidenceFiles | None = None,
) -> Iterator[Outcome]:
    """Make the declaration of each row, one after the other, so that the caller can show how far it is.

    Args:
        rows: in the order of the catalogue.
        profiles: of the producer.
        release: the rows of the method.
        salt_key: secret of the installation; see `row_salt`. The same row under the same key is the same declaration.
        files: where the evidence that rows name is found.
    """
    declarer = Declarer(profiles, release, files or NoFiles(), salt_key)
    for row in rows:
        try:
            made = declarer.declare(row)
        except LabelServiceError as error:
            yield Outcome(row, error=row_error(row, error))
        else:
            yield Outcome(row, declaration=made.declaration, warnings=made.warnings)


def dry_run(
    rows: Iterable[CatalogueRow],
    profiles: Profiles,
    release: Release,
    *,
    salt_key: bytes = NOTHING_KEPT,
    files: EvidenceFiles | None = None,
) -> Iterator[Outcome]:
    """Make, check and assess the declaration of each row; nothing is kept. Arguments are those of `declare_rows`."""
    rules = release.keys("bounds")
    for outcome in declare_rows(rows, profiles, release, salt_key=salt_key, files=files):
        yield assessed(outcome, release, rules)


def assessed(outcome: Outcome, release: Release, rules: Iterable[str]) -> Outcome:
    """Check and assess the declaration of a row; what is wrong with it becomes its error."""
    if outcome.declaration is None:
        return outcome
    try:
        findings = check(outcome.declaration, release, rules)
        reject(findings)
        assessment = assess(build_inventory(outcome.declaration, release, release.digest), release)
    except LabelServiceError as error:
        return replace(outcome, declaration=None, error=row_error(outcome.row, error))
    return replace(outcome, assessment=assessment, findings=findings)


def row_error(row: CatalogueRow, error: LabelServiceError) -> RowError:
    """Give an error of a declaration with the row and the column it comes from."""
    number, column = row.number, error.where
    if parts := _LINE.fullmatch(error.where):
        position = _position(row, error.where, parts[1])
        number, column = row.lines[position].number, _LINE_COLUMNS.get(parts[2], "")
    elif error.where.startswith("/"):
        column = next((name for member, name in _COLUMNS if error.where.startswith(member)), "")
    return RowError(number, row.sku, column, error.code, error.detail, error.hint)


def _position(row: CatalogueRow, where: str, digits: str) -> int:
    """Give the place of a line: documents count from 0, our names of lines from 1."""
    if not digits:
        return 0
    counted = int(digits[:3]) - (1 if where.startswith("/materials/line") else 0)
    return min(max(counted, 0), len(row.lines) - 1)
