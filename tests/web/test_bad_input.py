"""What must not get in: each bad declaration or token gets a problem that says what to do, and leaves no trace."""

import json
import socket

import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import func, select
from starlette.testclient import TestClient

from label_service.canonical import encode
from label_service.store.database import reading
from label_service.store.tables import DeclarationRow, LeafRow, StoredDocument
from label_service.web.app import Site, build_app
from tests import databases
from tests.examples import changed
from tests.serving import MAX_BODY_BYTES
from tests.stage import example
from tests.verify.forging import other_digit

DECLARATIONS = "/api/v1/declarations"


def rows(site):
    """Count what the database holds."""
    with reading(site.stage.scheme._bench.engine) as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in _TABLES]


_TABLES = (DeclarationRow, StoredDocument, LeafRow)


def problem(answer, *statuses):
    """Check the one shape of errors and give it."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = json.loads(answer.content)
    assert set(document) <= {"type", "title", "status", "detail", "hint", "where", "request_id"}
    assert document["status"] == answer.status_code
    assert document["type"].startswith("/problems/")
    assert document["detail"]
    assert "Traceback" not in answer.text
    return document


def without_id(answer):
    """Give a problem without the id of its request, which differs from one answer to the next."""
    return {name: value for name, value in json.loads(answer.content).items() if name != "request_id"}


@pytest.fixture
def refuse(site):
    """Post a body, check that it is refused and that nothing was written; give the problem."""

    def refuse(data, *statuses, path=DECLARATIONS, **options):
        before = rows(site)
        answer = site.client.post(path, content=data, **options)
        found = problem(answer, *(statuses or (422,)))
        assert rows(site) == before
        return found

    return refuse


def hook(pointer, value):
    """Give the hook with another value somewhere, as a program would write it."""
    return json.dumps(changed(example("hook"), pointer, value)).encode()


def text(old, new):
    """Give the hook with a piece of its text replaced."""
    data = encode(example("hook"))
    assert old in data
    return data.replace(old, new, 1)


QUANTITY = b'"quantity":4'
WRONG = {
    "nothing": b"",
    "no JSON": b"hello",
    "binary": b"\x00\xff\xfe" * 100,
    "null": b"null",
    "a list": b"[]",
    "a string": b'"declaration"',
    "cut off": encode(example("hook"))[:-20],
    "two documents": encode(example("hook")) * 2,
    "a byte order mark": b"\xef\xbb\xbf" + encode(example("hook")),
    "UTF-16": encode(example("hook")).decode().encode("utf-16"),
    "NaN": text(QUANTITY, b'"quantity":NaN'),
    "Infinity": text(QUANTITY, b'"quantity":-Infinity'),
    "1e400": text(QUANTITY, b'"quantity":1e400'),
    "1e2": text(QUANTITY, b'"quantity":1e2'),
    "a fraction": text(QUANTITY, b'"quantity":4.5'),
    "a huge integer": text(QUANTITY, b'"quantity":' + b"9" * 30),
    "an integer of 5000 digits": text(QUANTITY, b'"quantity":' + b"9" * 5000),
    "minus nought": text(QUANTITY, b'"quantity":-0'),
    "deep nesting": text(QUANTITY, b'"quantity":' + b"[" * 500 + b"]" * 500),
    "very deep nesting": b"[" * 100_000,
    "a duplicate member": text(QUANTITY, QUANTITY + b',"quantity":5'),
    "a duplicate member inside": text(b'"basis":', b'"basis":"metered","basis":'),
    "a lone surrogate": text(b'"HOOK-4"', b'"\\ud800"'),
    "a lone surrogate in a name": text(QUANTITY, QUANTITY + b',"\\udfff":1'),
    "an invalid UTF-8 byte": text(b'"HOOK-4"', b'"HOOK\xff4"'),
    "a NUL in a text": hook("/product/sku", "a\0b"),
    "a changed direction": hook("/product/sku", "a\x85b"),
    "another normal form": hook("/product/name", "Ha\u0301ken"),
    "a text that is too long": hook("/product/name", "x" * 301),
    "an empty text": hook("/product/name", ""),
    "an unknown member": hook("/green", 1),
    "an unknown member inside": hook("/materials/0/green", 1),
    "a name outside ASCII": hook("/gr\u00fcn", 1),
    "another type": hook("/type", "inventory"),
    "another version": hook("/version", "2"),
    "a number for an amount": hook("/materials/0/gross/value", 1),
    "a negative amount": hook("/materials/0/gross/value", "-0.263"),
    "an exponent": hook("/materials/0/gross/value", "2.63e-1"),
    "superfluous zeros": hook("/materials/0/gross/value", "0.2630"),
    "a comma": hook("/materials/0/gross/value", "0,263"),
    "an absurd amount": hook("/materials/0/gross/value", "9" * 40),
    "other digits": hook("/materials/0/gross/value", "٠.٢"),
    "an unknown unit": hook("/materials/0/gross/unit", "pound"),
    "the unit of something else": hook("/materials/0/gross/unit", "kWh"),
    "an unknown basis": hook("/materials/0/gross/basis", "guessed"),
    "an unknown material": hook("/materials/0/material", "unobtainium"),
    "an unknown process": hook("/machines/0/process", "magic"),
    "an unknown family": hook("/product/family", "magic"),
    "an unknown country": hook("/sites/0/country", "XXX"),
    "an unknown mode of transport": hook("/inbound/0/mode", "teleport"),
    "net above gross": hook("/materials/0/net/value", "0.3"),
    "energy beyond nameplate and hours": hook("/steps/0/energy/value", "500"),
    "no energy at all": hook("/steps/0/energy/value", "0"),
    "more hours than there were": hook("/steps/0/duration/value", "48"),
    "a machine that is not there": hook("/steps/0/machine", "other"),
    "evidence that is not listed": hook("/evidence", []),
    "a day that does not exist": hook("/made/last", "2026-02-30"),
    "an end before the beginning": hook("/made/last", "2026-01-01"),
    "nothing made": hook("/quantity", 0),
    "true for a number": hook("/quantity", True),
    "a text for a number": hook("/quantity", "4"),
    "no product": hook("/product", None),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_declaration_is_refused_with_a_reason(refuse, case):
    """Expected, found and what to do: never an echo that cannot be encoded, never a 500, and nothing is written."""
    found = refuse(WRONG[case])
    assert len(found["detail"]) < 600


def test_a_declaration_of_a_scheme_is_refused_by_the_demo(refuse):
    """Real labels do not come out of a demonstration."""
    assert "demo mode" in refuse(hook("/demo", False), 403)["detail"]


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_of_50_mb_is_refused_unread(site, announced):
    """A large body is refused by its announced length at once, and without one as soon as the limit is passed."""
    before = rows(site)
    host, port = "127.0.0.1", int(site.origin.rpartition(":")[2])
    piece = b"x" * 65_536
    length = f"Content-Length: {50 * 1024 * 1024}" if announced else "Transfer-Encoding: chunked"
    with socket.create_connection((host, port), timeout=10) as line:
        line.sendall(f"POST {DECLARATIONS} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n".encode())
        if not announced:
            for _ in range(MAX_BODY_BYTES // len(piece) + 1):
                line.sendall(b"10000\r\n" + piece + b"\r\n")
        answer = line.recv(65_536)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in head
    assert json.loads(body)["hint"]
    assert rows(site) == before


def test_a_body_at_the_limit_is_read(refuse):
    """The limit is the limit, not one byte less."""
    assert refuse(b" " * MAX_BODY_BYTES)["type"] == "/problems/invalid-document"
    assert refuse(b" " * (MAX_BODY_BYTES + 1), 413)["type"] == "/problems/too-large"


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣", "9" * 400])
def test_a_length_that_is_none_is_refused(site, length):
    """A header that lies about the body ends the request, not the service."""
    with socket.create_connection(("127.0.0.1", int(site.origin.rpartition(":")[2])), timeout=10) as line:
        line.sendall(f"POST {DECLARATIONS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode())
        answer = line.recv(65_536)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))
    assert site.client.get("/healthz").status_code == 200


@pytest.fixture
def waiting(site):
    """Give a declaration without attestation, and its path."""
    found = site.stage.submit("hook", salt="4" * 32)
    return found, f"{DECLARATIONS}/{found.id}"


@pytest.mark.parametrize("token", [b"", b"a.b.c", b"\xff", "é".encode(), b"x" * 900_000, b"null", b"{}", b"." * 999])
def test_what_is_no_attestation_is_refused(refuse, waiting, token):
    """A body that is no token is named as such."""
    refuse(token, path=f"{waiting[1]}/attestation")


def test_attestations_that_do_not_count_are_refused(refuse, waiting, site):
    """Forged, of another declaration, with open findings: each has its own answer."""
    found, path = waiting
    honest = site.stage.attest(found)
    other = site.stage.attest(site.stage.submit("plate"))
    refuse(other_digit(honest).encode(), 422, path=f"{path}/attestation")
    refuse(other.encode(), 409, path=f"{path}/attestation")
    open_findings = site.stage.attest(found, findings_released=())
    assert "not released" in refuse(open_findings.encode(), 409, path=f"{path}/attestation")["detail"]


def test_a_label_is_not_issued_out_of_order(refuse, waiting, site):
    """Without attestation, or without a grade, there is no label, and the answer says what is missing."""
    assert refuse(b"", 409, path=f"{waiting[1]}/label")["type"] == "/problems/not-attested"
    panel = site.stage.submit("panel")
    answer = refuse(b"", 409, path=f"{DECLARATIONS}/{panel.id}/label")
    assert answer["type"] == "/problems/not-gradable"
    assert "data sheet" in answer["hint"]


@pytest.mark.parametrize("identifier", ["0" * 36, "x", "%00", "..%2f..", "'", "a" * 5000, "%ff%fe", "é"])
@pytest.mark.parametrize("rest", ["", "/inventory", "/attestation", "/label"])
def test_unknown_declarations_are_named(site, identifier, rest):
    """Whatever stands in the path, reading and writing what is not there is a problem document."""
    path = f"{DECLARATIONS}/{identifier}{rest}"
    method = "POST" if rest in {"/attestation", "/label"} else "GET"
    problem(site.client.request(method, path, content=b"a.b.c" if method == "POST" else None), 404, 405, 422)


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: json.dumps(text).encode()))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_get_an_answer(site, data):
    """No body makes the service stumble."""
    problem(site.client.post(DECLARATIONS, content=data), 422)


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_declaration_with_any_member_changed_gets_an_answer(site, data):
    """Whatever value stands in whatever place: taken, or refused with a reason, never a 500."""
    document = example("hook")
    place = document
    while True:
        names = list(place) if isinstance(place, dict) else list(range(len(place)))
        name = data.draw(st.sampled_from(names))
        if not (isinstance(place[name], (dict, list)) and place[name] and data.draw(st.booleans())):
            break
        place = place[name]
    odd = st.sampled_from(
        ["", "0", "-1", "1e9", "9" * 20, None, True, 0, -1, 2**53, 1.5, [], {}, "é", "\x00", "x" * 400]
    )
    place[name] = data.draw(odd)
    answer = site.client.post(DECLARATIONS, content=json.dumps(document).encode())
    assert answer.status_code == 201 or problem(answer, 403, 422)


def test_other_methods_and_paths_have_the_same_shape(site):
    """What the router refuses looks like every other error."""
    for method, path, status in (
        ("DELETE", DECLARATIONS, 405),
        ("PUT", "/healthz", 405),
        ("POST", "/L/ABCDEFGHIJKLM", 405),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", "/api/v2/declarations", 404),
    ):
        found = problem(site.client.request(method, path), status)
        assert found["hint"]


def test_a_broken_request_line_does_not_stop_the_service(site):
    """Garbage on the line ends this connection only."""
    port = int(site.origin.rpartition(":")[2])
    for garbage in (b"\x16\x03\x01\x02", b"GET\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", b"A" * 100_000):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(garbage)
            line.shutdown(socket.SHUT_WR)
            with_answer = line.recv(1000)
        assert not with_answer or with_answer.startswith(b"HTTP/1.1 4")
    assert site.client.get("/healthz").status_code == 200


def test_a_client_that_hangs_up_leaves_nothing_behind(site):
    """Half a declaration is no declaration."""
    before = rows(site)
    port = int(site.origin.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(f"POST {DECLARATIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{{".encode())
    assert site.client.get("/healthz").status_code == 200
    assert rows(site) == before


@pytest.fixture
def own_client(own_stage):
    """Give a client of an installation of its own, that hands errors on as answers."""
    site = Site(own_stage.scheme, own_stage.files, needs_account=False)
    with TestClient(build_app(site), raise_server_exceptions=False) as client:
        yield client


def test_a_damaged_database_is_named(own_stage, own_client):
    """When the store fails the answer has the one shape and says that nothing was written."""
    own_stage.scheme._bench.engine.dispose()
    databases.damage(own_stage.folder)
    for answer in (
        own_client.get(DECLARATIONS),
        own_client.get("/"),
        own_client.post(DECLARATIONS, json=example("panel")),
    ):
        found = problem(answer, 503)
        assert found["type"] == "/problems/store-unavailable"
        assert int(answer.headers["Retry-After"]) > 0
        assert found["hint"]


def test_an_unforeseen_error_says_nothing_of_the_inside(own_stage):
    """What nobody thought of ends in the one shape too, in the API and outside, without a trace."""
    app = build_app(Site(own_stage.scheme, own_stage.files, needs_account=False))
    paths = ("/api/v1/broken", "/broken")

    def broken():
        raise RuntimeError("an inside")

    for path in paths:
        app.router.routes.insert(0, APIRoute(path, broken))
    with TestClient(app, raise_server_exceptions=False) as client:
        for path in paths:
            found = problem(client.get(path), 500)
            assert found["type"] == "/problems/internal"
            assert "an inside" not in str(found)
