from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service.declaration import Declaration
from label_service.errors import Implausible, LabelServiceError
from label_service.plausibility import check, reject
from label_service.quantity import AMOUNT_PATTERN, amount
from tests import examples
from tests.examples import RELEASE, batch, changed, claim, entry, findings_of, hooks, rules, step
from tests.laws import error_of
from tests.strategies import declarations

DELTA = Decimal("0.000001")


def worked(process, **members):
    """Give a declaration of one step of a process; it need not be one that can be assessed."""
    body = {"id": "body", "material": "pla", "net": entry("1", "kg")} | members.pop("body", {})
    document = batch({"family": "fdm"}, process, materials=[body], steps=[step(**members.pop("step", {}))])
    document["machines"][0] |= members
    return document


def mass(**kg):
    """Give masses of the body."""
    return {"body": {name: entry(amount(value), "kg") for name, value in kg.items()}}


def run(kwh, hours=None):
    """Give energy and hours of the step."""
    energy = {"energy": entry(amount(kwh), "kWh")}
    return {"step": energy | ({"duration": entry(amount(hours), "h")} if hours else {})}


def typical_kw(process):
    """Give the typical power of a process."""
    return Decimal(RELEASE.row("processes", process)["power_active_w_typ"]) / 1000


ONE = Decimal(1)
# How a declaration shows a value of each quantity that can be computed; the way back is arithmetic by hand.
SHOWN_BY = {
    "mass_balance": lambda _, v: mass(gross=ONE, net=ONE - v),
    "scrap_fraction": lambda _, v: mass(gross=ONE, net=ONE - v),
    "kwh_per_kg": lambda _, v: mass(gross=ONE) | run(v),
    "kwh_per_kg_fired": lambda _, v: mass(gross=ONE) | run(v),
    "throughput": lambda _, v: mass(gross=v / 1000) | run(ONE, ONE),
    "mean_power": lambda _, v: run(v / 1000, ONE),
    "pump_power": lambda _, v: run(v / 1000, ONE),
    "energy_power_time": lambda process, v: run(v * typical_kw(process), ONE),
    "mean_power_over_nameplate": lambda _, v: run(v, ONE) | {"nameplate_power": entry("1", "kW")},
}
FAVOURABLE = {"kwh_per_kg": "min", "kwh_per_kg_fired": "min", "mean_power": "min", "pump_power": "min"} | {
    "energy_power_time": "min", "scrap_fraction": "min", "throughput": "max",
}  # fmt: skip

# Amounts are never negative: a scrap fraction reaches below 0 but not to 1 and above, everything else starts at 0.
SMALLEST = dict.fromkeys(SHOWN_BY, Decimal(0)) | dict.fromkeys(("scrap_fraction", "mass_balance"), Decimal(-1))
NET_OF_NOTHING = dict.fromkeys(SHOWN_BY, Decimal(10**9)) | dict.fromkeys(("scrap_fraction", "mass_balance"), ONE)


def bounds():
    """Give (rule, bound, value) of every bound of a quantity that can be computed."""
    for rule_id in rules():
        rule = RELEASE.row("bounds", rule_id)
        if rule["quantity"] in SHOWN_BY:
            for name in ("hard_min", "hard_max", "soft_min", "soft_max"):
                if name in rule:
                    yield rule_id, name, Decimal(rule[name])


BOUNDS = list(bounds())


def severities(rule_id, value):
    """Give what a rule says about a value of its quantity."""
    rule = RELEASE.row("bounds", rule_id)
    process = "fdm_desktop" if rule["process_id"] == "*" else rule["process_id"]
    document = worked(process, **SHOWN_BY[rule["quantity"]](process, value))
    found = check(Declaration.from_json(document), RELEASE, [rule_id])
    return {finding.severity for finding in found}


@pytest.mark.parametrize(("rule_id", "name", "limit"), BOUNDS)
def test_each_bound_has_two_sides(rule_id, name, limit):
    """A bound allows its own value; one step beyond, hard ones reject, soft ones ask or warn by their side."""
    rule = RELEASE.row("bounds", rule_id)
    if name.startswith("hard") or rule.get(f"hard_{name[5:]}") == rule[name]:
        expected = "reject"
    else:
        expected = "evidence" if FAVOURABLE[rule["quantity"]] == name[5:] else "warn"
    if limit > 0 and limit != NET_OF_NOTHING[rule["quantity"]]:
        assert expected not in severities(rule_id, limit)
    beyond = limit + (DELTA if name.endswith("max") else -DELTA)
    if SMALLEST[rule["quantity"]] <= beyond < NET_OF_NOTHING[rule["quantity"]]:
        assert severities(rule_id, beyond) == {expected}


def test_the_rules_that_can_be_computed_are_covered():
    """Bounds B01 to B06 and every process rule with a quantity that a declaration shows have a case here."""
    covered = {rule_id for rule_id, _, _ in BOUNDS}
    assert {"B01", "B02", "B03", "B04", "F01", "F02", "F05", "F06", "L01", "L03", "W01", "K01", "S05", "T04"} <= covered
    assert len(covered) >= 20


def test_more_hours_than_the_calendar_has_are_refused():
    """Rule B05: one machine does not run 25 hours on one day, in however many steps."""
    document = hooks()
    document["steps"] = [step(id=f"s{n}", duration=entry("12.5", "h")) for n in range(2)]
    with pytest.raises(Implausible, match=r"at most 24 h.*found 25 h \(rule B05\)"):
        findings_of(document)
    assert findings_of(changed(document, "/made/last", "2026-11-03")) is not None
    document["machines"].append(document["machines"][0] | {"id": "second"})
    assert findings_of(changed(document, "/steps/1/machine", "second")) is not None


@pytest.mark.parametrize("value", [entry("0", "kWh"), entry("0", "MJ"), claim("0", "kWh")])
def test_a_machine_without_energy_is_refused(value):
    """Rule B06: only what is driven by hand needs no energy."""
    with pytest.raises(Implausible, match="B06"):
        findings_of(changed(hooks(), "/steps/0/energy", value))
    by_hand = changed(hooks(), "/machines/0/process", "hand_tools")
    assert findings_of(changed(by_hand, "/steps/0/energy", value)) == ()
    assert findings_of(changed(hooks(), "/steps/0/energy", None)) is not None


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_energy_beyond_nameplate_times_hours_is_rejected(percent, hours):
    """Rule B04: a meter cannot show more than the machine can draw in its hours, or in those of the calendar."""
    kwh = Decimal(percent) / 100 * Decimal(hours) / 100
    document = worked(
        "fdm_desktop", nameplate_power=entry("1", "kW"), **run(kwh, Decimal(hours) / 100) | mass(gross=kwh)
    )
    document["made"]["first"] = "2026-01-01"
    assert ("B04" in {finding.rule for finding in findings_of(document)}) is (percent > 100)
    without_hours = changed(document, "/steps/0/duration", None) | {
        "made": {"first": "2026-11-02", "last": "2026-11-02"}
    }
    assert ("B04" in {finding.rule for finding in findings_of(without_hours)}) is (kwh > 24)


def test_a_rejected_finding_raises_with_all_that_was_found():
    """The maker reads the rule, the expected range, the found value and the place."""
    document = worked("fdm_desktop", **mass(gross=ONE) | run(Decimal("0.01")))
    found = findings_of(document)
    with pytest.raises(Implausible) as caught:
        reject(found)
    assert "expected at least 0.05 at most 1347 kWh/kg, found 0.01 kWh/kg (rule F01)" in caught.value.detail
    assert caught.value.where == "/steps/make"
    reject(finding for finding in found if finding.severity != "reject")


def test_the_less_favourable_side_never_holds_back():
    """Whoever needs more energy than usual is warned and not asked for a paper."""
    document = worked("fdm_desktop", **mass(gross=ONE) | run(Decimal(30), Decimal(12)))
    assert {finding.severity for finding in findings_of(document) if finding.rule in {"B03", "F01", "F02"}} == {"warn"}


@given(
    st.from_regex(AMOUNT_PATTERN, fullmatch=True),
    st.from_regex(AMOUNT_PATTERN, fullmatch=True),
    st.from_regex(AMOUNT_PATTERN, fullmatch=True),
    st.from_regex(AMOUNT_PATTERN, fullmatch=True),
)
def test_absurd_amounts_end_in_findings_or_one_kind_of_error(net, gross, energy, hours):
    """A grain that took a trillion kWh in a millisecond is rejected by name, not by a crash."""
    document = worked(
        "fdm_desktop",
        body={"net": entry(net, "kg"), "gross": entry(gross, "kg")},
        step={"energy": entry(energy, "kWh"), "duration": entry(hours, "s")},
        nameplate_power=entry("0.000000000001", "W"),
    )
    error = error_of(lambda: reject(findings_of(document)))
    assert error is None or len(error.detail) < 500


@settings(max_examples=40)
@given(declarations())
def test_checks_never_crash_on_what_can_be_assessed(document):
    """Every declaration gets its findings, each with a rule of the release and a place in the document."""
    for finding in findings_of(document):
        assert finding.rule in rules()
        assert finding.where.startswith(("/steps/", "/materials/"))
        assert finding.message


def test_the_examples_are_not_rejected():
    """The products of the other tests hold back at most for evidence."""
    for make in examples.ALL:
        reject(findings_of(make()))


@pytest.mark.parametrize("unit", ["kWh", "kg", "L"])
def test_a_wrong_unit_is_named(unit):
    """Energy in litres is an error of the unit, not a number."""
    with pytest.raises(LabelServiceError, match="expected a unit of"):
        findings_of(changed(hooks(), "/steps/0/duration", entry("1", unit)))


def test_a_finding_names_the_files_behind_it():
    """Energy against time names the meter's file and the machine's, each once."""
    meter, record = "aa" * 32, "bb" * 32
    document = worked("fdm_desktop", **mass(gross=ONE) | run(Decimal("0.01"), ONE))
    document["evidence"] += [
        {"digest": digest, "kind": kind, "name": name, "size_bytes": 9}
        for digest, kind, name in ((meter, "meter_reading", "meter.csv"), (record, "job_record", "history.json"))
    ]
    document["steps"][0]["energy"]["evidence"] = [meter]
    document["steps"][0]["duration"]["evidence"] = [record]
    named = {finding.rule: finding.sources for finding in findings_of(document)}
    assert named["B03"] == named["F02"] == ("meter.csv", "history.json")
    assert named["F01"] == ("meter.csv", "scale.jpg")
    assert named["F05"] == ("history.json", "scale.jpg")
    assert findings_of(worked("fdm_desktop", **mass(gross=ONE) | run(Decimal(30))))[0].sources == ("scale.jpg",)


def test_failed_jobs_that_were_left_out_ask_for_evidence():
    """Whoever says that failed jobs were for something else is asked by an auditor."""
    document = hooks()
    read = {"importer": "jobs-moonraker", "importer_version": "1"}
    document["evidence"][0] |= read | {"options": {"jobs": [0, 4], "failed_elsewhere": [2, 3]}}
    (found,) = [finding for finding in findings_of(document) if finding.rule == "failed_jobs"]
    assert (found.severity, found.value, found.sources) == ("evidence", "2 left out", ("scale.jpg",))
    document["evidence"][0]["options"] = {"jobs": [0, 4]}
    assert "failed_jobs" not in {finding.rule for finding in findings_of(document)}


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 500))
def test_more_of_a_lot_than_was_bought_asks_for_evidence(one, two, bought):
    """Lines of one lot add up; exactly what was bought may be used."""
    document = hooks()
    (line,) = document["materials"]
    lot = {"lot": "L-1", "bought": entry(str(bought), "g")}
    masses = [{"net": entry(str(grams), "g"), "gross": entry(str(grams), "g")} for grams in (one, two)]
    document["materials"] = [line | lot | masses[0] | {"id": "a"}, line | lot | masses[1] | {"id": "b"}]
    document["steps"][0]["materials"] = ["a", "b"]
    found = [finding for finding in findings_of(document) if finding.rule == "lot"]
    assert len(found) == (2 if one + two > bought else 0)
    assert all(finding.severity == "evidence" for finding in found)
