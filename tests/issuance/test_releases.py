"""Releases of factors: pinned, in a row, in use for what is declared next, withdrawable; old labels keep theirs."""

import io
import zipfile

import pytest
from starlette.testclient import TestClient

from label_service.errors import Conflict, InvalidDocument, NotFound, Refused
from label_service.factors import release as releases
from label_service.factors.release import load_folder, load_release, read_release
from label_service.factors.succession import changed_rows
from label_service.web.app import Site, build_app
from tests.issuance.releasing import dearer_plastic, release_folder
from tests.stage import Stage


@pytest.fixture
def newer(tmp_path):
    """Give a release that follows the shipped one."""
    return dearer_plastic(tmp_path / "2026.12.0")


@pytest.fixture(autouse=True)
def _unmounted(monkeypatch):
    """Let every test begin as a process that knows the package only."""
    monkeypatch.setattr(releases, "_MOUNTED", {})


def test_what_is_declared_next_is_assessed_with_the_new_release(own_stage: Stage, newer):
    """A published release counts from then on; what was declared before keeps its own numbers."""
    scheme = own_stage.scheme
    before = own_stage.submit("hook", salt="2" * 32)
    scheme.releases.publish(newer, newer.digest)
    assert scheme.releases.current().digest == newer.digest
    after = own_stage.submit("hook", salt="1" * 32)
    assert (before.inventory.release_digest, after.inventory.release_digest) == (load_release().digest, newer.digest)
    assert scheme.declarations.get(before.id).inventory == before.inventory
    assert [item.digest for item in scheme.register.current().releases] == [load_release().digest, newer.digest]


def test_another_process_knows_a_published_release(own_stage: Stage, newer, monkeypatch):
    """The database holds the rows, so that no other file is needed to read a declaration or a label of it."""
    own_stage.scheme.releases.publish(newer, newer.digest)
    found = own_stage.submit("hook", salt="1" * 32)
    monkeypatch.setattr(releases, "_MOUNTED", {})
    assert own_stage.scheme.declarations.get(found.id).inventory.release_digest == newer.digest


def test_a_release_is_pinned_and_follows_the_others(own_stage: Stage, newer, tmp_path):
    """Nothing is published but what its maker named by digest, of the same package, and later than all before."""
    publish = own_stage.scheme.releases.publish
    with pytest.raises(InvalidDocument, match="expected the release with the digest"):
        publish(newer, "0" * 64)
    older = dearer_plastic(tmp_path / "older", "2026.10.0")
    with pytest.raises(InvalidDocument, match=r"expected a version after 2026\.11\.0"):
        publish(older, older.digest)
    spelled = dearer_plastic(tmp_path / "spelled", "2026.012.0")
    with pytest.raises(InvalidDocument, match="year, month and patch"):
        publish(spelled, spelled.digest)
    assert own_stage.scheme.releases.current() is load_release()


def test_a_bad_release_is_withdrawn(own_stage: Stage, newer):
    """From a withdrawal on nothing new rests on a release; the one before is in use again."""
    scheme = own_stage.scheme
    scheme.releases.publish(newer, newer.digest)
    waiting = own_stage.submit("hook", salt="1" * 32)
    scheme.attestations.add(waiting.id, own_stage.attest(waiting))
    with pytest.raises(Refused):
        scheme.releases.withdraw(newer.digest, " ")
    scheme.releases.withdraw(newer.digest, "PLA was entered twice")
    assert scheme.releases.current() is load_release()
    with pytest.raises(Conflict, match="PLA was entered twice"):
        scheme.labels.issue(waiting.id)
    bad, first = scheme.releases.all()
    assert (bad.is_in_use, bad.reason, first.is_in_use) == (False, "PLA was entered twice", True)
    for digest, error in ((newer.digest, Conflict), (load_release().digest, Conflict), ("0" * 64, NotFound)):
        with pytest.raises(error):
            scheme.releases.withdraw(digest, "again")


def test_a_release_travels_as_one_file(newer):
    """What is stored and handed on gives the same release, row by row, and a changed or moved line is refused."""
    data = newer.to_bytes()
    assert read_release(data) == newer
    head, *lines = data.splitlines(keepends=True)
    for damaged in (head + b"".join(reversed(lines)), head + b"".join(lines[1:]), data.replace(b'"6"', b'"7"', 1)):
        with pytest.raises(InvalidDocument):
            read_release(damaged)


def test_everybody_may_read_a_published_release(own_stage: Stage, newer):
    """Header and rows are served by the digest that labels name, so that anyone can rebuild the root."""
    own_stage.scheme.releases.publish(newer, newer.digest)
    client = TestClient(build_app(Site(own_stage.scheme, own_stage.files, needs_account=False)))
    assert [header["root"] for header in client.get("/releases").json()] == [load_release().digest, newer.digest]
    assert client.get(f"/releases/{newer.digest}/rows").content == newer.lines()


def test_pages_and_forms_offer_what_the_release_in_use_has(own_stage: Stage, tmp_path):
    """Names and choices are those of the published release, not those of the build."""
    names = {
        ("materials.csv", "id", "pla"): {"name_en": "PLA of the new release"},
        ("families.csv", "family", "fdm"): {"name_en": "Filament of the new release"},
    }
    newer = load_folder(release_folder(tmp_path / "2026.12.0", "2026.12.0", names))
    client = TestClient(build_app(Site(own_stage.scheme, own_stage.files, needs_account=False)))
    before = client.get("/profiles/lots/new").text
    own_stage.scheme.releases.publish(newer, newer.digest)
    assert "PLA of the new release" not in before
    assert "PLA of the new release" in client.get("/profiles/lots/new").text
    with zipfile.ZipFile(io.BytesIO(client.get("/declare/template.xlsx").content)) as sheet:
        assert any(b"PLA of the new release" in sheet.read(name) for name in sheet.namelist())


def test_changed_rows_are_named_with_what_they_say(newer):
    """The steward sees each row that differs, cell by cell."""
    ((row_id, change),) = changed_rows(load_release(), newer).items()
    assert row_id == ("materials", "pla")
    assert change.members["kgco2e_per_kg_virgin"][1] == "6"
    assert changed_rows(newer, newer) == {}
