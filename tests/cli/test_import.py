"""`label-service import`: what it prints for every kind of file, and the answers it takes."""

import json
from pathlib import Path

import pytest

from label_service.examples import FOLDER
from tests.commands import command, python

SAMPLES = Path(__file__).parents[1] / "readers" / "samples"
MEMBERS = {
    "file",
    "sha256",
    "kind",
    "producer",
    "importer",
    "importer_version",
    "facts",
    "texts",
    "warnings",
    "missing",
    "unsaid",
}


def printed(*arguments: object) -> list[dict]:
    """Give what the command prints as JSON."""
    return json.loads(command("import", "--json", *arguments).stdout)


def energy(result: dict) -> str | None:
    """Give the energy that was read."""
    return next((fact["value"] for fact in result["facts"] if fact["quantity"] == "energy"), None)


def test_every_kind_of_file_has_the_same_members() -> None:
    """Programs find the same members for each file, producer null where no program is named."""
    names = ["moonraker.json", "octoprint.csv", "box.svg", "box.lbrn2", "panel.dxf", "badge.dst", "okh.toml"]
    results = printed(*(SAMPLES / name for name in names), FOLDER / "hook" / "hook.gcode", "--unit", "mm")
    assert [result["file"] for result in results] == [*names, "hook.gcode"]
    assert all(set(result) == MEMBERS for result in results)
    kinds = ["job-history", "job-history", "svg", "lightburn", "dxf", "embroidery", "okh", "gcode"]
    assert [result["kind"] for result in results] == kinds
    assert results[2]["producer"] is None
    assert results[0]["producer"] == {"program": "Moonraker", "version": ""}
    assert all(
        {"quantity", "value", "unit", "basis", "source"}
        <= set(fact)
        <= {"quantity", "value", "unit", "basis", "source", "item"}
        for result in results
        for fact in result["facts"]
    )


def test_an_error_has_code_detail_hint_and_where(tmp_path: Path) -> None:
    """A file that is not read says why, what to do, and where it went wrong."""
    file = tmp_path / "part.gcode"
    file.write_bytes(b"G21 G90 G54\nS12000 M3\nG1 X80 F900\n")
    (result,) = printed(file)
    assert set(result) == {"file", "error"}
    assert result["error"]["code"] == "unreadable-file"
    assert "CNC program, not a print" in result["error"]["detail"]
    assert result["error"]["where"] == "part.gcode"
    assert result["error"]["hint"]


def test_answers_reach_the_readers(tmp_path: Path) -> None:
    """Unit, zone, columns, job and rated power of the command line are those of the readers."""
    table = tmp_path / "meter.csv"
    rows = "".join(f"02.11.2026 {hour:02}:00;{hour}00,5;x\n" for hour in range(8, 14))
    table.write_text("Zeit;Stand;Ort\n" + rows)
    columns = ["--at-column", "Zeit", "--value-column", "Stand"]
    assert "error" in printed(table)[0]
    assert "unit" in printed(table, *columns)[0]["error"]["detail"]
    assert "zone" in printed(table, *columns, "--unit", "Wh")[0]["error"]["detail"]
    said = [*columns, "--unit", "Wh", "--zone", "Europe/Berlin"]
    assert energy(printed(table, *said)[0]) == "0.5"
    job = ["--start", "2026-11-02T08:00:00Z", "--end", "2026-11-02T10:00:00Z"]
    assert energy(printed(table, *said, *job)[0]) == "0.2"
    assert "rated power" in printed(table, *said, "--rated-power", "50")[0]["error"]["detail"]


def test_what_a_file_leaves_open_is_named_with_its_answers(tmp_path: Path) -> None:
    """Programs find the questions of a file, read or not, and the option that answers each."""
    table = tmp_path / "meter.csv"
    table.write_text("Zeit;Stand\n02.11.2026 08:00;100,5\n02.11.2026 09:00;200,5\n")
    asked = {item["option"]: item for item in printed(table)[0]["error"]["unsaid"]}
    assert asked["at_column"]["choices"] == [{"value": "zeit", "words": "zeit"}]
    asked = {item["option"]: item for item in printed(SAMPLES / "moonraker.json")[0]["unsaid"]}
    assert asked["jobs"]["is_needed"] is False
    assert [choice["value"] for choice in asked["failed_elsewhere"]["choices"]] == ["1"]
    assert "to say: jobs: Which jobs made this batch?" in command("import", SAMPLES / "moonraker.json").stdout


def test_the_jobs_of_a_batch_are_chosen() -> None:
    """Finished jobs by their item; a failed one leaves only by name."""

    def count(*said: object) -> dict[str, str]:
        facts = printed(SAMPLES / "moonraker.json", *said)[0]["facts"]
        return {fact["quantity"]: fact["value"] for fact in facts if "item" not in fact}

    assert count("--job", 0)["job_count"] == "2"
    assert count("--job", 0, "--failed-elsewhere", 1)["job_count"] == "1"


def test_a_channel_chooses_one_of_several_meters(tmp_path: Path) -> None:
    """Of two sockets the named one counts."""
    file = tmp_path / "status.json"
    file.write_text(json.dumps({"em1data:0": {"total_act_energy": 1000}, "em1data:1": {"total_act_energy": 500}}))
    assert "one channel" in printed(file)[0]["error"]["detail"]
    (fact,) = printed(file, "--channel", "em1data:1")[0]["facts"]
    assert fact["value"] == "0.5"


@pytest.mark.parametrize("power", ["-5", "0.50", "lots", "1e3"])
def test_a_power_that_is_no_amount_is_refused(power: str) -> None:
    """The error names the answer that is wrong, and nothing is read."""
    done = command("import", SAMPLES / "moonraker.json", f"--rated-power={power}")
    assert done.returncode == 2
    assert "rated_power_w" in done.stderr
    assert "Traceback" not in done.stderr


def test_people_see_which_layer_a_length_belongs_to() -> None:
    """The table names the item of each fact."""
    done = command("import", SAMPLES / "box.svg")
    assert done.returncode == 0
    assert "cut_length [1]" in done.stdout
    assert "layer_name [1]: #0000ff" in done.stdout


def test_the_commands_load_only_what_reading_a_file_needs() -> None:
    """Programs that call the command for each file wait for no database, web, tables or calculation."""
    program = "import sys, label_service.cli.commands; print(*sys.modules)"
    loaded = set(python("-c", program).stdout.split())
    assert "label_service.readers" in loaded
    assert not loaded & {"rich", "sqlmodel", "fastapi", "jinja2", "openpyxl", "label_service.assessment"}
    assert not loaded & {"label_service.declaration", "label_service.factors", "label_service.store.tables"}
