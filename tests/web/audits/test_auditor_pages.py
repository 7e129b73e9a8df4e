"""The auditor's desk without script: queue, desk, drafts to sign, tokens handed in, dossier, keys, scopes, samples."""

import html
import io
import re
import zipfile

import pytest

from label_service.certification.drafts import Draft
from label_service.certification.similar import FEWEST
from label_service.factors import release as releases
from label_service.issuance.attesting import sign_dossier
from label_service.issuance.keys import create_key, write_public
from label_service.label.attestation import read_attestation
from label_service.tlog.sampling import chain_value, commitment_of
from label_service.verify.dossier import check_dossier
from tests.certification import files
from tests.certification.playing import SEED, VERA, WEEKS
from tests.certification.test_audits import party_of, profiles_of
from tests.certification.test_similar import others
from tests.issuance.releasing import dearer_plastic
from tests.issuance.test_parts import use

NUMBER = 4  # of the clock's week in a scope that begins on 1 November


def readable(answer):
    """Give the text of a page without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def draft_of(answer):
    """Give what a page wants signed."""
    assert answer.status_code == 200, readable(answer)
    (text,) = re.findall(r"data-bytes>([^<]+)<", answer.text)
    return Draft("", text, "")


def sign(play, client, answer):
    """Sign what a page shows with the key of a file, hand it in, and follow to the next page."""
    sent = client.post("/audit/tokens", data={"token": play.sign(draft_of(answer))})
    assert sent.status_code == 303, readable(sent)
    return client.get(sent.headers["location"])


@pytest.fixture
def auditor(play, visit):
    """Give the browser of the auditor."""
    return visit(play.auditor)


@pytest.fixture
def box(play):
    """Give the request for a declaration with a category, and the declaration."""
    found = play.declare("box")
    return play.ask(found), found


def answers(play, **members):
    """Fill in the form of an attestation."""
    ticked = ["inner volume 20-60 L, measured", "carries 10 kg when lifted by hand"]
    filled = {"criterion": ticked, "criteria": "stacked for 24 h\nlid closes", "level": "site_visit", "days": "200"}
    return filled | {"key": play.signing.thumbprint} | members


def test_the_queue_shows_what_waits(play, auditor, visit, box):
    """Requests stand in the queue of the body that was asked, and of nobody else."""
    request, found = box
    page = auditor.get("/audit")
    assert f"/audit/requests/{request.id}" in page.text
    assert found.declaration.product.name in readable(page)
    assert found.declaration.product.name not in readable(visit(play.other_auditor).get("/audit"))
    assert "You cannot sign yet" in readable(visit(play.other_auditor).get("/audit"))


@pytest.mark.parametrize(
    "path", ["/audit", "/audit/keys", "/audit/requests/x", "/audit/requests/x/dossier.zip", "/audit/scopes/x"]
)
def test_the_desk_is_for_auditors_alone(play, visit, path):
    """Producers, readers of a body and strangers do not get in."""
    assert visit().get(path).status_code == 303
    for actor in (play.producer, play.cast.operator, play.cast.colleague(play.auditor, "reader")):
        assert visit(actor).get(path).status_code == 403


def test_another_body_learns_nothing(play, visit, box):
    """The desk of a request looks to others as if it were not there."""
    request, _ = box
    other = visit(play.other_auditor)
    for path in ("", "/dossier.zip"):
        theirs, unknown = (other.get(f"/audit/requests/{name}{path}") for name in (request.id, "none"))
        assert theirs.status_code == unknown.status_code == 404
        assert theirs.text == unknown.text
    for act in ("attest", "refuse", "give-back", "withdraw", "scope"):
        assert other.post(f"/audit/requests/{request.id}/{act}", data={}).status_code == 404


def test_the_desk_shows_everything_side_by_side(play, auditor, box):
    """Amounts with what the files say, evidence, figures of others, findings, recomputation, criteria."""
    request, found = box
    page = auditor.get(f"/audit/requests/{request.id}")
    text = readable(page)
    for item in found.declaration.evidence:
        assert item.name in text
        assert f"/evidence/{item.digest}" in page.text
    for words in ("the same to the digit", "Energy: ", "nothing is shown below 5", "Inner volume 20-60 L, measured"):
        assert words in text
    for words in ("step cut: energy /steps/cut/energy", "weight in the product", "read from a meter"):
        assert words in text


def test_the_place_among_peers_is_drawn(play, auditor, box):
    """With five other producers the desk shows where this one lies among them, and names nobody."""
    request, _ = box
    others(play, FEWEST, "box")
    page = auditor.get(f"/audit/requests/{request.id}")
    assert "5 producers, 5 declarations" in readable(page)
    assert page.text.count('class="own"') == 5  # energy, scrap, impact, weight, score
    assert "Peer 0" not in page.text
    assert "peer-0.example" not in page.text


def test_pictures_stand_on_the_desk(play, auditor):
    """A photograph in the evidence is shown as a copy without its place."""
    photo = files.photograph_with_place()
    kept = play.desk.evidence.add(play.producer, io.BytesIO(photo), "site.jpg")
    document = play.document("box", play.producer)
    paper = {"digest": kept.digest, "kind": "photo", "name": "site.jpg", "size_bytes": kept.size_bytes}
    found = play.declare("box", evidence=[*document["evidence"], paper])
    page = auditor.get(f"/audit/requests/{play.ask(found).id}")
    (address,) = re.findall(r'<img[^>]+src="(/evidence/[^"]+/picture)"', page.text)
    assert auditor.get(address).headers["content-type"] == "image/jpeg"


def test_a_declaration_is_attested(play, auditor, box):
    """Ticked criteria and typed ones, level and days stand in what is signed; the token is taken."""
    request, found = box
    drafted = auditor.post(f"/audit/requests/{request.id}/attest", data=answers(play))
    text = readable(drafted)
    assert f"Attest “{found.declaration.product.name}”" in text
    assert found.declaration.digest in text
    assert "site_visit" in text
    done = sign(play, auditor, drafted)
    assert "Your attestation was taken" in readable(done)
    assert play.stage.scheme.declarations.get(found.id).state == "attested"
    content = play.stage.scheme.declarations.get(found.id).attestation
    subject = read_attestation(content)[1].subject
    expected = ("inner volume 20-60 L, measured", "carries 10 kg when lifted by hand", "stacked for 24 h", "lid closes")
    assert (subject.criteria, subject.level) == (expected, "site_visit")


def test_what_is_missing_is_said_and_nothing_is_lost(play, auditor, box):
    """Without criteria, key or a number the form comes back with what was filled in."""
    request, _ = box
    path = f"/audit/requests/{request.id}/attest"
    empty = auditor.post(path, data=answers(play, criterion=[], criteria=""))
    assert empty.status_code == 422
    assert "criteria you checked" in readable(empty)
    for members in ({"key": "x" * 43}, {"days": "many"}, {"days": "5000"}, {"level": ""}):
        answer = auditor.post(path, data=answers(play, **members))
        assert 400 <= answer.status_code < 500
        assert "stacked for 24 h" in answer.text


def test_findings_are_released_by_name(play, auditor):
    """The form of a declaration with a finding is not drafted until the auditor ticked it."""
    request = play.ask(play.declare("hook"))
    path = f"/audit/requests/{request.id}/attest"
    refused = auditor.post(path, data=answers(play))
    assert refused.status_code == 403
    assert "F05" in readable(refused)
    assert draft_of(auditor.post(path, data=answers(play, release=["F05"])))


def test_a_declaration_is_refused_with_reasons(play, auditor, visit, box):
    """Reason, public words and findings are signed; the producer reads them."""
    request, found = box
    form = {
        "key": play.signing.thumbprint,
        "reason": "evidence-refuted",
        "text": "The scale shows 2 kg.",
        "findings": "a\nb",
    }
    drafted = auditor.post(f"/audit/requests/{request.id}/refuse", data=form)
    assert "The scale shows 2 kg." in readable(drafted)
    sign(play, auditor, drafted)
    assert play.stage.scheme.declarations.get(found.id).state == "refused"
    assert "The scale shows 2 kg." in readable(visit(play.producer).get("/notices"))
    without = auditor.post(f"/audit/requests/{request.id}/refuse", data=form | {"reason": ""})
    assert without.status_code == 403


def test_an_attestation_is_withdrawn(play, auditor, box):
    """The page of an answered request offers the withdrawal; the label is suspended."""
    request, found = box
    sign(play, auditor, auditor.post(f"/audit/requests/{request.id}/attest", data=answers(play)))
    label = play.stage.scheme.labels.issue(found.id)
    form = {"key": play.signing.thumbprint, "reason": "error-in-declaration", "text": "I mixed up two files."}
    sign(play, auditor, auditor.post(f"/audit/requests/{request.id}/withdraw", data=form))
    assert play.stage.scheme.labels.get(label.id).is_suspended


def test_a_request_is_given_back(play, auditor, visit, box):
    """Then its desk is closed to the auditor."""
    request, _ = box
    assert auditor.post(f"/audit/requests/{request.id}/give-back").status_code == 303
    assert auditor.get(f"/audit/requests/{request.id}").status_code == 404
    assert "taken back" in readable(visit(play.producer).get("/workshop/audits"))


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "é" * 30])
def test_a_token_that_is_none_is_named(auditor, token):
    """Whatever is pasted, the answer says what was expected."""
    answer = auditor.post("/audit/tokens", data={"token": token})
    assert answer.status_code == 422
    assert "xpected" in readable(answer)


def test_the_dossier_is_taken_along(play, auditor, tmp_path, monkeypatch):
    """Unpacked on a machine that lacks its release, the auditor's own tool checks and signs it; the token is taken."""
    newer = dearer_plastic(tmp_path / "2026.12.0")
    play.stage.scheme.releases.publish(newer, newer.digest)
    found = play.declare("hook")
    request = play.ask(found)
    answer = auditor.get(f"/audit/requests/{request.id}/dossier.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as dossier:
        names = dossier.namelist()
        assert all(re.fullmatch(r"dossier/(evidence/)?[A-Za-z0-9._-]+", name) for name in names)
        look = dossier.read("dossier/LOOK.txt").decode()
        dossier.extractall(tmp_path)
    assert "[ ] F05" in look
    monkeypatch.setattr(releases, "_MOUNTED", {})
    assert len([name for name in names if "evidence/" in name]) == len(found.declaration.evidence)
    _, token = sign_dossier(
        tmp_path / "dossier",
        play.stage.folder / "auditor" / "vera.pem",
        name=VERA,
        origin="http://localhost:8000",
        criteria=(),
        released=("F05",),
        level="desk",
        valid_from=play.clock(),
        valid_for=play.clock() - play.clock().replace(year=2025),
        identifier="00000000-0000-4000-8000-000000000000",
    )
    assert auditor.post("/audit/tokens", data={"token": token}).status_code == 303
    assert len(play.desk.evidence.opened(play.producer)) == len(found.declaration.evidence)


def test_the_dossier_of_goods_with_parts_is_whole(play, auditor, tmp_path):
    """What stands behind a labelled part is in it, so that the auditor's tool weighs the part again by itself."""
    bolt = play.declare("plate")
    play.stage.scheme.attestations.add(bolt.id, play.attest(bolt))
    part = play.stage.scheme.parts.of_label(play.stage.scheme.labels.issue(bolt.id).id)
    found = play.declare("hook", parts=[use(part, "2", "hook")])
    answer = auditor.get(f"/audit/requests/{play.ask(found).id}/dossier.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as dossier:
        assert f"dossier/parts/{part.digest}.json" in dossier.namelist()
        dossier.extractall(tmp_path)
    checked = check_dossier(tmp_path / "dossier")
    assert [item.digest for item in checked.inventory.parts] == [part.digest]


def test_hostile_names_do_not_leave_the_dossier(play, auditor):
    """Path names and lies about kinds become harmless names in the pack."""
    document = play.document("hook", play.producer)
    names = ["../../../etc/cron.d/x", "C:\\windows\\run.bat", "a\u202efdp.exe", "con", ". ."]
    evidence = [item | {"name": name} for item, name in zip(document["evidence"], names, strict=True)]
    found = play.declare("hook", evidence=evidence)
    answer = auditor.get(f"/audit/requests/{play.ask(found).id}/dossier.zip")
    packed = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert all(re.fullmatch(r"dossier/(evidence/\d\d-)?[A-Za-z0-9._-]+", name) for name in packed)


def test_keys_are_handed_in_as_files(play, visit, tmp_path):
    """The public file of `keys new` is taken; a private one, or nonsense, is not."""
    client = visit(play.other_auditor)
    key = create_key(tmp_path / "auditor.pem")
    write_public(tmp_path / "auditor.pub", "Otto", key.public_key)
    public = {"file": ("auditor.pub", (tmp_path / "auditor.pub").read_bytes())}
    assert client.post("/audit/keys", data={"name": "notebook"}, files=public).status_code == 303
    text = readable(client.get("/audit/keys"))
    assert "notebook of Lead of Other inspection body , waiting for the operator" in text
    for content in ((tmp_path / "auditor.pem").read_bytes(), b"", b"{}", b"x" * 9000):
        answer = client.post("/audit/keys", data={"name": "x"}, files={"file": ("auditor.pub", content)})
        assert 400 <= answer.status_code < 500, content[:20]


def test_a_lost_key_is_given_up(play, auditor):
    """One button, and it signs no more."""
    assert auditor.post("/audit/keys/give-up", data={"key": play.signing.thumbprint, "how": "lost"}).status_code == 303
    assert "given up" in readable(auditor.get("/audit/keys")) or play.desk.auditor_keys.signing(play.auditor) == []


def scope_answers(play, page, **members):
    """Fill in the form of a scope with what it begins with, and a chain from a known seed."""
    fields = dict(re.findall(r'<input id="[^"]+" name="([^"]+)"(?: type="date")? value="([^"]*)"', page.text))
    boxes = re.findall(r'<input type="checkbox" name="(\w+)" value="([^"]*)" checked', page.text)
    filled = {name: html.unescape(value) for name, value in fields.items()}
    for name, value in boxes:
        filled.setdefault(name, []).append(html.unescape(value))
    chain = {"chain_commitment": commitment_of(SEED, WEEKS).hex(), "chain_weeks": str(WEEKS), "sampling_rate": "1"}
    return filled | chain | answers(play, level="site_visit") | {"criterion": ["volume measured"]} | members


@pytest.fixture
def scoped(play, auditor):
    """Attest a scope by its form; give its digest and the goods it was attested around."""
    found = play.declare("box")
    path = f"/audit/requests/{play.propose(found).id}"
    page = auditor.get(path)
    done = sign(play, auditor, auditor.post(f"{path}/scope", data=scope_answers(play, page)))
    assert "The scope was taken" in readable(done)
    (scope,) = play.desk.duties.of(play.auditor).scopes
    return scope.digest, found


def test_a_scope_is_attested_by_its_form(play, auditor, scoped):
    """Floors begin with the lowest that was observed, so that goods like these are labelled at once."""
    digest, found = scoped
    assert play.again(found, 1).state == "labelled"
    scope = play.stage.scheme.scopes.get(digest).subject
    assert {floor.process for floor in scope.floors} == set(found.inventory.processes)
    assert "1 of 100 items" in readable(auditor.get(f"/audit/scopes/{digest}"))


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"machine": []}, "expected"),
        ({"lots": "just a name"}, "kg bought"),
        ({"quantity": "many"}, "whole number"),
        ({"chain_commitment": "short"}, "expected"),
        ({"first": "2027-10-31", "last": "2026-11-01"}, "first day of making"),
    ],
)
def test_a_scope_with_holes_is_not_drafted(play, auditor, members, words):
    """What is wrong is said; what was typed stands."""
    path = f"/audit/requests/{play.propose(play.declare('box')).id}"
    filled = scope_answers(play, auditor.get(path), criteria="typed words")
    answer = auditor.post(f"{path}/scope", data=filled | members)
    assert answer.status_code == 422
    assert words in readable(answer) or "should" in readable(answer)
    assert "typed words" in answer.text


def test_an_open_floor_is_asked_for(play, auditor):
    """A process without a floor would let everything through."""
    path = f"/audit/requests/{play.propose(play.declare('box')).id}"
    filled = scope_answers(play, auditor.get(path))
    filled = {name: "" if name.startswith("kwh_floor") else value for name, value in filled.items()}
    answer = auditor.post(f"{path}/scope", data=filled)
    assert "The lowest you observed" in readable(answer)


def test_a_scope_is_refused(play, auditor):
    """Before there is a declaration the refusal names the request."""
    request = play.propose(play.declare("box"))
    form = {"key": play.signing.thumbprint, "reason": "no-access", "text": "Nobody opened."}
    sign(play, auditor, auditor.post(f"/audit/requests/{request.id}/refuse", data=form))
    assert play.desk.audits.get(play.auditor, request.id).state == "refused"


def test_weeks_are_revealed_and_samples_answered(play, visit, scoped):
    """From the closed week to the result of the sample, each step a page and a signature."""
    digest, found = scoped
    label_id = play.again(found, 1).label_id
    play.clock.forward(days=4)
    play.stage.scheme.sampling.close_weeks()
    auditor = visit(play.auditor)  # sessions do not last that long
    assert "Reveal the value of 2026-W47" in readable(auditor.get("/audit"))
    form = {"key": play.signing.thumbprint, "week": "2026-W47", "value": chain_value(SEED, WEEKS, NUMBER).hex()}
    sign(play, auditor, auditor.post(f"/audit/scopes/{digest}/reveal", data=form))
    assert f"/audit/samples/{label_id}" in auditor.get("/audit").text
    page = auditor.get(f"/audit/samples/{label_id}")
    assert "Amounts beside what the files say" in readable(page)
    result = {"key": play.signing.thumbprint, "outcome": "finding", "reason": "goods-differ", "text": "Other filament."}
    sign(play, auditor, auditor.post(f"/audit/samples/{label_id}/result", data=result))
    assert play.stage.scheme.scopes.get(digest).is_suspended
    assert "suspended" in readable(auditor.get(f"/audit/scopes/{digest}"))


def test_a_scope_is_withdrawn(play, auditor, visit, scoped):
    """It is suspended at once; others cannot even see its page."""
    digest, _ = scoped
    assert visit(play.other_auditor).get(f"/audit/scopes/{digest}").status_code == 404
    form = {"key": play.signing.thumbprint, "reason": "workshop-changed", "text": "They moved."}
    sign(play, auditor, auditor.post(f"/audit/scopes/{digest}/withdraw", data=form))
    assert play.stage.scheme.scopes.get(digest).is_suspended


def test_a_producer_asks_for_audits(play, visit):
    """Declaration and workshop are asked for by forms, and taken back by one."""
    found = play.declare("box")
    client = visit(play.producer)
    assert found.declaration.product.name in readable(client.get("/workshop/audits"))
    form = {"declaration": found.id, "verifier": play.auditor.party_id}
    assert client.post("/workshop/audits", data=form).status_code == 303
    assert client.post("/workshop/audits", data=form).status_code == 409
    (request,) = play.desk.audits.of(play.producer)
    assert client.post(f"/workshop/audits/{request.id}/cancel").status_code == 303
    assert visit(play.rival).post(f"/workshop/audits/{request.id}/cancel").status_code == 404
    assert client.post("/workshop/audits", data=form | {"verifier": "nobody"}).status_code == 404


def test_a_producer_proposes_a_scope(play, visit):
    """From profiles, with what is missing said beside what was filled in."""
    client = visit(play.producer)
    assert "Add a site" in readable(client.get("/workshop/audits/scope"))
    profiles = profiles_of(play)
    play.stage.scheme.profiles.change(party_of(play.producer), lambda _: profiles)
    product = profiles.products[0]
    form = {
        "site": profiles.machines[0].site,
        "machine": [profiles.machines[0].id],
        "product": [product.id],
        "lot": [lot.id for lot in profiles.lots],
        "quantity": "50",
        "first": "2026-11-01",
        "last": "2027-04-30",
        "remarks": "We print\non Mondays.",
        "verifier": play.auditor.party_id,
        "frame_name": "Parametric hook",
        "frame_design": "9F" * 32,
        "frame_bounds": "height; 20; 200; mm\nnet_mass; 0,05; 0.4; kg",
    }
    unfit = client.post("/workshop/audits/scope", data=form | {"frame_bounds": "height; 20 mm"})
    assert (unfit.status_code, "name; lowest; highest; unit" in readable(unfit)) == (422, True)
    without = client.post("/workshop/audits/scope", data=form | {"quantity": ""})
    assert without.status_code == 422
    assert "on Mondays." in without.text
    assert client.post("/workshop/audits/scope", data=form).status_code == 303
    (request,) = play.desk.audits.of(play.auditor)
    desk = visit(play.auditor).get(f"/audit/requests/{request.id}")
    assert "We print" in readable(desk)
    for typed in ('value="Parametric hook"', f'value="{"9f" * 32}"', "net_mass; 0.05; 0.4; kg</textarea>"):
        assert typed in desk.text


def test_everything_typed_is_text(play, auditor, visit):
    """Names of products and files, words of producers and auditors never become markup."""
    script = "<img src=x onerror=alert(1)>"
    document = play.document("box", play.producer)
    evidence = [item | {"name": script} for item in document["evidence"]]
    found = play.declare("box", product=document["product"] | {"name": script}, evidence=evidence)
    request = play.ask(found)
    for client, path in (
        (auditor, "/audit"),
        (auditor, f"/audit/requests/{request.id}"),
        (visit(play.producer), "/workshop/audits"),
    ):
        page = client.get(path).text
        assert script not in page
        assert html.escape(script, quote=False)[:12] in page


def test_the_policy_holds_on_every_page(play, auditor, box):
    """No inline script or style, nothing stored, no other site in a frame or form."""
    request, _ = box
    for path in ("/audit", "/audit/keys", f"/audit/requests/{request.id}"):
        answer = auditor.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert not re.search(r"<script(?![^>]*src=)|style=| on\w+=", answer.text)


def test_anybody_reads_how_an_auditor_works(play, auditor, visit, box):
    """The register says for each auditor what she attested, refused and found."""
    request, _ = box
    sign(play, auditor, auditor.post(f"/audit/requests/{request.id}/attest", data=answers(play)))
    text = readable(visit().get("/register"))
    for words in ("Declarations attested: 1", "findings released: 0", "scopes attested: 0", "refused: 0"):
        assert words in text
