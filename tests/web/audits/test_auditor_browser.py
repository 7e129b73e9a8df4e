"""The auditor's browser: a key that cannot be taken out, signatures over what it shows, chains that stay there."""

import json
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from label_service.issuance.chains import Chain
from label_service.tlog.sampling import commitment_of
from label_service.trust.trust_list import Accreditation
from label_service.web.app import Site
from label_service.web.guard import COOKIE
from tests.stage import ACCREDITATION
from tests.web.site import open_browser, serving

STEAL = """async () => {
  const opening = indexedDB.open("label-service-auditor", 1);
  await new Promise((done) => { opening.onsuccess = done; });
  const asking = opening.result.transaction("keys").objectStore("keys").getAll();
  await new Promise((done) => { asking.onsuccess = done; });
  const [key] = asking.result;
  try {
    await crypto.subtle.exportKey("pkcs8", key.privateKey);
    return "exported";
  } catch (error) {
    return `${key.privateKey.extractable} ${error.name}`;
  }
}"""


@pytest.fixture(scope="module")
def browser():
    """Start Chromium once."""
    with open_browser() as found:
        yield found


@pytest.fixture
def address(play):
    """Serve the scheme."""
    site = Site(play.stage.scheme, play.stage.files, play.cast.accounts)
    with serving(site) as found:
        yield found.replace("127.0.0.1", "localhost")


@pytest.fixture
def sign_in(play, browser, address):
    """Open pages as somebody: `sign_in(actor)` gives a page of a browser of hers."""
    contexts, errors = [], []

    def opened(actor, context=None, **options):
        context = context or browser.new_context(base_url=address, **options)
        contexts.append(context)
        secret = play.cast.accounts.sessions.open(actor.account_id)
        cookie = {"name": COOKIE, "value": secret, "domain": "localhost", "path": "/", "secure": True}
        context.add_cookies([cookie | {"httpOnly": True, "sameSite": "Lax"}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def confirm(play, page):
    """Make a key in a browser and let the operator list it; give the page."""
    page.goto("/audit/keys")
    page.get_by_role("button", name="Make it and hand in the public half").click()
    expect(page.get_by_text("waiting for the operator")).to_be_visible()
    (handed,) = [item for item in play.desk.auditor_keys.of(play.other_auditor) if item.state == "waiting"]
    record = Accreditation.model_validate(ACCREDITATION)
    play.desk.auditor_keys.confirm(play.cast.operator, handed.thumbprint, record)
    return page


@pytest.fixture
def auditor(play, sign_in):
    """Give the browser of an auditor whose key was made there and confirmed."""
    return confirm(play, sign_in(play.other_auditor))


def asked(play, found):
    """Let the workshop ask the auditor whose key lies in the browser."""
    return play.desk.audits.request_declaration(play.producer, found.id, play.other_auditor.party_id)


def test_a_key_is_made_that_nobody_can_take_out(play, auditor):
    """It is listed under its thumbprint, known to this browser, and not even this page can export it."""
    auditor.goto("/audit/keys")
    expect(auditor.get_by_text("in use")).to_be_visible()
    expect(auditor.get_by_text("in this browser", exact=False).first).to_be_visible()
    assert auditor.evaluate(STEAL) == "false InvalidAccessError"
    (key,) = play.desk.auditor_keys.signing(play.other_auditor)
    assert auditor.get_by_text(key.thumbprint).count() == 1


def test_a_declaration_is_attested_in_the_browser(play, auditor):
    """Tick, read, sign: the service takes what the browser signed, and never saw the key."""
    found = play.declare("box")
    auditor.goto(f"/audit/requests/{asked(play, found).id}")
    auditor.get_by_label("Inner volume 20-60 L, measured.").check()
    auditor.get_by_label("Further criteria you checked").fill("the lid closes")
    auditor.get_by_label("at the workshop").check()
    auditor.get_by_role("button", name="Go on to sign", exact=True).click()
    shown = auditor.locator("[data-decoded]")
    expect(shown).to_contain_text(found.declaration.digest)
    expect(shown).to_contain_text("the lid closes")
    auditor.get_by_role("button", name="Sign and hand in").click()
    expect(auditor.get_by_role("status")).to_contain_text("Your attestation was taken")
    assert play.stage.scheme.declarations.get(found.id).state == "attested"


def reach(page, words):
    """Press Tab until something of this name has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        named = page.evaluate("""() => {
            const at = document.activeElement;
            return (at.labels?.[0] ?? at).innerText ?? "";
        }""")
        if words in named:
            return
    raise AssertionError(f"{words!r} cannot be reached by keyboard")


def test_a_declaration_is_attested_by_keyboard_alone(play, auditor):
    """Queue, evidence, ticks, signature: Tab, Space and Enter are enough, and the focus is always visible."""
    found = play.declare("box")
    asked(play, found)
    auditor.goto("/audit")
    reach(auditor, found.declaration.product.name)
    auditor.keyboard.press("Enter")
    auditor.wait_for_url("**/audit/requests/*")
    reach(auditor, "Everything the reader found")
    auditor.keyboard.press("Enter")
    assert auditor.locator("details[open]").count() == 1
    reach(auditor, "Inner volume 20-60 L, measured.")
    auditor.keyboard.press("Space")
    width = auditor.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
    assert width >= 2
    reach(auditor, "Further criteria you checked")
    auditor.keyboard.type("the lid closes")
    reach(auditor, "Go on to sign")
    auditor.keyboard.press("Enter")
    expect(auditor.locator("[data-decoded]")).to_contain_text("the lid closes")
    reach(auditor, "Sign and hand in")
    auditor.keyboard.press("Enter")
    expect(auditor.get_by_role("status")).to_contain_text("Your attestation was taken")
    assert play.stage.scheme.declarations.get(found.id).state == "attested"


def test_what_is_shown_is_what_is_signed(play, auditor):
    """A service that writes one thing and lets another be signed is caught: the browser shows what the bytes say."""
    found = play.declare("box")
    request = asked(play, found)

    def lie(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(found.declaration.digest, "f" * 64))

    auditor.goto(f"/audit/requests/{request.id}")
    auditor.route("**/attest", lie)
    auditor.get_by_label("Further criteria you checked").fill("volume measured")
    auditor.get_by_role("button", name="Go on to sign", exact=True).click()
    shown = auditor.locator("[data-decoded]")
    expect(shown).to_contain_text(found.declaration.digest)
    expect(shown).not_to_contain_text("f" * 64)


def test_another_browser_cannot_sign(play, auditor, sign_in):
    """The same person at another device is told that the key is not there; her own tool still works."""
    found = play.declare("box")
    request = asked(play, found)
    elsewhere = sign_in(play.other_auditor)
    elsewhere.goto(f"/audit/requests/{request.id}")
    elsewhere.get_by_label("Further criteria you checked").fill("volume measured")
    elsewhere.get_by_role("button", name="Go on to sign", exact=True).click()
    elsewhere.get_by_role("button", name="Sign and hand in").click()
    expect(elsewhere.locator("[data-problem]")).to_contain_text("does not have that key")
    assert play.stage.scheme.declarations.get(found.id).state == "assessed"


def test_a_refusal_is_signed_in_the_browser(play, auditor):
    """Reason and words are read again before the signature."""
    found = play.declare("box")
    auditor.goto(f"/audit/requests/{asked(play, found).id}")
    auditor.get_by_label("Reason").select_option("evidence-refuted")
    auditor.get_by_label("What you say in public").fill("The scale shows 2 kg.\nThe photograph too.")
    auditor.get_by_role("button", name="Go on to sign the refusal").click()
    expect(auditor.locator("[data-decoded]")).to_contain_text("The scale shows 2 kg.")
    auditor.get_by_role("button", name="Sign and hand in").click()
    expect(auditor.get_by_role("status")).to_contain_text("refusal was taken")
    assert play.stage.scheme.declarations.get(found.id).state == "refused"


@contextmanager
def saved(page):
    """Give what the browser saves while something happens."""
    with page.expect_download() as download:
        kept = []
        yield kept
    kept.append(download.value.path().read_bytes())


def test_a_scope_from_chain_to_draw(play, auditor, sign_in):
    """The chain is made and kept in the browser, with a file the command line reads; weeks are revealed from it."""
    found = play.declare("box")
    request = play.propose(found, verifier=play.other_auditor)
    auditor.goto(f"/audit/requests/{request.id}")
    auditor.get_by_label("Share of labels that is drawn").fill("1")
    auditor.get_by_label("Further criteria you checked").fill("volume measured")
    with saved(auditor) as files:
        auditor.get_by_role("button", name="Make a chain here and save its file").click()
    chain = Chain.from_bytes(files[0].removesuffix(b"\n"))
    expect(auditor.get_by_label("Commitment")).to_have_value(chain.commitment)
    auditor.get_by_role("button", name="Go on to sign", exact=True).click()
    auditor.get_by_role("button", name="Sign and hand in").click()
    expect(auditor.get_by_role("status")).to_contain_text("The scope was taken")
    (scope,) = play.desk.duties.of(play.other_auditor).scopes
    assert scope.subject.chain_commitment == chain.commitment
    label_id = play.again(found, 1).label_id
    play.clock.forward(days=4)
    play.stage.scheme.sampling.close_weeks()
    later = sign_in(play.other_auditor, auditor.context)
    later.goto(f"/audit/scopes/{scope.digest}")
    later.get_by_role("button", name="Go on to sign", exact=True).click()
    expect(later.locator("[data-decoded]")).to_contain_text(chain.value(4))
    assert chain.seed not in later.content()
    later.get_by_role("button", name="Sign and hand in").click()
    expect(later.get_by_role("status")).to_contain_text("sample of the week drawn")
    assert [item.label_id for item in play.desk.duties.of(play.other_auditor).samples] == [label_id]


def test_a_chain_is_taken_in_from_its_file(play, auditor, sign_in, tmp_path):
    """On a new device the file of a chain is taken in, if it is whole, and can be saved again."""
    auditor.goto("/audit/keys")
    whole = tmp_path / "chain.json"
    seed = bytes(range(32))
    chain = {"type": "chain", "version": "1", "seed": seed.hex(), "weeks": 60}
    whole.write_text(json.dumps(chain | {"commitment": commitment_of(seed, 60).hex()}))
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(chain | {"commitment": "0" * 64}))
    field = auditor.get_by_label("Take in a chain file")
    field.set_input_files(broken)
    expect(auditor.locator("section", has=field).locator("[data-problem]")).to_contain_text("damaged")
    field.set_input_files(whole)
    expect(auditor.get_by_text(commitment_of(seed, 60).hex())).to_be_visible()
    with saved(auditor) as files:
        auditor.get_by_role("button", name="Save its file").click()
    assert Chain.from_bytes(files[0].removesuffix(b"\n")).seed == seed.hex()
