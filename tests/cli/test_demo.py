import json
from shutil import copytree

import pytest

from label_service.cli.demo import _set_up, run_demo
from label_service.errors import Refused
from label_service.examples import NAMES
from tests.verify.forging import claims

LABELLED = {"hook": "C", "hook-unproven": "E", "box": "D", "plate": "A"}


def test_the_demo_leaves_the_files_it_promises(demo):
    """One folder per example with its documents, and what a stranger needs to check them beside it."""
    folder, _ = demo
    for name in NAMES:
        files = {file.name for file in (folder / name).iterdir() if file.is_file()}
        expected = {"declaration.json", "inventory.json", "assessment.json"}
        expected |= {"label.jwt", "bundle.json", "qr.png"} if name in LABELLED else set()
        assert expected <= files
        assert name in LABELLED or not {"label.jwt", "bundle.json", "qr.png"} & files
    assert (folder / "trust-list.jwt").exists()
    assert (folder / "root.pub").exists()


def test_every_example_has_the_outcome_it_is_there_for(demo):
    """Good use of material and energy, nothing proven, the wrong category, no reference, recycled material."""
    folder, out = demo
    for name in NAMES:
        assessment = json.loads((folder / name / "assessment.json").read_bytes())
        assert assessment.get("grade") == LABELLED.get(name), name
        assert f"Example {name}" in out
    assert "No grade, so no label" in out
    assert "would improve it" in out
    assert out.count("VALID: every step holds") == len(LABELLED)


def test_everything_says_demo(demo):
    """Nobody can take a demo label for a certificate: documents, tokens, lists and terminal say so."""
    folder, out = demo
    assert "DEMO, not a certificate" in out
    for name in LABELLED:
        bundle = json.loads((folder / name / "bundle.json").read_bytes())
        assert bundle["inventory"]["demo"] is True
        assert bundle["assessment"]["demo"] is True
        assert "DEMO" in bundle["inventory"]["name"]
        for member in ("label", "attestation", "trust_list"):
            assert "DEMO, not a certificate" in json.dumps(claims(bundle[member])), member
        assert all(claims(token)["name"].startswith("DEMO") for token in bundle["status"])
    assert b"DEMO" in (folder / "root.pub").read_bytes()


def test_the_auditor_keeps_her_key_to_herself(demo):
    """The operator's folders hold no key of the auditor, and nothing private is among the public files."""
    folder, _ = demo
    secret = (folder / "auditor" / "auditor.pem").read_bytes().splitlines()[1]
    for file in (folder / "operator").rglob("*"):
        if file.is_file():
            assert secret not in file.read_bytes()
    private = b"PRIVATE KEY"
    assert not any(private in file.read_bytes() for file in (folder / "operator/data").rglob("*") if file.is_file())


def test_running_again_starts_afresh(demo, tmp_path):
    """A folder of an earlier demo is replaced, with new keys; the marker says that it is one."""
    folder = copytree(demo[0], tmp_path / "demo")
    root = (folder / "root.pub").read_bytes()
    site = _set_up(folder, "http://localhost:8000")
    site.scheme.close()
    assert (folder / "root.pub").read_bytes() != root
    assert not (folder / "hook").exists()


@pytest.mark.parametrize("content", ["thesis.txt", ".hidden", "folder/"])
def test_nothing_else_is_ever_deleted(tmp_path, content):
    """A folder that is not a demo is refused and left as it is, whatever it holds."""
    mine = tmp_path / "mine"
    mine.mkdir()
    precious = mine / content
    precious.mkdir() if content.endswith("/") else precious.write_text("years of work")
    with pytest.raises(Refused) as refused:
        run_demo(mine, 8000, is_served=False)
    assert "--folder" in refused.value.hint
    assert precious.exists()
    assert [entry.name for entry in mine.iterdir()] == [precious.name]


def test_a_file_is_no_folder(tmp_path, call):
    """A name that is taken by a file ends with an error and keeps the file."""
    file = tmp_path / "file"
    file.write_text("years of work")
    done = call("demo", "--once", "--folder", file)
    assert done.code == 2
    assert file.read_text() == "years of work"
    assert "Traceback" not in done.err
