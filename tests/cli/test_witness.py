"""Two sources of one log held against each other; witnesses as processes: tests/journeys/test_federation.py."""

from label_service.tlog.checkpoint import Checkpoint, sign_checkpoint
from label_service.tlog.split_view import SplitView
from label_service.tlog.tiles import TileTree


def test_a_fork_of_another_size_is_proven_by_what_it_grew_from(call, tmp_path, own_stage):
    """Where one source is smaller, the proof says what the larger was at that size; a stranger checks it alone."""
    folder = own_stage.folder / "data" / "public"
    trust_list = tmp_path / "trust-list.jwt"
    trust_list.write_text(own_stage.scheme.register.text())
    log = ("--trust-list", trust_list, "--root", own_stage.root_file, "--at", own_stage.at)
    smaller = sign_checkpoint(own_stage.scheme.identity.log, 3, bytes(32), own_stage.signers.log)
    (tmp_path / "other.txt").write_text(str(smaller))
    proof = tmp_path / "proof.json"
    done = call("audit-log", folder, *log, "--against", tmp_path / "other.txt", "--evidence", proof)
    assert done.code == 1, done.err
    found = SplitView.from_bytes(proof.read_bytes().strip())
    read = own_stage.files
    size = Checkpoint.parse(read.read("log/checkpoint").decode()).size
    assert found.root == TileTree(size, lambda name: read.read(f"log/{name}")).root(3).hex()
    assert call("audit-log", folder, *log, "--against", proof).code == 1
    larger = sign_checkpoint(own_stage.scheme.identity.log, size + 1, bytes(32), own_stage.signers.log)
    (tmp_path / "larger.txt").write_text(str(larger))
    assert call("audit-log", folder, *log, "--against", tmp_path / "larger.txt").code == 3
    assert not (tmp_path / "split-view.json").exists()
