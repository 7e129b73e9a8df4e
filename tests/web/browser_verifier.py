"""The verifier of the pages in real Chromium, called from Python with plain values."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route

from label_service.trust.keys import jwk
from label_service.web.scripts import SCRIPTS, script, script_href

ADDRESS = "https://labels.example/"  # answered by the test; WebCrypto needs a secure origin
SCRIPT = "verify/index.js"

_PRELUDE = """async (address) => {
  window.v = await import(address);
  window.bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  window.refused = async (make) => {
    try {
      return { value: await make() };
    } catch (error) {
      return { error: error.constructor.name, detail: error.message };
    }
  };
}"""
_INSPECT = """async ([data, roots, at, newer]) => {
  const pinned = await Promise.all(roots.map(v.readRoot));
  const { content, code, root, ...report } = await v.inspectBundle(bytes(data), pinned, at, newer);
  return report;
}"""
_INSPECT_CODE = """async ([text, roots, at, lists]) => {
  const pinned = await Promise.all(roots.map(v.readRoot));
  const { code, issuer, root, ...report } = await v.inspectCode(text, pinned, at, lists);
  return report;
}"""


class BrowserVerifier:
    """The joined modules, loaded in a page."""

    def __init__(self, page: Page, entry: str = SCRIPT) -> None:
        self.page = page
        page.route(ADDRESS + "**", _answer)
        page.goto(ADDRESS)
        page.evaluate(_PRELUDE, script_href(entry).removeprefix("/static"))

    def each(self, function: str, cases: Sequence[Any]) -> list[Any]:
        """Give the results of a function of the modules, called `v`, for each case, or the error it ended in."""
        wrapped = f"""async (cases) => {{
          const found = [];
          for (const given of cases) found.push(await refused(() => ({function})(given)));
          return found;
        }}"""
        return self.page.evaluate(wrapped, json.loads(json.dumps(cases)))  # type: ignore[no-any-return]

    def call(self, function: str, case: Any) -> Any:
        """Give the result of a function for one case, which must have one."""
        (found,) = self.each(function, [case])
        assert "error" not in found, found
        return found["value"]

    def bundle(self, data: bytes, roots: Mapping[bytes, str], at: str, **newer: Any) -> dict[str, Any]:
        """Inspect a bundle as the page does."""
        lists = {"trustLists": list(newer.get("trust_lists", ())), "status": list(newer.get("status", ()))}
        return self.call(_INSPECT, [encoded(data), root_texts(roots), at, lists])  # type: ignore[no-any-return]

    def code(self, text: str, roots: Mapping[bytes, str], at: str, *lists: str) -> dict[str, Any]:
        """Inspect the text of a code as the scanner does."""
        return self.call(_INSPECT_CODE, [text, root_texts(roots), at, lists])  # type: ignore[no-any-return]


def encoded(data: bytes) -> str:
    """Give bytes as base64, to be handed to the page."""
    return base64.b64encode(data).decode()


def root_texts(roots: Mapping[bytes, str]) -> list[str]:
    """Give pinned roots as root files."""
    return [
        json.dumps({"jwk": jwk(raw), "name": name, "type": "root", "version": "1"}, separators=(",", ":"))
        for raw, name in roots.items()
    ]


def outcomes(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give names and outcomes of the steps of a report."""
    return [(step["name"], step["outcome"]) for step in report["steps"]]


def _answer(route: Route) -> None:
    path = urlsplit(route.request.url).path.removeprefix("/")
    if path in SCRIPTS:
        route.fulfill(body=script(path), content_type="text/javascript; charset=utf-8")
    else:
        route.fulfill(body="<!doctype html><title>verify</title>", content_type="text/html; charset=utf-8")
