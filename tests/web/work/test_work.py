"""The workspace of a producer: what needs her, the next step of each declaration, labels, scopes, and her data."""

import io
import zipfile

import pytest

from label_service.accounts.rights import Right
from label_service.examples import FOLDER

PAGES = ("/workshop", "/workshop/declarations", "/workshop/labels", "/workshop/scopes")
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def client(browser, play):
    """Give the browser of the producer's lead."""
    return browser(play.producer)


def labelled(play, number=0):
    """Bring a declaration the whole way to its label, and give both."""
    found = play.declare("plate", salt=f"{number:032x}")
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    return found, play.stage.scheme.labels.issue(found.id).id


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_producers_are_theirs(browser, play, path):
    """A verifier, the operator and a rival see nothing of a producer here; a stranger is asked who she is."""
    found, label_id = labelled(play)
    assert browser(play.producer).get(path).status_code == 200
    for actor in (play.auditor, play.cast.operator):
        assert browser(actor).get(path).status_code == 404
    text = browser(play.rival).get(path).text
    assert found.id not in text
    assert label_id not in text


def test_an_empty_workspace_says_where_to_begin(client):
    """The first visit leads to profiles, files and catalogues."""
    text = client.get("/workshop").text
    for words in ("Nothing at the moment", "/profiles", "/declare", "/declare/catalogue", "/workshop/audits"):
        assert words in text
    for path in PAGES[1:]:
        assert client.get(path).status_code == 200


def test_the_first_page_shows_audits_with_their_state_and_what_can_be_printed(client, play):
    """A request waits, is answered, or was taken back; valid labels lead to sheets for print."""
    _, label_id = labelled(play)
    waiting = play.declare("box")
    play.ask(waiting)
    text = client.get("/workshop").text
    audits = text[text.index(">Audits<") : text.index(">Labels to print<")]
    assert f"/D/{waiting.id}" in audits
    assert "waits" in audits
    prints = text[text.index(">Labels to print<") :]
    assert label_id in prints
    assert "/workshop/labels#print" in prints
    assert text.index("What needs you") < text.index(">Declarations<")
    play.desk.corrections.withdraw(play.producer, label_id, "recall", "The plate bends.")
    assert "Labels to print" not in client.get("/workshop").text


def test_from_a_declaration_to_its_label_on_pages(client, browser, play):
    """Hand in, ask, get attested, issue: each step stands on the page of the declaration, nothing needs a program."""
    found = play.submit("plate")
    page = f"/D/{found.id}"
    text = client.get(page).text
    assert "Not handed in yet" in text
    assert "not verified" in text
    for item in found.declaration.evidence:
        upload = {"files": (item.name, (FOLDER / "plate" / item.name).read_bytes())}
        assert client.post("/evidence", files=upload).status_code == 200
    assert "Not handed in yet" not in client.get(page).text
    asked = client.post("/workshop/audits", data={"declaration": found.id, "verifier": play.auditor.party_id})
    assert asked.status_code == 303
    text = client.get(page).text
    assert "Take the request back" in text
    assert "Ask for an audit" not in text
    assert browser(play.auditor).get(page).status_code == 200
    play.desk.intake.take(play.auditor, play.attest(found))
    assert "you can issue its label" in client.get("/workshop").text
    assert "Issue the label" in client.get(page).text
    assert client.post(f"{page}/label").headers["location"] == page
    assert "It has a label" in client.get(page).text
    assert "you can issue its label" not in client.get("/workshop").text
    label_id = play.stage.scheme.declarations.get(found.id).label_id
    assert label_id in client.get("/workshop/labels").text


def test_a_step_too_early_is_told_on_the_page(client, play):
    """Without an attestation there is no label; the page says what is missing."""
    found = play.submit("plate")
    answer = client.post(f"/D/{found.id}/label")
    assert answer.status_code == 409
    assert "Not done" in answer.text
    assert "Next step" in answer.text


def test_what_evidence_would_give_is_shown(client, play):
    """Each missing proof stands with the score it would bring."""
    text = client.get(f"/D/{play.submit('hook-unproven').id}").text
    assert "What evidence would give" in text
    assert "What it rests on" in text


def test_a_refusal_is_shown_with_the_auditors_words(client, play):
    """And with the ways on: better evidence, another look, an appeal."""
    found = play.declare("plate")
    play.ask(found)
    said = play.say(
        "refusal", "evidence-missing", "The scale is not to be seen.", declaration_digest=found.declaration.digest
    )
    play.desk.intake.take(play.auditor, said)
    text = client.get(f"/D/{found.id}").text
    assert "The scale is not to be seen." in text
    assert "/cases" in text
    assert "refused" in client.get("/workshop/declarations?state=refused").text


def test_why_something_waits_is_said(client, play):
    """Outside a scope the reasons stand in the list and on the page."""
    found = play.declare("box")
    play.propose(found)
    play.desk.intake.take(play.auditor, play.scope_token(found, quantity=found.inventory.quantity))
    again = play.again(found, 1)
    more = play.again(found, 2)
    assert more.state == "waiting"
    assert more.waits_for[0][1:] in client.get(f"/D/{more.id}").text
    assert "waits for a person" in client.get("/workshop/declarations?state=waiting").text
    scopes = client.get("/workshop/scopes").text
    assert again.label_id
    used = f"{found.inventory.quantity} of {found.inventory.quantity}"
    assert used in scopes
    assert "0 left" in scopes
    assert used in client.get("/workshop").text
    (scope,) = play.stage.scheme.scopes.of(play.producer.party_id)
    assert f"/register/scopes/{scope.digest}" in scopes
    assert used in client.get(f"/register/scopes/{scope.digest}").text


def test_sheets_are_for_those_whom_they_concern(browser, play):
    """Producer, asked auditor, operator; the auditor and the operator see no step of the producer."""
    found = play.submit("plate")
    for path in (f"/D/{found.id}", f"/D/{found.id}/method"):
        assert browser(play.producer).get(path).status_code == 200
        operator = browser(play.cast.operator).get(path)
        assert operator.status_code == 200
        assert "Next step" not in operator.text
        unknown = browser(play.rival).get(path.replace(found.id, "0" * 36))
        for stranger in (play.rival, play.auditor):
            answer = browser(stranger).get(path)
            assert answer.status_code == 404
            assert answer.text.replace(found.id, "0" * 36) == unknown.text


def test_a_reader_sees_and_does_nothing(browser, play):
    """Reading is a role of its own: no step is offered, none is taken."""
    found, label_id = labelled(play)
    reader = browser(play.cast.colleague(play.producer, "reader"))
    assert "Issue the label" not in reader.get(f"/D/{found.id}").text
    for path in (
        f"/D/{found.id}/label",
        f"/workshop/labels/{label_id}/withdraw",
        f"/workshop/labels/{label_id}/supersede",
    ):
        assert reader.post(path, data={"sure": "yes", "reason": "recall", "words": "x"}).status_code == 403
    assert reader.get("/export").status_code == 403


def test_a_wrong_label_is_replaced_on_its_page(client, visitor, play):
    """The page offers later labels only; buyers of the old one are led to the new one."""
    (_, old), (_, new) = labelled(play, 1), labelled(play, 2)
    assert f'value="{new}"' in client.get(f"/workshop/labels/{old}").text
    assert "There is no later label" in client.get(f"/workshop/labels/{new}").text
    wordless = client.post(f"/workshop/labels/{old}/supersede", data={"successor": new, "words": ""})
    assert wordless.status_code == 422
    assert f'value="{new}" selected' in wordless.text
    done = client.post(f"/workshop/labels/{old}/supersede", data={"successor": new, "words": f"Wrong mass. {EVIL}"})
    assert done.headers["location"] == f"/workshop/labels/{old}"
    assert new in client.get(f"/workshop/labels/{old}").text
    page = visitor.get(f"/L/{old}").text
    assert new in page
    assert EVIL not in page


def test_a_label_is_taken_back_on_its_page(client, visitor, play):
    """Only when she is sure; a recall is in the public feed at once."""
    _, label_id = labelled(play)
    fields = {"reason": "recall", "words": "The hooks break."}
    unsure = client.post(f"/workshop/labels/{label_id}/withdraw", data=fields)
    assert unsure.status_code == 403
    assert "The hooks break." in unsure.text
    assert client.post(f"/workshop/labels/{label_id}/withdraw", data=fields | {"sure": "yes"}).status_code == 303
    assert "revoked" in client.get("/workshop/labels").text
    assert label_id in visitor.get("/recalls.xml").text


def test_labels_of_others_are_not_there(browser, play):
    """Neither their pages nor their corrections."""
    _, label_id = labelled(play)
    rival = browser(play.rival)
    assert rival.get(f"/workshop/labels/{label_id}").status_code == 404
    for step in ("withdraw", "supersede"):
        fields = {"sure": "yes", "reason": "recall", "words": "x", "successor": label_id}
        assert rival.post(f"/workshop/labels/{label_id}/{step}", data=fields).status_code == 404


def test_a_suspended_producer_is_told_and_may_appeal(browser, play):
    """The workspace says so, offers the appeal, and takes no step."""
    found = play.submit("plate")
    play.desk.sanctions.change_party(
        play.cast.operator, play.producer.party_id, "suspended", reason="terms-breached", words="No access was given."
    )
    client = browser(play.producer)
    assert "Your organisation is suspended" in client.get("/workshop").text
    assert "Ask for an audit" not in client.get(f"/D/{found.id}").text
    assert client.post(f"/D/{found.id}/label").status_code == 403
    assert client.get("/declare").status_code == 403


def test_all_data_is_taken_along_in_one_archive(client, browser, play):
    """Declarations, labels, evidence, people; for leads of any kind of party, never another's data."""
    found, label_id = labelled(play)
    answer = client.post("/export")
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    names = set(zipfile.ZipFile(io.BytesIO(answer.content)).namelist())
    assert {"README.txt", "party.json", f"declarations/{found.id}/declaration.json", f"labels/{label_id}.json"} <= names
    other = zipfile.ZipFile(io.BytesIO(browser(play.rival).post("/export").content)).namelist()
    assert not any(found.id in name or label_id in name for name in other)
    assert "All data" in client.get("/export").text


def test_no_token_takes_all_data(program, play):
    """The archive holds people's names, so a person asks for it at a browser."""
    assert program(play.producer, Right.READ_OWN, Right.DECLARE).post("/export").status_code == 401


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "1.0", "٢"])
def test_parts_that_are_none_are_named(client, page):
    """Nonsense behind `page` is not found; too far is empty."""
    for path in ("/workshop/declarations", "/workshop/labels"):
        assert client.get(path, params={"page": page}).status_code == 404
        assert client.get(path, params={"page": "999"}).status_code == 200


def test_an_unknown_state_lists_all(client, play):
    """What stands behind `state` is never shown back."""
    found = play.submit("plate")
    text = client.get("/workshop/declarations", params={"state": EVIL}).text
    assert EVIL not in text
    assert found.id in text


def test_the_desk_declares_for_who_is_signed_in(client, play):
    """Pages of declaring know their producer and stand in her frame; her profiles are her own."""
    for path in ("/declare", "/profiles", "/declare/catalogue"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert 'action="/sign-out"' in answer.text
    assert play.producer.party_name in client.get("/profiles").text
