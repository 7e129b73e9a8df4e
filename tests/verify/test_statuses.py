import pytest

from tests.verify.reports import failed, reason, unsure

PURPOSES = ("revocation", "suspension")


@pytest.fixture
def lists(forger):
    """Sign both lists, with this bit of one of them set, made some hours from now."""

    def sign(bundle, of=None, hours=0.0):
        index = forger.status_index(bundle)
        return [forger.status_list(name, [index] if name == of else [], hours) for name in PURPOSES]

    return sign


@pytest.mark.parametrize(("purpose", "word"), [("revocation", "revoked"), ("suspension", "suspended")])
def test_a_withdrawn_label_says_which_way(forger, judge, lists, purpose, word):
    """A revoked or suspended label fails at the last step, and says since which list."""
    bundle = forger.bundle()
    bundle["status"] = lists(bundle, purpose)
    report = judge(bundle)
    assert failed(report) == "status"
    assert word in reason(report)


def test_other_bits_do_not_matter(forger, judge):
    """The states of all other labels leave this one alone."""
    bundle = forger.bundle()
    others = [index for index in range(2000) if index != forger.status_index(bundle)]
    bundle["status"] = [forger.status_list(name, others) for name in PURPOSES]
    assert judge(bundle).exit_code == 0


def test_newer_lists_replace_those_of_the_bundle(forger, judge, lists):
    """A revocation after the bundle was made is seen by who fetches the newest lists."""
    bundle = forger.bundle()
    assert judge(bundle, status=lists(bundle, "revocation", hours=1)).exit_code == 1
    assert judge(bundle, status=lists(bundle, hours=1), at="2026-11-20T14:00:00Z").exit_code == 0


def test_an_older_list_does_not_replace_a_newer(forger, judge, lists):
    """Nobody hides a suspension behind the list of yesterday."""
    bundle = forger.bundle()
    bundle["status"] = lists(bundle, "suspension")
    assert failed(judge(bundle, status=lists(bundle, hours=-10))) == "status"


def test_a_stale_list_is_a_doubt_and_a_set_bit_a_failure(forger, judge, lists):
    """Old good news is no news; old bad news is."""
    bundle = forger.bundle()
    later = "2026-11-22T13:00:00Z"
    assert unsure(judge(bundle, at=later)) == ["status"]
    bundle["status"] = lists(bundle, "revocation")
    assert failed(judge(bundle, at=later)) == "status"


def test_a_list_of_the_future_is_a_doubt(forger, judge, lists):
    """A list dated ahead cannot keep a label good for longer."""
    bundle = forger.bundle()
    bundle["status"] = lists(bundle, hours=5)
    assert unsure(judge(bundle)) == ["status"]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_both_lists_are_needed(forger, judge, lists, purpose):
    """One list in place of the other leaves a doubt, never a yes."""
    bundle = forger.bundle()
    kept = lists(bundle)[PURPOSES.index(purpose)]
    bundle["status"] = [kept, kept]
    report = judge(bundle)
    assert unsure(report) == ["status"]
    assert "list at hand" in report.steps[-1].detail


@pytest.mark.parametrize("key", ["label", "log", "delegated"])
def test_a_list_signed_with_another_key_fails(forger, judge, stage, key):
    """Only the issuer's key for status lists says what is withdrawn."""
    bundle = forger.bundle()
    bundle["status"][0] = forger.status_list("revocation", signer=getattr(stage.signers, key))
    report = judge(bundle)
    assert failed(report) == "status"
    assert "signature" in reason(report)


def test_an_expired_label_says_so(forger, judge, lists):
    """After its validity a label fails whatever its lists say."""
    report = judge(forger.bundle(), at="2027-11-21T12:00:00Z")
    assert failed(report) == "status"
    assert "2027-11-20T12:00:00Z" in reason(report)


def test_no_list_at_all_is_a_doubt(forger, judge, stage):
    """A bundle whose lists are about something else cannot say the label still counts."""
    bundle = forger.bundle()
    bundle["status"] = [text.strip() for text in bundle["status"][::-1]]
    assert judge(bundle).exit_code == 0  # their order says nothing
    bundle["status"] = [bundle["attestation"], bundle["attestation"]]
    assert failed(judge(bundle)) == "status"
