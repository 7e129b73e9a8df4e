import json

import pytest

from label_service.certification.similar import CLIMATE, ENERGY, FEWEST, MASS, SCORE, SCRAP, compared, figures
from label_service.declaration import Declaration
from label_service.document import Party
from label_service.store.database import reading, transaction
from label_service.store.tables import DeclarationRow


def others(play, count, name="hook", **members):
    """Submit an example as each of several other producers."""
    found = []
    for number in range(count):
        party = Party(id=f"https://peer-{number}.example", name=f"Peer {number}", country="DEU")
        play.stage.enrol(party)
        document = play.document(name, play.producer) | {"producer": party.as_json(), **members}
        found.append(play.stage.scheme.declarations.submit(Declaration.from_json(document), party=party.id))
    return found


def among(play, found):
    """Compare a declaration, by kind of figure."""
    with reading(play.stage.scheme.bench.engine) as session:
        return {item.kind: item for item in compared(session, found)}


def with_energy(play, kwh):
    """Give the steps of the hook with other energy."""
    steps = json.loads(json.dumps(play.document("hook", play.producer)["steps"]))
    steps[0]["energy"]["value"] = kwh
    return steps


def test_figures_are_those_of_the_declaration(play):
    """Energy and scrap of a process, impact for a kilogram, mass and score come from the public documents."""
    found = play.submit("hook")
    values = {kind: value for (kind, _), value in figures(found.inventory, found.assessment).items()}
    energy, gross = found.declaration.steps[0].energy, found.declaration.materials[0].gross
    assert float(values[ENERGY]) == pytest.approx(float(energy.value) / float(gross.value))
    net = sum(float(line.amount) for line in found.inventory.net_masses)
    climate = float(found.assessment.product.kgco2e.median) * found.inventory.quantity
    assert float(values[CLIMATE]) == pytest.approx(climate / net)
    assert float(values[MASS]) == pytest.approx(net / found.inventory.quantity)
    assert values[SCORE] == found.assessment.score
    assert 0 <= values[SCRAP] < 1


def test_too_few_producers_are_not_shown(play):
    """Where one of the peers could be read out, nothing of them is said, however much they declared."""
    others(play, FEWEST - 1)
    others(play, FEWEST - 1, salt="f" * 32)
    found = play.submit("hook")
    for item in among(play, found).values():
        assert (item.producers, item.count, item.spread) == (FEWEST - 1, 2 * (FEWEST - 1), None)
        assert not item.is_unusual


def test_her_own_declarations_are_no_peers(play):
    """A producer is held against others, never against herself."""
    for number in range(FEWEST + 1):
        play.submit("hook", salt=f"{number:032x}")
    assert {item.count for item in among(play, play.submit("hook")).values()} == {0}


def test_enough_peers_give_their_spread(play):
    """Equal declarations lie in their own middle, whoever made them."""
    others(play, FEWEST)
    item = among(play, play.submit("hook"))[ENERGY]
    assert item.producers == FEWEST
    assert set(item.spread) == {item.own}


def test_each_producer_counts_once(play):
    """Whoever declares ten batches moves what is usual no more than whoever declares one."""
    others(play, FEWEST)
    party = Party(id="https://peer-0.example", name="Peer 0", country="DEU")
    for number in range(10):
        document = play.document("hook", play.producer) | {"producer": party.as_json(), "salt": f"{number:032x}"}
        document["steps"] = with_energy(play, "0.2")
        play.stage.scheme.declarations.submit(Declaration.from_json(document), party=party.id)
    item = among(play, play.submit("hook"))[ENERGY]
    assert (item.producers, item.count) == (FEWEST, FEWEST + 10)
    assert item.spread.median == item.own


def test_what_is_outside_the_peers_is_marked(play):
    """A third of the others' energy for the same work is worth a question."""
    others(play, FEWEST)
    found = among(play, play.submit("hook", steps=with_energy(play, "0.09")))
    assert found[ENERGY].is_unusual
    assert found[ENERGY].own < found[ENERGY].spread.p10
    assert not found[SCRAP].is_unusual


def test_other_families_and_materials_do_not_count(play):
    """A printed hook is not compared with what was cut or sewn, nor PLA with another plastic."""
    others(play, FEWEST, "panel")
    lines = json.loads(json.dumps(play.document("hook", play.producer)["materials"]))
    lines[0]["material"] = "petg"
    others(play, FEWEST, materials=lines)
    assert {item.count for item in among(play, play.submit("hook")).values()} == {0}


def test_refused_declarations_do_not_count(play):
    """What an auditor refused is no measure for others."""
    refused = others(play, FEWEST)
    with transaction(play.stage.scheme.bench.engine) as session:
        for item in refused:
            session.get_one(DeclarationRow, item.id).state = "refused"
    assert {item.count for item in among(play, play.submit("hook")).values()} == {0}
