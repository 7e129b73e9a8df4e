"""The auditor reads the evidence again with the same importer and answers, and holds it against what was declared."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from label_service import readers
from label_service.declaration import Declaration, Entry
from label_service.errors import VerificationError
from label_service.plausibility import Finding
from label_service.proposal import SourceFile, disagreements
from label_service.proposal.values import values_of
from label_service.quantity import in_base_unit, plain
from label_service.reading_options import NOTHING_SAID

RULE = "reread"  # what an auditor releases when a declared amount differs from its file for a good reason
ACROSS = "files"  # and when files of one batch disagree with each other
_TOLERANCE = Decimal("0.001")  # declared amounts may be rounded


def reread(declaration: Declaration, files: Mapping[str, Path]) -> tuple[SourceFile, ...]:
    """Read every evidence file that names an importer again, with the answers that stand beside it.

    Args:
        declaration: names the files, their importers and the answers.
        files: the files by digest.

    Raises:
        UnreadableFile: the file cannot be read any more, or not with these answers.
        VerificationError: this build reads it with another importer or version.
    """
    found = []
    for item in declaration.evidence:
        if item.importer:
            options = item.options or NOTHING_SAID
            reading, _ = readers.read_path(files[item.digest], options=options)
            own = reading.importer, reading.importer_version
            if own != (item.importer, item.importer_version):
                raise VerificationError(
                    f"{item.name} was read by {item.importer} {item.importer_version}, this build reads it by "
                    f"{' '.join(own)}",
                    hint="use the version that the declaration names, or ask for a new declaration",
                    where=item.digest,
                )
            found.append(SourceFile(item.name, item.digest, item.size_bytes, reading, options))
    return tuple(found)


def compare(declaration: Declaration, read: Sequence[SourceFile]) -> Iterable[Finding]:
    """Give a finding for each amount that differs from what its files say, and for files that disagree."""
    by_digest = {item.digest: item for item in read}
    for line in declaration.materials:
        yield from _compare(line.gross, "filament_mass", "kg", f"/materials/{line.id}/gross", by_digest)
    for step in declaration.steps:
        yield from _compare(step.energy, "energy", "kWh", f"/steps/{step.id}/energy", by_digest)
        yield from _compare(step.duration, "print_duration", "h", f"/steps/{step.id}/duration", by_digest)
    for item in disagreements(read, _net_kg(declaration)):
        yield Finding(
            rule=ACROSS,
            severity="evidence",
            where="/evidence",
            quantity=item.quantity,
            value=item.found,
            expected=item.expected,
            message=item.words,
        )


def _compare(
    entry: Entry | None, quantity: str, unit: str, where: str, by_digest: Mapping[str, SourceFile]
) -> Iterable[Finding]:
    files = [by_digest[digest] for digest in entry.evidence if digest in by_digest] if entry else []
    values = values_of(files, quantity)
    if entry is None or not values:
        return
    said, declared = sum((item.value for item in values), Decimal(0)), in_base_unit(entry.value, entry.unit, unit)
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


def _net_kg(declaration: Declaration) -> Decimal | None:
    """Give what all items weigh, where they are made of one material."""
    nets = [line.net for line in declaration.materials if line.role == "made"]
    return in_base_unit(nets[0].value, nets[0].unit, "kg") if len(nets) == 1 and nets[0] else None
