"""The browser follows parts as the command line does, with the same names for what breaks."""

from urllib.parse import urlsplit

import pytest

from label_service import canonical
from tests.vectors.make_bundle import changed
from tests.vectors.make_parts import result_of
from tests.verify.chains import CHAINS
from tests.verify.test_parts import BUNDLE, ROOTS, VECTORS, judged
from tests.web.browser_verifier import BrowserVerifier, outcomes


def test_parts_are_judged_alike(verifier):
    """Every published case and every chain ends with the same outcomes and the same named result."""
    for case in VECTORS["cases"]:
        found = verifier.bundle(changed(BUNDLE, case["changes"]), ROOTS, VECTORS["at"])
        assert (found["exit_code"], outcomes(found)[-1][1]) == (case["exit_code"], case["outcome"]), case["why"]
        assert "result" not in case or result_of(found) == case["result"]
    for name, (make, result) in CHAINS.items():
        bundle = make()
        found = verifier.bundle(canonical.encode(bundle), ROOTS, VECTORS["at"])
        assert outcomes(found) == outcomes(judged(bundle).as_json()), name
        assert result_of(found) == result


def test_what_only_parts_need_is_fetched_with_the_first_of_them(verifier):
    """A label page follows parts as well, and where the script for it does not come, it says nothing."""
    browser = verifier.page.context.browser
    with browser.new_page() as page:
        asked = []
        page.on("request", lambda request: asked.append(urlsplit(request.url).path))
        split = BrowserVerifier(page, "verify/page.js")
        assert "/verify/others.js" not in asked
        for make, result in CHAINS.values():
            bundle = make()
            found = split.bundle(canonical.encode(bundle), ROOTS, VECTORS["at"])
            assert outcomes(found) == outcomes(judged(bundle).as_json())
            assert result_of(found) == result
        assert asked.count("/verify/others.js") == 1
    with browser.new_page() as page:
        split = BrowserVerifier(page, "verify/page.js")
        page.route("**/others.js*", lambda route: route.abort())
        with pytest.raises(AssertionError, match="parts, partners, frames"):
            split.bundle(canonical.encode(BUNDLE), ROOTS, VECTORS["at"])
