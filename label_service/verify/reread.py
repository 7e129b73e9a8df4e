"""The auditor reads the evidence again with the same importer, and holds what it says against what was declared."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from label_service import readers
from label_service.declaration import Declaration, Entry
from label_service.errors import VerificationError
from label_service.plausibility import Finding
from label_service.quantity import in_base_unit, plain
from label_service.readers import Reading

RULE = "reread"  # what an auditor releases when a declared amount differs from its file for a good reason
_TOLERANCE = Decimal("0.001")  # declared amounts may be rounded


class Reread(NamedTuple):
    """One evidence file, read again."""

    name: str
    digest: str
    reading: Reading


def reread(declaration: Declaration, files: Mapping[str, Path]) -> tuple[Reread, ...]:
    """Read every evidence file that names an importer again.

    Args:
        declaration: names the files and their importers.
        files: the files by digest.

    Raises:
        UnreadableFile: the file cannot be read any more.
        VerificationError: this build reads it with another importer or version.
    """
    found = []
    for item in declaration.evidence:
        if item.importer:
            reading, _ = readers.read_path(files[item.digest])
            own = reading.importer, reading.importer_version
            if own != (item.importer, item.importer_version):
                raise VerificationError(
                    f"{item.name} was read by {item.importer} {item.importer_version}, this build reads it by "
                    f"{' '.join(own)}",
                    hint="use the version that the declaration names, or ask for a new declaration",
                    where=item.digest,
                )
            found.append(Reread(item.name, item.digest, reading))
    return tuple(found)


def compare(declaration: Declaration, read: Iterable[Reread]) -> Iterable[Finding]:
    """Give a finding for each amount that differs from what its files say."""
    by_digest = {item.digest: item for item in read}
    for line in declaration.materials:
        yield from _compare(line.gross, "filament_mass", "kg", f"/materials/{line.id}/gross", by_digest)
    for step in declaration.steps:
        yield from _compare(step.energy, "energy", "kWh", f"/steps/{step.id}/energy", by_digest)
        yield from _compare(step.duration, "print_duration", "h", f"/steps/{step.id}/duration", by_digest)


def _compare(
    entry: Entry | None, quantity: str, unit: str, where: str, by_digest: Mapping[str, Reread]
) -> Iterable[Finding]:
    files = [by_digest[digest] for digest in entry.evidence if digest in by_digest] if entry else []
    values = [value for value in (_whole(file.reading, quantity) for file in files) if value is not None]
    if entry is None or not values:
        return
    said, declared = sum(values, Decimal(0)), in_base_unit(entry.value, entry.unit, unit)
    if abs(said - declared) > _TOLERANCE * said:
        names = ", ".join(file.name for file in files)
        yield Finding(
            rule=RULE,
            severity="evidence",
            where=where,
            quantity=quantity,
            value=f"{plain(declared)} {unit}",
            expected=f"{plain(said)} {unit}",
            message=f"declared otherwise than {names} says",
        )


def _whole(reading: Reading, quantity: str) -> Decimal | None:
    """Give a quantity of the whole file, or the sum of its slots."""
    facts = [fact for fact in reading.facts if fact.quantity == quantity]
    whole = [fact for fact in facts if fact.item is None]
    counted = whole or ([] if quantity in reading.missing else facts)
    return sum((Decimal(fact.value) for fact in counted), Decimal(0)) if counted else None
