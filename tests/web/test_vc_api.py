import json
import socket
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from label_service.errors import Refused
from label_service.trust import jws
from label_service.trust.keys import did_key
from label_service.web.app import Site
from label_service.web.vc_api import profile_key
from tests.serving import running
from tests.stage import found_stage

W3C = Path(__file__).parents[1] / "w3c"
CONTEXT = "https://www.w3.org/ns/credentials/v2"
CREDENTIAL = {"@context": [CONTEXT], "type": ["VerifiableCredential"], "credentialSubject": {"id": "did:example:you"}}
ISSUED = ("/vc-api/di/credentials/issue", "/vc-api/jose/credentials/issue")


@contextmanager
def profile(folder, **options):
    """Serve a demo, with the test profile where a key is given."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        origin = f"http://localhost:{listening.getsockname()[1]}"
        stage = found_stage(folder / "stage", origin=origin)
        key = profile_key(folder / "suites.pem", stage.scheme) if options.pop("is_on", True) else None
        site = Site(stage.scheme, stage.files, needs_account=False, vc_api_key=key, **options)
        with running(site, listening), httpx.Client(base_url=origin, timeout=20) as client:
            yield client, key
        stage.scheme.close()


@pytest.fixture(scope="module")
def suites(tmp_path_factory):
    """Give a client of a demo with the test profile, and its key."""
    with profile(tmp_path_factory.mktemp("suites")) as found:
        yield found


def issued(client, path, **members):
    """Issue a credential and give it."""
    reply = client.post(path, json={"credential": {**CREDENTIAL, **members}, "options": {}})
    assert reply.status_code == 201, reply.text
    return reply.json()["verifiableCredential"]


def verify(client, credential):
    """Ask whether a credential verifies."""
    return client.post("/vc-api/credentials/verify", json={"verifiableCredential": credential, "options": {}})


@pytest.mark.parametrize("path", ISSUED)
def test_both_forms_verify(suites, path):
    """What is issued with an embedded proof or as a token verifies, and says whose it is."""
    client, key = suites
    reply = verify(client, issued(client, path, id="urn:uuid:0b0a5c3e-7d0f-4b8e-9c7a-1f2e3d4c5b6a"))
    assert (reply.status_code, reply.json()["verified"]) == (200, True)
    assert reply.json()["credential"]["issuer"] == did_key(key.public_key)


def test_embedded_proof_is_as_the_suites_want_it(suites):
    """The proof names suite, purpose, method and time, and stands beside an unchanged credential."""
    client, key = suites
    credential = issued(client, ISSUED[0])
    proof, did = credential.pop("proof"), did_key(key.public_key)
    assert credential == {**CREDENTIAL, "issuer": did}
    assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", "eddsa-jcs-2022")
    assert proof["verificationMethod"] == f"{did}#{did[8:]}"


def test_credential_of_others_verifies(suites):
    """A credential signed by an implementation of others verifies by its own did:key."""
    credential = json.loads((W3C / "eddsa-jcs-2022-digitalbazaar.json").read_text())
    assert verify(suites[0], credential).json()["verified"] is True


def test_credential_of_another_issuer_does_not_verify(suites):
    """A proof that holds under a key that is not the issuer's proves nothing."""
    reply = verify(suites[0], json.loads((W3C / "eddsa-jcs-2022-signed.json").read_text()))
    assert reply.status_code == 400
    assert "issuer" in reply.json()["problemDetails"][0]["detail"]


@pytest.mark.parametrize("path", ISSUED)
@pytest.mark.parametrize(
    "members", [{"validUntil": "2020-01-01T00:00:00Z"}, {"validFrom": "2099-01-01T00:00:00+01:00"}]
)
def test_time_is_checked(suites, path, members):
    """A credential that ended, or that does not count yet, does not verify."""
    assert verify(suites[0], issued(suites[0], path, **members)).status_code == 400


@pytest.mark.parametrize("path", ISSUED)
@pytest.mark.parametrize(
    "members",
    [
        {"@context": "https://www.w3.org/ns/credentials/v2"},
        {"@context": ["https://www.w3.org/2018/credentials/v1"]},
        {"type": ["Other"]},
        {"type": ["VerifiableCredential", {}]},
        {"credentialSubject": {}},
        {"credentialSubject": ["text"]},
        {"issuer": "did:example:other"},
        {"issuer": ["did:example:other"]},
        {"validFrom": "tomorrow"},
        {"validFrom": "2026-01-02T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"},
    ],
)
def test_what_is_no_credential_is_not_issued(suites, path, members):
    """A document that breaks the data model, or is of another issuer, is refused with 400 and why."""
    reply = suites[0].post(path, json={"credential": {**CREDENTIAL, **members}})
    assert reply.status_code == 400
    assert reply.json()["problemDetails"][0]["detail"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"credential":{},"credential":{}}', b'{"credential":1.5}'])
@pytest.mark.parametrize("path", [*ISSUED, "/vc-api/credentials/verify"])
def test_bodies_that_are_none(suites, path, body):
    """Bodies that are no JSON object of the API are refused, never a failure of the service."""
    assert suites[0].post(path, content=body).status_code == 400


def test_a_label_is_no_credential_of_the_profile(suites, stage):
    """A label is verified by the verifier of labels: its key is no did:key, so the profile never vouches for one."""
    token = stage.scheme.labels.token(stage.labels["hook"]).decode()
    assert jws.parse(token, typ="vc+jwt", cty="vc").kid.startswith("did:web:")
    envelope = {"id": f"data:application/vc+jwt,{token}", "type": "EnvelopedVerifiableCredential"}
    assert verify(suites[0], envelope).status_code == 400


def test_bodies_have_a_limit(tmp_path):
    """A body above the limit is refused as everywhere."""
    with profile(tmp_path, max_body_bytes=1000) as (client, _):
        assert client.post(ISSUED[0], content=b"x" * 2000).status_code == 413


def test_off_unless_asked_for(tmp_path):
    """Without the setting there is nothing at these addresses."""
    with profile(tmp_path, is_on=False) as (client, _):
        for path in (*ISSUED, "/vc-api/credentials/verify"):
            assert client.post(path, json={}).status_code == 404


def test_refused_in_a_scheme(tmp_path):
    """A scheme with the setting does not start, so nothing but labels is ever signed beside it."""
    stage = found_stage(tmp_path / "stage", is_demo=False)
    with pytest.raises(Refused, match="for demos"):
        profile_key(tmp_path / "suites.pem", stage.scheme)
    assert not (tmp_path / "suites.pem").exists()
    stage.scheme.close()


def test_refused_with_a_key_that_counts(tmp_path):
    """A key of the trust list never signs test credentials."""
    stage = found_stage(tmp_path / "stage")
    keys = sorted((tmp_path / "stage").rglob("*.pem"))
    assert keys
    found = 0
    for file in keys:
        try:
            profile_key(file, stage.scheme)
        except Refused:
            found += 1
    assert found >= 2
    stage.scheme.close()


def test_key_stays(tmp_path):
    """The key is made once, so that suites can be told whose credentials to expect."""
    stage = found_stage(tmp_path / "stage")
    first = profile_key(tmp_path / "suites.pem", stage.scheme)
    assert profile_key(tmp_path / "suites.pem", stage.scheme).public_key == first.public_key
    stage.scheme.close()
