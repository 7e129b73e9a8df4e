"""A supplier's record on the command line, and a declaration that builds on it without an installation."""

import json

import pytest

from label_service.label.record import read_record
from tests.examples import entry, hooks

SIGN = {
    "--supplier": "Smith",
    "--supplier-id": "https://smith.example",
    "--country": "AUT",
    "--mass-kg": "0.010",
    "--kgco2e": "0.021",
    "--gsd": "1.2",
    "--source": "EPD-EXAMPLE-1",
    "--valid-from": "2026-01-01",
    "--valid-until": "2099-12-31",
}


@pytest.fixture
def sign(call, tmp_path):
    """Give a function that signs a record with a fresh key, and gives what was said and the file."""
    key, file = tmp_path / "smith.pem", tmp_path / "record.jwt"
    call("keys", "new", key)

    def run(**changed):
        options = SIGN | {f"--{name.replace('_', '-')}": value for name, value in changed.items()}
        return call("record", "sign", "Handle", "--key", key, *sum(options.items(), ()), "--out", file), file

    return run


def test_a_supplier_signs_and_everybody_reads(sign, call):
    """Days are whole, amounts have one spelling, and the range is said as people read it."""
    said, file = sign()
    assert "0.021 kg CO2e (0.0156 to 0.0283)" in said.out
    _, record = read_record(file.read_text().strip())
    assert (record.mass_kg, record.valid_until) == ("0.01", "2099-12-31T23:59:59Z")
    shown = call("record", "show", file)
    assert shown.code == 0
    assert "counts from 2026-01-01T00:00:00Z to 2099-12-31T23:59:59Z" in shown.out


def test_a_declaration_with_parts_is_assessed_from_files(sign, call, tmp_path):
    """The record makes the part known, and it weighs; without it the part is named."""
    _, file = sign(unit="kg", mass_kg="1")
    digest = read_record(file.read_text().strip())[0].digest
    part = {"id": "handle", "kind": "record", "digest": digest, "material": "steel-wire", "amount": entry("0.4", "kg")}
    declaration = tmp_path / "declaration.json"
    declaration.write_text(json.dumps(hooks() | {"parts": [part]}))
    missing = call("assess", declaration)
    assert missing.code == 2
    assert digest[:12] in missing.err
    found = call("assess", declaration, "--part", file, "--json")
    assert found.code == 0, found.err
    plain = tmp_path / "plain.json"
    plain.write_text(json.dumps(hooks()))
    medians = [
        float(json.loads(text)["product"]["kgco2e"]["median"])
        for text in (found.out, call("assess", plain, "--json").out)
    ]
    assert medians[0] > medians[1] + 0.1 * 0.021  # 0.1 kg in each of four hooks, and the way of it


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kgco2e": "0"}, "/kgco2e"),
        ({"kgco2e": "nan"}, "invalid-amount"),
        ({"kgco2e": "much"}, "expected a number"),
        ({"gsd": "1.01"}, "GSD of at least 1.05"),
        ({"unit": "kg"}, "a kilogram that weighs 1 kg"),
        ({"country": "Austria"}, "/supplier/country"),
        ({"valid_until": "2025-12-31"}, "expected a beginning before the end"),
        ({"valid_until": "soon"}, "expected a time"),
    ],
)
def test_a_record_that_cannot_count_is_not_signed(sign, changed, said):
    """Each is refused by what is wrong with it, and no file is written."""
    refused, file = sign(**changed)
    assert refused.code == 2
    assert said in refused.err
    assert not file.exists()


def test_a_changed_record_does_not_hold(sign, call):
    """Whoever is handed a record sees that somebody changed it, or that it is none."""
    _, file = sign()
    head, payload, signature = file.read_text().strip().split(".")
    file.write_text(".".join((head, payload, "A" * 8 + signature[8:])))
    refused = call("record", "show", file)
    assert refused.code == 2
    assert "verification-failed" in refused.err
    file.write_text("no record")
    assert call("record", "show", file).code == 2
