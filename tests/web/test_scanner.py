"""The scanner in Chromium: camera, photo and text, with and without a network, and what it cannot know."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from label_service.artwork.qr import qr_png
from label_service.trust.keys import thumbprint
from label_service.web.scanner import decoder_file
from tests.stage import found_stage
from tests.verify.forging import Forger
from tests.web.site import open_browser

PLATE = "Adapter plate, recycled aluminium (DEMO)"
WIDTH, HEIGHT = 1280, 720
FRAMES = 8


@pytest.fixture(scope="module", autouse=True)
def _decoder():
    """Where the browser reads no codes itself, the scanner needs its decoder."""
    assert decoder_file("decode.js"), "the assets of the pages are not built: make assets"


def code_of(site, name="plate"):
    """Give the text of a label's code."""
    return site.stage.scheme.labels.get(site.stage.labels[name]).qr_text


def seen(text: str, size: int = 460, angle: float = 12) -> np.ndarray:
    """Give what a camera sees of a code on a table: turned, in perspective, unevenly lit, noisy."""
    code = cv2.imdecode(np.frombuffer(qr_png(text), np.uint8), cv2.IMREAD_GRAYSCALE)
    side = code.shape[0]
    turn = cv2.getRotationMatrix2D((0, 0), angle, 1)[:, :2]
    corners = np.array([[-0.5, -0.48], [0.5, -0.5], [0.47, 0.5], [-0.5, 0.46]]) * size
    target = (corners @ turn.T + [WIDTH / 2, HEIGHT / 2]).astype(np.float32)
    source = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    picture = cv2.warpPerspective(
        code, cv2.getPerspectiveTransform(source, target), (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderValue=190
    )
    lit = picture * np.linspace(0.7, 1.05, WIDTH) + np.random.default_rng(7).normal(0, 5, picture.shape)
    return np.clip(lit, 0, 255).astype(np.uint8)


def video(text: str, target: Path) -> Path:
    """Write a video of a code as the fake camera of Chromium wants it: JPEG pictures one behind the other."""
    frames = [cv2.imencode(".jpg", seen(text, angle=10 + number))[1].tobytes() for number in range(FRAMES)]
    target.write_bytes(b"".join(frames))
    return target


@pytest.fixture(scope="module")
def camera(site, tmp_path_factory):
    """Start a browser whose camera sees the code of a label, and whose users allow it."""
    file = video(code_of(site), tmp_path_factory.mktemp("camera") / "code.mjpeg")
    arguments = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={file}",
    ]
    with open_browser(*arguments) as browser:
        yield browser


@pytest.fixture
def scanner(camera, site):
    """Open the scanner in a context of its own."""
    contexts = []

    def visit(*, roots=(), prepare=lambda page: None, path="/scan", **options):
        context = camera.new_context(**options)
        contexts.append(context)
        stored = json.dumps(json.dumps(list(roots)))
        context.add_init_script(f"localStorage['pinned-roots'] ??= {stored}")
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda text: page.problems.append(text.text) if text.type == "error" else None)
        prepare(page)
        page.goto(site.origin + path)
        page.wait_for_selector("#scanner:not([hidden])")
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def root(site):
    """Give the text of the root file."""
    return site.stage.root_file.read_text()


def check(page, text):
    """Paste a text and give the card that comes."""
    page.fill("#text", text)
    page.click("#typed button")
    page.wait_for_function("() => document.querySelector('#said').textContent === ''")
    return page.locator("#results .card").first


def kind(found):
    """Give the kind of a card."""
    return found.get_attribute("class").removeprefix("card ")


# camera, photo, text


def test_the_camera_reads_a_label_and_the_phone_verifies_it(scanner, site, root):
    """One tap, and the code before the camera is read, fetched, verified and computed again; then the camera is off."""
    page = scanner(roots=[root])
    page.click("#start")
    page.wait_for_selector("#results .card", timeout=20_000)
    found = page.locator("#results .card").first
    assert kind(found) == "valid"
    assert found.locator("strong").first.text_content() == PLATE
    assert [item.get_attribute("class") for item in found.locator("li").all()] == ["holds"] * 14
    assert page.evaluate("document.querySelector('#camera').srcObject") is None
    assert page.problems == []


def test_a_photo_is_read(scanner, site, root, tmp_path):
    """A picture from the gallery serves as well as the camera."""
    page = scanner(roots=[root])
    picture = cv2.imencode(".png", seen(code_of(site), angle=200))[1].tobytes()
    page.set_input_files("#photo", {"name": "code.png", "mimeType": "image/png", "buffer": picture})
    page.wait_for_selector("#results .card")
    assert kind(page.locator("#results .card").first) == "valid"


@pytest.mark.parametrize(("picture", "word"), [("blank", "no code"), ("text", "no picture")])
def test_a_photo_without_a_code_says_so(scanner, picture, word):
    """Neither an empty picture nor a file that is none leaves the reader without an answer."""
    page = scanner()
    blank = cv2.imencode(".png", np.full((200, 200), 220, np.uint8))[1].tobytes()
    data = {"blank": blank, "text": b"no picture"}[picture]
    page.set_input_files("#photo", {"name": "x.png", "mimeType": "image/png", "buffer": data})
    page.wait_for_function("(word) => document.querySelector('#said').textContent.includes(word)", arg=word)


def test_an_address_from_the_browser_is_a_code_too(scanner, site, root):
    """A code opened by another program and copied from its address bar verifies as the code itself."""
    link, _, fragment = code_of(site).partition("#")
    scheme, _, rest = link.partition("://")
    host, _, path = rest.partition("/")
    page = scanner(roots=[root])
    assert kind(check(page, f"{scheme.lower()}://{host.lower()}/{path}#{fragment}")) == "valid"
    assert kind(check(page, link)) == "valid"  # the link-only code of tiny goods, with a network


# without a network


def go_offline(page):
    """Wait until the service worker keeps the scanner, then cut the network and load the page again."""
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    page.wait_for_function("async () => (await caches.keys()).some((name) => name.startsWith('scanner-'))")
    page.reload()
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("#scanner:not([hidden])")


def test_in_flight_mode_the_code_alone_is_verified(scanner, site, root):
    """The page opens without a network, checks the signature under the kept trust list, and says what it could not."""
    page = scanner(roots=[root])
    go_offline(page)
    assert page.locator("#network").is_visible()
    found = check(page, code_of(site))
    assert kind(found) == "signed"
    assert "Not checked" in found.locator(".said").text_content()
    assert found.locator(".letter").text_content() in "ABCDE"
    assert page.locator("#results .unsure strong").all_text_contents() == ["Attestation, log, status and score"]


def test_in_flight_mode_the_kept_list_is_verified_each_time(scanner, site, root):
    """The list that came last is the one that counts, and what somebody wrote into the store of the phone fails."""
    page = scanner(roots=[root])
    go_offline(page)
    keep = """async (text) => (await caches.open("scanned")).put("/trust-list.jwt", new Response(text))"""
    newer = Forger(site.stage).trust_list(lambda content: content.update(sequence=1234))
    page.evaluate(keep, newer)
    found = check(page, code_of(site))
    assert kind(found) == "signed"
    assert "number 1234," in found.locator("li", has_text="trust list").first.text_content()
    page.evaluate(keep, newer[:-20] + ("A" if newer[-20] != "A" else "B") + newer[-19:])
    assert kind(check(page, code_of(site))) == "fails"


def test_in_flight_mode_the_camera_still_reads(scanner, site, root):
    """The decoder of codes is kept too."""
    page = scanner(roots=[root])
    go_offline(page)
    page.click("#start")
    page.wait_for_selector("#results .card", timeout=20_000)
    assert kind(page.locator("#results .card").first) == "signed"


def test_what_was_looked_at_before_stays_provable(scanner, site, root):
    """The bundle of a label seen with a network verifies without one, with the status as of then."""
    page = scanner(roots=[root])
    go_offline(page)
    page.context.set_offline(False)
    assert kind(check(page, code_of(site))) == "valid"
    page.context.set_offline(True)
    assert kind(check(page, code_of(site))) == "valid"
    other = site.stage.scheme.labels.get(site.stage.labels["box"]).qr_text
    assert kind(check(page, other)) == "signed"


def test_without_a_network_a_forged_code_is_still_found_out(scanner, site, root):
    """A better letter written into a code breaks its signature, in flight mode too."""
    page = scanner(roots=[root])
    go_offline(page)
    text = code_of(site)
    for place in (-5, -120, -200):
        forged = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        found = check(page, forged)
        assert kind(found) == "fails"
        assert "Do not rely" in found.locator(".said").text_content()


# what is not a label, or not one of ours


@pytest.mark.parametrize(
    "text", ["https://shop.example/product/1", "hello", "<img src=x onerror=alert(1)>", "HTTPS://X/L/SHORT#AA", "☃"]
)
def test_other_codes_are_no_labels(scanner, text):
    """What is not the code of a label is shown as text, and never opened."""
    page = scanner()
    found = check(page, text)
    assert kind(found) == "foreign"
    assert found.locator("code").text_content() == text.partition("#")[0].upper() + "".join(
        text.partition("#")[1:]
    ) or (found.locator("code").text_content() == text)
    assert found.locator("a, img").count() == 0


def test_the_code_of_an_unknown_issuer_is_not_trusted(scanner, root, tmp_path):
    """Another scheme's label, perfectly made, fails under a trust list that does not name it."""
    other = found_stage(tmp_path / "other", origin="https://labels.example")
    other.issue("plate")
    text = other.scheme.labels.get(other.labels["plate"]).qr_text
    other.scheme.close()
    found = check(scanner(roots=[root]), text)
    assert kind(found) == "fails"
    assert "no issuer on the trust list" in found.locator(".notice").text_content()


def test_a_code_pasted_over_another_label_is_found_out(scanner, site, root):
    """The signed summary of one label behind the address of another does not verify."""
    plate, box = code_of(site), site.stage.scheme.labels.get(site.stage.labels["box"]).qr_text
    found = check(scanner(roots=[root]), box.partition("#")[0] + "#" + plate.partition("#")[2])
    assert kind(found) == "fails"


def test_a_bundle_that_says_something_else_than_the_code_is_found_out(scanner, site, root):
    """A server that answers with another label's bundle is not believed."""
    other = site.client.get(f"/L/{site.stage.labels['box']}.json").content

    def prepare(page):
        page.route("**/L/*.json", lambda route: route.fulfill(body=other, content_type="application/json"))

    page = scanner(roots=[root], prepare=prepare, service_workers="block")
    found = check(page, code_of(site))
    assert kind(found) == "fails"
    assert "code and bundle" in found.locator(".notice").text_content()


# roots


def test_without_a_root_a_scan_says_that_the_server_speaks_for_itself(scanner, site):
    """Nothing is called valid before a root was compared and pinned."""
    found = check(scanner(), code_of(site))
    assert kind(found) == "proven"
    assert "unsure" in [item.get_attribute("class") for item in found.locator("li").all()]


def test_a_root_is_pinned_only_after_comparing(scanner, site, root):
    """The reader types what another source says; other characters pin nothing, the right ones make the scan valid."""
    page = scanner()
    check(page, code_of(site))
    (raw,) = site.stage.roots
    expected = thumbprint(raw)
    assert page.locator("#offered-thumbprint").text_content() == expected
    page.fill("#compared", "AAAAAAAA")
    page.click("#pin button")
    page.wait_for_function("() => document.querySelector('#pin-said').textContent.includes('not the first')")
    assert page.evaluate("localStorage['pinned-roots']") == "[]"
    page.fill("#compared", f"{expected[:4]} {expected[4:9]}")
    page.click("#pin button")
    page.wait_for_selector("#results .card.valid")
    assert page.locator("#pinned code").text_content() == expected
    page.click("#pinned button")
    page.wait_for_selector("#results .card.proven")
    assert page.evaluate("localStorage['pinned-roots']") == "[]"


def test_a_root_file_from_elsewhere_can_be_pinned(scanner, root, tmp_path):
    """A root got over another channel is opened as a file; what is no root file is said to be none."""
    page = scanner()
    page.set_input_files("#root-file", {"name": "x.pub", "mimeType": "application/json", "buffer": b"{}"})
    page.wait_for_function("() => document.querySelector('#pin-said').textContent.includes('not a root file')")
    page.set_input_files("#root-file", {"name": "root.pub", "mimeType": "application/json", "buffer": root.encode()})
    page.wait_for_selector("#offered:not([hidden])")


# comparing


def test_two_labels_are_shown_side_by_side(scanner, site, root):
    """Of two scanned goods the figures stand beside each other, and whether their letters may be compared."""
    page = scanner(roots=[root])
    check(page, code_of(site))
    check(page, code_of(site, "box"))
    assert page.locator("#results .card").count() == 2
    words = page.locator("#comparison p").text_content()
    assert "not of one category" in words  # the plate has none
    assert "Grade" not in page.locator("#comparison").text_content()
    rows = page.locator("#comparison tr")
    assert rows.first.locator("td").first.text_content() == PLATE
    check(page, code_of(site))
    assert page.locator("#results .card").count() == 2  # the same label again is no third one


def test_without_a_network_the_category_is_not_known(scanner, site, root):
    """Two codes alone are compared with a word about what they do not say."""
    page = scanner(roots=[root])
    go_offline(page)
    check(page, code_of(site))
    check(page, code_of(site, "box"))
    assert "does not name the category" in page.locator("#comparison p").text_content()


def test_labels_of_one_category_may_be_compared(scanner, site, root):
    """Letters of one category are compared; the page says so because the bundles do."""
    page = scanner(roots=[root])
    first = site.stage.labels["box"]
    second = site.stage.issue("box", quantity=2).id
    site.stage.labels["box"] = first
    for label_id in (first, second):
        check(page, site.stage.scheme.labels.get(label_id).qr_text)
    assert "one category" in page.locator("#comparison p").text_content()
    assert "Grade" in page.locator("#comparison").text_content()


# camera refused, browsers without much


def test_a_refused_camera_leaves_the_other_ways(camera, site):
    """Who does not allow the camera is told what to do instead."""
    with open_browser() as browser:
        page = browser.new_page()
        page.goto(f"{site.origin}/scan")
        page.wait_for_selector("#scanner:not([hidden])")
        page.click("#start")
        page.wait_for_function("() => document.querySelector('#said').textContent !== ''")
        assert "camera" in page.locator("#said").text_content()
        assert page.locator("#start").is_visible()


def test_a_browser_that_cannot_verify_says_so(scanner, site):
    """Without Ed25519 nothing is called false or true."""
    lack = "SubtleCrypto.prototype.importKey = async () => { throw new DOMException('no', 'NotSupportedError') }"
    page = scanner(prepare=lambda page: page.add_init_script(lack))
    page.fill("#text", code_of(site))
    page.click("#typed button")
    page.wait_for_function("() => document.querySelector('#said').textContent.includes('cannot verify')")
    assert page.locator(".card").count() == 0


def test_without_javascript_the_page_says_what_to_do(camera, site):
    """Nothing that needs a script is shown."""
    context = camera.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.origin}/scan")
    assert "Scanning needs JavaScript" in page.locator("#plain").text_content()
    assert page.locator("#plain").is_visible()
    assert page.locator("#start").is_hidden()
    context.close()


# files


def test_the_scanner_can_be_installed(site):
    """Manifest, icons and worker are what browsers ask for before they offer to install."""
    manifest = site.client.get("/scan.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    described = manifest.json()
    assert described["start_url"] == described["scope"] == "/scan"
    for icon in described["icons"]:
        data = site.client.get(icon["src"])
        picture = cv2.imdecode(np.frombuffer(data.content, np.uint8), cv2.IMREAD_COLOR)
        assert f"{picture.shape[1]}x{picture.shape[0]}" == icon["sizes"]
    assert site.client.get("/static/icon-7.png").status_code == 404
    worker = site.client.get("/scan-worker.js")
    assert worker.headers["cache-control"] == "no-cache"
    for path in json.loads(worker.text.partition("const FILES = ")[2].partition(";\n")[0]):
        assert site.client.get(path).status_code == 200, path


def test_chromium_would_install_it(scanner):
    """The browser itself finds nothing missing; only that tests run in a private window."""
    page = scanner()
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    session = page.context.new_cdp_session(page)
    found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert {item["errorId"] for item in found} <= {"in-incognito"}
    assert session.send("Page.getAppManifest")["errors"] == []


def test_the_scanner_runs_our_scripts_only(site):
    """The page allows the camera to itself, and scripts, workers and requests of its own origin alone."""
    answer = site.client.get("/scan")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    for rule in ("script-src 'self'", "connect-src 'self'", "worker-src 'self'", "manifest-src 'self'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer.headers["permissions-policy"].split(", ")[0] == "camera=(self)"


def test_the_root_is_served_for_comparing(site, root):
    """What is offered for comparing is the public root file, byte for byte."""
    assert site.client.get("/root.pub").text == root.strip()


def test_there_are_no_other_files_of_the_decoder(site):
    """Only the files of the decoder are served from its folder."""
    assert site.client.get("/static/third-party/qr/decode.js").status_code == 200
    assert site.client.get("/static/third-party/qr/package.json").status_code == 404
    assert site.client.get("/static/third-party/qr/..%2f..%2fstyle.css").status_code == 404
