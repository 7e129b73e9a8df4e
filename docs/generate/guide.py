"""Make the pictures of the user guide: `make guide`.

A scheme in which every page has something to show is opened in Chromium; each picture is a page, or a part of one, as
somebody sees it. Run it again whenever pages change.
"""

import io
import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page

from label_service.web.guard import COOKIE
from tests.web.scenery import Scenery, built
from tests.web.site import open_browser, serving

TARGET = Path(__file__).parents[1] / "guide" / "images"
PHONE, DESK = (390, 780), (1000, 760)
QUALITY = 55  # of WebP; text stays sharp


class Shot(NamedTuple):
    """One picture: who opens which page, on what screen, and which part of it is shown; the upper part for none."""

    name: str
    visitor: str
    address: str
    size: tuple[int, int] = DESK
    part: str = ""


SHOTS = (
    Shot("label", "", "/L/{plate}", PHONE),
    Shot("contributions", "", "/L/{plate}", PHONE, "section:has(.stages)"),
    Shot("checked", "", "/L/{plate}", PHONE, "#checked"),
    Shot("revoked", "", "/L/{revoked}", PHONE, ".verdict"),
    Shot("scan", "", "/scan", PHONE),
    Shot("scanned", "", "/scan", PHONE, "#results .card"),
    Shot("complaint", "", "/L/{plate}/complaint", PHONE),
    Shot("workshop", "producer", "/workshop"),
    Shot("profile", "producer", "/profiles/sites/new"),
    Shot("declare", "producer", "/declare"),
    Shot("data-sheet", "producer", "/D/{declaration}"),
    Shot("print", "producer", "/L/{plate}/print"),
    Shot("audit-queue", "auditor", "/audit"),
    Shot("audit-request", "auditor", "/audit/requests/{request}"),
    Shot("audit-scope", "auditor", "/audit/scopes/{scope}"),
    Shot("console", "operator", "/operate"),
    Shot("parties", "operator", "/operate/parties"),
    Shot("case", "operator", "/cases/{case}"),
    Shot("state", "operator", "/operate/states/{plate}"),
)


def main() -> None:
    """Make every picture anew."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="guide-") as folder:
        scenery = built(Path(folder) / "scheme")
        with serving(scenery.site()) as address, open_browser() as browser:
            for shot in SHOTS:
                _take(browser, scenery, address.replace("127.0.0.1", "localhost"), shot)
        scenery.play.stage.scheme.close()
    for old in {file.stem for file in TARGET.iterdir()} - {shot.name for shot in SHOTS}:
        (TARGET / f"{old}.webp").unlink()
    print(f"{len(SHOTS)} pictures, {sum(file.stat().st_size for file in TARGET.iterdir()) / 1000:.0f} kB")


def _take(browser: Browser, scenery: Scenery, origin: str, shot: Shot) -> None:
    width, height = shot.size
    context = browser.new_context(locale="en", viewport={"width": width, "height": height}, reduced_motion="reduce")
    if actor := scenery.visitor(shot.visitor):
        secret = scenery.play.cast.accounts.sessions.open(actor.account_id)
        context.add_cookies([{"name": COOKIE, "value": secret, "url": "https://localhost", "secure": True}])
    root = json.dumps(json.dumps([scenery.play.stage.root_file.read_text()]))
    context.add_init_script(f"localStorage['pinned-roots'] = {root}")
    page = context.new_page()
    page.clock.set_fixed_time(scenery.play.clock())
    page.goto(origin + scenery.address(shot.address), wait_until="networkidle")
    _prepare(page, scenery, shot)
    seen = page.locator(shot.part).first.screenshot() if shot.part else page.screenshot()
    Image.open(io.BytesIO(seen)).convert("RGB").save(TARGET / f"{shot.name}.webp", quality=QUALITY, method=6)
    context.close()


def _prepare(page: Page, scenery: Scenery, shot: Shot) -> None:
    """Wait for, or do, what the picture is about."""
    if shot.name == "checked":
        page.wait_for_function("() => document.querySelectorAll('#checked li').length > 9")
        page.evaluate("document.querySelector('#checked .clock').remove()")  # the clock of the pictures stands still
    if shot.name == "scanned":
        label: Any = scenery.play.stage.scheme.labels.get(scenery.places["plate"])
        page.wait_for_selector("#scanner:not([hidden])")
        page.fill("#text", label.qr_text)
        page.click("#typed button")
        page.wait_for_selector("#results .card")


if __name__ == "__main__":
    main()
