from datetime import date, timedelta

from label_service.exports.pact import NOT_KNOWN, TO_THE_GATE
from tests.exports.samples import exported, source


def test_figure_is_from_cradle_to_gate():
    """PACT counts to the gate: the figure leaves out distribution and end of life, and no stage before the gate."""
    footprint = exported("pact")["pcf"]
    stages = {item.stage for item in source().assessment.product.stages}
    assert stages - set(TO_THE_GATE) == {"distribution", "end_of_life"}
    assert footprint["pcfExcludingBiogenicUptake"] == source().kgco2e(*TO_THE_GATE).median
    assert float(footprint["pcfExcludingBiogenicUptake"]) < float(source().content.kgco2e.median)


def test_unknown_members_stay_out_and_are_named():
    """What a label does not know is missing, not zero, and the comment names it for whoever completes the document."""
    document = exported("pact")
    assert not set(NOT_KNOWN) & set(document["pcf"])
    for member in NOT_KNOWN:
        assert member in document["comment"]


def test_unit_period_and_mass_are_those_of_the_label():
    """One item is the declared unit, with its mass; the period ends, as PACT has it, after the last day of making."""
    footprint, made = exported("pact")["pcf"], source().inventory.made
    assert (footprint["declaredUnitOfMeasurement"], footprint["declaredUnitAmount"]) == ("piece", "1")
    assert footprint["productMassPerDeclaredUnit"] == source().mass_kg
    after = date.fromisoformat(made.last) + timedelta(days=1)
    assert (footprint["referencePeriodStart"][:10], footprint["referencePeriodEnd"][:10]) == (made.first, str(after))


def test_no_verification_in_the_sense_of_pact_is_claimed():
    """The auditor attests by the method of the scheme, so the member that claims the one of PACT is never there."""
    assert "verification" not in exported("pact")["pcf"]


def test_identifier_stays():
    """The same label always has the same identifier, so that a receiver sees that it is the same footprint."""
    assert exported("pact")["id"] == "bbb6c328-7120-5b50-83dc-b2a1c64cddd4"
