import json
from dataclasses import replace

import pytest

from label_service.assessment import Assessment
from label_service.certification.checking import check_declaration
from label_service.store.database import transaction
from label_service.store.scheme_tables import EvidenceRow


def checked(play, found):
    """Check a declaration with the files of its makers."""
    return check_declaration(found, play.desk.evidence.of_goods(found.declaration))


@pytest.mark.parametrize("name", ["hook", "box", "plate", "panel"])
def test_an_honest_example_holds(play, name):
    """Every file is there and read again, and the result is the same to the digit."""
    found = play.declare(name)
    result = checked(play, found)
    assert result.difference == ""
    assert result.missing == ()
    assert [source.problem for source in result.sources] == [""] * len(found.declaration.evidence)
    assert {source.paper.digest for source in result.sources if source.read} == {
        item.digest for item in found.declaration.evidence if item.importer
    }


def test_each_amount_stands_beside_what_its_files_say(play):
    """The reading of the meter is beside the declared energy, the time of the job file beside the duration."""
    lines = {line.where: line for line in checked(play, play.declare("hook")).amounts}
    step = next(line for where, line in lines.items() if where.endswith("/energy"))
    assert (step.unit, step.basis) == ("kWh", "metered")
    assert any(fact.quantity == "energy" and fact.value == step.value for said in step.said for fact in said.facts)
    duration = next(line for where, line in lines.items() if where.endswith("/duration"))
    assert any(fact.quantity == "print_duration" for said in duration.said for fact in said.facts)
    assert all(
        line.unit != "kg" or fact.unit == "kg" for line in lines.values() for said in line.said for fact in said.facts
    )


def test_every_amount_is_shown(play):
    """No amount of the declaration is left out of what the auditor sees."""
    found = play.declare("box")
    text = json.dumps(found.declaration.as_json())
    assert len(checked(play, found).amounts) == text.count('"basis"')


def test_an_amount_its_file_does_not_show_is_a_finding_to_release(play):
    """A declared energy below the meter is named with both values, and asks for the auditor's look."""
    document = play.document("hook", play.producer)
    steps = json.loads(json.dumps(document["steps"]))
    steps[0]["energy"]["value"] = "0.2"
    result = checked(play, play.declare("hook", steps=steps))
    (finding,) = [item for item in result.findings if item.rule == "reread"]
    assert (finding.value, finding.expected) == ("0.2 kWh", "0.256 kWh")
    assert "reread" in result.open_rules


def test_a_file_that_was_never_uploaded_is_named(play):
    """A digest without a file is no evidence; the auditor sees which."""
    result = checked(play, play.submit("hook"))
    assert len(result.missing) == len(result.sources)
    assert all("not uploaded" in source.problem for source in result.sources)


def test_a_file_of_somebody_else_counts_as_missing(play):
    """That a rival uploaded the same file does not help."""
    play.declare("hook", play.rival)
    assert checked(play, play.submit("hook")).missing


def test_a_removed_file_counts_as_missing(play):
    """What is gone cannot be looked at."""
    found = play.declare("hook")
    key = found.declaration.evidence[0].digest, play.producer.party_id
    with transaction(play.stage.scheme.bench.engine) as session:
        session.get_one(EvidenceRow, key).removed_at = play.clock()
    assert checked(play, found).missing == (found.declaration.evidence[0].name,)


def test_a_result_that_does_not_follow_is_named(play):
    """When the service computed something else than this build, the first difference is said."""
    found = play.declare("hook")
    wrong = Assessment.from_json(found.assessment.as_json() | {"score": 1})
    assert "assessment /score" in checked(play, replace(found, assessment=wrong)).difference
    other = found.inventory.model_copy(update={"quantity": found.inventory.quantity + 1})
    assert "inventory /quantity" in checked(play, replace(found, inventory=other)).difference


def test_another_importer_is_a_problem_of_its_file_alone(play):
    """A file that this build reads otherwise is named; the others are still read."""
    evidence = json.loads(json.dumps(play.document("hook", play.producer)["evidence"]))
    position = next(number for number, item in enumerate(evidence) if "importer" in item)
    evidence[position]["importer_version"] = "999"
    result = checked(play, play.declare("hook", evidence=evidence))
    assert "999" in result.sources[position].problem
    assert any(source.read for source in result.sources)
