"""The story of the demo, told from its files: a producer declares, an auditor attests, a buyer scans, all audit."""

import json
import shutil

import pytest

from label_service import canonical
from label_service.artwork.decode import decode_image
from label_service.cli.verify import run
from label_service.label.credential import read_label
from label_service.label.qr import parse_qr
from label_service.verify.dossier import file_digest
from tests.scanning import scan
from tests.verify.forging import other_digit

LABELLED = ("hook", "hook-unproven", "box", "plate")


def test_the_producer_finds_her_files_in_the_declaration(demo, call):
    """The kWh and grams of the declaration are those of her files, and assessing it again gives the same figures."""
    folder, _ = demo
    declaration = json.loads((folder / "hook/declaration.json").read_bytes())
    digests = {item["digest"] for item in declaration["evidence"]}
    assert digests == {file_digest(file) for file in (folder / "hook/evidence").iterdir()}
    facts = json.loads(call("import", folder / "hook/evidence/meter.json", "--json").out)[0]["facts"]
    energy = next(fact["value"] for fact in facts if fact["quantity"] == "energy")
    assert declaration["steps"][0]["energy"]["value"] == energy
    again = call("assess", folder / "hook/declaration.json", "--json")
    assert again.out.encode().strip() == (folder / "hook/assessment.json").read_bytes()


def test_the_auditor_signs_what_holds_and_nothing_else(demo, call, tmp_path):
    """She checks the dossier on her own machine; with one changed byte of evidence she signs nothing."""
    folder, _ = demo
    dossier = tmp_path / "plate"
    shutil.copytree(folder / "plate", dossier)
    options = ["--key", folder / "auditor/auditor.pem", "--name", "A", "--scheme", "http://localhost:8000"]
    assert call("attest", dossier, *options, "--out", tmp_path / "a.jwt").code == 0
    evidence = next(iter((dossier / "evidence").iterdir()))
    evidence.write_bytes(evidence.read_bytes() + b"\n")
    refused = call("attest", dossier, *options, "--out", tmp_path / "b.jwt")
    assert refused.code == 2
    assert evidence.name in refused.err
    assert not (tmp_path / "b.jwt").exists()


@pytest.mark.parametrize("name", LABELLED)
def test_the_buyer_scans_with_whatever_she_has(demo, name):
    """Two decoders that share no code read the same text, which says what the label says."""
    folder, _ = demo
    data = (folder / name / "qr.png").read_bytes()
    text = decode_image(data)
    assert scan(data) == {text}
    payload = parse_qr(text)
    token, content = read_label((folder / name / "label.jwt").read_text())
    assert payload.label_id == content.label_id
    assert payload.claims.label_digest == token.digest
    assert (payload.claims.grade, payload.claims.score) == (content.grade, content.score)
    assert payload.claims.demo


@pytest.mark.parametrize("name", LABELLED)
def test_anybody_verifies_and_recomputes_offline(demo, call, name):
    """With the file and the pinned root every step holds, and the score follows to the digit."""
    folder, _ = demo
    assert run(["--root", str(folder / "root.pub"), str(folder / name / "bundle.json")]) == 0
    assert run([str(folder / name / "bundle.json")]) == 3
    lists = ["--trust-list", str(folder / "trust-list.jwt"), "--root", str(folder / "root.pub")]
    assert run([*lists, str(folder / name / "qr.png")]) == 3
    assert run([*lists, str(folder / name / "label.jwt")]) == 3
    done = call("recompute", folder / name / "bundle.json")
    assert done.code == 0
    assessment = json.loads((folder / name / "assessment.json").read_bytes())
    assert f"score {assessment['score']}, grade {assessment['grade']}" in done.out


def test_a_forger_is_found_out(demo, capsys, tmp_path):
    """The better letter, the other label's log entry, the changed factor: each fails at its step."""
    folder, _ = demo
    for member, step in (("label", 3), ("attestation", 4), ("trust_list", 2)):
        bundle = json.loads((folder / "hook/bundle.json").read_bytes())
        bundle[member] = other_digit(bundle[member])
        file = tmp_path / "forged.json"
        file.write_bytes(canonical.encode(bundle))
        assert run(["--root", str(folder / "root.pub"), str(file)]) == 1
        assert f"NOT VALID: step {step} " in capsys.readouterr().out


def test_anybody_audits_the_whole_log(demo, call, tmp_path):
    """From the public files every tile, root and checkpoint is rebuilt, and every label is proven to be in it."""
    folder, _ = demo
    options = ["--root", folder / "root.pub", "--trust-list", folder / "trust-list.jwt"]
    done = call("audit-log", folder / "operator/data/public", *options)
    assert done.code == 0
    assert "4 labels proven from the tiles" in done.out
    copy = shutil.copytree(folder / "operator/data/public", tmp_path / "public")
    tile = max((copy / "log/tile/0/000.p").iterdir(), key=lambda file: int(file.name))
    tile.write_bytes(tile.read_bytes()[:-1] + b"\0")
    assert call("audit-log", copy, *options).code == 1
