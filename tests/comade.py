"""A product made by two workshops: four printed hooks, and clips that a partner prints and signs for itself."""

from typing import Any

from label_service.declaration import Declaration
from label_service.declaration.contributed import ContributedSteps
from label_service.declaration.contribution import (
    Batch,
    Contribution,
    SignedSteps,
    combined,
    contribution_for,
    sign_contribution,
)
from label_service.document import Party, Period, validate
from tests.examples import EVIDENCE_FILE, claim, entry, hooks
from tests.signers import SeedSigner, signer

AT = "2026-11-03T09:00:00Z"
PARTNER_KEY = signer(151)
PARTNER = Party(id="https://atelier.example", name="Atelier", country="FRA")
BATCH = Batch(
    demo=True,
    origin="https://labels.example",
    name="b" * 32,
    producer=Party(id="https://lab.example", name="Lab", country="DEU"),
    product="Thing",
    quantity=4,
)
DAYS = Period(first="2026-11-02", last="2026-11-02")


def clips() -> dict[str, Any]:
    """Give the steps of the partner, every amount evidenced."""
    extrusion = {"process": "filament_extrusion", "energy_per_mass": claim("1", "kWh/kg")}
    line = {"material": "pla", "net": entry("0.02", "kg"), "gross": entry("0.021", "kg"), "bought_in": [extrusion]}
    return {
        "type": "contributed-steps",
        "version": "1",
        "salt": "c" * 32,
        "sites": [{"id": "atelier", "name": "Atelier", "country": "FRA", "region": "FR10"}],
        "machines": [{"id": "clip-printer", "site": "atelier", "process": "fdm_desktop", "model": "Model 2"}],
        "materials": [{"id": "clip", **line}],
        "steps": [
            {"id": "clip-print", "machine": "clip-printer", "materials": ["clip"], "energy": entry("0.03", "kWh")},
            {"id": "fit", "machine": "clip-printer", "materials": ["clip", "body"], "energy": entry("0", "kWh")},
        ],
        "evidence": [dict(EVIDENCE_FILE)],
    }


def steps(**changes: Any) -> ContributedSteps:
    """Give the steps of the partner as a document."""
    return validate(ContributedSteps, clips() | changes)


def said(batch: Batch = BATCH, content: ContributedSteps | None = None, key: SeedSigner = PARTNER_KEY) -> Contribution:
    """Give what the partner signs."""
    return contribution_for(batch, PARTNER, DAYS, content or steps(), key=key.public_key, at=AT)


def token(**arguments: Any) -> str:
    """Give the signed contribution of the partner."""
    key = arguments.get("key", PARTNER_KEY)
    return sign_contribution(said(**arguments), key)


def co_made(**members: Any) -> Declaration:
    """Give the one declaration of both."""
    return combined(Declaration.from_json(hooks() | members), [SignedSteps(token=token(), steps=steps())])
