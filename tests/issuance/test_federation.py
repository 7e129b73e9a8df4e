"""Two operators: each lists the other, one closes, and its labels go on verifying under the list of the other."""

from datetime import UTC, datetime

import pytest

from label_service.cli.archiving import write_installation
from label_service.cli.audit import look_through
from label_service.errors import Conflict, NotFound, Refused, VerificationError
from label_service.issuance.setup import timestamp
from label_service.label.hand_over import read_hand_over, sign_hand_over
from label_service.store.archive import check_archive
from label_service.trust.trust_list import sign_trust_list
from label_service.verify import inspect_bundle, inspect_code
from tests.signers import signer
from tests.stage import Clock, found_stage

OTHER = "https://other.example"
OTHER_DID = "did:web:other.example"


def founded(folder):
    """Found two operators with one clock, each with a label, of which the first lists the second."""
    clock = Clock()
    first = found_stage(folder / "first", clock=clock)
    second = found_stage(folder / "second", clock=clock, origin=OTHER)
    for stage in (first, second):
        stage.issue("hook")
    first.scheme.federation.add(second.scheme.register.text(), second.roots)
    return first, second


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Give two operators, of which the first lists the second."""
    both = founded(tmp_path_factory.mktemp("pair"))
    yield both
    for stage in both:
        stage.scheme.close()


def judged(judge, stage, *, at=None, name="hook"):
    """Verify the label of a stage for somebody who pinned another one's root alone, with its list."""
    data = stage.scheme.labels.bundle(stage.labels[name])
    return inspect_bundle(data, judge.roots, at or judge.at, trust_lists=[judge.scheme.register.text()])


def failed(report):
    """Give name and reason of the step that fails."""
    return next((step.name, step.detail) for step in report.steps if step.outcome == "fails")


def with_key_named(stage, kid, own_id):
    """Give the list of a stage on which one more of its own keys has the name of somebody else's."""
    content = stage.scheme.register.current()
    issuer = content.issuers[0]
    keys = (*issuer.keys, issuer.keys[0].model_copy(update={"kid": kid}))
    changed = content.model_copy(update={"issuers": (issuer.model_copy(update={"id": own_id, "keys": keys}),)})
    return sign_trust_list(changed, stage.scheme.bench.keyring.delegated())


def test_a_list_of_two_schemes_vouches_for_both(pair):
    """Whoever trusts one operator can check the labels of both alike, bundle and code, and is told who vouches."""
    first, second = pair
    for stage in pair:
        report = judged(first, stage)
        assert report.exit_code == 0, report.steps
        assert report.steps[1].detail.endswith(f"under {next(iter(first.roots.values()))}")
        assert report.facts["address"].startswith(stage.scheme.identity.origin)
    code = second.scheme.labels.get(second.labels["hook"]).qr_text
    lists = [first.scheme.register.text()]
    signed = inspect_code(code, first.roots, first.at, trust_lists=lists)
    assert [step.outcome for step in signed.steps][:4] == ["holds"] * 4
    alone = judged(second, first)
    assert [step.name for step in alone.steps if step.outcome != "holds"] == ["trust list"]


def test_an_auditor_of_one_scheme_attests_nothing_for_the_other(pair):
    """Each scheme admits its own auditors: those it lists with another one's entry are not its own."""
    first, second = pair
    content = first.scheme.register.current()
    other = content.issuer(OTHER_DID)
    kid = second.scheme.register.current().auditors[0].keys[0].kid
    assert content.auditor_of(kid, other)[0].name == content.auditors[0].name
    with pytest.raises(VerificationError):
        content.auditor_of(kid)
    with pytest.raises(VerificationError):
        content.auditor_of(content.auditors[0].keys[0].kid, other)


def test_what_is_no_other_scheme_is_refused(pair):
    """A list under another root, one's own list, a key of another scheme, an unknown scheme: each is said."""
    first, second = pair
    federation, text = first.scheme.federation, second.scheme.register.text()
    with pytest.raises(Refused):
        federation.add(text, first.roots)
    auditor = first.scheme.register.current().auditors[0].keys[0].kid
    for own_id in (OTHER_DID, auditor.partition("#")[0]):
        with pytest.raises(Conflict, match="named below it"):
            federation.add(with_key_named(second, auditor, own_id), second.roots)
    with pytest.raises(Conflict, match="scheme itself"):
        federation.add(first.scheme.register.text(), first.roots)
    for change in (first.scheme.register.retire, first.scheme.register.compromise):
        with pytest.raises(Conflict, match="of another scheme"):
            change(f"{OTHER_DID}#label-1")
    with pytest.raises(NotFound):
        federation.end("did:web:nobody.example", 1, is_compromised=False)
    with pytest.raises(Conflict, match="goes on"):
        federation.revoke(OTHER_DID, second.labels["hook"])


def test_a_hand_over_needs_a_successor_on_the_list(pair):
    """Labels are handed over to a scheme that the closing operator lists, and to nobody else; nothing was closed."""
    first, second = pair
    for successor in ("did:web:nobody.example", OTHER_DID):
        with pytest.raises(Refused, match="not on the trust list"):
            second.scheme.federation.close(successor)
    with pytest.raises(Conflict, match="has not closed"):
        second.scheme.federation.hand_over("00" * 32)
    assert second.scheme.register.current().issuer(OTHER_DID).ended is None
    assert first.scheme.register.current().issuer(OTHER_DID).ended is None


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """Close the second scheme in favour of the first, which takes it over; give archive, hand-over, and both."""
    first, second = founded(tmp_path_factory.mktemp("closed"))
    second.issue("box")
    second.scheme.federation.add(first.scheme.register.text(), first.roots)
    own = first.scheme.identity.did
    second.scheme.federation.close(own)
    folder = tmp_path_factory.mktemp("archive") / "files"
    token = second.scheme.federation.hand_over(write_installation(second.scheme, folder))
    before = sign_hand_over(
        read_hand_over(token)[1].model_copy(update={"successor": "did:web:nobody.example"}),
        f"{OTHER_DID}#label-1",
        second.signers.label,
    )
    with pytest.raises(Refused, match="not on the trust list"):
        first.scheme.federation.take_over(before)
    forged = sign_hand_over(read_hand_over(token)[1], f"{OTHER_DID}#label-1", signer(7))
    with pytest.raises(VerificationError, match="does not hold"):
        first.scheme.federation.take_over(forged)
    first.scheme.federation.take_over(token)
    yield first, second, folder, token
    for stage in (first, second):
        stage.scheme.close()


def test_a_closed_scheme_signs_no_more(closed):
    """After the last entry nothing is logged: no label, no change of a state, no key; its last lists stay the same."""
    first, second, _, token = closed
    with pytest.raises(Refused, match="closed"):
        second.scheme.states.change(second.labels["hook"], "suspend", reason="evidence-refuted", text="no")
    with pytest.raises(Refused, match="closed"):
        second.scheme.register.rotate("label")
    second.scheme.federation.close(first.scheme.identity.did)
    with pytest.raises(Conflict, match="handed over to"):
        second.scheme.federation.close("did:web:else.example")
    with pytest.raises(Conflict, match="ended"):
        first.scheme.federation.take_over(token)
    with pytest.raises(Conflict, match="ended"):
        first.scheme.federation.add(second.scheme.register.text(), second.roots)
    assert list(second.scheme.calendar) == ["trust list"]


def test_an_archive_alone_keeps_labels_verifying(closed):
    """Months after the end a label from the archive holds under the successor's list, and its log is sound."""
    first, _, folder, token = closed
    check_archive(folder, read_hand_over(token)[1].archive)
    bundles = sorted(folder.glob("L/*.json"))
    assert len(bundles) == 2
    later = timestamp(datetime(2027, 3, 1, tzinfo=UTC))
    first.clock.at = datetime(2027, 3, 1, tzinfo=UTC)
    lists = [first.scheme.register.text()]
    for file in bundles:
        report = inspect_bundle(file.read_bytes(), first.roots, later, trust_lists=lists)
        assert report.exit_code == 0, report.steps
    audited = look_through(str(folder), [folder / "root.pub"], None, later)
    assert (audited.findings, audited.root) == ([], "Root of Test scheme (DEMO, not a certificate)")
    first.scheme.federation.revoke(OTHER_DID, bundles[0].stem)
    lists = [first.scheme.register.text()]
    report = inspect_bundle(bundles[0].read_bytes(), first.roots, later, trust_lists=lists)
    assert failed(report)[0] == "status"
    (folder / "extra").write_bytes(b"")
    with pytest.raises(VerificationError, match="other files"):
        check_archive(folder, read_hand_over(token)[1].archive)
    (folder / "extra").unlink()


def test_an_issuer_can_be_ended_as_compromised_or_retired(tmp_path):
    """An operator takes another scheme off: what was logged before an entry keeps verifying, or nothing does."""
    clock = Clock()
    first, second = (found_stage(tmp_path / name, clock=clock, origin=f"https://{name}.example") for name in "ab")
    second.issue("hook")
    first.scheme.federation.add(second.scheme.register.text(), second.roots)
    size = second.scheme.bench.sequencer.size
    index = second.scheme.labels.get(second.labels["hook"]).log_index
    for entries, is_compromised, words in (
        (size, False, None),
        (size, True, None),
        (index, False, "log entries count"),
        (0, True, "log entries count"),
    ):
        first.scheme.federation.end("did:web:b.example", entries, is_compromised=is_compromised)
        report = judged(first, second)
        assert (report.exit_code == 0) is (words is None)
        if words:
            assert failed(report)[0] == "label signature"
            assert words in failed(report)[1]
    with pytest.raises(Conflict, match="fewer than"):
        first.scheme.federation.end("did:web:b.example", size, is_compromised=False)
    for stage in (first, second):
        stage.scheme.close()


def test_an_end_gives_no_key_more_time(tmp_path):
    """A key that its scheme retired long ago, and an issuer that ended, are not believed for longer by a second end."""
    clock = Clock()
    first, second = (found_stage(tmp_path / name, clock=clock, origin=f"https://{name}.example") for name in "ab")
    second.issue("hook")
    register = second.scheme.register
    register.rotate("label")
    register.retire("did:web:b.example#label-1")
    before = register.current().issuers[0].keys
    first.scheme.federation.add(register.text(), second.roots)
    clock.forward(hours=1)
    for is_compromised in (False, True):
        first.scheme.federation.end(
            "did:web:b.example", second.scheme.bench.sequencer.size, is_compromised=is_compromised
        )
        issuer = first.scheme.register.current().issuer("did:web:b.example")
        old, kept = (next(key for key in keys if key.kid.endswith("#label-1")) for keys in (before, issuer.keys))
        assert (kept.since, kept.since_index) == (old.since, old.since_index)
        ended_at = issuer.ended.at
        clock.forward(hours=1)
    assert ended_at < timestamp(clock.at)
    assert issuer.ended.at == next(key for key in issuer.keys if key.kid.endswith("#label-2")).since
    for stage in (first, second):
        stage.scheme.close()
