"""Keys, parties, witnesses and windows on the trust list, and what they do to a bundle."""

import pytest

from label_service.issuance.keys import load_key
from label_service.tlog.proof import InclusionProof
from label_service.trust import encoding, jws
from label_service.trust.keys import did_key, thumbprint
from label_service.trust.trust_list import DELEGATION_TYP
from tests.signers import signer
from tests.trust.test_keys import UNSAFE
from tests.verify.reports import failed, reason, unsure

BEFORE, AFTER = "2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z"


def key_of(content, use):
    """Give the entry of the one key with a use."""
    parties = [*content["issuers"], *content["auditors"], *content["logs"], *content["witnesses"]]
    return next(key for party in parties for key in party["keys"] if key["use"] == use)


def index_of(bundle):
    """Give the log index of a bundle's label."""
    return InclusionProof.parse(bundle["log_proof"]).index


@pytest.mark.parametrize(
    ("use", "step"),
    [("label", "label signature"), ("attestation", "attestation signature"), ("status", "status")],
)
def test_a_retired_key_keeps_verifying_what_is_older(forger, judge, use, step):
    """Rotation does not touch what was signed before; what is signed after it fails."""
    bundle = forger.bundle()
    retired = {"state": "retired", "since": AFTER}
    bundle["trust_list"] = forger.trust_list(lambda content: key_of(content, use).update(retired))
    assert judge(bundle).exit_code == 0
    bundle["trust_list"] = forger.trust_list(lambda content: key_of(content, use).update(retired | {"since": BEFORE}))
    report = judge(bundle)
    assert failed(report) == step
    assert "retired" in reason(report)


@pytest.mark.parametrize(("use", "step"), [("label", "label signature"), ("attestation", "attestation signature")])
def test_a_compromised_key_is_cut_off_by_log_position(forger, judge, use, step):
    """What was logged before the thief came still holds; from then on nothing does, whatever date it names."""
    bundle = forger.bundle()
    compromised = {"state": "compromised", "since_index": index_of(bundle) + 1}
    bundle["trust_list"] = forger.trust_list(lambda content: key_of(content, use).update(compromised))
    assert judge(bundle).exit_code == 0
    for since in ({"since_index": index_of(bundle)}, {"since_index": None}):
        changed = {name: value for name, value in (compromised | since).items() if value is not None}
        bundle["trust_list"] = forger.trust_list(lambda content, changed=changed: key_of(content, use).update(changed))
        assert failed(judge(bundle)) == step


def test_a_compromised_key_of_the_log_or_of_status_lists_counts_for_nothing(forger, judge):
    """A checkpoint or status list has no place in the log that could prove it older than the theft."""
    for use, step in (("log", "log"), ("status", "status")):
        bundle = forger.bundle()
        change = {"state": "compromised", "since_index": 10_000}
        bundle["trust_list"] = forger.trust_list(lambda content, u=use, c=change: key_of(content, u).update(c))
        assert failed(judge(bundle)) == step


def test_a_retired_key_of_the_log_keeps_verifying(forger, judge):
    """Old checkpoints stay good after the log got a new key."""
    bundle = forger.bundle()
    retired = {"state": "retired", "since": AFTER}
    bundle["trust_list"] = forger.trust_list(lambda content: key_of(content, "log").update(retired))
    assert judge(bundle).exit_code == 0


@pytest.mark.parametrize(
    ("use", "step"),
    [
        ("label", "label signature"),
        ("attestation", "attestation signature"),
        ("status", "status"),
        ("log", "log"),
    ],
)
def test_a_key_counts_for_its_own_use_only(forger, judge, use, step):
    """A key listed for something else, or not at all, signs nothing."""
    bundle = forger.bundle()
    other = "witness" if use != "witness" else "label"
    bundle["trust_list"] = forger.trust_list(lambda content: key_of(content, use).update(use=other))
    assert failed(judge(bundle)) == step


@pytest.mark.parametrize("use", ["label", "attestation"])
def test_a_key_counts_inside_its_window(forger, judge, use):
    """A key that is not yet, or no longer, good at the time of signing does not count."""
    bundle = forger.bundle()
    for window in ({"not_before": AFTER}, {"not_after": BEFORE}):
        bundle["trust_list"] = forger.trust_list(lambda content, w=window: key_of(content, use).update(w))
        assert failed(judge(bundle)) == f"{use} signature"


@pytest.mark.parametrize("use", ["label", "attestation", "status", "log"])
@pytest.mark.parametrize("raw", UNSAFE)
def test_unsafe_keys_are_refused_wherever_they_stand(forger, judge, use, raw):
    """A small-order or non-canonical key on a list, under which any signature may hold, breaks the list."""
    bundle = forger.bundle()
    x = encoding.base64url(raw)
    bundle["trust_list"] = forger.unchecked_trust_list(lambda content: key_of(content, use)["jwk"].update(x=x))
    report = judge(bundle)
    assert failed(report) == "trust list"
    assert "small order" in reason(report)


@pytest.mark.parametrize("raw", UNSAFE)
def test_unsafe_keys_are_refused_in_a_delegation(forger, judge, stage, raw):
    """Not even the pinned root can delegate to a key that proves nothing."""
    root = load_key(stage.folder / "root" / "root.pem")
    delegation = {
        "type": "delegation",
        "version": "1",
        "jwk": {"crv": "Ed25519", "kty": "OKP", "x": encoding.base64url(raw)},
        "not_before": BEFORE,
        "not_after": AFTER,
    }
    token = jws.sign(delegation, typ=DELEGATION_TYP, kid=thumbprint(root.public_key), signer=root)
    bundle = forger.bundle()
    bundle["trust_list"] = forger.trust_list(lambda content: content.update(delegation=token))
    report = judge(bundle)
    assert failed(report) == "trust list"
    assert "small order" in reason(report)


@pytest.mark.parametrize(
    ("change", "step", "word"),
    [
        (lambda content: content["issuers"][0].update(id="did:web:other.example"), "label signature", "issuer"),
        (lambda content: content["issuers"][0].update(origin="https://o.example"), "label signature", "works at"),
        (lambda content: content.update(auditors=[]), "attestation signature", "no auditor"),
        (lambda content: content["issuers"][0].update(log="other.example/log"), "log", "expected an entry"),
        (lambda content: content.update(logs=[]), "log", "not on the trust list"),
        (lambda content: content.update(releases=[]), "factor rows", "not on the trust list"),
        (
            lambda content: content["auditors"][0].update(id="https://fablab.example"),
            "three parties",
            "three different parties",
        ),
        (
            lambda content: content["auditors"][0].update(id="did:web:localhost%3A8000"),
            "three parties",
            "three different parties",
        ),
    ],
)
def test_parties_stand_where_the_list_says(forger, judge, change, step, word):
    """An issuer, auditor, log or release that the list does not name, or names as somebody else, does not count."""
    bundle = forger.bundle()
    bundle["trust_list"] = forger.trust_list(change)
    report = judge(bundle)
    assert failed(report) == step
    assert word in reason(report)


@pytest.mark.parametrize(
    "window",
    [{"valid_until": "2026-11-19"}, {"valid_from": "2026-11-21"}],
)
def test_an_auditor_without_accreditation_does_not_count(forger, judge, window):
    """On the day of the label the auditor must have been accredited."""
    bundle = forger.bundle()
    bundle["trust_list"] = forger.trust_list(lambda content: content["auditors"][0]["accreditation"].update(window))
    report = judge(bundle)
    assert failed(report) == "attestation signature"
    assert "accredited" in reason(report)


def test_an_attestation_of_somebody_else_does_not_count(forger, judge):
    """A key that no list names attests nothing, though label and log say so."""
    bundle = forger.bundle()
    stranger = signer(77)
    bundle["attestation"] = forger.attestation(
        bundle, lambda content: content["auditor"].update(id=did_key(stranger.public_key)), signer=stranger
    )
    assert failed(judge(bundle)) == "attestation signature"


def test_the_scheme_cannot_attest_with_its_own_key(forger, judge, stage):
    """An auditor whose key also signs labels is no third party."""
    bundle = forger.bundle()
    key = key_of(stage.scheme.register.current().model_dump(exclude_none=True), "attestation")
    label_key = {"kid": "did:web:localhost%3A8000#second", "use": "label", "jwk": dict(key["jwk"])}
    bundle["trust_list"] = forger.trust_list(
        lambda content: content["issuers"][0]["keys"].append(content["issuers"][0]["keys"][0] | label_key)
    )
    assert failed(judge(bundle)) == "three parties"


def witness(name, number, **changes):
    """Give a witness of the list with one key."""
    key = {
        "kid": f"{name}#1",
        "jwk": {"crv": "Ed25519", "kty": "OKP", "x": encoding.base64url(signer(number).public_key)},
        "use": "witness",
        "state": "active",
        "not_before": BEFORE,
        "not_after": "2029-01-01T00:00:00Z",
    }
    return {"name": name, "keys": [key | changes]}


def with_witnesses(quorum, *witnesses):
    """Give a change that lists witnesses and asks for so many."""
    return lambda content: content.update(witnesses=list(witnesses), witness_quorum=quorum)


def words(report):
    """Give what the step says that counts witnesses."""
    return next(step.detail for step in report.steps if step.name == "witnessed")


def test_a_quorum_of_witnesses_must_have_cosigned(forger, judge):
    """Signatures hold, but a checkpoint that fewer witnesses saw than the list asks for leaves a doubt, and says it."""
    ask = with_witnesses(2, *(witness(f"w{number}.example", 80 + number) for number in (1, 2, 3)))
    bundle = forger.bundle()
    bundle["trust_list"] = forger.trust_list(ask)
    assert unsure(judge(bundle)) == ["witnessed"]
    forger.cosign(bundle, **{"w1.example": signer(81), "stranger.example": signer(84)})
    report = judge(bundle)
    assert unsure(report) == ["witnessed"]
    assert words(report).startswith("seen by 1 of 3 witnesses (quorum 2): ")
    assert report.verdict == "signatures hold, but not everything could be checked: witnessed"
    forger.cosign(bundle, **{"w2.example": signer(82)})
    report = judge(bundle)
    assert report.exit_code == 0
    assert words(report) == "seen by 2 of 3 witnesses (quorum 2)"


def test_a_list_that_asks_for_no_witness_is_content_without(judge, forger):
    """Where there is no quorum nothing is asked for, and the number is said all the same."""
    report = judge(forger.bundle())
    assert report.exit_code == 0
    assert words(report) == "seen by 0 of 0 witnesses (quorum 0)"


def test_a_forged_cosignature_is_a_failure(forger, judge):
    """A line in a witness's name that does not hold is not passed over."""
    bundle = forger.bundle()
    bundle["trust_list"] = forger.trust_list(with_witnesses(0, witness("w1.example", 81)))
    forger.cosign(bundle, **{"w1.example": signer(81)})
    assert judge(bundle).exit_code == 0
    lines = bundle["log_proof"].split("\n")
    lines[-2] = lines[-2][:-9] + ("A" if lines[-2][-9] != "A" else "B") + lines[-2][-8:]
    bundle["log_proof"] = "\n".join(lines)
    assert failed(judge(bundle)) == "witnessed"


COSIGNED = 1_795_176_000  # NOON of the stage, when bundles are cosigned here


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ({}, True),
        ({"state": "compromised", "since_index": 0}, False),
        ({"state": "retired", "since": BEFORE}, False),
        ({"state": "retired", "since": AFTER}, True),
        ({"not_before": AFTER}, False),
        ({"not_after": "2026-11-20T11:30:00Z"}, False),
        ({"use": "log"}, False),
    ],
)
def test_a_witness_key_counts_while_it_stands(forger, judge, state, counts):
    """Whoever stole a witness's key, or has one out of its time or use, cannot make up a quorum."""
    bundle = forger.bundle()
    forger.cosign(bundle, **{"w1.example": signer(81)})
    changed = witness("w1.example", 81, **({"not_before": "2026-11-01T00:00:00Z"} | state))
    bundle["trust_list"] = forger.trust_list(with_witnesses(1, changed))
    report = judge(bundle)
    assert (report.exit_code == 0) is counts
    if not counts:
        assert unsure(report) == ["witnessed"]


@pytest.mark.parametrize(
    ("time_s", "counts"), [(COSIGNED + 300, True), (COSIGNED + 301, False), (2**63 - 1, False), (0, False)]
)
def test_a_cosignature_of_tomorrow_does_not_count(forger, judge, time_s, counts):
    """A witness that lies about the time, or an hour nobody has reached, makes up no quorum."""
    bundle = forger.bundle()
    bundle["trust_list"] = forger.trust_list(with_witnesses(1, witness("w1.example", 81)))
    forger.cosign(bundle, time_s, **{"w1.example": signer(81)})
    assert (judge(bundle).exit_code == 0) is counts


def test_two_keys_of_one_witness_count_once(forger, judge):
    """A quorum counts parties, not keys."""
    both = witness("w1.example", 81)
    both["keys"] += [witness("w1.example", 82)["keys"][0] | {"kid": "w1.example#2"}]
    bundle = forger.bundle()
    forger.cosign(bundle, **{"w1.example": signer(81)})
    forger.cosign(bundle, **{"w1.example": signer(82)})
    bundle["trust_list"] = forger.trust_list(with_witnesses(2, both))
    assert unsure(judge(bundle)) == ["witnessed"]


@pytest.mark.parametrize(
    "window",
    [
        {"expires_at": "2027-01-20T12:00:00Z"},
        {"issued_at": "2026-12-19T12:00:00Z", "expires_at": "2026-12-18T12:00:00Z"},
    ],
)
def test_a_list_lives_at_most_thirty_days(forger, judge, window):
    """A list that claims a longer life, or ends before it begins, is refused."""
    bundle = forger.bundle()
    bundle["trust_list"] = forger.trust_list(lambda content: content.update(window))
    assert failed(judge(bundle)) == "trust list"


def test_a_stale_list_leaves_a_doubt_that_a_newer_one_removes(forger, judge, stage):
    """Months later the bundle's own lists are too old to say yes, and fresh ones can be given along."""
    bundle = forger.bundle()
    later = "2026-12-25T12:00:00Z"
    assert unsure(judge(bundle, at=later)) == ["trust list", "status"]
    window = {"issued_at": "2026-12-20T12:00:00Z", "expires_at": "2027-01-15T12:00:00Z"}
    newer = forger.trust_list(lambda content: content.update(window))
    fresh = [forger.status_list(purpose, hours=35 * 24 - 1) for purpose in ("revocation", "suspension")]
    assert unsure(judge(bundle, at=later, trust_lists=[newer])) == ["status"]
    assert unsure(judge(bundle, at=later, status=fresh)) == ["trust list"]
    assert judge(bundle, at=later, trust_lists=[newer], status=fresh).exit_code == 0


def test_a_newer_list_decides(forger, judge):
    """Who asks with a list that cut off the key is told so, whatever the bundle brought along."""
    bundle = forger.bundle()
    newer = forger.trust_list(lambda content: key_of(content, "label").update(state="compromised", since_index=0))
    assert failed(judge(bundle, trust_lists=[newer])) == "label signature"


def test_before_its_time_nothing_is_fresh(forger, judge):
    """A list of the future is as doubtful as one of the past, and a label of the future is not valid."""
    report = judge(forger.bundle(), at="2026-11-19T12:00:00Z")
    assert failed(report) == "status"
    assert report.steps[1].outcome == "unsure"


def test_a_list_signed_by_another_key_is_refused(forger, judge):
    """The delegation names the one key that may sign lists."""
    bundle = forger.bundle()
    bundle["trust_list"] = forger.trust_list(signer=signer(9))
    assert failed(judge(bundle)) == "trust list"
