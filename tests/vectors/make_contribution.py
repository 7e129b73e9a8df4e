"""Make tests/vectors/contribution.json: a product of two parties, and changes under which its consent is missing.

Run from the repository root: python -m tests.vectors.make_contribution
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from label_service import canonical
from label_service.declaration import Declaration
from label_service.errors import LabelServiceError
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.verify.contributed import check_contributed
from tests.comade import BATCH, PARTNER_KEY, co_made, said, steps, token
from tests.examples import RELEASE, changed
from tests.signers import signer

FILE = Path(__file__).with_name("contribution.json")
KEY = said().key.x

# Changes of the declaration: why, where, and what stands there instead.
DECLARED: list[tuple[str, str, Any]] = [
    ("other energy in a step of the partner", "/steps/1/energy/value", "0.01"),
    ("another mass of its material", "/materials/1/net/value", "0.01"),
    ("another place", "/sites/1/country", "DEU"),
    ("its machine in a step of the producer", "/steps/0/machine", "clip-printer"),
    ("another quantity", "/quantity", 5),
    ("another product", "/product/name", "Other"),
    ("another name of the partner", "/partners/0/name", "Famous studio"),
    ("other days", "/made", {"first": "2026-11-03", "last": "2026-11-03"}),
    ("another salt", "/contributions/0/salt", "e" * 32),
    (
        "a contribution for another batch",
        "/contributions/0/token",
        token(batch=BATCH.model_copy(update={"quantity": 5})),
    ),
    ("a partner without a contribution", "/contributions", None),
]

# Changes of the inventory: why, where, what stands there instead, the origin of the label and keys of others.
ENTERED: list[tuple[str, str, Any, str, list[str]]] = [
    ("everything holds", "", None, BATCH.origin, []),
    ("no contributions", "/contributions", None, BATCH.origin, []),
    ("no partners", "/partners", [], BATCH.origin, []),
    ("another partner", "/partners/0/id", "https://else.example", BATCH.origin, []),
    ("another name of the partner", "/partners/0/name", "Famous studio", BATCH.origin, []),
    ("another scheme", "", None, "https://else.example", []),
    ("the key of the auditor", "", None, BATCH.origin, [KEY]),
    ("another product", "/name", "Other", BATCH.origin, []),
    ("another producer", "/producer/id", "https://else.example", BATCH.origin, []),
    ("another quantity", "/quantity", 8, BATCH.origin, []),
    ("of a scheme, not of a demonstration", "/demo", False, BATCH.origin, []),
    ("other days", "/made/first", "2026-11-01", BATCH.origin, []),
    ("days that do not hold those signed", "/made", {"first": "2026-11-03", "last": "2026-11-03"}, BATCH.origin, []),
    ("without the partner's country", "/countries", ["DEU"], BATCH.origin, []),
    ("another machine in its run", "/runs/1/machine", "machine", BATCH.origin, []),
    ("its run is called otherwise", "/runs/2/step", "other", BATCH.origin, []),
    ("its machine in a run of the producer", "/runs/0/machine", "clip-printer", BATCH.origin, []),
    ("a contribution twice", "/contributions", [token(), token()], BATCH.origin, []),
    ("a signature of somebody else", "/contributions/0", token()[:-6] + "AAAAAA", BATCH.origin, []),
    ("signed by another key than it names", "/contributions/0", token(key=signer(152))[:-86], BATCH.origin, []),
]


def build() -> dict[str, Any]:
    """Give the vectors."""
    declaration = co_made()
    inventory = build_inventory(declaration, RELEASE, RELEASE.digest)
    return {
        "comment": "docs/formats/contribution.md; `declared` changes the declaration, `entered` the inventory; `error` "
        "is the code of the problem, null where everything holds; the private keys are known to everybody",
        "key": PARTNER_KEY.public_key.hex(),
        "token": token(),
        "contribution": said().to_bytes().decode(),
        "steps": steps().to_bytes().decode(),
        "declaration": declaration.to_bytes().decode(),
        "inventory": inventory.to_bytes().decode(),
        "declared": [_declared(*case) for case in DECLARED],
        "entered": [_entered(*case) for case in ENTERED],
    }


def _declared(why: str, pointer: str, value: Any) -> dict[str, Any]:
    document = changed(canonical.decode(co_made().to_bytes()), pointer, value)
    error = _code(lambda: build_inventory(Declaration.from_json(document), RELEASE, RELEASE.digest))
    return {"why": why, "pointer": pointer, "value": value, "error": error}


def _entered(why: str, pointer: str, value: Any, origin: str, other_keys: list[str]) -> dict[str, Any]:
    plain = build_inventory(co_made(), RELEASE, RELEASE.digest).to_bytes()
    document = entered(plain, pointer, value)
    error = _code(lambda: check_contributed(Inventory.from_json(document), origin, other_keys))
    case = {"why": why, "pointer": pointer, "value": value, "origin": origin}
    return case | {"other_keys": other_keys, "error": error}


def entered(inventory: bytes, pointer: str, value: Any) -> dict[str, Any]:
    """Give the inventory of a case; the empty pointer changes nothing."""
    document: dict[str, Any] = canonical.decode(inventory)
    return changed(document, pointer, value) if pointer else document


def _code(act: Callable[[], Any]) -> str | None:
    try:
        act()
    except LabelServiceError as error:
        return error.code
    return None


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
