import pytest

from label_service.verify import inspect_label
from tests.verify.forging import edited, other_digit
from tests.verify.reports import failed, reason, unsure
from tests.verify.test_trust_in_bundles import key_of

REST = "attestation, log and score"


@pytest.fixture
def token(forger):
    """Give a label token."""
    return forger.bundle()["label"]


@pytest.fixture
def look(stage, forger):
    """Check a label token with fresh lists, or others."""

    def inspect(text, **options):
        lists = {
            "trust_lists": [forger.trust_list()],
            "status": [forger.status_list(name) for name in ("revocation", "suspension")],
        }
        return inspect_label(text, options.pop("roots", stage.roots), options.pop("at", stage.at), **lists | options)

    return inspect


def test_a_label_alone_is_never_enough(look, token):
    """With every list at hand signature and status hold, and the answer still says what a token cannot show."""
    report = look(token)
    assert unsure(report) == [REST]
    assert report.facts["grade"] in set("ABCDE")


def test_without_lists_only_its_form_is_known(look, token):
    """Without a trust list nothing is said about the signature."""
    assert unsure(look(token, trust_lists=[], status=())) == ["trust list", "label signature", "status", REST]
    assert unsure(look(token, status=())) == ["status", REST]
    assert unsure(look(token, roots={})) == ["trust list", REST]


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (other_digit, "label signature"),
        (lambda text: other_digit(text, 900), "label"),
        (lambda text: edited(text, lambda claims: claims.update(name="Better")), "label"),
        (lambda text: text + "=", "label"),
        (lambda _: "", "label"),
        (lambda _: "a.b.c", "label"),
    ],
)
def test_a_changed_label_fails(look, token, change, step):
    """Any change of the token fails at its step."""
    assert failed(look(change(token))) == step


def test_a_label_under_a_stolen_key_waits_for_its_bundle(look, forger, token):
    """Only the log can tell whether a label is older than the theft."""
    stolen = forger.trust_list(lambda content: key_of(content, "label").update(state="compromised", since_index=99))
    report = look(token, trust_lists=[stolen])
    assert "label signature" in unsure(report)
    retired = forger.trust_list(
        lambda content: key_of(content, "label").update(state="retired", since="2026-11-20T11:00:00Z")
    )
    assert failed(look(token, trust_lists=[retired])) == "label signature"


def test_a_withdrawn_label_fails_without_its_bundle(look, forger, token):
    """A revocation is seen by whoever has the token and the lists."""
    index = forger.status_index({"label": token})
    lists = [forger.status_list("revocation", [index]), forger.status_list("suspension")]
    assert "revoked" in reason(look(token, status=lists))
