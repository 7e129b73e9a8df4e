"""Pages in a real browser: `python -m benchmarks.browser [--write] [--without-lighthouse]`.

Chromium with the processor slowed down to a quarter, by its own means: what comes over the wire, when something is
seen, how long the verifier takes; then Lighthouse, which npm installs here with the digests of its lock file.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page

from benchmarks.table import write_text
from label_service.web.guard import COOKIE
from tests.web.scenery import Scenery, built
from tests.web.site import chromium, open_browser, serving

BEGIN = "<!-- table: python -m benchmarks.browser --write -->\n"
SLOWER = 4
ROUNDS, VERIFICATIONS = 7, 13
TRIES = 4
LIGHTHOUSE = Path(__file__).parent / "lighthouse"
LABEL = "/L/{plate}"
LATER = "/verify/page.js"  # fetched beside the proofs
WORKSPACES = (("producer", "/workshop"), ("producer", "/declare"), ("auditor", "/audit"), ("operator", "/operate"))
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_SEEN = """() => new Promise((found) => {
  const at = {};
  const note = (list) => {
    for (const { name, entryType, startTime } of list.getEntries()) {
      if (name === "first-contentful-paint") at.first = startTime;
      if (entryType === "largest-contentful-paint") at.largest = startTime;
    }
    if (at.first && at.largest) setTimeout(() => found(at), 300);
  };
  const types = ["paint", "largest-contentful-paint"];
  for (const type of types) new PerformanceObserver(note).observe({ type, buffered: true });
})"""
_VERIFY = """async ([verifier, bundle]) => {
  const { canVerify, inspectBundle, pinnedRoots, presentTime } = await import(verifier);
  await canVerify(); // as the page does, before it asks for proofs
  const data = new Uint8Array(await (await fetch(bundle)).arrayBuffer());
  const start = performance.now();
  const report = await inspectBundle(data, await pinnedRoots(), presentTime());
  if (report.exit_code === 1) throw new Error(report.verdict);
  return performance.now() - start;
}"""
_NEVER_BY_ITSELF = "window.requestIdleCallback = () => 0"


class Figure(NamedTuple):
    """One line of the table: what was measured, what is wanted, what was found, and whether that is enough."""

    what: str
    goal: str
    found: str
    is_reached: bool

    def line(self) -> str:
        """Give the line of the table."""
        return f"| {self.what} | {self.goal} | {self.found} | {'reached' if self.is_reached else 'missed'} |"


def main() -> None:
    """Measure, print the table, and write it into docs/benchmarks.md where that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browser", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    parser.add_argument("--without-lighthouse", action="store_true", help="leave Lighthouse out: it takes a minute")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        scenery = built(Path(folder) / "scheme")
        with serving(scenery.site()) as address:
            origin = address.replace("127.0.0.1", "localhost")
            with open_browser() as browser:
                figures = [*_weights(browser, scenery, origin), *_times(browser, scenery, origin)]
            if not options.without_lighthouse:
                figures += _lighthouse(scenery, origin)
        scenery.play.stage.scheme.close()
    lines = ["| in Chromium | goal | found | |", "|---|---|---|---|", *(figure.line() for figure in figures)]
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if options.write:
        write_text(BEGIN, text)


def _weights(browser: Browser, scenery: Scenery, origin: str) -> Iterator[Figure]:
    """Weigh what a telephone fetches for a label page, in the smallest and one of the largest alphabets."""
    for language, name in (("en", "English"), ("de", "German"), ("el", "Greek")):
        page = browser.new_page(locale=language, viewport={"width": 390, "height": 844})
        finished: list[Any] = []
        page.on("requestfinished", lambda request, finished=finished: finished.append(request))
        page.goto(origin + scenery.address(LABEL))
        page.wait_for_function("() => document.querySelectorAll('#checked li').length > 9")
        sizes = {item.url: item.sizes() for item in finished if item.url.startswith(origin)}
        page.close()
        proofs = [size["responseBodySize"] for url, size in sizes.items() if LATER in url or url.endswith(".json")]
        first = [size for url, size in sizes.items() if LATER not in url and not url.endswith((".json", ".svg"))]
        sent = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in first)
        is_reached = sent <= 30_000 and len(first) <= 4
        found = f"{sent / 1000:.1f} kB in {len(first)} requests"
        yield Figure(f"first view of a label page in {name}, with headers", "≤ 30 kB, ≤ 4 requests", found, is_reached)
        more = f"{sum(proofs) / 1000:.1f} kB"
        yield Figure("proofs and recomputation, fetched after that", "≤ 25 kB", more, sum(proofs) <= 25_000)


def _times(browser: Browser, scenery: Scenery, origin: str) -> Iterator[Figure]:
    """Time a label page on a slow processor: the median of fresh contexts, nothing kept from one to the next."""
    seen = [_seen(browser, origin + scenery.address(LABEL)) for _ in range(ROUNDS)]
    for name, what in (("first", "first contentful paint"), ("largest", "largest contentful paint")):
        found_ms = median(item[name] for item in seen)
        yield Figure(
            f"{what}, processor {SLOWER} times slower", "≤ 1.0 s", f"{found_ms / 1000:.2f} s", found_ms <= 1000
        )
    verified_ms = median(_verified(browser, origin + scenery.address(LABEL)) for _ in range(VERIFICATIONS))
    what = f"verification and recomputation, first in a page, processor {SLOWER} times slower"
    yield Figure(what, "≤ 300 ms", f"{verified_ms:.0f} ms", verified_ms <= 300)


@contextmanager
def _slow(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    yield page
    context.close()


def _seen(browser: Browser, address: str) -> dict[str, float]:
    with _slow(browser) as page:
        page.goto(address)
        found: dict[str, float] = page.evaluate(_SEEN)
        return found


def _verified(browser: Browser, address: str) -> float:
    with _slow(browser) as page:
        page.add_init_script(_NEVER_BY_ITSELF)
        page.goto(address)
        verifier = page.locator("#checked").get_attribute("data-verifier")
        return float(page.evaluate(_VERIFY, [verifier, f"{address}.json"]))


def _lighthouse(scenery: Scenery, origin: str) -> Iterator[Figure]:
    if not (LIGHTHOUSE / "node_modules").is_dir():  # `npm ci` stumbles over a peer of one of its packages
        subprocess.run(["npm", "install", "--no-save"], cwd=LIGHTHOUSE, check=True, stdout=sys.stderr)  # noqa: S607
    for visitor, address in (("", LABEL), *WORKSPACES):
        scores = _scores(scenery, visitor, origin + scenery.address(address))
        least = 90 if visitor else 95
        found = ", ".join(f"{name} {scores[name]:.0f}" for name in CATEGORIES)
        name = f"`{address}`" if visitor else "a label page"
        yield Figure(f"Lighthouse, {name}", f"≥ {least}", found, min(scores.values()) >= least)


def _scores(scenery: Scenery, visitor: str, address: str) -> dict[str, float]:
    """Give the scores of a page in percent, as a slow telephone on a slow network."""
    headers = {}
    if actor := scenery.visitor(visitor):
        headers["Cookie"] = f"{COOKIE}={scenery.play.cast.accounts.sessions.open(actor.account_id)}"
    command = ["node", "node_modules/lighthouse/cli/index.js", address, "--quiet", "--output=json"]
    command += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu", f"--extra-headers={json.dumps(headers)}"]
    environment = {**os.environ, "CHROME_PATH": chromium()}
    for _ in range(TRIES):  # on a busy machine a recording fails now and then
        done = subprocess.run(command, cwd=LIGHTHOUSE, env=environment, check=False, stdout=subprocess.PIPE)  # noqa: S603
        if not done.returncode:
            break
    return {name: item["score"] * 100 for name, item in json.loads(done.stdout)["categories"].items()}


if __name__ == "__main__":
    main()
