"""Lists of other schemes in the scanner: added with their root, verified, shown, removed; and one id twice."""

import pytest

from label_service.issuance import places
from label_service.trust.keys import thumbprint
from label_service.verify import inspect_bundle
from tests.stage import found_stage
from tests.web.test_scanner import camera, check, code_of, go_offline, kind, root, scanner

__all__ = ["camera", "root", "scanner"]


@pytest.fixture(scope="module")
def other(site, tmp_path_factory):
    """Give another scheme, on its own clock of today, with a label that bears the id of one of the site."""
    stage = found_stage(tmp_path_factory.mktemp("other"), clock=site.stage.clock, origin="https://other.example")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "base32", lambda _: site.stage.labels["plate"])
        stage.issue("box")
    yield stage
    stage.scheme.close()


def add(page, text, typed):
    """Fill in the form and give what it says."""
    page.fill("#scheme-text", text)
    page.fill("#scheme-thumbprint", typed)
    page.evaluate("document.querySelector('#add-said').textContent = ''")
    page.click("#add button")
    page.wait_for_function("() => document.querySelector('#add-said').textContent !== ''")
    return page.locator("#add-said").text_content()


def test_a_list_that_was_added_vouches_for_the_other_scheme(scanner, site, root, other):
    """Bad input is told, nothing is kept of it; then code and bundle hold, offline too, and two of one id are two."""
    (raw,) = other.roots
    named, text, own = thumbprint(raw), other.scheme.register.text(), other.root_file.read_text()
    code = code_of(type("", (), {"stage": other}), "box")
    page = scanner(roots=[root])
    assert kind(check(page, code)) == "fails"
    broken = text[:-20] + ("A" if text[-20] != "A" else "B") + text[-19:]
    for given, typed, word in (
        (own, named, "exactly one"),
        (text, named, "no root file"),
        (own + text, "AAAAAAAA", "not that of this root"),
        (own + site.stage.scheme.register.text(), named, "another root"),
        (own + broken, named, "does not hold"),
        ("x" * 500_001, named, "too large"),
    ):
        assert word in add(page, given, typed)
    assert page.evaluate("localStorage['added-schemes']") is None
    assert "Added" in add(page, f"{own}\n{text}", named[:8])
    assert page.locator("#added code").text_content() == named
    found = check(page, code)
    assert kind(found) == "signed"
    name = other.scheme.register.current().name
    assert "you added" in found.locator(".scheme").text_content()
    assert name in found.locator(".scheme").text_content()
    go_offline(page)
    check(page, code_of(site))
    assert kind(check(page, code)) == "signed"
    assert page.locator("#results .card").count() == 2
    assert page.locator("#comparison tr").count() > 2
    bundle = other.scheme.labels.bundle(other.labels["box"]).decode()
    assert kind(check(page, bundle)) == "valid"
    page.click("#added button")
    page.wait_for_selector("#results .card.proven")
    assert page.evaluate("localStorage['added-schemes']") == "[]"


def test_two_labels_of_one_id_are_two(site, other):
    """Each of them holds under its own issuer, and neither says anything about the other."""
    ours, theirs = site.stage, other
    assert ours.labels["plate"] == theirs.labels["box"]
    for stage, name in ((ours, "plate"), (theirs, "box")):
        report = inspect_bundle(stage.scheme.labels.bundle(stage.labels[name]), stage.roots, stage.at)
        assert report.exit_code == 0
        assert report.facts["address"].startswith(stage.scheme.identity.origin)
