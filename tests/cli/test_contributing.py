"""A product made by several parties, on the command line."""

import json

from label_service import canonical
from label_service.declaration import Declaration
from label_service.issuance.keys import create_key
from tests.examples import hooks


def test_two_workshops_make_one_declaration(call, tmp_path):
    """The producer begins, the partner signs its own steps, the producer puts them together; one inventory follows."""
    own, other, key = tmp_path / "own.json", tmp_path / "other.json", tmp_path / "partner.pem"
    create_key(key)
    partner = {"id": "https://atelier.example", "name": "Atelier Süd", "country": "FRA"}
    own.write_text(json.dumps(hooks()))
    other.write_text(json.dumps(hooks() | {"producer": partner}))
    batch, signed, whole = (tmp_path / name for name in ("batch.json", "signed.json", "whole.json"))
    assert call("contribute", "begin", own, "--scheme", "https://labels.example", "--out", batch).code == 0
    said = call("contribute", "sign", other, "--batch", batch, "--key", key, "--out", signed)
    assert "atelier-sud-make: fdm_desktop on atelier-sud-machine" in said.out
    done = call("contribute", "combine", own, signed, "--out", whole)
    assert "steps of Atelier Süd" in done.out
    declaration = Declaration.from_bytes(whole.read_bytes().strip())
    assert [step.id for step in declaration.steps] == ["make", "atelier-sud-make"]
    inventory = json.loads(call("assess", whole, "--json").out)
    assert inventory["grade"]
    changed = canonical.decode(declaration.to_bytes())
    changed["steps"][1]["energy"]["value"] = "0.2"
    whole.write_text(json.dumps(changed))
    refused = call("assess", whole)
    assert refused.code == 2
    assert "Atelier Süd signed steps" in refused.err
