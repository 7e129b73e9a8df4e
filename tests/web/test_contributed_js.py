"""The browser finds missing consent where Python finds it, and the frame of a variant where Python draws it."""

import json
from pathlib import Path

from tests.vectors.make_contribution import entered

CONTRIBUTION = json.loads((Path(__file__).parents[1] / "vectors" / "contribution.json").read_text("utf-8"))
NAMES = {
    "consent-missing": "ConsentMissing",
    "verification-failed": "VerificationError",
    "invalid-document": "InvalidDocument",
    None: None,
}


def test_consent_is_missing_in_the_browser_too(verifier):
    """Both verifiers accept the same signed steps, and name what is wrong with the others alike."""
    cases = CONTRIBUTION["entered"]
    inventory = CONTRIBUTION["inventory"].encode()
    given = [[entered(inventory, case["pointer"], case["value"]), case["origin"], case["other_keys"]] for case in cases]
    found = verifier.each(
        """async ([document, origin, keys]) => {
          const said = await v.checkContributed(v.validate("Inventory", document), origin, keys);
          return said.map((item) => item.party.name);
        }""",
        given,
    )
    assert [item.get("error") for item in found] == [NAMES[case["error"]] for case in cases]
    assert found[0]["value"] == ["Atelier"]
