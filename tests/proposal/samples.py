"""Files as makers drop them, and the profiles of the demo workshop."""

import hashlib
import json
from pathlib import Path
from typing import Any

from label_service.declaration.profiles import Profiles
from label_service.examples import FOLDER
from label_service.factors import load_release
from label_service.proposal import Proposal, SourceFile, propose
from label_service.readers import read

RELEASE = load_release()
PROFILES = Profiles.from_bytes((FOLDER / "profiles.json").read_bytes().rstrip(b"\n"))
PHOTO = SourceFile("scale.jpg", "0a" * 32, 400_000, None)


def file(path: Path | str, data: bytes | None = None) -> SourceFile:
    """Give a file with what the readers find in it."""
    name = Path(path).name
    content = (FOLDER / path).read_bytes() if data is None else data
    return SourceFile(name, hashlib.sha256(content).hexdigest(), len(content), read(content, name=name))


def meter(name: str, kwh: str, day: str = "2026-11-02") -> SourceFile:
    """Give a meter file of one run."""
    readings = [{"at": f"{day}T08:00:00Z", "value": "100"}, {"at": f"{day}T09:30:00Z", "value": str(100 + float(kwh))}]
    content = {"type": "meter-readings", "meter": name, "unit": "kWh", "readings": readings}
    return file(f"{name}.json", json.dumps(content).encode())


def profiles(**members: Any) -> Profiles:
    """Give the demo profiles with some members changed."""
    return Profiles.from_json(json.loads(PROFILES.to_bytes()) | members)


def proposal(*files: SourceFile, known: Profiles = PROFILES, **answers: str) -> Proposal:
    """Propose what files and answers say."""
    return propose(files, known, answers, RELEASE)


def question(found: Proposal, field: str) -> Any:
    """Give one question of a proposal."""
    return next(item for item in found.questions if item.field == field)


def open_fields(found: Proposal) -> list[str]:
    """Give the fields that still need an answer."""
    return [item.field for item in found.questions if item.is_open]
