from label_service.certification.statistics import AuditorFigures
from label_service.label.attestation import attest
from label_service.tlog.sampling import chain_value
from label_service.trust.keys import did_key
from tests.certification.playing import SEED, VERA, WEEKS
from tests.signers import signer


def figures(play):
    """Give the figures of the auditor."""
    return play.desk.statistics.by_auditor()[did_key(play.key.public_key)]


def take(play, token):
    """Hand a token in."""
    return play.desk.intake.take(play.auditor, token)


def test_an_auditor_begins_with_nothing(play):
    """Every listed auditor has figures, also one who did nothing yet."""
    found = play.desk.statistics.by_auditor()
    assert set(found) == {item.id for item in play.stage.scheme.register.current().auditors}
    assert set(found.values()) == {AuditorFigures()}


def test_what_was_said_is_counted(play):
    """Attestations with the findings released in them, refusals and withdrawals."""
    hook, box, plate = (play.declare(name) for name in ("hook", "box", "plate"))
    for found in (hook, box, plate):
        play.ask(found)
    take(play, play.attest(hook))
    take(play, play.say("refusal", "implausible", declaration_digest=box.declaration.digest))
    digest = take(play, play.attest(plate)).digest
    take(play, play.say("withdrawal", "on-request", attestation_digest=digest))
    assert figures(play) == AuditorFigures(attested=2, released=1, refused=1, withdrawn=1)


def test_a_replay_is_not_counted_twice(play):
    """The same token handed in again changes no figure."""
    hook = play.declare("hook")
    play.ask(hook)
    token = play.attest(hook)
    for _ in range(3):
        take(play, token)
    assert figures(play).attested == 1


def test_samples_are_counted_by_their_result(play):
    """Confirmed, found otherwise, and not audited in time."""
    found = play.declare("box")
    play.propose(found)
    scope = take(play, play.scope_token(found)).digest
    labels = [play.again(found, number).label_id for number in range(3)]
    play.clock.forward(days=4)
    play.stage.scheme.sampling.close_weeks()
    value = chain_value(SEED, WEEKS, 4).hex()
    take(play, play.say("reveal", "week-closed", scope_digest=scope, week="2026-W47", value=value))
    for label_id, outcome, reason in (
        (labels[0], "confirmed", "as-declared"),
        (labels[1], "finding", "goods-differ"),
    ):
        take(play, play.say("sample_result", reason, label_id=label_id, scope_digest=scope, outcome=outcome))
    play.clock.forward(days=40)
    play.stage.scheme.sampling.suspend_overdue()
    assert figures(play) == AuditorFigures(scopes=1, confirmed=1, findings=1, overdue=1)


def test_all_keys_of_an_auditor_count_together(play):
    """A second key does not begin a second record."""
    hook, plate = play.declare("hook"), play.declare("plate")
    for found in (hook, plate):
        play.ask(found)
    take(play, play.attest(hook))
    second = signer(55)
    play.stage.scheme.register.add_auditor_key(did_key(play.key.public_key), second.public_key)
    auditor = {"id": did_key(second.public_key), "name": VERA}
    take(play, attest(play.stage.attestation(plate, auditor=auditor), second))
    assert figures(play).attested == 2
