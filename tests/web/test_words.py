from itertools import chain

import pytest

from label_service.assessment import assess
from label_service.impact.characterize import characterize
from label_service.web.words import Words, sentence, visible, web_address
from tests.examples import ALL, RELEASE, inventory_of

WORDS = Words(RELEASE, 2026)


def flows():
    """Give a flow of every row that can be one."""
    materials = (
        f"materials/{key}/{variant}" for key in RELEASE.keys("materials") for variant in ("virgin", "recycled")
    )
    others = (f"{table}/{key}" for table in ("electricity", "transport", "end_of_life") for key in RELEASE.keys(table))
    return chain(materials, others)


def test_every_flow_has_a_name():
    """No flow of the release is shown by its identifier."""
    for flow in flows():
        name = WORDS.flow(flow)
        assert name
        assert flow.partition("/")[0] + "/" not in name
        assert "_" not in name


@pytest.mark.parametrize("product", ALL)
def test_every_uncertain_input_has_a_name(product):
    """What would narrow a range is said in words, whatever product it is."""
    inventory = inventory_of(product())
    assessment = assess(inventory, RELEASE)
    variables = {name for item in characterize(inventory, RELEASE) for name, _ in item.term.loads}
    variables |= {item.name for comparison in assessment.comparisons for item in comparison.uncertain}
    for variable in variables:
        assert " " in WORDS.variable(variable)
        assert "_" not in WORDS.variable(variable)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (WORDS.flow("electricity/grid/DEU"), "Electricity, grid: Germany (2024)"),
        (WORDS.flow("materials/aluminium-extruded/recycled"), "Aluminium extrusion, recycled"),
        (WORDS.flow("materials/mdf/virgin"), "MDF, medium density fibreboard"),
        (WORDS.flow("transport/sea-container"), "Transport, ship (Container ship, average)"),
        (WORDS.flow("electricity/technology/solar-pv-rooftop"), "Electricity, own: solar pv rooftop"),
        (WORDS.flow("part/" + "ab" * 32), "Labelled part abababab"),
        (WORDS.flow("record/" + "ab" * 32), "Supplier's signed record abababab"),
        (WORDS.flow("something/else"), "something/else"),
        (WORDS.country("DEU"), "Germany"),
        (WORDS.country("XXX"), "XXX"),
        (WORDS.name("processes", "no-such"), "no-such"),
        (WORDS.variable("energy/print"), "energy of the step \u201cprint\u201d"),
        (WORDS.variable("unheard"), "unheard"),
        (sentence("expected a mass"), "Expected a mass."),
        (sentence(""), "."),
        (visible("\u200b"), "(no visible name)"),
        (web_address("https://lab.example"), "https://lab.example"),
        (web_address("javascript:alert(1)"), ""),
        (web_address(None), ""),
    ],
)
def test_names(shown, expected):
    """Names come from the release; what it does not know stands for itself."""
    assert shown == expected
