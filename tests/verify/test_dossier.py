import hashlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.assessment import assess
from label_service.canonical import encode
from label_service.declaration import Declaration
from label_service.errors import Implausible, InvalidDocument, MissingInput, NotCanonical, NotFound, VerificationError
from label_service.factors import release as releases
from label_service.inventory.build import build_inventory
from label_service.quantity import plain
from label_service.verify.difference import first_difference
from label_service.verify.dossier import RELEASE_FILE, check_dossier, file_digest
from tests.examples import EVIDENCE, RELEASE, changed, claim, entry, hooks, inventory_of
from tests.issuance.releasing import dearer_plastic
from tests.strategies import json_objects, json_values

PHOTO = b"a photo of a scale"


def declared(document):
    """Give a declaration whose evidence is the photo."""
    return Declaration.from_json(json.loads(json.dumps(document).replace(EVIDENCE, hashlib.sha256(PHOTO).hexdigest())))


def documents():
    """Give declaration, inventory and assessment of the hooks as JSON."""
    declaration = declared(hooks())
    inventory = inventory_of(declaration.as_json())
    return {
        "declaration": declaration.as_json(),
        "inventory": inventory.as_json(),
        "assessment": assess(inventory, RELEASE).as_json(),
    }


@pytest.fixture
def folder(tmp_path):
    """Give a folder that holds together."""
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "any-name.jpg").write_bytes(PHOTO)
    write(tmp_path, **documents())
    return tmp_path


def write(folder, **found):
    """Write documents into a folder."""
    for name, value in found.items():
        (folder / f"{name}.json").write_bytes(encode(value) + b"\n")


def test_an_honest_folder_passes_with_its_findings(folder):
    """What follows from the declaration is confirmed, and the auditor sees what she must look at."""
    dossier = check_dossier(folder)
    assert dossier.assessment.grade == "C"
    assert dossier.declaration.digest == Declaration.from_json(documents()["declaration"]).digest
    assert {finding.severity for finding in dossier.findings} == {"evidence"}


@pytest.mark.parametrize("change", ["altered", "missing", "no folder"])
def test_changed_evidence_is_named(folder, change):
    """A file that was changed after the declaration, or is not there, stops the auditor with its name."""
    photo = folder / "evidence" / "any-name.jpg"
    photo.write_bytes(PHOTO + b".") if change == "altered" else photo.unlink()
    if change == "no folder":
        photo.parent.rmdir()
    with pytest.raises(
        VerificationError, match=r"evidence 'scale.jpg' with digest [0-9a-f]{64} is missing or was changed"
    ):
        check_dossier(folder)


def test_further_files_do_no_harm(folder):
    """The auditor's own notes may lie beside the evidence."""
    (folder / "evidence" / "notes.txt").write_text("seen")
    (folder / "evidence" / "more").mkdir()
    assert check_dossier(folder)


AMOUNTS = range(len(inventory_of(hooks()).flows))


@pytest.mark.parametrize("position", AMOUNTS)
def test_a_changed_digit_of_the_inventory_is_named(folder, position):
    """Whichever amount was improved on the way from the declaration, the difference is shown with both values."""
    inventory = documents()["inventory"]
    amount = inventory["flows"][position]["amount"]
    other = plain(Decimal(amount) * Decimal("1.1"))
    write(folder, inventory=changed(json.loads(encode(inventory)), f"/flows/{position}/amount", other))
    with pytest.raises(VerificationError) as caught:
        check_dossier(folder)
    assert f'/flows/{position}/amount: computed "{amount}", found "{other}"' in caught.value.detail
    assert "inventory does not follow" in caught.value.detail


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/score", 64), ("/grade", "A"), ("/product/kgco2e/median", "0.1"), ("/comparisons/0/ratio/p95", "0.5"),
        ("/default_share", "0.1"), ("/reasons", ["no_reference"]), ("/grade", None), ("/inventory_digest", "ab" * 32),
        ("/release_digest", "ab" * 32), ("/demo", False),
    ],
)  # fmt: skip
def test_a_changed_digit_of_the_assessment_is_named(folder, pointer, value):
    """A nicer score, letter or figure than the inventory gives is shown with both values."""
    write(folder, assessment=changed(json.loads(encode(documents()["assessment"])), pointer, value))
    with pytest.raises(VerificationError, match=f"assessment does not follow.*{pointer}: computed .*, found"):
        check_dossier(folder)


@pytest.mark.parametrize(
    ("pointer", "value", "error"),
    [
        ("/quantity", 5, VerificationError),
        ("/salt", "1" * 32, None),
        ("/materials/0/gross", claim("0.26", "kg"), VerificationError),
        ("/materials/0/net", claim("0.25", "kg"), MissingInput),
        ("/steps/0/energy", entry("0.001", "kWh"), Implausible),
        ("/made/last", "2026-11-03", VerificationError),
    ],
)
def test_another_declaration_gives_another_dossier(folder, pointer, value, error):
    """Inventory and assessment are held against the declaration in the folder; what does not count is not compared."""
    write(folder, declaration=declared(changed(hooks(), pointer, value)).as_json())
    if error is None:
        assert check_dossier(folder)
        return
    with pytest.raises(error):
        check_dossier(folder)


@pytest.mark.parametrize("name", ["declaration", "inventory", "assessment"])
def test_a_missing_or_rewritten_document_is_named(folder, name):
    """A document that is not there, or not in its one spelling, is no basis for a signature."""
    file = folder / f"{name}.json"
    original = file.read_bytes()
    file.write_bytes(original.replace(b":", b": ", 1))
    with pytest.raises(NotCanonical):
        check_dossier(folder)
    file.write_bytes(b"{}")
    with pytest.raises(InvalidDocument):
        check_dossier(folder)
    file.unlink()
    with pytest.raises(NotFound, match=f"cannot read {name}.json"):
        check_dossier(folder)


def test_an_unknown_release_is_named(folder):
    """An inventory under factors this build does not have cannot be recomputed."""
    write(folder, inventory=documents()["inventory"] | {"release_digest": "ab" * 32})
    with pytest.raises(NotFound, match="ab" * 32):
        check_dossier(folder)


def test_a_dossier_may_carry_its_release(folder, tmp_path, monkeypatch):
    """A release brought in later is taken from the folder, by the digest of its rows and nothing else."""
    monkeypatch.setattr(releases, "_MOUNTED", {})
    newer = dearer_plastic(tmp_path / "later")
    declaration = Declaration.from_json(documents()["declaration"])
    inventory = build_inventory(declaration, newer, newer.digest)
    write(folder, inventory=inventory.as_json(), assessment=assess(inventory, newer).as_json())
    (folder / RELEASE_FILE).write_bytes(RELEASE.to_bytes())
    with pytest.raises(NotFound, match="neither this build nor"):
        check_dossier(folder)
    (folder / RELEASE_FILE).write_bytes(newer.to_bytes())
    assert check_dossier(folder).release == newer
    (folder / RELEASE_FILE).write_bytes(newer.to_bytes().replace(b'"6"', b'"7"', 1))
    with pytest.raises(InvalidDocument):
        check_dossier(folder)


@given(json_objects, json_values)
def test_equal_documents_have_no_difference(value, other):
    """Nothing is reported where nothing differs, and something wherever the bytes differ."""
    assert first_difference(value, json.loads(encode(value))) is None
    if encode(other) != encode(value) and other is not None:
        assert first_difference(value, other)


@given(st.binary(max_size=100))
def test_the_digest_of_a_file_is_sha_256(tmp_path_factory, data):
    """The file is read in pieces, and the digest is that of the whole."""
    file = tmp_path_factory.mktemp("digest") / "file"
    file.write_bytes(data)
    assert file_digest(file) == hashlib.sha256(data).hexdigest()
