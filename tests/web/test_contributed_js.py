"""The browser finds missing consent where Python finds it, and the frame of a variant where Python draws it."""

import json
from pathlib import Path

from tests.vectors.make_contribution import entered
from tests.vectors.make_frame import altered

CONTRIBUTION, FRAME = (
    json.loads((Path(__file__).parents[1] / "vectors" / f"{name}.json").read_text("utf-8"))
    for name in ("contribution", "frame")
)
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


def test_variants_are_outside_for_the_same_reasons(verifier):
    """What waits for an auditor at the service is found by the browser, to the smallest step of an amount."""
    cases, inventory = FRAME["cases"], FRAME["inventory"].encode()
    given = [[altered(inventory, case["pointer"], case["value"]), FRAME["attestation"], FRAME["at"]] for case in cases]
    found = verifier.each(
        """async ([inventory, attestation, at]) =>
          (await v.outsideOf(v.validate("Inventory", inventory), v.validate("Attestation", attestation), at, 0))
            .map(([code]) => code)""",
        given,
    )
    assert [item.get("value", item) for item in found] == [case["codes"] for case in cases]
