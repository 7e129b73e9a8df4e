"""The history of a producer: her own batches, the figures of her documents, in the order they were made."""

import pytest

from label_service.certification.history import Chosen
from label_service.store.database import transaction
from label_service.store.tables import DeclarationRow

DAYS = ("2026-10-05", "2026-10-12", "2026-11-02")


def made(play, day, number, name="hook", **members):
    """Declare goods of a day."""
    return play.submit(name, made={"first": day, "last": day}, salt=f"{number:032x}", **members)


def test_batches_stand_in_the_order_they_were_made(play):
    """By day of making, not by day of declaring, each with energy, scrap and score of its documents."""
    for number, day in enumerate(reversed(DAYS)):
        found = made(play, day, number)
    batches = play.desk.history.of(play.producer)
    assert [batch.made_on.isoformat() for batch in batches] == list(DAYS)
    step, line = found.declaration.steps[0], found.declaration.materials[0]
    assert float(batches[0].kwh_per_kg) == pytest.approx(float(step.energy.value) / float(line.gross.value))
    assert float(batches[0].scrap) == pytest.approx(1 - float(line.net.value) / float(line.gross.value))
    assert (batches[0].score, batches[0].grade) == (found.assessment.score, found.assessment.grade)
    assert batches[0].machines == (found.declaration.machines[0].model,)


def test_nobody_sees_batches_of_others(play):
    """A rival, a verifier and the operator have no batches of hers, and what was refused is no measure."""
    found = made(play, DAYS[0], 0)
    for actor in (play.rival, play.auditor, play.cast.operator):
        assert play.desk.history.of(actor) == ()
    with transaction(play.stage.scheme.bench.engine) as session:
        session.get_one(DeclarationRow, found.id).state = "refused"
    assert play.desk.history.of(play.producer) == ()


def test_a_batch_of_several_processes_has_a_line_for_each(play):
    """Energy of sewing and of cutting are two figures, never one."""
    found = play.submit("panel")
    batches = play.desk.history.of(play.producer)
    assert [batch.process for batch in batches] == sorted(set(found.inventory.processes))


def test_batches_are_chosen_by_product_machine_and_days(play):
    """Each narrows; what is empty does not; the days belong to the period."""
    for number, day in enumerate(DAYS):
        made(play, day, number)
    batches = play.desk.history.of(play.producer)
    first = batches[0]
    assert [batch.made_on.isoformat() for batch in batches if Chosen(first=DAYS[1]).has(batch)] == list(DAYS[1:])
    assert [batch.made_on.isoformat() for batch in batches if Chosen(last=DAYS[1]).has(batch)] == list(DAYS[:2])
    assert all(Chosen(product=first.product, machine=first.machines[0]).has(batch) for batch in batches)
    assert not any(Chosen(machine="another").has(batch) for batch in batches)
