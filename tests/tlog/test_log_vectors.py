"""The log's vectors, checked by the package and, for what is true in them, by the recursive definition."""

import importlib.util
import json
from hashlib import sha256
from pathlib import Path

import pytest

from label_service.errors import InvalidDocument, LabelServiceError
from label_service.tlog import tree
from label_service.tlog.checkpoint import verify_checkpoint
from label_service.tlog.leaf import leaf_bytes, parse_leaf
from label_service.tlog.note import VerifierKey, verify_signatures
from label_service.tlog.proof import verify_proof
from label_service.tlog.tiles import entries_path, tile_path

from . import oracle

FOLDER = Path(__file__).parent.parent / "vectors"
VECTORS = json.loads((FOLDER / "log.json").read_text(encoding="utf-8"))
LOG, WITNESS = (VerifierKey.parse(VECTORS["keys"][name]) for name in ("log", "witness"))
ENTRIES = [f"entry {number}".encode() for number in range(300)]
LEAVES = [oracle.leaf(entry) for entry in ENTRIES]


def holds(verify, *arguments) -> bool:
    """Whether a verifier accepts; it refuses with an error of ours only."""
    try:
        verify(*arguments)
    except LabelServiceError:
        return False
    return True


def hashes(texts: list[str]) -> list[bytes]:
    """Bytes of hexadecimal hashes."""
    return [bytes.fromhex(text) for text in texts]


def test_the_script_gives_the_file():
    """The committed vectors are what their script writes."""
    spec = importlib.util.spec_from_file_location("make_log", FOLDER / "make_log.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.vectors() == VECTORS


def test_roots_and_files():
    """Roots and files are those of the definition."""
    assert {case["size"]: case["root"] for case in VECTORS["roots"]} == {
        case["size"]: oracle.root(LEAVES[: case["size"]]).hex() for case in VECTORS["roots"]
    }
    files = oracle.files(ENTRIES)
    assert VECTORS["files"] == {path: sha256(data).hexdigest() for path, data in files.items()}


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: case.get("why", "holds"))
def test_inclusion(case):
    """Inclusion proofs hold or fail as the vectors say; those that hold are the RFC's."""
    leaf, root = hashes([case["leaf"], case["root"]])
    assert holds(tree.verify_inclusion, case["index"], case["size"], leaf, hashes(case["path"]), root) == case["holds"]
    if case["holds"]:
        assert hashes(case["path"]) == oracle.path(case["index"], LEAVES[: case["size"]])


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: case.get("why", "holds"))
def test_consistency(case):
    """Consistency proofs hold or fail as the vectors say; those that hold are the RFC's."""
    old, new = hashes([case["old_root"], case["new_root"]])
    claim = (case["old_size"], old, case["new_size"], new, hashes(case["path"]))
    assert holds(tree.verify_consistency, *claim) == case["holds"]
    if case["holds"]:
        assert hashes(case["path"]) == oracle.proof(case["old_size"], LEAVES[: case["new_size"]])


@pytest.mark.parametrize("case", VECTORS["paths"], ids=lambda case: case["path"])
def test_paths(case):
    """Tiles and bundles have the names the vectors say."""
    if case["level"] == "entries":
        assert entries_path(case["index"], case["width"]) == case["path"]
    else:
        assert tile_path(case["level"], case["index"], case["width"]) == case["path"]


@pytest.mark.parametrize("case", VECTORS["checkpoints"], ids=lambda case: case.get("why", case.get("size")))
def test_checkpoints(case):
    """Checkpoints hold or fail as the vectors say."""
    assert holds(verify_checkpoint, case["text"], LOG) == case["holds"]
    if case["holds"]:
        checkpoint = verify_checkpoint(case["text"], LOG)
        assert (checkpoint.size, checkpoint.root.hex()) == (case["size"], case["root"])


@pytest.mark.parametrize("case", VECTORS["proofs"], ids=lambda case: case.get("why", case["entry"]))
def test_proofs(case):
    """Proofs hold or fail as the vectors say, and carry the witness's time where they say so."""
    assert holds(verify_proof, case["text"], case["entry"].encode(), LOG) == case["holds"]
    if case["holds"]:
        proof = verify_proof(case["text"], case["entry"].encode(), LOG)
        assert (proof.index, proof.checkpoint.size) == (case["index"], case["size"])
        witnessed = verify_signatures(proof.checkpoint.note, [WITNESS])
        assert witnessed.get(WITNESS) == case.get("witnessed_at_s")


@pytest.mark.parametrize("case", VECTORS["entries"], ids=lambda case: case.get("why", case["text"][:30]))
def test_entries(case):
    """Entries are read or refused as the vectors say, and read entries are written as they were."""
    entry = case["text"].encode()
    if case["holds"]:
        assert leaf_bytes(parse_leaf(entry)) == entry
        assert oracle.leaf(entry).hex() == case["leaf"]
    else:
        with pytest.raises(InvalidDocument):
            parse_leaf(entry)
