"""Make the declaration of a complete proposal: each amount with the basis and the digest of the file behind it."""

from decimal import Decimal
from typing import Any

from label_service.declaration import Declaration, evidence_digests
from label_service.declaration.profiles import MaterialLot, Profiles
from label_service.errors import MissingInput
from label_service.factors.release import Release
from label_service.proposal.propose import Proposal, family_of
from label_service.proposal.values import SourceFile
from label_service.quantity import amount

_MATERIAL, _STEP = "body", "make"


def declare(proposal: Proposal, profiles: Profiles, release: Release, *, salt: str) -> Declaration:
    """Give the declaration of a batch.

    Raises:
        MissingInput: a question is not answered yet; it is named.
        InvalidDocument: an answer breaks the format of the declaration.
    """
    _refuse_open_questions(proposal)
    machine, lot = proposal.machine, proposal.lot
    if machine is None or lot is None:
        raise MissingInput("expected a machine and a material", where="/machine")
    site = next(item for item in profiles.sites if item.id == machine.site)
    members: dict[str, Any] = {
        "type": "declaration",
        "version": "1",
        "demo": profiles.demo,
        "salt": salt,
        "producer": profiles.producer.as_json(),
        "product": _product(proposal, release),
        "quantity": proposal.quantity,
        "made": {"first": proposal.day, "last": proposal.day},
        "sites": [site.as_json()],
        "machines": [machine.as_json()],
        "materials": [_material(proposal, lot)],
        "steps": [_step(proposal)],
        "packaging": _packaging(proposal),
        "inbound": [leg.as_json() for leg in profiles.inbound] if profiles.inbound else None,
        "distribution": [leg.as_json() for leg in profiles.distribution] if profiles.distribution else None,
    }
    present = {name: value for name, value in members.items() if value is not None}
    return Declaration.from_json(present | {"evidence": _evidence(proposal, profiles, present)})


def _refuse_open_questions(proposal: Proposal) -> None:
    for question in proposal.questions:
        if question.is_open:
            found = question.problem or "no answer yet"
            raise MissingInput(f"{question.words} {found}", hint="answer it", where=f"/{question.field}")


def _product(proposal: Proposal, release: Release) -> dict[str, Any]:
    known = proposal.product
    if known is None:
        name = next(question.value for question in proposal.questions if question.field == "name")
        return {"name": name, "family": family_of(proposal, release)}
    members = known.as_json()
    return {
        name: members[name] for name in ("name", "family", "sku", "category", "function", "design") if name in members
    }


def _material(proposal: Proposal, lot: MaterialLot) -> dict[str, Any]:
    """Give the one line of the bill of materials: weighed with a photo, else the best a file says, else a claim."""
    photos = [file.digest for file in proposal.photos]
    line: dict[str, Any] = {
        "id": _MATERIAL,
        "net": _weighed(proposal.net_kg or Decimal(0), photos),
        **lot.as_line(),
    }
    if proposal.gross is not None:
        line["gross"] = proposal.gross.entry()
    elif proposal.gross_kg is not None:
        line["gross"] = _weighed(proposal.gross_kg, photos)
    return line


def _weighed(value_kg: Decimal, photos: list[str]) -> dict[str, Any]:
    basis = "weighed" if photos else "asserted"
    return {"value": amount(value_kg), "unit": "kg", "basis": basis, "evidence": photos}


def _step(proposal: Proposal) -> dict[str, Any]:
    step: dict[str, Any] = {
        "id": _STEP,
        "machine": proposal.machine.id if proposal.machine else "",
        "materials": [_MATERIAL],
    }
    if proposal.energy is not None:
        step["energy"] = proposal.energy.entry()
    if proposal.duration is not None:
        step["duration"] = proposal.duration.entry()
    return step


def _packaging(proposal: Proposal) -> list[dict[str, Any]] | None:
    known = proposal.product
    if known is None or known.packaging_material is None or known.packaging_per_item is None:
        return None
    entry = known.packaging_per_item
    total = Decimal(entry.value) * (proposal.quantity or 0)
    return [{"material": known.packaging_material, "mass": {**entry.as_json(), "value": amount(total)}}]


def _evidence(proposal: Proposal, profiles: Profiles, members: dict[str, Any]) -> list[dict[str, Any]]:
    """List the dropped files, and those of the profiles that the declaration uses."""
    used = set(evidence_digests(members))
    listed = {file.digest: evidence_of(file) for file in proposal.files}
    kept = {item.digest: item.as_json() for item in profiles.evidence if item.digest in used}
    return list((kept | listed).values())


def evidence_of(file: SourceFile) -> dict[str, Any]:
    """Give the entry of a file in the evidence of a declaration."""
    entry: dict[str, Any] = {
        "digest": file.digest,
        "kind": file.kind,
        "name": file.name,
        "size_bytes": file.size_bytes,
    }
    if file.reading:
        entry |= {"importer": file.reading.importer, "importer_version": file.reading.importer_version}
        entry |= {} if file.options.is_empty else {"options": file.options.as_json()}
    return entry
