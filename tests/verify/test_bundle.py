import json
from contextlib import nullcontext, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service import canonical
from label_service.errors import LabelServiceError, VerificationError
from label_service.verify import Outcome, Report, inspect_bundle, verify_bundle
from label_service.verify.bundle import recompute
from tests.stage import found_stage
from tests.verify.forging import edited, forged_label, other_digit, other_hash
from tests.verify.reports import failed, reason, unsure

STEPS = [
    "bundle",
    "trust list",
    "label signature",
    "attestation signature",
    "three parties",
    "scope",
    "documents",
    "log",
    "witnessed",
    "factor rows",
    "recomputation",
    "status",
]


@pytest.mark.parametrize("name", ["hook", "box", "plate"])
def test_an_honest_bundle_holds_in_all_twelve_steps(stage, judge, name):
    """A label that came about by the rules verifies offline, from bytes, root and time alone."""
    data = stage.scheme.labels.bundle(stage.labels[name])
    report = judge(data)
    assert [step.name for step in report.steps] == STEPS
    assert [step.number for step in report.steps] == list(range(1, 13))
    assert {step.outcome for step in report.steps} == {Outcome.HOLDS}
    assert report.exit_code == 0
    assert report.verdict == "VALID: every step holds"
    assert report.facts["label"] == stage.labels[name]
    assert verify_bundle(data, stage.roots, stage.at).as_json() == report.as_json()
    assert recompute(data).grade == report.facts["grade"]


def test_what_a_report_says_is_json(judge, forger):
    """Programs read the same steps as people, with the same exit code."""
    document = json.loads(canonical.encode(judge(forger.bundle()).as_json()))
    assert document["exit_code"] == 0
    assert [step["outcome"] for step in document["steps"]] == ["holds"] * 12


def test_a_report_without_steps_is_no_verdict():
    """Nothing checked is nothing proven."""
    assert Report().exit_code == 1


def set_at(*path, value):
    """Give a change that sets a member deep inside."""

    def change(document):
        *parents, last = path
        for name in parents:
            document = document[name]
        document[last] = value(document[last]) if callable(value) else value

    return change


def payload(member, change):
    """Give a change of a token's payload under its old signature."""
    return set_at(member, value=lambda token: edited(token, change))


def proof(old, new):
    """Give a change of the text of the log proof."""

    def change(bundle):
        assert old in bundle["log_proof"]
        bundle["log_proof"] = bundle["log_proof"].replace(old, new, 1)

    return change


def line_of_proof(number, change):
    """Give a change of one line of the log proof."""

    def change_line(bundle):
        lines = bundle["log_proof"].split("\n")
        lines[number] = change(lines[number])
        bundle["log_proof"] = "\n".join(lines)

    return change_line


def used_row(bundle):
    """Give the row of a material of the product."""
    return next(row for row in bundle["rows"] if row["row"]["table"] == "materials")


def row_figure(bundle):
    """Make a factor smaller."""
    used_row(bundle)["row"]["kgco2e_per_kg_virgin"] = "0.1"


def row_path(bundle):
    """Change a hash of the path."""
    used_row(bundle)["path"][3] = other_hash(used_row(bundle)["path"][3])


def row_index(bundle):
    """Move the row."""
    used_row(bundle)["index"] += 1


def row_twice(bundle):
    """Let the row stand twice."""
    bundle["rows"].append(used_row(bundle))


def other_status(bundle):
    """Change the signature of a status list."""
    bundle["status"][0] = other_digit(bundle["status"][0])


def statuses_claim(bundle):
    """Change the validity of a status list."""
    bundle["status"][0] = edited(bundle["status"][0], set_at("validUntil", value="2026-11-23T11:00:00Z"))


TAMPERED = {
    "a member more": (lambda bundle: bundle.update(extra=1), "bundle"),
    "a member less": (lambda bundle: bundle.pop("parts"), "bundle"),
    "another version": (set_at("version", value="2"), "bundle"),
    "parts nobody names": (set_at("parts", value=[{}]), "parts"),
    "label: header": (set_at("label", value=lambda text: "A" + text[1:]), "bundle"),
    "label: payload": (set_at("label", value=lambda text: other_digit(text, 900)), "bundle"),
    "label: signature": (set_at("label", value=other_digit), "label signature"),
    "label: another name, everywhere": (
        set_at("label", value=lambda text: forged_label(text, set_at("name", value="Better hook"))),
        "label signature",
    ),
    "label: another place in the status list": (
        set_at("label", value=lambda text: forged_label(text, set_at("status", "revocation", "index", value=1))),
        "label signature",
    ),
    "attestation: signature": (set_at("attestation", value=other_digit), "attestation signature"),
    "attestation: digest": (
        payload("attestation", set_at("credentialSubject", "inventory_digest", value=other_hash)),
        "attestation signature",
    ),
    "attestation: level": (
        payload("attestation", set_at("credentialSubject", "level", value="site_visit")),
        "attestation signature",
    ),
    "attestation: a member more": (payload("attestation", lambda claims: claims.update(extra=1)), "bundle"),
    "inventory: a figure": (set_at("inventory", "flows", 0, "amount", value="0.1"), "documents"),
    "inventory: the producer": (set_at("inventory", "producer", "id", value="https://other.example"), "documents"),
    "inventory: a default left out": (lambda bundle: bundle["inventory"].pop("partners"), "bundle"),
    "assessment: a figure": (set_at("assessment", "product", "kgco2e", "median", value="0.1"), "documents"),
    "assessment: the score": (set_at("assessment", "score", value=1), "documents"),
    "assessment: the grade": (set_at("assessment", "grade", value="A"), "documents"),
    "row: a figure": (row_figure, "factor rows"),
    "row: the path": (row_path, "factor rows"),
    "row: the index": (row_index, "factor rows"),
    "row: twice": (row_twice, "factor rows"),
    "row: no row": (set_at("rows", 0, value=[]), "factor rows"),
    "release: digest": (set_at("release", "digest", value=other_hash), "factor rows"),
    "release: name": (set_at("release", "name", value="other-factors"), "factor rows"),
    "release: number": (set_at("release", "release", value="2026.12.0"), "factor rows"),
    "release: size": (set_at("release", "size", value=lambda size: size + 1), "factor rows"),
    "release: a small size": (set_at("release", "size", value=7), "factor rows"),
    "status list: signature": (other_status, "status"),
    "status list: validity": (statuses_claim, "status"),
    "trust list: signature": (set_at("trust_list", value=other_digit), "trust list"),
    "trust list: header": (set_at("trust_list", value=lambda text: "A" + text[1:]), "trust list"),
    "trust list: an auditor": (
        payload("trust_list", set_at("auditors", 0, "name", value="Somebody else")),
        "trust list",
    ),
    "trust list: the delegation": (payload("trust_list", set_at("delegation", value=other_digit)), "trust list"),
    "log: header": (proof("tlog-proof@v1", "tlog-proof@v2"), "bundle"),
    "log: index": (proof("index ", "index 1"), "log"),
    "log: path": (line_of_proof(2, other_digit), "log"),
    "log: a hash less": (line_of_proof(2, lambda _: ""), "bundle"),
    "log: origin": (proof("localhost:8000/log", "localhost:8001/log"), "log"),
    "log: signature": (line_of_proof(-2, other_digit), "log"),
    "log: no signature": (line_of_proof(-2, lambda _: ""), "bundle"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_every_part_is_held_by_a_step(forger, judge, case):
    """Changing any part of a bundle fails, at the step that holds this part."""
    change, step = TAMPERED[case]
    bundle = forger.bundle()
    change(bundle)
    assert failed(judge(bundle)) == step


def test_size_and_root_of_the_checkpoint_are_signed(forger, judge):
    """Nobody can move a label into another tree."""
    for offset in (1, 2):
        bundle = forger.bundle()
        lines = bundle["log_proof"].split("\n")
        first = lines.index("localhost:8000/log")
        lines[first + offset] = "100" if offset == 1 else other_digit(lines[first + offset])
        bundle["log_proof"] = "\n".join(lines)
        assert failed(judge(bundle)) == "log"


@pytest.mark.parametrize("spelling", ["white space", "order", "duplicate", "escape", "trailing", "float", "empty"])
def test_a_second_spelling_is_refused(forger, judge, spelling):
    """A bundle is one string of bytes; a reader that sees something else in it is told so."""
    data = canonical.encode(forger.bundle())
    spelled = {
        "white space": data.replace(b":", b": ", 1),
        "order": b'{"version":"1",' + data[1:].replace(b',"version":"1"}', b"}"),
        "duplicate": data.replace(b'{"assessment"', b'{"assessment":{},"assessment"', 1),
        "escape": data.replace(b"bundle", b"b\\u0075ndle"),
        "trailing": data + b"\n",
        "float": data.replace(b'"parts":[]', b'"parts":[1.5]'),
        "empty": b"",
    }[spelling]
    assert spelled != data
    assert failed(judge(spelled)) == "bundle"


@pytest.mark.parametrize(
    ("part", "step"),
    [
        ("label", "documents"),
        ("attestation", "documents"),
        ("inventory", "documents"),
        ("assessment", "documents"),
        ("log_proof", "log"),
        ("rows", "recomputation"),
    ],
)
def test_a_true_part_of_another_label_does_not_fit(forger, judge, part, step):
    """Whatever is honest elsewhere, and validly signed, counts only where it belongs."""
    bundle = forger.bundle("hook")
    bundle[part] = forger.bundle("plate")[part]
    assert failed(judge(bundle)) == step


@pytest.mark.parametrize("name", ["hook", "box", "plate"])
def test_no_row_can_be_left_out(forger, judge, name):
    """A factor, a default or a reference that is hidden is missed: absence must be proven."""
    honest = forger.bundle(name)
    for position in range(len(honest["rows"])):
        bundle = honest | {"rows": honest["rows"][:position] + honest["rows"][position + 1 :]}
        assert failed(judge(bundle)) == "recomputation", honest["rows"][position]["row"]["key"]


def test_a_reference_that_is_hidden_is_named(forger, judge):
    """Whoever hides the stricter reference is told which one is missed."""
    bundle = forger.bundle("box")
    bundle["rows"] = [row for row in bundle["rows"] if row["row"]["key"] != "ref_crate_wood"]
    assert "ref_crate_wood" in reason(judge(bundle))


def test_a_wrong_tree_size_is_not_on_the_trust_list(stage):
    """The trust list names the size of the release, so that a proof of absence cannot be made by lying about it."""
    bundle = stage.bundle("box")
    for step in (-1, 1):
        changed = bundle | {"release": bundle["release"] | {"size": bundle["release"]["size"] + step}}
        report = inspect_bundle(canonical.encode(changed), stage.roots, stage.at)
        assert failed(report) == "factor rows"


@pytest.mark.parametrize("position", [0, 1])
def test_what_both_keys_signed_is_still_recomputed(forger, judge, position):
    """Operator and auditor together cannot sign a figure that does not follow from the inventory."""
    bundle = forger.bundle("hook")
    if position:
        bundle["inventory"]["flows"][0]["amount"] = "0.5"
    else:
        bundle["assessment"]["product"]["kgco2e"]["median"] = "0.15"
    forger.reissue(bundle)
    report = judge(bundle)
    assert failed(report) == "recomputation"
    assert "computed" in reason(report)


def test_reissuing_the_truth_holds(forger, judge):
    """The forger's pen writes true labels too, so what it forges fails for what it says."""
    bundle = forger.bundle()
    forger.reissue(bundle)
    assert judge(bundle).exit_code == 0


SIGNED_LIES = {
    "name": (set_at("name", value="Greener hook (DEMO)"), "documents"),
    "producer": (set_at("producer", "name", value="Somebody else"), "documents"),
    "quantity": (set_at("quantity", value=400), "documents"),
    "validity beyond the attestation": (set_at("valid_until", value="2028-11-20T12:00:00Z"), "documents"),
    "validity before the attestation": (set_at("valid_from", value="2026-11-19T12:00:00Z"), "documents"),
    "level": (set_at("level", value="site_visit"), "documents"),
    "auditor's name": (set_at("auditor", "name", value="TÜV"), "documents"),
    "accreditation": (set_at("auditor", "accreditation", "number", value="D-1"), "documents"),
    "default share": (set_at("default_share", value="0"), "documents"),
    "DEMO": (set_at("demo", value=False), "documents"),
    "origin": (set_at("origin", value="https://labels.example"), "label signature"),
}


@pytest.mark.parametrize("case", SIGNED_LIES)
def test_the_operator_cannot_add_to_what_was_attested(forger, judge, case):
    """A label signed by the right key that says more, less or other than its documents fails."""
    change, step = SIGNED_LIES[case]
    bundle = forger.bundle("hook")
    if case == "default share":
        bundle = forger.bundle("box")
        change = set_at("default_share", value="0.5")
    forger.label(bundle, change)
    assert failed(judge(bundle)) == step


def test_a_label_outside_its_log_fails(forger, judge, stage):
    """A label issued in secret, or in a log its issuer does not name, does not verify."""
    bundle = forger.bundle()
    forger.label(bundle, set_at("label_id", value="SECRETSECRET2"))
    bundle["log_proof"] = forger.bundle()["log_proof"]
    assert failed(judge(bundle)) == "log"
    bundle = forger.bundle()
    forger.log(bundle, origin="other.example/log")
    list_with_log = forger.trust_list(
        lambda content: content["logs"].append(content["logs"][0] | {"origin": "other.example/log"})
    )
    bundle["trust_list"] = list_with_log
    assert failed(judge(bundle)) == "log"


def test_a_checkpoint_of_another_key_fails(forger, judge, stage):
    """A tree that only somebody else signed is no proof."""
    bundle = forger.bundle()
    forger.log(bundle, signer=stage.signers.status)
    assert failed(judge(bundle)) == "log"


def test_a_bundle_does_not_vouch_for_itself(tmp_path, stage, judge):
    """A whole scheme made up by a forger, with its own root and list in the bundle, is never valid for us."""
    forged = found_stage(tmp_path / "forged")
    forged.issue("plate")
    data = forged.scheme.labels.bundle(forged.labels["plate"])
    forged.scheme.close()
    assert judge(data, roots=forged.roots).exit_code == 0
    assert unsure(judge(data)) == ["trust list"]
    assert unsure(judge(data, roots={})) == ["trust list"]


def test_a_delegation_in_the_name_of_a_pinned_root_must_hold(forger, judge, stage):
    """Naming the pinned root in a delegation that it did not sign is a failure, not a doubt."""
    bundle = forger.bundle()
    own = stage.signers.status
    bundle["trust_list"] = forger.trust_list(set_at("delegation", value=other_digit))
    assert failed(judge(bundle)) == "trust list"
    bundle["trust_list"] = forger.trust_list(
        set_at("delegation", value=forger.delegation(own, stage.signers.delegated))
    )
    assert unsure(judge(bundle)) == ["trust list"]


@pytest.fixture(scope="session")
def honest(stage):
    """Give honest bytes with everything needed to judge them."""
    return stage.scheme.labels.bundle(stage.labels["plate"]), stage.roots, stage.at


@given(data=st.data())
@settings(max_examples=400)
def test_no_changed_byte_goes_unnoticed(honest, data):
    """Whatever single byte is changed, removed or doubled: never valid, and never another exception than ours."""
    original, roots, at = honest
    place = data.draw(st.integers(0, len(original) - 1))
    piece = data.draw(st.sampled_from([b"", original[place : place + 1] * 2]) | st.binary(min_size=1, max_size=1))
    changed = original[:place] + piece + original[place + 1 :]
    if changed == original:
        return
    report = inspect_bundle(changed, roots, at)
    assert report.exit_code in {1, 3}
    with pytest.raises(VerificationError) if report.exit_code == 1 else nullcontext():
        verify_bundle(changed, roots, at)
    with suppress(LabelServiceError):
        recompute(changed)
