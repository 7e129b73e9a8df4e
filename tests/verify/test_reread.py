"""The auditor reads the evidence again: same importer, same facts, and no amount that its file does not show."""

import json
from decimal import Decimal

import pytest

from label_service.declaration import Declaration
from label_service.errors import UnreadableFile, VerificationError
from label_service.examples import FOLDER
from label_service.quantity import amount
from label_service.verify.dossier import file_digest
from label_service.verify.reread import ACROSS, RULE, compare, reread

HOOK = FOLDER / "hook"
FILES = {file_digest(file): file for file in HOOK.iterdir() if file.is_file()}


def hook(**changes) -> Declaration:
    """Give the shipped hook with changes."""
    document = Declaration.from_bytes((HOOK / "declaration.json").read_bytes().strip()).as_json()
    return Declaration.from_json(document | changes)


def with_energy(value: str) -> Declaration:
    """Give the hook with another energy than its meter shows."""
    (step,) = hook().as_json()["steps"]
    return hook(steps=[step | {"energy": step["energy"] | {"value": value}}])


def test_the_shipped_hook_says_what_its_files_say():
    """Job file and meter are read again, and nothing differs."""
    read = reread(hook(), FILES)
    assert {item.name for item in read} == {"hook.gcode", "meter.json"}
    assert list(compare(hook(), read)) == []


def test_an_amount_that_its_file_does_not_show_is_a_finding():
    """Half of the metered energy is declared: the finding names the amount, the file and what it says."""
    declared = with_energy("0.128")
    (finding,) = compare(declared, reread(declared, FILES))
    assert (finding.rule, finding.severity, finding.where) == (RULE, "evidence", "/steps/print/energy")
    assert finding.value == "0.128 kWh"
    assert finding.expected == "0.256 kWh"
    assert "meter.json" in finding.message


@pytest.mark.parametrize("factor", ["0.9995", "1.0005"])
def test_rounding_is_no_finding(factor):
    """Declared amounts may be rounded to a thousandth."""
    declared = with_energy(amount(Decimal("0.256") * Decimal(factor)))
    assert list(compare(declared, reread(declared, FILES))) == []


def test_another_version_of_the_importer_is_not_the_same_reading():
    """Facts of another reader are not what was declared from; the auditor is told which version it takes."""
    evidence = [
        item | ({"importer_version": "0"} if "importer" in item else {}) for item in hook().as_json()["evidence"]
    ]
    declared = hook(evidence=evidence)
    with pytest.raises(VerificationError, match=r"was read by .* 0, this build reads it by"):
        reread(declared, FILES)


def test_answers_are_used_again():
    """A file that leaves its unit open is read with the unit that was said, and the auditor sees it."""
    answers = {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T09:00:00Z"}
    evidence = [
        item | ({"options": answers} if item["kind"] == "meter_reading" else {})
        for item in hook().as_json()["evidence"]
    ]
    read = reread(hook(evidence=evidence), FILES)
    assert {item.name: item.options.as_json() for item in read} == {"hook.gcode": {}, "meter.json": answers}


def test_answers_with_which_a_file_cannot_be_read_are_refused():
    """A declaration whose answers do not fit its file proves nothing."""
    answers = {"start": "2026-01-02T08:00:00Z", "end": "2026-01-02T09:00:00Z"}
    evidence = [
        item | ({"options": answers} if item["kind"] == "meter_reading" else {})
        for item in hook().as_json()["evidence"]
    ]
    with pytest.raises(UnreadableFile, match="none before"):
        reread(hook(evidence=evidence), FILES)


def test_files_of_one_batch_that_disagree_are_a_finding(tmp_path):
    """A meter that saw an hour of a longer print: the finding names both files."""
    meter = tmp_path / "short.json"
    readings = [{"at": f"2026-11-02T0{hour}:00:00Z", "value": str(hour)} for hour in (8, 9)]
    meter.write_text(json.dumps({"type": "meter-readings", "unit": "kWh", "readings": readings}))
    listed = {"digest": file_digest(meter), "kind": "meter_reading", "name": meter.name, "size_bytes": 9}
    listed |= {"importer": "meter-readings", "importer_version": "1"}
    kept = [item for item in hook().as_json()["evidence"] if item["kind"] != "meter_reading"]
    (step,) = hook().as_json()["steps"]
    energy = step["energy"] | {"value": "1", "evidence": [listed["digest"]]}
    declared = hook(evidence=[*kept, listed], steps=[step | {"energy": energy}])
    (found,) = compare(declared, reread(declared, FILES | {listed["digest"]: meter}))
    assert (found.rule, found.severity, found.quantity) == (ACROSS, "evidence", "interval_duration")
    assert "short.json" in found.message
    assert "hook.gcode" in found.message
