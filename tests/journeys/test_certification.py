"""The journey of a scheme: every party in her browser, over real HTTP, from `init` to the end of a stolen token."""

import pytest

from tests.journeys import founding, labelling, workshop
from tests.journeys.acting import playing
from tests.stage import Clock


@pytest.fixture
def world(tmp_path, call):
    """Found a scheme and serve it."""
    with playing(tmp_path / "scheme", call, Clock()) as found:
        yield found


def test_a_workshop_is_certified_caught_and_comes_back(world):
    """todo"""
    olga = founding.open_the_scheme(world)
    founding.publish_the_rules(olga)
    otto = founding.invite(olga, "Otto Operator", "otto@chamber.example")
    pia, vera = world.person("Pia Producer"), world.person("Vera Auditor")
    pia.join(founding.admit(olga, "producer", "Box workshop", "HRB 4711 Leipzig", "pia@workshop.example"))
    vera.join(founding.admit(olga, "verifier", "Independent inspectors", "HRB 815 Berlin", "vera@inspectors.example"))
    founding.list_the_auditor(olga, vera)
    workshop.describe(pia)
    workshop.ask_for_a_scope(pia)
    scope = workshop.attest(vera)
    workshop.see_the_scope(pia, scope)
    program = labelling.make_token(pia)
    labels = labelling.label_inside(pia, program, scope)
    outside = labelling.wait_outside(pia, program)
