"""The workspace for programs: the same steps as on the pages, with a token, and the same borders."""

import json
from uuid import UUID

import pytest

from label_service.accounts.rights import Right
from label_service.canonical import encode

API = "/api/v1"


@pytest.fixture
def producer(program, play):
    """Give a program of the producer that may do everything a program may."""
    return program(play.producer, Right.READ_OWN, Right.DECLARE, Right.ANSWER)


@pytest.fixture
def auditor(program, play):
    """Give a program of the auditor."""
    return program(play.auditor, Right.READ_OWN, Right.AUDIT)


def labelled(play, number):
    """Bring a declaration the whole way to its label."""
    found = play.declare("plate", salt=f"{number:032x}")
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    return play.stage.scheme.labels.issue(found.id).id


def post(client, path, status=200, **members):
    """Post a JSON body and give the answer."""
    answer = client.post(f"{API}{path}", content=encode(members))
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_program_goes_the_whole_way(producer, auditor, play):
    """Declare, ask, attest, issue: four calls, and what needed the party is settled."""
    found = play.declare("plate")
    (verifier,) = producer.get(f"{API}/verifiers").json()
    assert verifier["id"] == play.auditor.party_id
    asked = post(producer, f"/declarations/{found.id}/audit-request", 201, verifier=verifier["id"])
    assert asked["state"] == "open"
    assert [item["id"] for item in auditor.get(f"{API}/audit-requests").json()] == [asked["id"]]
    taken = auditor.post(f"{API}/intake", content=play.attest(found))
    assert (taken.status_code, taken.json()["kind"]) == (201, "attestation")
    assert any("issue its label" in item["text"] for item in producer.get(f"{API}/notices").json())
    issued = producer.post(f"{API}/declarations/{found.id}/label")
    assert issued.status_code == 201
    assert not any("issue its label" in item["text"] for item in producer.get(f"{API}/notices").json())
    assert [item["id"] for item in producer.get(f"{API}/labels").json()] == [issued.json()["label_id"]]


def test_an_attestation_is_handed_in_where_it_belongs(auditor, play):
    """The address names the declaration; a token about another one is refused there and closes no request."""
    found, other = play.declare("plate"), play.declare("box")
    for item in (found, other):
        play.ask(item)
    path = f"{API}/declarations/{found.id}/attestation"
    wrong = auditor.post(path, content=play.attest(other))
    assert (wrong.status_code, wrong.json()["type"]) == (409, "/problems/not-attested")
    done = auditor.post(path, content=play.attest(found))
    assert done.json()["state"] == "attested"
    states = {item["declaration_id"]: item["state"] for item in auditor.get(f"{API}/audit-requests").json()}
    assert states == {found.id: "attested", other.id: "open"}


def test_requests_are_taken_back(producer, play):
    """The program that asked cancels; a rival's does not find the request."""
    asked = play.ask(play.submit("plate"))
    assert post(producer, f"/audit-requests/{asked.id}/cancel")["state"] == "cancelled"


def test_labels_are_corrected(producer, play):
    """Replaced by a later one, or taken back, with the state in the answer."""
    old, new = labelled(play, 1), labelled(play, 2)
    words = "The mass was wrong."
    assert post(producer, f"/labels/{old}/supersede", successor=new, words=words)["successor"] == new
    assert post(producer, f"/labels/{new}/withdraw", reason="recall", words=words)["is_revoked"]
    post(producer, f"/labels/{new}/withdraw", 422, reason="method-error", words=words)
    post(producer, f"/labels/{new}/withdraw", 409, reason="recall", words=words)


def test_scopes_and_samples_are_listed(producer, play):
    """How many of how many, and where anybody reads on."""
    found = play.declare("box")
    play.propose(found)
    play.desk.intake.take(play.auditor, play.scope_token(found, quantity=5))
    play.again(found, 1)
    (scope,) = producer.get(f"{API}/scopes").json()
    assert (scope["used"], scope["quantity"]) == (found.inventory.quantity, 5)
    assert producer.get(scope["page"]).status_code == 200
    assert producer.get(f"{API}/samples").json() == []


def test_cases_are_answered_and_begun(producer, play):
    """Complaints get an answer, refusals an appeal."""
    play.desk.cases.complain(labelled(play, 1), "It broke.")
    (case,) = producer.get(f"{API}/cases").json()
    assert case["contact"] == ""
    assert post(producer, f"/cases/{case['id']}/answer", text="We look at it.")["state"] == "answered"
    label_id = labelled(play, 2)
    play.desk.sanctions.decide(play.cast.operator, label_id, "suspend", reason="precaution", words="Looked into.")
    assert post(producer, "/appeals", 201, about=label_id, text="It is right.")["kind"] == "appeal"


def test_programs_of_others_find_nothing(program, play):
    """Rival and verifier list nothing of hers and change nothing, by whatever id."""
    found, label_id = play.submit("box"), labelled(play, 1)
    asked = play.ask(found)
    play.desk.cases.complain(label_id, "It broke.")
    case = play.desk.cases.of(play.producer)[0]
    rival = program(play.rival, Right.READ_OWN, Right.DECLARE, Right.ANSWER)
    for path in ("labels", "scopes", "samples", "cases", "audit-requests"):
        assert rival.get(f"{API}/{path}").json() == [], path
    post(rival, f"/declarations/{found.id}/audit-request", 404, verifier=play.auditor.party_id)
    post(rival, f"/audit-requests/{asked.id}/cancel", 404)
    post(rival, f"/labels/{label_id}/withdraw", 404, reason="recall", words="x")
    post(rival, f"/cases/{case.id}/answer", 404, text="x")
    post(rival, "/appeals", 404, about=label_id, text="x")


def test_a_token_that_reads_changes_nothing(program, play):
    """Each step needs its right."""
    found, label_id = play.submit("box"), labelled(play, 1)
    reader = program(play.producer)
    post(reader, f"/declarations/{found.id}/audit-request", 403, verifier=play.auditor.party_id)
    post(reader, f"/labels/{label_id}/withdraw", 403, reason="recall", words="x")
    post(reader, f"/labels/{label_id}/supersede", 403, successor=label_id, words="x")
    post(reader, "/appeals", 403, about=label_id, text="x")
    assert reader.post(f"{API}/intake", content="x").status_code == 403


def paths(client):
    """Give method and path of everything in the description."""
    described = client.get(f"{API}/openapi.json").json()["paths"]
    return [(method.upper(), path) for path, methods in described.items() for method in methods]


def test_every_route_of_the_api_asks_who_it_is(visitor):
    """Whatever is in the description is denied to strangers; none was forgotten."""
    for method, path in paths(visitor):
        filled = (
            path.replace("{label_id}", "A" * 13).replace("{identifier}", "0" * 36).replace("{job}", str(UUID(int=0)))
        )
        answer = visitor.request(method, f"{API}{filled}", content=b"{}" if method == "POST" else None)
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_every_body_is_read_strictly(producer, visitor):
    """Nonsense, duplicates, unknown members: a problem that says where, for every route with a body."""
    for method, path in paths(visitor):
        if method != "POST" or path in {"/declarations/{identifier}/label", "/audit-requests/{identifier}/cancel"}:
            continue
        filled = (
            path.replace("{label_id}", "A" * 13).replace("{identifier}", "0" * 36).replace("{job}", str(UUID(int=0)))
        )
        for body in (b"", b"[]", b"{", b'{"a":1,"a":1}', b'{"unknown":1}', b"\xff"):
            answer = producer.post(f"{API}{filled}", content=body)
            assert answer.status_code in {403, 404, 422}, (path, body, answer.text)
            assert json.loads(answer.content)["type"].startswith("/problems/")


def test_the_description_names_the_token(visitor):
    """Generated clients know how to show it."""
    described = visitor.get(f"{API}/openapi.json").json()
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
