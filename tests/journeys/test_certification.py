"""The journey of a scheme: every party in her browser, over real HTTP, from `init` to the end of a stolen token."""

import pytest

from tests.journeys import disputes, founding, keeping, labelling, sampling, workshop
from tests.journeys.acting import playing


@pytest.fixture
def world(tmp_path, call):
    """Found a scheme and serve it."""
    with playing(tmp_path / "scheme", call) as found:
        yield found


def test_a_workshop_is_certified_caught_and_comes_back(world):
    """One visit labels fifty boxes at once; a sample stops the workshop, and what was proven before stays proven.

    Nothing in it needs a command or a program except what is one: the shop's server, and checks by anybody.
    """
    olga = founding.open_the_scheme(world)
    founding.publish_the_rules(olga)
    otto = founding.invite(olga, "Otto Operator", "otto@chamber.example")
    pia, vera = world.person("Pia Producer"), world.person("Vera Auditor")
    pia.join(founding.admit(olga, "producer", "Box workshop", "HRB 4711 Leipzig", "pia@workshop.example"))
    vera.join(founding.admit(olga, "verifier", "Independent inspectors", "HRB 815 Berlin", "vera@inspectors.example"))
    founding.agree(pia, "/workshop")
    founding.agree(vera, "/audit")
    founding.list_the_auditor(olga, vera)

    workshop.describe(pia)
    workshop.ask_for_a_scope(pia)
    scope = workshop.attest(vera)
    workshop.see_the_scope(pia, scope)

    program = labelling.make_token(pia)
    labels = labelling.label_inside(pia, program, scope)
    outside = labelling.wait_outside(pia, program)
    labelling.attest_it_alone(pia, vera, outside)

    drawn = sampling.draw(world, vera, scope)
    undrawn = [label for label in labels if label not in drawn]
    sampling.tell_the_producer(pia, drawn)
    bundles = sampling.keep_bundles(world, (labels[0], labels[-1], drawn[0], drawn[1]))
    sampling.confirm(vera, drawn[0])
    sampling.find(vera, drawn[1])
    sampling.see_it_everywhere(world, pia, program, scope, labels)
    sampling.check_offline(world, bundles)

    disputes.remedy(olga, scope)
    disputes.counts_again(world, pia, program, drawn[1], labels)
    stranger = disputes.complain(world, undrawn[0])
    disputes.answer(pia, olga, undrawn[0])
    disputes.uphold(olga, stranger, undrawn[0])
    disputes.appeal(pia, olga, otto, undrawn[0])

    held = keeping.rotate(world, olga, program)
    keeping.hold(world, held.bundle, bundles[labels[0]])
    keeping.steal(world, olga, program, held)
    keeping.recall(world, olga, drawn[1])
    keeping.read_the_records(world, scope, undrawn[0])
    keeping.take_the_token_away(pia, program)
    keeping.audit_the_log(world)
    for person, home in ((olga, "/operate"), (otto, "/operate"), (pia, "/workshop"), (vera, "/audit"), (stranger, "/")):
        keeping.follow_every_link(person, home)
