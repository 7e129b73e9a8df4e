"""The dossier of a declaration as one file, for a visit without a network: `label-service attest FOLDER` takes it."""

import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Final

from starlette.responses import Response, StreamingResponse

from label_service.accounts.rights import Actor
from label_service.certification.checking import Checked
from label_service.certification.evidence import Evidence
from label_service.errors import Refused
from label_service.factors.release import find_release
from label_service.issuance.parts import Parts
from label_service.issuance.submission import Submission
from label_service.verify.dossier import PARTS_FOLDER, RELEASE_FILE

MAX_BYTES: Final = 512 * 1024 * 1024  # of evidence in one dossier
_MEMORY_BYTES: Final = 8 * 1024 * 1024
_CHUNK: Final = 1 << 18


def dossier_file(found: Submission, actor: Actor, evidence: Evidence, checked: Checked, parts: Parts) -> Response:
    """Give documents, evidence, what stands behind parts and a list of what to look at; files are noted as opened.

    Raises:
        Refused: the evidence is too large for one file.
        PartFault: what stands behind a part is not at hand.
    """
    total = sum(source.file.size_bytes for source in checked.sources if source.file)
    if total > MAX_BYTES:
        raise Refused(f"expected at most {MAX_BYTES} bytes of evidence, found {total}", hint="save each file alone")
    target = tempfile.SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115 - closed when it was sent
    _write(target, found, actor, evidence, checked)
    _write_parts(target, found, parts)
    target.seek(0)
    headers = {
        "Content-Disposition": f'attachment; filename="dossier-{found.id}.zip"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_chunks(target), headers=headers, media_type="application/zip")


def _write(target: IO[bytes], found: Submission, actor: Actor, evidence: Evidence, checked: Checked) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as dossier:
        for name in ("declaration", "inventory", "assessment"):
            dossier.writestr(f"dossier/{name}.json", getattr(found, name).to_bytes())
        dossier.writestr(f"dossier/{RELEASE_FILE}", find_release(found.inventory.release_digest).to_bytes())
        dossier.writestr("dossier/LOOK.txt", checklist(checked))
        for number, source in enumerate(checked.sources, start=1):
            if source.file:
                opened, path = evidence.open(actor, source.paper.digest)
                dossier.write(path, f"dossier/evidence/{number:02}-{opened.safe_name}")


def _write_parts(target: IO[bytes], found: Submission, parts: Parts) -> None:
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as dossier:
        for part in found.inventory.parts or ():
            dossier.writestr(f"dossier/{PARTS_FOLDER}/{part.digest}.json", parts.behind(part))


def checklist(checked: Checked) -> str:
    """Give what a person has to look at, in plain words."""
    found = checked.found
    lines = [
        f"{found.declaration.product.name}, {found.declaration.producer.name}",
        f"declaration {found.declaration.digest}",
        "",
        "Amounts, and the files they rest on:",
        *(f"[ ] {line.where}: {line.value} {line.unit} ({line.basis})" for line in checked.amounts),
        "",
        "Findings to release by name, or to refuse for:",
        *(f"[ ] {item.rule} ({item.severity}) at {item.where}: {item.message}" for item in checked.findings),
        "",
        "Evidence:",
        *(f"[ ] {item.paper.name}: {', '.join(item.uses) or 'not used'} {item.problem}" for item in checked.sources),
    ]
    return "\n".join(" ".join(line.split()) for line in lines) + "\n"


def _chunks(target: IO[bytes]) -> Iterator[bytes]:
    with target:
        while chunk := target.read(_CHUNK):
            yield chunk
