"""The pages and the API on which several workshops make one product."""

import re

from label_service import canonical
from label_service.declaration import Declaration
from label_service.declaration.contribution import SignedSteps
from label_service.trust.encoding import base64url
from tests.certification.playing import Play
from tests.certification.together import own_part, signed
from tests.signers import signer
from tests.web.visiting import opened

KEY = signer(163)
PAGE = "/workshop/together"


def typed(name: str, text: str) -> str:
    """Give the value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found
    return found[1].replace("&#34;", '"').replace("&quot;", '"')


def file_of(play: Play, actor) -> dict:
    """Give the file of a declaration as a browser sends it."""
    document = Declaration.from_json(play.document("hook", actor)).to_bytes()
    return {"file": ("declaration.json", document)}


def test_two_workshops_meet_by_a_link(play):
    """One begins and sends the link; the other signs its steps in the browser; the first puts both together."""
    with opened(play) as visit:
        owner, partner = visit(play.producer), visit(play.rival)
        product = play.document("hook", play.producer)["product"]["name"]
        link = owner.post(PAGE, data={"product": product, "quantity": "4"}).headers["location"]
        assert link in owner.get(link).text
        made = {"name": "ours", "public_key": base64url(KEY.public_key)}
        assert partner.post(f"{PAGE}/keys", data=made).status_code == 303
        print_ = play.stage.scheme.together.keys(play.rival.party_id)[0].thumbprint
        sign = partner.post(f"{link}/steps", data={"key": print_}, files=file_of(play, play.rival))
        signing_input = re.search(r"data-bytes>([^<]*)<", sign.text)[1]
        token = f"{signing_input}.{base64url(KEY.sign(signing_input.encode()))}"
        handed = partner.post(f"{PAGE}/tokens", data={"token": token, "steps": typed("steps", sign.text)})
        assert handed.headers["location"] == PAGE
        page = owner.get(link).text
        assert play.rival.party_name in page
        digest = typed("contribution", page)
        done = owner.post(f"{link}/combine", data={"contribution": digest}, files=file_of(play, play.producer))
        assert done.headers["location"].startswith("/D/")
        sheet = owner.get(done.headers["location"]).text
        assert play.rival.party_name in sheet
        assert "on a label" not in partner.get(PAGE).text
        assert partner.post(f"{PAGE}/take-back", data={"digest": digest}).status_code == 303
        assert "taken back" in owner.get(link).text


def test_what_is_not_taken_is_told_on_the_page(play):
    """A wrong file, no key, a stranger's link and a batch without items each come back with the reason."""
    with opened(play) as visit:
        owner, partner = visit(play.producer), visit(play.rival)
        assert owner.post(PAGE, data={"product": "Hook", "quantity": "0"}).status_code == 422
        link = owner.post(PAGE, data={"product": "Hook", "quantity": "4"}).headers["location"]
        for data, files, status in (
            ({"key": "none"}, file_of(play, play.rival), 404),
            ({}, {}, 422),
            ({}, {"file": ("x.json", b"[]")}, 422),
            ({}, {"file": ("x.json", b"{}")}, 404),
        ):
            assert partner.post(f"{link}/steps", data=data, files=files or None).status_code in {status, 422}
        assert partner.get(f"{PAGE}/{'0' * 32}").status_code == 404
        assert partner.post(f"{PAGE}/tokens", data={"token": "x", "steps": "{}"}).status_code == 422
        assert partner.post(f"{link}/combine", files=file_of(play, play.rival)).status_code == 404
        assert visit(play.auditor).get(PAGE).status_code == 404


def test_programs_make_things_together(play):
    """The same by the API, as `label-service contribute` leaves its files."""
    with opened(play) as visit:
        owner, partner = visit(play.producer), visit(play.rival)
        own = own_part(play)
        wanted = {"product": own.product.name, "quantity": own.quantity}
        batch = owner.post("/api/v1/batches", json=wanted).json()
        assert partner.get(f"/api/v1/batches/{batch['name']}").json() == batch
        key = signer(161)
        play.stage.scheme.together.add_key(play.rival.party_id, "office", key.public_key)
        document = signed(play, play.stage.scheme.together.batch(batch["name"]))
        given = partner.post("/api/v1/contributions", content=document.to_bytes())
        assert given.status_code == 201
        found = owner.get(f"/api/v1/batches/{batch['name']}/contributions").json()
        assert [SignedSteps.from_json(item) for item in found] == [document]
        assert partner.get(f"/api/v1/batches/{batch['name']}/contributions").status_code == 404
        digest = canonical.digest(document.token.encode())
        assert [item["digest"] for item in partner.get("/api/v1/contributions").json()] == [digest]
        assert partner.post(f"/api/v1/contributions/{digest}/withdrawal").status_code == 204
        assert owner.post("/api/v1/batches", json={"product": "x"}).json()["type"] == "/problems/invalid-document"
