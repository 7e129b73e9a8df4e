"""What an auditor looks at: each declared amount beside what its files say, every finding, and the result recomputed.

The same functions as the auditor's own tool uses on a dossier; here nothing stops at the first difference, because a
person has to see all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from label_service.assessment import assess
from label_service.certification.evidence import DeclaredEvidence, EvidenceFile
from label_service.declaration import Declaration
from label_service.declaration import Evidence as Paper
from label_service.errors import LabelServiceError, NotFound
from label_service.factors.release import find_release
from label_service.inventory.build import build_inventory
from label_service.issuance.submission import Submission
from label_service.plausibility import Finding
from label_service.proposal import SourceFile
from label_service.quantity import UNITS
from label_service.readers import Fact
from label_service.verify.difference import first_difference
from label_service.verify.reread import compare, reread

MAX_FACTS: Final = 6  # of one file beside one amount


@dataclass(frozen=True, slots=True)
class Source:
    """An evidence file as the declaration names it.

    Attributes:
        file: as it was uploaded; None where it never was, or is gone.
        read: what the importer reads from it again; None for papers and pictures.
        problem: why it cannot be opened or read again; empty otherwise.
        uses: where its digest stands in the declaration.
    """

    paper: Paper
    file: EvidenceFile | None
    read: SourceFile | None
    problem: str
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What one file says of an amount: facts of its unit, those of the whole file first."""

    name: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class AmountLine:
    """A declared amount: where it stands, what was declared, and what its files say."""

    where: str
    value: str
    unit: str
    basis: str
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A declaration after everything a machine can check.

    Attributes:
        findings: of the bounds, across declarations, and where a file says something else.
        difference: where inventory or assessment differ from what is computed now; empty when they are the same.
    """

    found: Submission
    sources: tuple[Source, ...]
    amounts: tuple[AmountLine, ...]
    findings: tuple[Finding, ...]
    difference: str

    @property
    def open_rules(self) -> tuple[str, ...]:
        """Rules that ask for a person's look, each once: what an attestation has to release by name."""
        return tuple(sorted({item.rule for item in self.findings if item.severity == "evidence"}))

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of evidence files that cannot be opened."""
        return tuple(source.paper.name for source in self.sources if source.file is None)


def check_declaration(found: Submission, evidence: DeclaredEvidence) -> Checked:
    """Check a declaration with the files that its producer and partners uploaded."""
    declaration = found.declaration
    uses = _uses(declaration.as_json())
    sources = tuple(_source(declaration, item, evidence, uses) for item in declaration.evidence)
    read = [source.read for source in sources if source.read]
    return Checked(
        found=found,
        sources=sources,
        amounts=tuple(_amounts(declaration, {item.digest: item for item in read})),
        findings=(*found.findings, *compare(declaration, read)),
        difference=recompute(found),
    )


def recompute(found: Submission) -> str:
    """Compute inventory and assessment again; give the first difference in words, or nothing."""
    try:
        release = find_release(found.inventory.release_digest)
        inventory = build_inventory(found.declaration, release, release.digest, found.inventory.parts or ())
        difference = first_difference(inventory.as_json(), found.inventory.as_json())
        if difference:
            return f"inventory {difference}"
        difference = first_difference(assess(inventory, release).as_json(), found.assessment.as_json())
    except LabelServiceError as error:
        return error.detail
    return f"assessment {difference}" if difference else ""


def _source(declaration: Declaration, item: Paper, evidence: DeclaredEvidence, uses: dict[str, list[str]]) -> Source:
    where = tuple(uses.get(item.digest, ()))
    try:
        file = evidence.file(item.digest)
        alone = declaration.model_copy(update={"evidence": (item,)})
        (read,) = reread(alone, {item.digest: evidence.path(item.digest)}) if item.importer else (None,)
    except NotFound:
        return Source(item, None, None, "its maker has not uploaded this file, or it was removed", where)
    except LabelServiceError as error:
        return Source(item, file, None, error.detail, where)
    return Source(item, file, read, "", where)


def _amounts(declaration: Declaration, read: dict[str, SourceFile]) -> Iterator[AmountLine]:
    for where, entry in _entries(declaration.as_json(), ""):
        base = UNITS.get(entry["unit"], (entry["unit"],))[0]  # functions have units of their own
        files = [read[digest] for digest in entry.get("evidence", ()) if digest in read]
        said = tuple(Said(file.name, _facts(file, base)) for file in files)
        yield AmountLine(where, entry["value"], entry["unit"], entry["basis"], said)


def _facts(file: SourceFile, unit: str) -> tuple[Fact, ...]:
    facts = [fact for fact in (file.reading.facts if file.reading else ()) if fact.unit == unit]
    return tuple(sorted(facts, key=lambda fact: fact.item is not None)[:MAX_FACTS])


def _entries(value: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every amount of a document with its place; lines and steps are named by their ids."""
    if isinstance(value, dict):
        if "basis" in value:
            yield where, value
            return
        for name, member in value.items():
            yield from _entries(member, f"{where}/{name}")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            name = item.get("id", number) if isinstance(item, dict) else number
            yield from _entries(item, f"{where}/{name}")


def _uses(document: dict[str, Any]) -> dict[str, list[str]]:
    """Give where each digest is named as evidence."""
    uses: dict[str, list[str]] = {}
    for where, entry in _entries(document, ""):
        for digest in entry.get("evidence", ()):
            uses.setdefault(digest, []).append(where)
    return uses
