"""Parts as makers type and drop them: a number, a label or file, and for a supplier's record its material."""

import re
from collections.abc import Iterable
from typing import Any

from starlette.datastructures import UploadFile

from label_service import canonical
from label_service.errors import InvalidDocument
from label_service.inventory.parts import MAX_PARTS, Part
from label_service.issuance.parts import Parts
from label_service.quantity import amount, in_base_unit

_LINE = re.compile(
    r"^(?P<number>[0-9]{1,9}(?:[.,][0-9]{1,6})?)\s*(?P<unit>kg|g|x|×)?\s+(?P<what>\S{1,300})(?:\s+(?P<of>\S{1,64}))?$"
)
_BUNDLE, _TOKEN = b'{"assessment":', b"eyJ"


def uses_of(text: str, parts: Parts, evidence: Iterable[str]) -> list[dict[str, Any]]:
    """Give the lines of `parts` of a declaration, such as from `4 x ABCDEFGHIJKLM` or `0.2 kg <digest> steel-wire`.

    Raises:
        InvalidDocument: a line of another form; it is named.
        PartFault: a part is not at hand or does not stand.
        InvalidAmount: kilograms of pieces.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_PARTS:
        raise InvalidDocument(f"expected at most {MAX_PARTS} parts, found {len(lines)}")
    return [_use(number, line, parts, list(evidence)) for number, line in enumerate(lines, start=1)]


def _use(number: int, line: str, parts: Parts, evidence: list[str]) -> dict[str, Any]:
    found = _LINE.match(line)
    if found is None:
        raise InvalidDocument(
            f"expected a part such as `4 x ABCDEFGHIJKLM` or `0.2 kg DIGEST steel-wire`, found {line[:80]!a}",
            where="/parts",
        )
    part = parts.of(found["what"])
    unit = found["unit"] if found["unit"] in {"kg", "g"} else "piece"
    value = amount(in_base_unit(found["number"].replace(",", "."), unit, part.unit))
    entry = {"value": value, "unit": part.unit, "basis": "derived", "evidence": evidence[:20]}
    use = {"id": f"part-{number}", "kind": part.kind, "digest": part.digest, "amount": entry}
    return use | ({"material": found["of"]} if found["of"] else {})


def dropped_part(upload: UploadFile, parts: Parts) -> Part | None:
    """Take a dropped bundle or record; None for any other file.

    Raises:
        PartFault, VerificationError, InvalidDocument: what stands behind it does not hold.
    """
    head = upload.file.read(len(_BUNDLE))
    upload.file.seek(0)
    if head != _BUNDLE and not head.startswith(_TOKEN):
        return None
    data = upload.file.read(canonical.MAX_BYTES + 1)
    upload.file.seek(0)
    return parts.take(data)


def line_of(part: Part) -> str:
    """Give the line of one unit of a part, to be changed by its maker."""
    return f"1 {'kg' if part.unit == 'kg' else 'x'} {part.digest}"
