import pytest

from label_service.errors import Conflict, InvalidDocument, InvalidKey
from label_service.issuance.keyring import Keyring
from label_service.issuance.opening import open_scheme
from label_service.issuance.setup import Identity, initialise, timestamp
from tests import databases
from tests.stage import NOON, ORIGIN, found_stage, open_parts

IDENTITY = Identity(ORIGIN, "Test scheme", is_demo=True)


def test_an_installation_has_five_different_keys(tmp_path):
    """Root, lists, labels, states and log never share a key; the root is kept apart from the others."""
    initialise(tmp_path / "keys", tmp_path / "root", IDENTITY, NOON)
    files = sorted(file.name for file in (tmp_path / "keys").iterdir())
    private = ["label-1.pem", "log-1.pem", "status-1.pem", "trust-list-1.pem"]
    assert files == sorted([*private, "delegation.jwt", "root.pub", "trust-list-1.pub"])
    assert sorted(file.name for file in (tmp_path / "root").iterdir()) == ["root.pem", "root.pub"]
    assert len({file.read_bytes() for file in tmp_path.rglob("*.pem")}) == 5
    assert {file.stat().st_mode & 0o777 for file in tmp_path.rglob("*.pem")} == {0o600}


def test_a_delegation_lasts_a_year_at_most(tmp_path):
    """What the root signs on the first day runs out, so that a stolen list key does too."""
    initialise(tmp_path / "keys", tmp_path / "root", IDENTITY, NOON)
    delegation = Keyring(tmp_path / "keys").delegation().content
    assert (delegation.not_before, delegation.not_after) == ("2026-11-20T12:00:00Z", "2027-11-20T12:00:00Z")


def test_an_installation_is_set_up_once(tmp_path):
    """Running the set-up again changes no key."""
    initialise(tmp_path / "keys", tmp_path / "root", IDENTITY, NOON)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    for root in ("root", "other"):
        with pytest.raises(Conflict):
            initialise(tmp_path / "keys", tmp_path / root, IDENTITY, NOON)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize("missing", ["delegation.jwt", "label-1.pem", "log-1.pem", "status-1.pem", "trust-list-1.pem"])
def test_a_missing_key_is_named_and_nothing_is_made_up(tmp_path, missing):
    """An installation that lost a key does not open, rather than going on with a new one."""
    initialise(tmp_path / "keys", tmp_path / "root", IDENTITY, NOON)
    (tmp_path / "keys" / missing).unlink()
    with pytest.raises(InvalidKey) as refused:
        open_parts(tmp_path, IDENTITY, lambda: NOON)
    assert missing.partition(".")[0] in str(refused.value)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:8000/", "localhost", "HTTPS://labels.example", "https://labels.example:443", "ftp://x", ""],
)
def test_an_origin_has_one_spelling(origin):
    """An address that labels and codes could not carry is refused at the start, not with the first label."""
    with pytest.raises(InvalidDocument):
        Identity(origin, "Test scheme", is_demo=False)


def test_a_demo_says_so_in_its_name():
    """Whatever a demo signs shows that it is no certificate."""
    assert "DEMO, not a certificate" in IDENTITY.display_name
    assert "DEMO" not in Identity("https://labels.example", "Scheme", is_demo=False).display_name
    assert IDENTITY.did == "did:web:localhost%3A8000"
    assert IDENTITY.log == "localhost:8000/log"


def test_a_scheme_issues_labels_that_are_no_demo(tmp_path):
    """Outside the demo nothing says DEMO, and demo declarations are refused."""
    stage = found_stage(tmp_path, origin="https://labels.example", is_demo=False)
    label = stage.issue("hook", demo=False)
    bundle = stage.scheme.labels.bundle(label.id)
    assert stage.scheme.identity.display_name == "Test scheme"
    assert b"not a certificate" not in bundle
    stage.scheme.close()


def test_a_database_elsewhere_can_be_named(tmp_path):
    """Database, keys and public files may lie in three places."""
    initialise(tmp_path / "k", tmp_path / "root", IDENTITY, NOON)
    (tmp_path / "db" / "data").mkdir(parents=True)
    scheme, files = open_scheme(
        IDENTITY, tmp_path / "k", tmp_path / "d", databases.url_of(tmp_path / "db"), lambda: NOON
    )
    assert files.read("log/checkpoint").startswith(b"localhost:8000/log\n5\n")
    assert b"trust-list" in databases.content(tmp_path / "db")
    scheme.close()


def test_times_are_written_to_the_second_in_utc():
    """All documents spell times the same way."""
    assert timestamp(NOON.replace(microsecond=999_999)) == "2026-11-20T12:00:00Z"
