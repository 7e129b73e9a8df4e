"""The console of the operator: every task of hers in a browser, refused to everybody else."""

import io
import json
import re
import zipfile

import pytest

from label_service.accounts.rights import Right
from label_service.issuance.keys import create_key
from label_service.trust.keys import thumbprint
from tests.certification.playing import VERA

PAGES = (
    "/operate",
    "/operate/acts",
    "/operate/parties",
    "/operate/auditors",
    "/operate/keys",
    "/operate/states",
    "/operate/publications",
    "/operate/markets",
    "/operate/evidence",
    "/operate/export",
)
FORMS = (
    "/operate/parties",
    "/operate/parties/x/invite",
    "/operate/parties/x/state",
    "/operate/auditors/confirm",
    "/operate/auditors/decline",
    "/operate/auditors/accreditation",
    "/operate/auditors/end",
    "/operate/auditors/withdraw",
    "/operate/keys/rotate",
    "/operate/keys/retire",
    "/operate/keys/compromise",
    "/operate/keys/reissue",
    "/operate/states/x",
    "/operate/publications",
    "/operate/markets/forbid",
    "/operate/markets/allow",
    "/operate/evidence/remove",
    "/operate/export",
)
ACCREDITATION = {
    "standard": "ISO/IEC 17065",
    "body": "Test accreditation",
    "number": "T-1",
    "valid_from": "2026-01-01",
    "valid_until": "2028-12-31",
}


@pytest.fixture
def play(play_with_label):
    """Give a scheme of one's own, with a label."""
    return play_with_label


@pytest.fixture
def operator(play, visit):
    """Give the browser of the operator's lead."""
    return visit(play.cast.operator)


def test_the_console_is_for_the_operator_only(play, visit):
    """Producers and auditors are refused on every page and form, whoever has no account is asked to sign in."""
    for actor in (play.producer, play.auditor):
        client = visit(actor)
        assert {client.get(page).status_code for page in PAGES} == {403}
        assert {client.post(form, data={"sure": "yes"}).status_code for form in FORMS} == {403}
    stranger = visit()
    assert {stranger.get(page).status_code for page in PAGES} == {303}
    assert {stranger.post(form, data={}).status_code for form in FORMS} == {401}


def test_a_member_of_the_operator_keeps_no_keys(play, visit):
    """Keys and accreditations are for leads; the rest of the console is open to members."""
    member = visit(play.cast.colleague(play.cast.operator, "member", "member@scheme.example"))
    assert member.get("/operate").status_code == 200
    assert "/operate/keys" not in member.get("/operate").text
    assert member.get("/operate/keys").status_code == 403
    assert member.post("/operate/keys/rotate", data={"use": "label"}).status_code == 403
    assert member.post("/operate/auditors/confirm", data={}).status_code == 403


def test_a_stolen_token_of_the_operator_lets_nobody_in(operator, play):
    """Links that make accounts are given to a person at a browser only."""
    token = play.cast.accounts.tokens.issue(play.cast.operator, "program", frozenset({Right.RUN_SCHEME}), 30)
    del operator.headers["Cookie"]
    operator.headers["Authorization"] = f"Bearer {token}"
    assert operator.get("/operate/parties").status_code == 200
    party = {"kind": "producer", "name": "New", "country": "DEU", "registration": "HRB 777", "email": "a@b.example"}
    count = len(play.cast.accounts.parties.all())
    assert operator.post("/operate/parties", data=party).status_code == 401
    code = play.producer.party_id.rpartition("/")[2]
    assert operator.post(f"/operate/parties/{code}/invite", data={"email": "a@b.example"}).status_code == 401
    assert len(play.cast.accounts.parties.all()) == count


def test_every_page_opens(operator, play):
    """Every page is there, with nothing to run in it but our own style."""
    for path in PAGES:
        answer = operator.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == "no-store"
        ids = re.findall(r' id="([^"]+)"', answer.text)
        assert len(ids) == len(set(ids)), path
        labels = set(re.findall(r'<label for="([^"]+)"', answer.text))
        assert labels <= set(ids), path


def test_an_organisation_is_admitted_and_invited(operator, visit, play):
    """From the form to a link that its first lead joins with; the same organisation is not admitted twice."""
    form = {"kind": "producer", "name": "New workshop", "country": "FRA", "registration": "RCS 1 Lyon"}
    answer = operator.post("/operate/parties", data={**form, "email": "new@workshop.example"})
    link = re.search(r"http://localhost:8000(/join/[A-Za-z0-9_-]{43})", answer.text)[1]
    assert visit().get(link).status_code == 200
    again = operator.post(
        "/operate/parties", data={**form, "registration": "rcs-1-lyon", "email": "b@workshop.example"}
    )
    assert again.status_code == 409
    assert 'value="New workshop"' in again.text
    wrong = operator.post("/operate/parties", data={**form, "registration": "RCS 2", "email": "no address"})
    assert wrong.status_code in {403, 422}
    assert len([item for item in play.cast.accounts.parties.all() if item.name == "New workshop"]) == 1


def test_a_party_is_suspended_with_words_and_returns(operator, visit, play):
    """Its people may read and answer, not declare; the public page says so with the words; then it takes part again."""
    code = play.producer.party_id.rpartition("/")[2]
    form = {"state": "suspended", "reason": "terms-breached", "words": "No answer to complaints."}
    assert operator.post(f"/operate/parties/{code}/state", data=form).status_code == 303
    assert "suspended" in visit().get(f"/parties/{code}").text
    assert "No answer to complaints." in visit().get(f"/parties/{code}").text
    assert visit(play.producer).get("/cases").status_code == 200
    assert visit(play.producer).get("/declare").status_code == 403
    assert operator.post(f"/operate/parties/{code}/state", data=form).status_code == 409
    back = {"state": "active", "reason": "remedied", "words": "Answered."}
    assert operator.post(f"/operate/parties/{code}/state", data=back).status_code == 303
    assert visit(play.producer).get("/declare").status_code == 200


def test_an_auditors_key_is_confirmed_by_its_thumbprint(operator, play, tmp_path):
    """A wrong thumbprint is refused, the right one lists the key with accreditation; a declined one never counts."""
    other = play.other_auditor
    prints = [
        play.desk.auditor_keys.hand_in(other, "laptop", create_key(tmp_path / f"{number}.pem").public_key)
        for number in range(2)
    ]
    assert "2 keys wait" in operator.get("/operate").text
    form = {"thumbprint": prints[0], "compared": "AAAAAAAA", **ACCREDITATION}
    assert operator.post("/operate/auditors/confirm", data=form).status_code == 422
    form["compared"] = prints[0][:8]
    assert operator.post("/operate/auditors/confirm", data={**form, "valid_until": "soon"}).status_code == 422
    assert operator.post("/operate/auditors/confirm", data=form).status_code == 303
    listed = play.stage.scheme.register.current().auditors
    (auditor,) = [item for item in listed if item.organisation_id == other.party_id]
    assert thumbprint(auditor.keys[0].jwk.raw) == prints[0]
    assert auditor.accreditation.number == "T-1"
    assert operator.post("/operate/auditors/decline", data={"thumbprint": prints[1]}).status_code == 303
    assert "keys wait" not in operator.get("/operate").text
    assert prints[1] not in operator.get("/operate/auditors").text


def test_accreditations_are_renewed_and_ended_and_keys_withdrawn(operator, play):
    """The next accreditation follows the one before; ended on a day; a key that others hold stops counting."""
    (auditor,) = [item for item in play.stage.scheme.register.current().auditors if item.name == VERA]
    renewed = {"auditor": auditor.id, **ACCREDITATION}
    assert operator.post("/operate/auditors/accreditation", data=renewed).status_code == 303
    assert operator.post("/operate/auditors/end", data={"auditor": auditor.id, "last_day": "x"}).status_code == 422
    end = {"auditor": auditor.id, "last_day": "2027-01-31"}
    assert operator.post("/operate/auditors/end", data=end).status_code == 303
    withdraw = {"kid": auditor.keys[0].kid, "how": "compromised"}
    assert operator.post("/operate/auditors/withdraw", data=withdraw).status_code == 303
    (auditor,) = [item for item in play.stage.scheme.register.current().auditors if item.name == VERA]
    assert auditor.accreditation.valid_until == "2027-01-31"
    assert auditor.keys[0].state == "compromised"
    kinds = {(act.kind, act.reason) for act in play.desk.acts.newest(play.cast.operator)}
    assert {("auditor", "accredited"), ("auditor", "accreditation-ended"), ("key", "compromised")} <= kinds


def test_keys_are_rotated_retired_and_cut_off(operator, visit, play):
    """A new key signs; the old is retired only after a tick; compromised, it cuts off labels, which are issued anew."""
    kid = play.stage.scheme.identity.kid("label")
    assert operator.post("/operate/keys/rotate", data={"use": "root"}).status_code == 422
    assert operator.post("/operate/keys/rotate", data={"use": "label"}).status_code == 303
    assert operator.post("/operate/keys/retire", data={"kid": kid}).status_code == 403
    assert operator.post("/operate/keys/retire", data={"kid": kid, "sure": "yes"}).status_code == 303
    for index in ("-1", "x", "9" * 12):
        wrong = {"kid": kid, "sure": "yes", "since_index": index}
        assert operator.post("/operate/keys/compromise", data=wrong).status_code in {409, 422}
    stolen = {"kid": kid, "sure": "yes", "since_index": "0"}
    assert operator.post("/operate/keys/compromise", data=stolen).status_code == 303
    label = play.stage.labels["plate"]
    assert label in operator.get("/operate/keys").text
    assert "cut off by a compromised key" in operator.get("/operate").text
    assert "a key behind it was compromised" in visit().get(f"/L/{label}").text
    assert operator.post("/operate/keys/reissue", data={"label": label}).status_code == 303
    assert "Superseded" in visit().get(f"/L/{label}").text
    assert f"replaces {label}; replace its sticker" in visit(play.producer).get("/workshop").text
    assert "cut off by a compromised key" not in operator.get("/operate").text


def test_a_label_is_found_suspended_reinstated_and_revoked(operator, visit, play):
    """By its id or a scanned address; each decision with reason and words is on the label page at once."""
    label = play.stage.labels["plate"]
    for wanted in (label, label.lower(), f"HTTP://LOCALHOST:8000/L/{label}#ABC"):
        assert operator.get("/operate/states", params={"id": wanted}).headers["location"] == f"/operate/states/{label}"
    path = f"/operate/states/{label}"
    suspend = {"action": "suspend", "reason": "precaution", "words": "We look into it."}
    assert operator.post(path, data={**suspend, "reason": ""}).status_code == 422
    assert operator.post(path, data={**suspend, "words": " "}).status_code == 422
    assert operator.post(path, data={**suspend, "action": "praise"}).status_code == 422
    assert operator.post(path, data=suspend).status_code == 303
    page = visit().get(f"/L/{label}").text
    assert "We look into it." in page
    assert "it is being looked into" in page
    again = operator.post(path, data=suspend)
    assert again.status_code == 409
    assert "We look into it." in again.text
    assert operator.post(path, data={**suspend, "action": "reinstate", "reason": "unfounded"}).status_code == 303
    assert "We look into it." not in visit().get(f"/L/{label}").text
    assert operator.post(path, data={**suspend, "action": "revoke", "reason": "fraud"}).status_code == 303
    assert "A revocation is never taken back" in operator.get(path).text
    assert operator.get("/operate/states/AAAAAAAAAAAAA").status_code == 404


def test_a_text_is_previewed_then_published(operator, visit):
    """A file or typed text is shown as it will look, and published in a second step, for good."""
    form = {"kind": "rule_book", "version": "2026-1", "title": "Rule book of Test"}
    file = {"file": ("rules.md", b"# One <script>", "text/markdown")}
    shown = operator.post("/operate/publications", data={**form, "action": "preview"}, files=file)
    assert "<h2>One &lt;script&gt;</h2>" in shown.text
    assert visit().get("/scheme/rule_book/2026-1").status_code == 404
    sent = {**form, "action": "publish", "text": "# One"}
    assert operator.post("/operate/publications", data=sent).status_code == 303
    assert operator.post("/operate/publications", data=sent).status_code == 409
    assert "<h2>One</h2>" in visit().get("/scheme/rule_book/2026-1").text
    binary = {"file": ("rules.md", b"\xff\xfe", "text/markdown")}
    assert operator.post("/operate/publications", data={**form, "action": "preview"}, files=binary).status_code == 422


def test_market_rules_are_set_and_taken_back(operator):
    """A family gets no grade in a country until the rule is taken back."""
    rule = {"country": "aut", "family": "fdm", "reason": "A rule of law"}
    assert operator.post("/operate/markets/forbid", data=rule).status_code == 303
    assert operator.post("/operate/markets/forbid", data={**rule, "country": "AUT"}).status_code == 409
    assert "A rule of law" in operator.get("/operate/markets").text
    assert operator.post("/operate/markets/allow", data={"country": "AUT", "family": "fdm"}).status_code == 303
    assert "A rule of law" not in operator.get("/operate/markets").text


def test_an_export_is_made_for_a_period(operator, play):
    """An archive with the label of the period; a period that ends before it begins is named."""
    form = {"since": "2026-01-01", "until": "2026-12-31"}
    answer = operator.post("/operate/export", data=form)
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        rows = [json.loads(line) for line in archive.read("labels.jsonl").splitlines()]
    assert [row["id"] for row in rows] == [play.stage.labels["plate"]]
    assert operator.post("/operate/export", data={**form, "until": "2025-01-01"}).status_code == 422
    for day in ("yesterday", "9999-12-31", "2026-02-30", ""):
        assert operator.post("/operate/export", data={**form, "until": day}).status_code == 422


def test_evidence_is_listed_and_removed_after_its_time(operator, play):
    """What was opened is listed; what is due is removed only when ticked, and only after a second tick."""
    digest = play.desk.evidence.of(play.producer)[0].digest
    play.desk.evidence.open(play.producer, digest)
    assert "Lead of Test workshop" in operator.get("/operate/evidence").text
    assert "No file is due" in operator.get("/operate/evidence").text
    file = f"{digest}@{play.producer.party_id}"
    assert operator.post("/operate/evidence/remove", data={"file": file, "sure": "yes"}).status_code == 409
    play.clock.forward(days=366 * 9)
    operator.headers["Cookie"] = f"__Host-session={play.cast.accounts.sessions.open(play.cast.operator.account_id)}"
    assert file in operator.get("/operate/evidence").text
    assert operator.post("/operate/evidence/remove", data={"file": file}).status_code == 403
    assert operator.post("/operate/evidence/remove", data={"file": file, "sure": "yes"}).status_code == 303
    assert file not in operator.get("/operate/evidence").text
