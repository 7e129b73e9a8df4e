"""The whole chain over HTTP, as programs of a producer, an auditor and a buyer drive it."""

import json

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

from label_service import canonical, merkle
from label_service.artwork.decode import decode_image
from label_service.canonical import encode
from label_service.examples import FOLDER
from label_service.label.credential import read_label
from label_service.label.status import read_status_list
from label_service.tlog.checkpoint import verify_checkpoint
from label_service.tlog.note import VerifierKey
from label_service.trust import encoding
from label_service.trust.trust_list import open_trust_list
from tests.commands import command
from tests.scanning import scan
from tests.stage import AUDITOR, example


@pytest.fixture(scope="module")
def story(site, tmp_path_factory):
    """Submit, read, attest on the auditor's own machine, issue; give every answer."""
    folder = tmp_path_factory.mktemp("auditor")
    client = site.client
    submitted = client.post("/api/v1/declarations", json=example("hook"))
    assert submitted.status_code == 201
    summary = submitted.json()
    (folder / "evidence").mkdir()
    for item in example("hook")["evidence"]:
        (folder / "evidence" / item["name"]).write_bytes((FOLDER / "hook" / item["name"]).read_bytes())
    for part in ("declaration", "inventory", "assessment"):
        (folder / f"{part}.json").write_bytes(client.get(summary["links"][part]).content)
    released = [rule["rule"] for rule in summary["findings"] if rule["severity"] == "evidence"]
    options = [part for rule in released for part in ("--release", rule)]
    key = site.stage.folder / "auditor" / "auditor.pem"
    signed = command("attest", folder, "--key", key, "--name", AUDITOR, "--scheme", site.origin, *options)
    assert signed.returncode == 0, signed.stderr
    attested = client.post(summary["links"]["attestation"], content=signed.stdout)
    issued = client.post(summary["links"]["label"])
    return {"submitted": submitted, "attested": attested, "issued": issued}


@pytest.fixture(scope="module")
def page(story):
    """Give the path of the new label."""
    return story["issued"].json()["links"]["page"]


def test_each_step_answers_with_the_state(story, client):
    """Submitted, attested, labelled: every answer says how far it is and where to go on."""
    summary = story["submitted"].json()
    assert (summary["state"], summary["grade"]) == ("assessed", "C")
    assert story["attested"].status_code == 200
    assert story["attested"].json()["state"] == "attested"
    assert story["issued"].status_code == 201
    issued = story["issued"].json()
    assert issued["state"] == "labelled"
    assert issued["links"]["page"] == f"/L/{issued['label_id']}"
    found = client.get(f"/api/v1/declarations/{issued['id']}").json()
    assert {**found, **issued} == {**found, "log_index": issued["log_index"]}
    assert issued["id"] in {item["id"] for item in client.get("/api/v1/declarations").json()}


def test_repeating_a_step_gives_the_same_answer(story, client):
    """A program that lost an answer asks again, and nothing happens twice."""
    issued = story["issued"].json()
    again = client.post("/api/v1/declarations", content=encode(example("hook")))
    found = again.json()
    assert again.status_code == 201
    assert {**found, **issued} == {**found, "log_index": issued["log_index"]}
    assert client.post(issued["links"]["label"]).json() == issued


def test_documents_come_byte_for_byte(story, client):
    """What is fetched is what was hashed and signed."""
    links = story["issued"].json()["links"]
    bundle = json.loads(client.get(links["bundle"]).content)
    assert client.get(links["inventory"]).content == encode(bundle["inventory"])
    assert client.get(links["assessment"]).content == encode(bundle["assessment"])
    assert client.get(links["declaration"]).content == encode(example("hook"))


def test_a_buyer_reads_the_page(page, client, site):
    """The page is plain HTML with the letter, the issuer and DEMO, before any script of it runs."""
    answer = client.get(page)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    text = answer.text.partition("<script")[0]
    assert "DEMO" in text
    assert "Wall hook" in text
    assert page.removeprefix("/L/") in text


def test_a_buyer_verifies_by_address(page, site):
    """`verify http://localhost:PORT/L/ID` fetches the bundle and holds in every step under the pinned root."""
    done = command("verify", "--root", site.stage.root_file, f"{site.origin}{page}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VALID: every step holds" in done.stdout
    for address in (f"{page}.json", page):
        assert command("verify", f"{site.origin}{address}").returncode == 3
    token = command("verify", "--root", site.stage.root_file, f"{site.origin}{page}.jwt")
    assert token.returncode == 3
    lost = command("verify", f"{site.origin}/L/ABCDEFGHIJKLM")
    assert lost.returncode == 2
    assert "answered 404" in lost.stderr


def test_anybody_audits_by_address(site, page):
    """`audit-log http://localhost:PORT` rebuilds the log from what is served."""
    done = command("audit-log", site.origin, "--root", site.stage.root_file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SOUND" in done.stdout
    assert command("audit-log", site.origin).returncode == 3


def test_the_label_is_served_in_every_form(page, client):
    """Token, enveloped credential, bundle and codes belong to the same label, each with its media type."""
    token = client.get(f"{page}.jwt")
    assert token.headers["content-type"] == "application/vc+jwt"
    _, content = read_label(token.text)
    assert f"/L/{content.label_id}" == page
    credential = client.get(f"{page}/credential")
    assert credential.headers["content-type"] == "application/vc"
    assert credential.json()["id"] == f"data:application/vc+jwt,{token.text}"
    bundle = client.get(f"{page}.json")
    assert bundle.headers["content-type"] == "application/json"
    assert bundle.json()["label"] == token.text


def test_codes_are_served_as_picture_and_drawing(page, client):
    """Two decoders read the PNG, and the SVG is a drawing without script."""
    png = client.get(f"{page}/qr.png")
    assert png.headers["content-type"] == "image/png"
    assert scan(png.content) == {decode_image(png.content)}
    svg = client.get(f"{page}/qr.svg")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert svg.text.startswith("<svg")
    assert "<script" not in svg.text


def test_keys_and_lists_are_served(page, client, site):
    """The DID document, trust list and status lists are those that verify the label."""
    did = client.get("/.well-known/did.json")
    token, content = read_label(client.get(f"{page}.jwt").text)
    assert did.json()["id"] == content.issuer.id
    assert token.kid in did.json()["assertionMethod"]
    method = next(item for item in did.json()["verificationMethod"] if item["id"] == token.kid)
    assert token.is_signed_by(encoding.from_base64url(method["publicKeyJwk"]["x"]))
    opened = open_trust_list(client.get("/trust-list.jwt").text, site.stage.roots, site.stage.at)
    assert opened.is_fresh
    assert opened.root
    for purpose, entry in (("revocation", content.status.revocation), ("suspension", content.status.suspension)):
        address = entry.url.removeprefix(site.origin)
        _, status_list = read_status_list(client.get(address).text)
        assert (status_list.purpose, status_list.id) == (purpose, entry.url)
        assert not status_list.is_set(entry.index)


def test_the_log_is_served(client, site, page):
    """Checkpoint, archive, tiles and entries are files that any cache can hold."""
    key = VerifierKey(site.stage.scheme.identity.log, site.stage.signers.log.public_key)
    head = verify_checkpoint(client.get("/log/checkpoint").text, key)
    sizes = [int(size) for size in client.get("/log/checkpoints/index").text.split()]
    assert sizes[-1] == head.size
    assert sizes == sorted(sizes)
    for size in sizes:
        assert verify_checkpoint(client.get(f"/log/checkpoints/{size}").text, key).size == size
    tile = client.get(f"/log/tile/0/000.p/{head.size}")
    assert len(tile.content) == 32 * head.size
    assert "immutable" in tile.headers["cache-control"]
    assert client.get("/log/checkpoint").headers["cache-control"] == "no-cache"


def test_releases_are_served_whole(client, page):
    """From the published rows the digest follows that the label names."""
    (header,) = client.get("/releases").json()
    _, content = read_label(client.get(f"{page}.jwt").text)
    assert header["root"] == content.release_digest
    assert client.get(f"/releases/{header['root']}").json() == header
    lines = client.get(f"/releases/{header['root']}/rows").content.splitlines()
    assert merkle.root([merkle.leaf_hash(line) for line in lines]).hex() == header["root"]


def test_schemas_and_contexts_are_served(client, page):
    """A stranger's program validates what it fetched with the schemas it fetched."""
    bundle = client.get(f"{page}.json").json()
    documents = {"bundle": bundle, "declaration": example("hook")}
    documents |= {name: bundle[name] for name in ("inventory", "assessment")}
    answers = {name: client.get(f"/schemas/{name}-1.json") for name in documents}
    assert {answer.headers["content-type"] for answer in answers.values()} == {"application/schema+json"}
    schemas = {name: answer.json() for name, answer in answers.items()}
    registry = Registry().with_contents([(schema["$id"], schema) for schema in schemas.values()])
    for name, document in documents.items():
        Draft202012Validator(schemas[name], registry=registry).validate(document)
    context = client.get("/contexts/v1.jsonld")
    assert context.headers["content-type"] == "application/ld+json"
    assert "@context" in context.json()


def test_a_change_of_state_shows_at_once(client, site):
    """A revocation is on the page, in the list and in the bundle with the next request."""
    label = site.stage.issue("hook", salt="5" * 32)
    address = f"/L/{label.id}"
    assert "revoked" not in client.get(address).text.lower()
    site.stage.scheme.states.change(label.id, "revoke", reason="fraud", text="The meter was not hers.")
    assert "revoked" in client.get(address).text.lower()
    index = read_label(label.token)[1].status.revocation.index
    assert read_status_list(client.get("/status/revocation/0").text)[1].is_set(index)
    assert command("verify", "--root", site.stage.root_file, site.origin + address).returncode == 1


def test_the_service_says_that_it_lives(client):
    """Health and readiness answer in one word."""
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"


def test_the_api_describes_itself(client):
    """Every route of the API is in its description, with the one error shape."""
    document = client.get("/api/v1/openapi.json").json()
    assert len(document["paths"]) >= 7
    for path, methods in document["paths"].items():
        for name, method in methods.items():
            assert method.get("description"), (path, name)
            assert "application/problem+json" in method["responses"]["422"]["content"]
    assert canonical.decode(encode(document["info"]))["title"]
