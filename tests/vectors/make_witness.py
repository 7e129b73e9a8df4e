"""Make tests/vectors/witness.json: what witnesses are asked, answer and keep, over the tree of log.json.

Run from the repository root: python -m tests.vectors.make_witness
"""

import json
from pathlib import Path
from typing import Any

from label_service.tlog.checkpoint import Checkpoint, sign_checkpoint
from label_service.tlog.note import COSIGNATURE, VerifierKey, cosign
from label_service.tlog.split_view import SplitView
from label_service.tlog.witness import AddCheckpoint
from tests.signers import signer
from tests.vectors.make_log import LOG_KEY, ORIGIN, TREE, WITNESS, WITNESS_KEY

FILE = Path(__file__).with_name("witness.json")
SEEN, NEWER, AT_S = 200, 300, 1_795_428_000
OTHER_ROOT = bytes(range(32))


def main() -> None:
    """Write the vectors beside this script."""
    FILE.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def vectors() -> dict[str, Any]:
    """Give the vectors as they stand in the file."""
    return {
        "about": "Witness vectors, docs/formats/log.md, rules 47 to 53. The witness has cosigned `seen`; each request "
        "is answered with `status`, and 200 at `time_s` with `answer`. Split views hold, or are refused for `why`.",
        "log": str(VerifierKey(ORIGIN, LOG_KEY.public_key)),
        "witness": str(VerifierKey(WITNESS, WITNESS_KEY.public_key, COSIGNATURE)),
        "seen": str(_checkpoint(SEEN)),
        "time_s": AT_S,
        "requests": [{"why": why, "request": text, "status": status} for why, text, status in _requests()],
        "answer": f"{cosign(_checkpoint(NEWER).note.text, WITNESS, WITNESS_KEY, AT_S)}\n",
        "split_views": [
            {"why": why, "evidence": evidence.to_bytes().decode(), "holds": holds}
            for why, evidence, holds in _split_views()
        ],
    }


def _checkpoint(size: int, root: bytes | None = None, key: Any = LOG_KEY, origin: str = ORIGIN) -> Checkpoint:
    return sign_checkpoint(origin, size, root or TREE.root(size), key)


def _path(old: int) -> tuple[bytes, ...]:
    return tuple(TREE.consistency_path(old, NEWER))


def _requests() -> list[tuple[str, str, int]]:
    good = AddCheckpoint(SEEN, _path(SEEN), _checkpoint(NEWER))
    stranger = signer(239)
    return [
        ("continues what was seen", str(good), 200),
        ("leading zero", str(good).replace("old 200", "old 0200"), 400),
        ("no old line", str(good).partition("\n")[2], 400),
        ("old larger than the size", str(AddCheckpoint(NEWER, (), _checkpoint(SEEN))), 400),
        ("another key", str(AddCheckpoint(SEEN, _path(SEEN), _checkpoint(NEWER, key=stranger))), 403),
        ("another log", str(AddCheckpoint(0, (), _checkpoint(NEWER, None, stranger, "log.example/other"))), 404),
        ("from a size that was not the last", str(AddCheckpoint(100, _path(100), _checkpoint(NEWER))), 409),
        ("from nothing", str(AddCheckpoint(0, (), _checkpoint(NEWER))), 409),
        ("another root of the size seen", str(AddCheckpoint(SEEN, (), _checkpoint(SEEN, OTHER_ROOT))), 409),
        ("a hash missing", str(AddCheckpoint(SEEN, _path(SEEN)[:-1], _checkpoint(NEWER))), 422),
        ("another tree", str(AddCheckpoint(SEEN, _path(SEEN), _checkpoint(NEWER, OTHER_ROOT))), 422),
    ]


def _split_views() -> list[tuple[str, SplitView, bool]]:
    honest, older = str(_checkpoint(NEWER)), str(_checkpoint(SEEN))
    forged = str(_checkpoint(SEEN, OTHER_ROOT))
    joined = {"root": TREE.root(SEEN).hex(), "path": tuple(node.hex() for node in _path(SEEN))}
    return [
        ("two roots of one size", SplitView(first=older, second=forged), True),
        ("the larger tree began otherwise", SplitView(first=forged, second=honest, **joined), True),
        ("one tree", SplitView(first=older, second=older), False),
        ("one tree at two sizes", SplitView(first=older, second=honest, **joined), False),
        ("two sizes without a proof", SplitView(first=forged, second=honest), False),
        (
            "a proof from another root",
            SplitView(first=forged, second=honest, **(joined | {"root": "00" * 32})),
            False,
        ),
        ("another key", SplitView(first=older, second=str(_checkpoint(SEEN, OTHER_ROOT, signer(239)))), False),
    ]


if __name__ == "__main__":
    main()
