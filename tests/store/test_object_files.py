"""Public files in an object store: a server that speaks S3, on loopback."""

import httpx
import pytest
from moto.server import ThreadedMotoServer
from starlette.testclient import TestClient

from label_service.errors import NotFound, Refused
from label_service.issuance.opening import open_scheme
from label_service.store.object_files import ObjectFiles, open_files
from label_service.store.public_files import PublicFiles
from label_service.store.unavailable import StoreUnavailable
from label_service.web.app import Site, build_app
from tests import databases
from tests.store.test_public_files import TRICKS

SECRET = "a-secret-of-the-store"


@pytest.fixture(scope="module")
def server():
    """Start the server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def url(server, monkeypatch, request):
    """Give the address of an empty place in a bucket; the environment says how to come there."""
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    said = {"ACCESS_KEY_ID": "labels", "SECRET_ACCESS_KEY": SECRET, "REGION": "us-east-1", "ALLOW_HTTP": "true"}
    for name, value in {**said, "ENDPOINT": endpoint}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    httpx.put(f"{endpoint}/labels")
    return f"s3://labels/{request.node.name[:20]}"


def test_an_installation_publishes_to_a_store(own_stage, url):
    """Moved to a store, everything is written there again; labels, audits and readers find it, with their headers."""
    before = own_stage.issue("hook", salt="1" * 32)
    folder, identity = own_stage.folder, own_stage.scheme.identity
    own_stage.scheme.close()
    place = folder / "keys", folder / "data", databases.url_of(folder), own_stage.clock
    own_stage.scheme, own_stage.files = open_scheme(identity, *place, public_url=url)
    after = own_stage.issue("plate", salt="2" * 32)
    stored, old = ObjectFiles(url), PublicFiles(folder / "data" / "public")
    assert after.log_index > before.log_index
    assert stored.read("log/checkpoints/5") == old.read("log/checkpoints/5")
    client = TestClient(build_app(Site(own_stage.scheme, own_stage.files, needs_account=False)))
    newest = client.get("/log/checkpoint").content
    assert newest == stored.read("log/checkpoint") != old.read("log/checkpoint")
    size = newest.split(b"\n")[1].decode()
    for name, kept in ((f"tile/entries/000.p/{size}", "immutable"), ("checkpoint", "no-cache")):
        sent = stored._ask.get(stored._store, f"log/{name}")
        assert kept in sent.attributes["Cache-Control"]


@pytest.mark.parametrize("name", TRICKS)
def test_no_name_leads_elsewhere(url, name):
    """What a stranger asks for is a public file or not found, whatever the store would make of the name."""
    files = ObjectFiles(url)
    with pytest.raises(NotFound):
        files.read(name)
    with pytest.raises(NotFound):
        files.write(f"../{name}", b"")
    with pytest.raises(NotFound):
        files.write(".hidden", b"")


def test_a_store_that_is_away_is_told_from_a_missing_file(url, monkeypatch):
    """Nothing is taken for lost, or written anew, because nobody answered; no secret is in what is said."""
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:9")
    files = ObjectFiles(url)
    for step in (lambda: files.read("log/checkpoint"), lambda: files.write("log/checkpoint", b"")):
        with pytest.raises(StoreUnavailable) as error:
            step()
        assert SECRET not in str(error.value.as_problem())


@pytest.mark.parametrize(
    "address", ["s3://key:secret@bucket/x", "https://bucket/x", "s3://", "gs://b/x?token=secret", "file://host/x", "x"]
)
def test_an_address_with_a_secret_or_of_another_kind_is_refused(tmp_path, address):
    """It is not shown, because it may hold a secret."""
    with pytest.raises(Refused) as error:
        open_files(tmp_path, address)
    assert "secret" not in error.value.detail


def test_another_folder_is_an_address_too(tmp_path):
    """A shared folder needs no store."""
    open_files(tmp_path, f"file://{tmp_path}/elsewhere").write("log/checkpoint", b"note")
    assert PublicFiles(tmp_path / "elsewhere").read("log/checkpoint") == b"note"
