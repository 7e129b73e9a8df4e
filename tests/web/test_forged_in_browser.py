"""Every forgery that the verifier's tests know, judged by Python and in the browser: same steps, same outcomes."""

import gzip
import json
from inspect import signature

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service import canonical
from label_service.label import scope as python_scope
from label_service.label.attestation import Attestation
from label_service.trust import encoding
from label_service.verify import inspect_bundle, inspect_code
from tests.label import test_scope
from tests.verify import test_bundle, test_code, test_hostile_rows, test_statuses, test_trust_in_bundles
from tests.verify.conftest import forger as forger  # noqa: PLC0414 - a fixture
from tests.verify.forging import Forger, edited
from tests.verify.reports import failed
from tests.verify.test_bundle import honest as honest  # noqa: PLC0414 - a fixture
from tests.verify.test_code import code as code  # noqa: PLC0414 - a fixture
from tests.verify.test_statuses import lists as lists  # noqa: PLC0414 - a fixture
from tests.web.browser_verifier import outcomes
from tests.workshop import Workshop

JUDGED = ("judge", "scan")


@pytest.fixture
def judge(stage, verifier):
    """Judge a bundle by both, which must agree on every step; give the report of Python."""

    def inspect(bundle, *, roots=None, at=None, **options):
        data = bundle if isinstance(bundle, bytes) else canonical.encode(bundle)
        pinned, at = stage.roots if roots is None else roots, at or stage.at
        report = inspect_bundle(data, pinned, at, **options)
        agree(report, verifier.bundle(data, pinned, at, **options))
        return report

    return inspect


@pytest.fixture
def scan(stage, forger, verifier):
    """Judge the text of a code by both."""

    def inspect(text, **options):
        lists = options.pop("trust_lists", [options.pop("trust_list", forger.trust_list())])
        options = {"roots": stage.roots, "at": stage.at} | options
        report = inspect_code(text, **options, trust_lists=lists)
        agree(report, verifier.code(text, options["roots"], options["at"], *lists))
        return report

    return inspect


def agree(report, shown):
    """Hold the report of the browser against that of Python."""
    expected = report.as_json()
    assert outcomes(shown) == outcomes(expected), shown
    for name in ("verdict", "exit_code", "facts"):
        assert shown[name] == expected[name]


def judged_tests():
    """Give the tests of the verifier that judge what they forge, by name."""
    for module in (test_bundle, test_code, test_statuses, test_trust_in_bundles):
        for name, function in vars(module).items():
            if name.startswith("test_") and set(JUDGED) & set(signature(function).parameters):
                yield name, function


globals().update(judged_tests())


def test_the_forgeries_are_all_here():
    """A new forgery of the verifier's tests is judged in the browser without being named here."""
    assert len(dict(judged_tests())) >= 50


@pytest.mark.parametrize("size", [0, 16 * 1024 - 1, 16 * 1024 + 1, 64 * 1024 * 1024])
def test_a_list_of_another_size_is_refused(judge, forger, size):
    """A status list that unpacks to less, to more or to far too much ends the step, in a phone too."""
    bundle = forger.bundle()
    packed = "u" + encoding.base64url(gzip.compress(bytes(size), mtime=0))
    bundle["status"][0] = edited(
        bundle["status"][0], lambda claims: claims["credentialSubject"].update(encodedList=packed)
    )
    assert failed(judge(bundle)) == "status"


@given(data=st.data())
@settings(max_examples=60)
def test_a_changed_byte_is_seen_alike(honest, verifier, data):
    """Whatever single byte is changed, removed or doubled, both verifiers stop at the same step."""
    original, roots, at = honest
    place = data.draw(st.integers(0, len(original) - 1))
    piece = data.draw(st.sampled_from([b"", original[place : place + 1] * 2]) | st.binary(min_size=1, max_size=1))
    changed = original[:place] + piece + original[place + 1 :]
    agree(inspect_bundle(changed, roots, at), verifier.bundle(changed, roots, at))


@pytest.mark.parametrize("name", ["hook", "box"])
@given(data=st.data())
@settings(max_examples=40)
def test_the_browser_accepts_no_row_that_python_refuses(stage, verifier, name, data):
    """Rows of a corrupt release end every step; where Python says no, the browser never says yes."""

    def spoil(rows):
        row = data.draw(st.sampled_from(rows))
        member = data.draw(st.sampled_from(sorted(set(row) - {"table", "key"})))
        row[member] = data.draw(test_hostile_rows._AMOUNTS)

    bundle = canonical.encode(test_hostile_rows.on_own_release(Forger(stage), name, spoil))
    report, shown = inspect_bundle(bundle, stage.roots, stage.at), verifier.bundle(bundle, stage.roots, stage.at)
    assert shown["exit_code"] in {0, 1}
    assert report.exit_code == 0 or shown["exit_code"] == 1


# scopes


def codes_in_browser(verifier, inventory, attested: Attestation, at, used):
    """Give the codes of the reasons why goods are outside a scope, as the browser finds them."""
    function = (
        "async ([inventory, attestation, at, used]) =>"
        " (await v.outsideOf(inventory, attestation, at, used)).map(([code]) => code)"
    )
    return verifier.call(function, [inventory.as_json(), attested.as_json(), at, used])


def scope_tests():
    """Give the tests of scopes, by name."""
    return {name: function for name, function in vars(test_scope).items() if name.startswith("test_")}


globals().update(scope_tests())


@pytest.fixture(autouse=True)
def both_scopes(monkeypatch, request):
    """Ask Python and the browser why goods are outside a scope."""
    if request.function.__name__ not in scope_tests():
        return
    verifier = request.getfixturevalue("verifier")

    def outside(inventory, attested, at, used):
        reasons = python_scope.outside(inventory, attested, at, used)
        assert codes_in_browser(verifier, inventory, attested, at, used) == [reason.code for reason in reasons]
        return reasons

    monkeypatch.setattr(test_scope, "outside", outside)


SCOPE_FORGERIES = {
    "more items": lambda content: content["scope"].update({"of": 99}),
    "another scope": lambda content: content["scope"].update(digest="ab" * 32),
    "no scope": lambda content: content.pop("scope"),
    "a place beyond its end": lambda content: content["scope"].update(position=99, of=99),
}


def test_a_label_of_a_scope_is_judged_alike(own_stage, verifier):
    """A label issued inside a scope holds in both, and one that claims another place in it fails at that step."""
    workshop = Workshop(own_stage)
    workshop.scope()
    label_id = workshop.declare().label_id
    honest_bundle = own_stage.scheme.labels.bundle(label_id)
    agree(
        inspect_bundle(honest_bundle, own_stage.roots, own_stage.at),
        verifier.bundle(honest_bundle, own_stage.roots, own_stage.at),
    )
    for change in SCOPE_FORGERIES.values():
        bundle = json.loads(honest_bundle)
        Forger(own_stage).label(bundle, change)
        data = canonical.encode(bundle)
        report = inspect_bundle(data, own_stage.roots, own_stage.at)
        agree(report, verifier.bundle(data, own_stage.roots, own_stage.at))
        assert failed(report) == "scope"
