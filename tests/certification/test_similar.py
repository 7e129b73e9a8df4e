import json

import pytest

from label_service.certification.similar import CLIMATE, ENERGY, FEWEST, SCRAP, compared, figures
from label_service.store.database import reading, transaction
from label_service.store.tables import DeclarationRow


def others(play, count, name="hook", actor=None):
    """Submit variants of an example that differ in their salt."""
    return [play.submit(name, actor or play.rival, salt=f"{number:032x}") for number in range(count)]


def among(play, found):
    """Compare a declaration, by kind of figure."""
    with reading(play.stage.scheme.bench.engine) as session:
        return {item.kind: item for item in compared(session, found)}


def test_figures_are_those_of_the_declaration(play):
    """Energy and scrap of a process and the climate impact are for one kilogram, from the public documents."""
    found = play.submit("hook")
    values = {kind: value for (kind, _), value in figures(found.inventory, found.assessment).items()}
    energy, gross = found.declaration.steps[0].energy, found.declaration.materials[0].gross
    assert float(values[ENERGY]) == pytest.approx(float(energy.value) / float(gross.value))
    net = sum(float(line.amount) for line in found.inventory.net_masses)
    climate = float(found.assessment.product.kgco2e.median) * found.inventory.quantity
    assert float(values[CLIMATE]) == pytest.approx(climate / net)
    assert 0 <= values[SCRAP] < 1


def test_too_few_others_are_not_shown(play):
    """Where one of the others could be read out, nothing of them is said."""
    others(play, FEWEST - 1)
    found = play.submit("hook")
    for item in among(play, found).values():
        assert (item.count, item.median, item.low, item.high) == (FEWEST - 1, None, None, None)
        assert not item.is_unusual


def test_enough_others_give_median_and_range(play):
    """Equal declarations lie in their own middle, whoever made them."""
    others(play, FEWEST)
    item = among(play, play.submit("hook"))[ENERGY]
    assert item.count == FEWEST
    assert item.low == item.median == item.high == item.own


def test_what_is_outside_all_others_is_marked(play):
    """A third of the others' energy for the same work is worth a question."""
    others(play, FEWEST)
    steps = json.loads(json.dumps(play.document("hook", play.producer)["steps"]))
    steps[0]["energy"]["value"] = "0.09"
    found = among(play, play.submit("hook", steps=steps))
    assert found[ENERGY].is_unusual
    assert found[ENERGY].own < found[ENERGY].low
    assert not found[SCRAP].is_unusual


def test_other_families_do_not_count(play):
    """A printed hook is not compared with what was cut or sewn."""
    others(play, FEWEST, "panel")
    assert {item.count for item in among(play, play.submit("hook")).values()} == {0}


def test_refused_declarations_do_not_count(play):
    """What an auditor refused is no measure for others."""
    refused = others(play, FEWEST)
    with transaction(play.stage.scheme.bench.engine) as session:
        for item in refused:
            session.get_one(DeclarationRow, item.id).state = "refused"
    assert {item.count for item in among(play, play.submit("hook")).values()} == {0}
