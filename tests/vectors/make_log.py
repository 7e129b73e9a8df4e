"""Writes tests/vectors/log.json: trees, proofs, tiles, notes, checkpoints, tlog-proofs and entries of the log."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from label_service import merkle
from label_service.tlog.checkpoint import Checkpoint, sign_checkpoint
from label_service.tlog.leaf import (
    AttestationLeaf,
    KeyLeaf,
    LabelLeaf,
    Leaf,
    ReleaseLeaf,
    RevealLeaf,
    ScopeLeaf,
    StatementLeaf,
    StatusLeaf,
    WeekLeaf,
    leaf_bytes,
)
from label_service.tlog.note import COSIGNATURE, Note, VerifierKey, cosign, sign
from label_service.tlog.proof import InclusionProof
from label_service.tlog.tiles import RightEdge, TileTree, entries_path, tile_path
from label_service.trust.keys import thumbprint

ORIGIN = "log.example/vectors"
WITNESS = "witness.example/vectors"
SIZE = 300
LEAF_SIZES = (0, 1, 2, 3, 7, 8, 9, 255, 256, 257, 300)
INCLUSION = ((0, 1), (0, 2), (1, 3), (2, 3), (5, 7), (6, 7), (0, 256), (255, 256), (256, 257), (299, 300), (123, 300))
CONSISTENCY = (
    (1, 1),
    (1, 2),
    (2, 3),
    (3, 7),
    (4, 7),
    (6, 8),
    (255, 300),
    (256, 257),
    (256, 300),
    (257, 300),
    (300, 300),
)
AT = "2026-11-23T10:00:00Z"


class Key:
    """An Ed25519 key whose seed is the SHA-256 of a word."""

    def __init__(self, word: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(sha256(word.encode()).digest())
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Give the signature."""
        return self._key.sign(message)


LOG_KEY, WITNESS_KEY = Key("log.json: log"), Key("log.json: witness")
ENTRIES = [b"entry %d" % number for number in range(SIZE)]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
EDGE, FILE_LIST = RightEdge().append(ENTRIES)
FILES = dict(FILE_LIST)
TREE = TileTree(SIZE, FILES.__getitem__)


def main() -> None:
    """Write the vectors beside this script."""
    file = Path(__file__).with_name("log.json")
    file.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def vectors() -> dict[str, Any]:
    """Give the vectors as they stand in the file."""
    return {
        "about": (
            "Log vectors, docs/formats/log.md. The tree's entry i is the ASCII text 'entry i'. Hashes are hexadecimal. "
            "Where 'holds' is false a verifier refuses, for the reason in 'why'."
        ),
        "keys": {
            "log": str(VerifierKey(ORIGIN, LOG_KEY.public_key)),
            "witness": str(VerifierKey(WITNESS, WITNESS_KEY.public_key, COSIGNATURE)),
        },
        "roots": [{"size": size, "root": TREE.root(size).hex()} for size in LEAF_SIZES],
        "inclusion": [case for index, size in INCLUSION for case in inclusion(index, size)],
        "consistency": [case for old, new in CONSISTENCY for case in consistency(old, new)],
        "paths": paths(),
        "files": {path: sha256(data).hexdigest() for path, data in FILES.items()},
        "checkpoints": checkpoints(),
        "proofs": proofs(),
        "entries": entries(),
    }


def inclusion(index: int, size: int) -> list[dict[str, Any]]:
    """Give the proof of a leaf and what a verifier must refuse in its place."""
    path = [node.hex() for node in TREE.inclusion_path(index, size)]
    good = {"index": index, "size": size, "leaf": LEAVES[index].hex(), "path": path, "root": TREE.root(size).hex()}
    bad = [
        good | {"leaf": flip(good["leaf"]), "why": "another leaf"},
        good | {"root": flip(good["root"]), "why": "another root"},
        good | {"path": [*path, good["root"]], "why": "one hash too many"},
        good | {"index": size, "why": "no such leaf"},
    ]
    if path:
        bad += [
            good | {"path": path[:-1], "why": "one hash missing"},
            good | {"path": [flip(path[0]), *path[1:]], "why": "a flipped bit in the path"},
            good | {"index": index ^ 1, "why": "another index"},
        ]
    return [good | {"holds": True}, *(case | {"holds": False} for case in bad)]


def consistency(old: int, new: int) -> list[dict[str, Any]]:
    """Give the proof between two trees and what a verifier must refuse in its place."""
    path = [node.hex() for node in TREE.consistency_path(old, new)]
    roots = {"old_root": TREE.root(old).hex(), "new_root": TREE.root(new).hex()}
    good = {"old_size": old, "new_size": new, **roots, "path": path}
    bad = [
        good | {"old_root": flip(roots["old_root"]), "why": "another old root"},
        good | {"new_root": flip(roots["new_root"]), "why": "another new root"},
        good | {"path": [*path, roots["new_root"]], "why": "one hash too many"},
        good | {"old_size": new + 1, "why": "the log shrank"},
        good | {"old_size": 0, "why": "the empty tree needs no proof"},
    ]
    if path:
        bad += [
            good | {"path": path[1:], "why": "one hash missing"},
            good | {"path": [*path[:-1], flip(path[-1])], "why": "a flipped bit in the path"},
        ]
    return [good | {"holds": True}, *(case | {"holds": False} for case in bad)]


def paths() -> list[dict[str, Any]]:
    """Give names of tiles and bundles."""
    hashes = [(0, 0, 256), (0, 999, 1), (1, 1000, 256), (2, 1234067, 255), (63, 0, 256)]
    tiles = [{"level": level, "index": n, "width": w, "path": tile_path(level, n, w)} for level, n, w in hashes]
    bundles = [(0, 256), (1234067, 17)]
    return tiles + [{"level": "entries", "index": n, "width": w, "path": entries_path(n, w)} for n, w in bundles]


def checkpoints() -> list[dict[str, Any]]:
    """Give checkpoints; those that do not hold are signed by the log all the same where the reason is their form."""
    root = b64encode(TREE.root()).decode()
    good = f"{ORIGIN}\n{SIZE}\n{root}\n"
    malformed = {
        "leading zero": good.replace("\n300\n", "\n0300\n"),
        "sign": good.replace("\n300\n", "\n+300\n"),
        "size of 2^63": good.replace("\n300\n", "\n9223372036854775808\n"),
        "extension line": good + "more\n",
        "root of 31 bytes": f"{ORIGIN}\n{SIZE}\n{b64encode(TREE.root()[1:]).decode()}\n",
        "second spelling of the root": second_spelling(good, root),
        "root without padding": good.replace("=\n", "\n"),
        "empty tree with another root": good.replace("\n300\n", "\n0\n"),
        "carriage return": good.replace("\n300\n", "\n300\r\n"),
        "another origin": good.replace(ORIGIN, "other.example/log"),
    }
    text = str(head())
    altered = {
        "altered size": text.replace("\n300\n", "\n299\n"),
        "altered signature": text.replace(text[-12:-8], text[-8:-4]),
        "signed by another key of the same name": str(sign_checkpoint(ORIGIN, SIZE, TREE.root(), WITNESS_KEY)),
        "bytes after the signature": text + "\n",
        "no final newline": text[:-1],
        "hyphen instead of dash": text.replace("— ", "- "),
        "signature twice": text + text.rpartition("\n\n")[2],
    }
    holding = [{"text": str(c), "size": c.size, "root": c.root.hex(), "holds": True} for c in (empty(), head(), seen())]
    refused = {why: str(Note(body, (sign(body, ORIGIN, LOG_KEY),))) for why, body in malformed.items()} | altered
    return holding + [{"text": text, "holds": False, "why": why} for why, text in refused.items()]


def empty() -> Checkpoint:
    """Give the first checkpoint of a log."""
    return sign_checkpoint(ORIGIN, 0, TREE.root(0), LOG_KEY)


def head() -> Checkpoint:
    """Give the newest checkpoint."""
    return sign_checkpoint(ORIGIN, SIZE, TREE.root(), LOG_KEY)


def seen() -> Checkpoint:
    """Give the newest checkpoint with the cosignature of a witness."""
    return head().with_signatures([cosign(head().note.text, WITNESS, WITNESS_KEY, 1_795_428_000)])


def proofs() -> list[dict[str, Any]]:
    """Give tlog-proofs of an entry."""
    proof = InclusionProof(123, tuple(TREE.inclusion_path(123)), seen())
    with_extra = InclusionProof(0, tuple(TREE.inclusion_path(0)), head(), b"extra")
    text, first = str(proof), proof.path[0]
    altered = {
        "another index": text.replace("index 123", "index 122"),
        "leading zero": text.replace("index 123", "index 0123"),
        "another version": text.replace("@v1", "@v2"),
        "a hash missing": text.replace(b64encode(first).decode() + "\n", ""),
        "another hash": text.replace(b64encode(first).decode(), b64encode(LEAVES[0]).decode()),
        "empty extra line": text.replace("index", "extra \nindex"),
        "altered checkpoint": text.replace("\n300\n", "\n301\n"),
    }
    return [
        {
            "text": text,
            "entry": "entry 123",
            "index": 123,
            "size": SIZE,
            "witnessed_at_s": 1_795_428_000,
            "holds": True,
        },
        {"text": str(with_extra), "entry": "entry 0", "index": 0, "size": SIZE, "holds": True},
        {"text": text, "entry": "entry 122", "holds": False, "why": "another entry"},
        *({"text": other, "entry": "entry 123", "holds": False, "why": why} for why, other in altered.items()),
    ]


def entries() -> list[dict[str, Any]]:
    """Give log entries of every kind, and what is none."""
    good = [leaf_bytes(leaf).decode() for leaf in leaves()]
    label, status = good[0], good[4]
    bad = {
        "a null member": label.replace('"type"', '"successor":null,"type"'),
        "an unknown member": label.replace('"type"', '"note":"","type"'),
        "white space": label.replace(":", ": "),
        "a member twice": label.replace('"type"', '"quantity":2,"type"'),
        "quantity as a string": label.replace('"quantity":2', '"quantity":"2"'),
        "an upper-case digest": label.replace("aa" * 32, "AA" * 32),
        "a label id with a forbidden character": label.replace("ABCDEFGHIJKLM", "ABCDEFGHIJKL1"),
        "a scope position below the quantity": label.replace('"scope_position":7', '"scope_position":1'),
        "a scope without position": label.replace(',"scope_position":7', ""),
        "a label in a scope without its week": label.replace(',"week":"2026-W47"', ""),
        "a week the year does not have": label.replace("2026-W47", "2026-W54"),
        "a week that is not over": good[9].replace("2026-11-23T10", "2026-11-22T10"),
        "a revocation taken back": status.replace("true", "false"),
        "a time with an offset": status.replace("00Z", "00+00:00"),
        "an unknown type": label.replace('"label","', '"coin","'),
        "an unknown version": label.replace('"version":"1"', '"version":"2"'),
    }
    return [
        *({"text": text, "leaf": merkle.leaf_hash(text.encode()).hex(), "holds": True} for text in good),
        *({"text": text, "holds": False, "why": why} for why, text in bad.items()),
    ]


def leaves() -> list[Leaf]:
    """Give a leaf of every kind."""
    auditor, label_id, scope = "did:web:auditor.example#1", "ABCDEFGHIJKLM", "bb" * 32
    documents = {"attestation_digest": scope, "inventory_digest": "cc" * 32, "assessment_digest": "dd" * 32}
    of_label = {"digest": "aa" * 32, "label_id": label_id, "quantity": 2, **documents}
    return [
        LabelLeaf.model_validate(of_label | {"scope_digest": scope, "scope_position": 7, "week": "2026-W47"}),
        LabelLeaf.model_validate(of_label),
        AttestationLeaf(digest="ee" * 32, auditor=auditor, quantity=10),
        ScopeLeaf(
            digest=scope,
            auditor=auditor,
            commitment="ff" * 32,
            quantity=500,
            sampling_rate="0.05",
            first_week="2026-W45",
            weeks=60,
        ),
        StatusLeaf(
            label_id=label_id,
            purpose="revocation",
            value=True,
            reason="superseded",
            at=AT,
            actor="did:web:scheme.example#status",
            successor="NOPQRSTUVWXYZ",
            statement_digest="5a" * 32,
        ),
        StatusLeaf(scope_digest=scope, purpose="suspension", value=False, reason="appeal-upheld", at=AT, actor=auditor),
        KeyLeaf(
            kid="did:web:scheme.example#log",
            thumbprint=thumbprint(LOG_KEY.public_key),
            use="log",
            state="active",
            at=AT,
        ),
        ReleaseLeaf(digest="ab" * 32, name="label-factors", release="2026.11.0"),
        StatementLeaf(kind="refusal", digest="5b" * 32, signer=auditor, at=AT),
        WeekLeaf(week="2026-W47", at=AT),
        RevealLeaf(scope_digest=scope, week="2026-W47", value="0f" * 32),
        StatementLeaf(
            kind="sample_result", digest="5c" * 32, signer=auditor, at=AT, label_id=label_id, scope_digest=scope
        ),
    ]


def flip(text: str) -> str:
    """Change one bit of a hexadecimal hash."""
    return f"{int(text, 16) ^ 1:0{len(text)}x}"


def second_spelling(text: str, root: str) -> str:
    """Set an unused bit in the last base64 character of a 32-byte root."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text.replace(root, root[:-2] + alphabet[alphabet.index(root[-2]) ^ 1] + "=")


if __name__ == "__main__":
    main()
