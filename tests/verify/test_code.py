import pytest

from label_service.trust import encoding
from label_service.verify import inspect_code
from tests.verify.reports import failed, reason, unsure
from tests.verify.test_trust_in_bundles import key_of

REST = "attestation, log, status and score"


@pytest.fixture
def code(stage):
    """Give the text of a label's QR code."""
    return stage.scheme.labels.get(stage.labels["hook"]).qr_text


@pytest.fixture
def scan(stage, forger):
    """Check the text of a code."""

    def inspect(text, **options):
        lists = options.pop("trust_lists", [options.pop("trust_list", forger.trust_list())])
        return inspect_code(text, options.pop("roots", stage.roots), options.pop("at", stage.at), trust_lists=lists)

    return inspect


def test_a_code_shows_its_label_and_says_what_it_cannot_show(scan, code, stage):
    """Offline, a scan gives grade, figure and dates under the issuer's signature, and nothing more."""
    report = scan(code)
    assert unsure(report) == [REST]
    assert report.facts["label"] == stage.labels["hook"]
    assert report.facts["grade"] in set("ABCDE")


@pytest.mark.parametrize("host", ["LABELS.EXAMPLE", "LOCALHOST:8001", "LOCALHOST:80001"])
def test_a_code_moved_to_another_host_fails(scan, code, host):
    """A true summary pasted behind another address does not verify."""
    assert failed(scan(code.replace("LOCALHOST:8000", host, 1))) == "code signature"


def test_a_code_moved_to_another_label_fails(scan, code, stage):
    """The summary of one label behind the address of another does not verify."""
    other = stage.labels["plate"]
    assert failed(scan(code.replace(stage.labels["hook"], other, 1))) == "code signature"


def test_a_code_of_another_issuer_fails(scan, code, forger):
    """A listed issuer cannot sign codes that point to somebody else's address."""
    moved = forger.trust_list(lambda content: content["issuers"][0].update(origin="https://labels.example"))
    report = scan(code, trust_list=moved)
    assert failed(report) == "code signature"
    assert "works at" in reason(report)
    nobody = forger.trust_list(lambda content: content.update(issuers=[]))
    assert failed(scan(code, trust_list=nobody)) == "code signature"


def test_every_letter_of_a_code_counts(scan, code):
    """Changing any letter of link or summary fails at reading or at the signature."""
    for place in range(0, len(code), 7):
        changed = code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :]
        assert failed(scan(changed)) in {"code", "code signature"}, place


def test_a_code_has_dates(scan, code):
    """An old photograph of a code is recognised as old."""
    assert failed(scan(code, at="2027-11-21T12:00:00Z")) == "dates"
    assert failed(scan(code, at="2026-11-19T12:00:00Z")) == "dates"


def test_without_a_list_only_its_form_is_known(scan, code):
    """A code says nothing under no list or no root."""
    assert unsure(scan(code, trust_lists=[])) == ["trust list", "code signature", REST]
    assert "trust list" in unsure(scan(code, roots={}))


def test_a_code_under_a_stolen_key_is_a_doubt(scan, code, forger):
    """Only the log can tell whether the code is older than the theft."""
    stolen = forger.trust_list(lambda content: key_of(content, "label").update(state="compromised", since_index=99))
    assert "code signature" in unsure(scan(code, trust_list=stolen))


@pytest.mark.parametrize("text", ["", "#", "HTTPS://X/L/ABCDEFGHIJKLM", "https://x/l/a#b", "#" * 900, "é#A"])
def test_other_texts_are_no_codes(scan, text):
    """Whatever else a camera reads fails at the first step."""
    assert failed(scan(text)) == "code"


def test_small_order_points_do_not_sign_codes(scan, code):
    """A code whose signature is nought fails, whatever the list says."""
    link, _, fragment = code.partition("#")
    raw = encoding.from_base32(fragment)
    assert failed(scan(f"{link}#{encoding.base32(raw[:-64] + bytes(64))}")) == "code signature"
