"""What an auditor checks before she signs: evidence, findings, and the step from the declaration to the result.

The service's word is not needed: inventory and assessment are computed again from the declaration.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from label_service.assessment import Assessment, assess
from label_service.declaration import Declaration
from label_service.document import Document
from label_service.errors import NotFound, VerificationError
from label_service.factors.release import Release, find_release, read_release
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.inventory.parts import Part
from label_service.plausibility import Finding, check, reject
from label_service.proposal import SourceFile
from label_service.verify.bundle import weigh_part
from label_service.verify.difference import first_difference
from label_service.verify.reread import compare, reread

RELEASE_FILE = "release.jsonl"
PARTS_FOLDER = "parts"  # what stands behind parts, each named by its digest
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Dossier:
    """A declaration that was recomputed to the digit, with the findings an auditor must look at."""

    declaration: Declaration
    inventory: Inventory
    assessment: Assessment
    release: Release
    findings: tuple[Finding, ...]
    read: tuple[SourceFile, ...]


def check_dossier(folder: Path) -> Dossier:
    """Check a folder with declaration.json, inventory.json, assessment.json and evidence/, and parts/ where it has any.

    It may carry its release in `release.jsonl`, for a build that does not have it; the digest of the rows decides.

    Raises:
        NotFound: a file or an evidence file is missing, or the release is neither in this build nor in the folder.
        InvalidDocument: the release in the folder breaks the format.
        VerificationError: an evidence file was changed or is read otherwise, or inventory or assessment do not follow
            from the declaration.
        Implausible, MissingInput, MissingFactor: the declaration cannot be assessed.
    """
    declaration = Declaration.from_bytes(_read(folder / "declaration.json"))
    inventory = Inventory.from_bytes(_read(folder / "inventory.json"))
    assessment = Assessment.from_bytes(_read(folder / "assessment.json"))
    release = _release(folder, inventory.release_digest)
    read = reread(declaration, _check_evidence(declaration, folder / "evidence"))
    findings = (*check(declaration, release, release.keys("bounds")), *compare(declaration, read))
    reject(findings)
    computed = build_inventory(declaration, release, release.digest, _parts(folder, inventory))
    _check_same("inventory", computed, inventory)
    _check_same("assessment", assess(inventory, release), assessment)
    return Dossier(declaration, inventory, assessment, release, findings, read)


def _release(folder: Path, digest: str) -> Release:
    """Give the release an inventory names: of this build, else of the folder."""
    with suppress(NotFound):
        return find_release(digest)
    file = folder / RELEASE_FILE
    found = read_release(_read(file)) if file.exists() else None
    if found is None or found.digest != digest:
        raise NotFound(
            f"neither this build nor {RELEASE_FILE} of the dossier is the release {digest}",
            hint="take the release from the service: docs/audit.md",
        )
    return found


def _parts(folder: Path, inventory: Inventory) -> list[Part]:
    """Weigh every part again from its bundle or record; who signed it, `verify` says of the bundle."""
    files = {file.stem: _read(file) for file in _files(folder / PARTS_FOLDER)} if inventory.parts else {}
    return [weigh_part(files[part.digest]) for part in inventory.parts or () if part.digest in files]


def _check_same(name: str, computed: Document, found: Document) -> None:
    if computed.to_bytes() != found.to_bytes():
        raise VerificationError(
            f"the {name} does not follow from the declaration: {first_difference(computed.as_json(), found.as_json())}",
            hint="do not sign; ask the service for the documents again",
        )


def _check_evidence(declaration: Declaration, folder: Path) -> dict[str, Path]:
    """Give the files of a folder by digest, among which every evidence file must be."""
    files = {file_digest(file): file for file in _files(folder)}
    for item in declaration.evidence:
        if item.digest not in files:
            raise VerificationError(
                f"the evidence {item.name!r} with digest {item.digest} is missing or was changed",
                hint="ask the producer for the original file",
                where=item.digest,
            )
    return files


def file_digest(file: Path) -> str:
    """Give the SHA-256 of a file without reading it into memory as a whole."""
    state = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            state.update(chunk)
    return state.hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file()) if folder.is_dir() else ()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes().rstrip(b"\n")
    except OSError as error:
        raise NotFound(f"cannot read {file.name}: {error.strerror}") from error
