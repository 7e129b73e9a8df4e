"""Make tests/vectors/sampling.json: hash chains, draws at the edges of a rate, and a log of three weeks with its draws.

Run from the repository root: python -m tests.vectors.make_sampling
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from label_service.tlog.audit import Finding
from label_service.tlog.leaf import LabelLeaf, Leaf, RevealLeaf, ScopeLeaf, WeekLeaf, leaf_bytes
from label_service.tlog.sampling import chain_value, commitment_of, is_drawn
from label_service.tlog.scopes import Books, Head
from label_service.tlog.tiles import RightEdge
from label_service.tlog.week import end_of, number_of

FILE = Path(__file__).with_name("sampling.json")
SEED = sha256(b"sampling.json: seed").digest()
WEEKS = 4
SCOPE = "5c" * 32
AT = "2026-12-31T00:00:00Z"


def build() -> dict[str, Any]:
    """Give the vectors."""
    return {
        "comment": "docs/formats/log.md, rules 6 to 17; bytes are hexadecimal",
        "chain": {
            "seed": SEED.hex(),
            "weeks": WEEKS,
            "values": [chain_value(SEED, WEEKS, number).hex() for number in range(1, WEEKS + 1)],
            "commitment": commitment_of(SEED, WEEKS).hex(),
        },
        "draws": [_draw(number, rate) for rate in ("0", "0.000001", "0.05", "0.5", "1") for number in range(4)],
        "log": _log(),
    }


def _draw(number: int, rate: str) -> dict[str, Any]:
    root, value, index = sha256(b"root").digest(), sha256(b"value").digest(), 2**32 * number + number
    digest = sha256(root + value + index.to_bytes(8, "big")).hexdigest()
    drawn = is_drawn(root, value, index, rate)
    return {"root": root.hex(), "value": value.hex(), "index": index, "rate": rate, "digest": digest, "drawn": drawn}


def _log() -> dict[str, Any]:
    """Let a scope label in three weeks, with the value of the second week never revealed by itself."""
    leaves: list[Leaf] = [_scope()]
    heads: list[Head] = []
    labels = 0
    for week, count, reveals in (("2026-W46", 5, True), ("2026-W47", 4, False), ("2026-W48", 6, True)):
        leaves += [_label(labels + number, week) for number in range(count)]
        labels += count
        leaves.append(WeekLeaf(week=week, at=end_of(week)))
        heads.append(_head(leaves))
        if reveals:
            value = chain_value(SEED, WEEKS, number_of(week, "2026-W46")).hex()
            leaves.append(RevealLeaf(scope_digest=SCOPE, week=week, value=value))
            heads.append(_head(leaves))
    findings: list[Finding] = []
    books = Books(findings.append)
    for index, leaf in enumerate(leaves):
        books.see(index, leaf)
    draws = [
        {"week": draw.week, "labels": [item.label_id for item in draw.labels], "drawn": list(draw.drawn or ())}
        for draw in books.draws(heads, AT)
    ]
    if findings:
        raise AssertionError(findings)
    return {
        "entries": [leaf_bytes(leaf).decode() for leaf in leaves],
        "checkpoints": [{"size": head.size, "root": head.root.hex()} for head in heads],
        "draws": draws,
    }


def _scope() -> ScopeLeaf:
    return ScopeLeaf(
        digest=SCOPE,
        auditor="did:key:z6MkAuditor#z6MkAuditor",
        commitment=commitment_of(SEED, WEEKS).hex(),
        quantity=100,
        sampling_rate="0.3",
        first_week="2026-W46",
        weeks=WEEKS,
    )


def _label(number: int, week: str) -> LabelLeaf:
    return LabelLeaf(
        digest=f"{number:064x}",
        label_id="ABCDEFGHIJKL" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number],
        attestation_digest=SCOPE,
        inventory_digest="cc" * 32,
        assessment_digest="dd" * 32,
        quantity=2,
        scope_digest=SCOPE,
        scope_position=2 * (number + 1),
        week=week,
    )


def _head(leaves: list[Leaf]) -> Head:
    edge, _ = RightEdge().append([leaf_bytes(leaf) for leaf in leaves])
    return Head(len(leaves), edge.root())


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
