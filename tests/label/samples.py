"""Handmade documents of one storage box and strategies around them, for the tests of the label and its code."""

from decimal import Decimal
from typing import Any
from unicodedata import normalize

from hypothesis import strategies as st

from label_service.assessment import Assessment, Comparison, Range, Side
from label_service.document import Party, Period
from label_service.grade import capped, grade_of, score_of
from label_service.inventory import Flow, Inventory, NetMass, Run
from label_service.label.attestation import Attestation, AttestingAuditor, DeclarationAttestation, ScopeAttestation
from label_service.label.content import Issuer, LabelContent, StatusEntries, label_content
from label_service.quantity import plain
from label_service.trust.keys import did_key
from label_service.trust.trust_list import Accreditation
from tests.signers import signer

ORIGIN = "http://localhost:8000"
DID = "did:web:localhost%3A8000"
KID = f"{DID}#label-2026"
STATUS_KID = f"{DID}#status-2026"
RELEASE = "5e" * 32


LABEL_KEY, STATUS_KEY, AUDITOR_KEY, OTHER_KEY = (signer(number) for number in (101, 102, 103, 104))


def _range(median: str, p05: str, p95: str) -> Range:
    return Range(median=median, p05=p05, p95=p95)


def inventory(**changes: Any) -> Inventory:
    """The public inventory of 12 boxes."""
    members: dict[str, Any] = {
        "type": "inventory",
        "version": "1",
        "demo": True,
        "release_digest": RELEASE,
        "producer": Party(id="https://atelier.example/", name="Atelier Nordlicht", country="AUT"),
        "name": "Storage box 45 L made of poplar plywood",
        "family": "laser_cutting",
        "processes": ("laser_co2",),
        "countries": ("AUT",),
        "made": Period(first="2026-11-16", last="2026-11-18"),
        "year": 2026,
        "quantity": 12,
        "category": "storage_box_dry",
        "function": "45",
        "runs": (Run(step="cut", machine="laser-1", site="main", process="laser_co2", lines=("panel",)),),
        "net_masses": (NetMass(input="panel", material="plywood", amount="24"),),
        "flows": (
            Flow(
                stage="materials",
                flow="materials/plywood/virgin",
                amount="30",
                unit="kg",
                basis="weighed",
                input="panel",
            ),
            Flow(stage="making", flow="electricity/grid/AUT", amount="45", unit="kWh", basis="metered", input="cut"),
        ),
    }
    return Inventory(**(members | changes))


def assessment(of: Inventory, **changes: Any) -> Assessment:
    """An assessment with grade B against the market record."""
    product = _range("3.218455021", "2.704118936", "3.830620117")
    market = Comparison(
        reference="ref_storage_box_pp",
        kind="market",
        provisional=True,
        ratio=_range("0.5934421187", "0.4431905526", "0.7946213364"),
        p_better="0.9987654321",
        score=80,
    )
    same = Comparison(
        reference="same_design",
        kind="same_design",
        provisional=False,
        ratio=_range("0.9312345678", "0.8423456789", "1.029456789"),
        p_better="0.8812345678",
        score=103,
    )
    members: dict[str, Any] = {
        "type": "assessment",
        "version": "1",
        "demo": of.demo,
        "method": "1",
        "inventory_digest": of.digest,
        "release_digest": of.release_digest,
        "product": Side(kgco2e=product, stages=()),
        "contributions": (),
        "unavailable": (),
        "grid_years": (),
        "comparisons": (market, same),
        "graded_against": "ref_storage_box_pp",
        "score": 80,
        "grade": "B",
        "caps": (),
        "reasons": (),
        "default_share": "0.08123456789",
    }
    return Assessment(**(members | changes))


CRITERIA = (
    "Inner volume 45 L, measured with a tape",
    "Carries 10 kg when lifted by hand",
    "A second box filled with 10 kg stands on top for 24 h without damage",
)
INVENTORY = inventory()
ASSESSMENT = assessment(INVENTORY)
AUDITOR = AttestingAuditor(id=did_key(AUDITOR_KEY.public_key), name="Mira Prüferin")
ACCREDITATION = Accreditation(
    standard="EN ISO/IEC 17029",
    body="Demo accreditation body",
    number="DEMO-0001",
    valid_from="2026-01-01",
    valid_until="2027-12-31",
)
STATUS = StatusEntries.model_validate(
    {
        "revocation": {"url": f"{ORIGIN}/status/revocation/0", "index": 94567},
        "suspension": {"url": f"{ORIGIN}/status/suspension/0", "index": 94567},
    }
)


def attestation(**changes: Any) -> Attestation:
    """The auditor's attestation of the declaration behind the inventory."""
    subject = {
        "demo": True,
        "producer": INVENTORY.producer.id,
        "category": "storage_box_dry",
        "criteria": CRITERIA,
        "declaration_digest": "dc" * 32,
        "inventory_digest": INVENTORY.digest,
        "assessment_digest": ASSESSMENT.digest,
        "findings_released": ("S07",),
        "level": "site_visit",
    }
    members = {
        "id": "urn:uuid:0b8f3a52-7a53-4f0e-9a57-2a1c4a6f7d10",
        "origin": ORIGIN,
        "auditor": AUDITOR,
        "valid_from": "2026-11-20T09:00:00Z",
        "valid_until": "2029-11-20T09:00:00Z",
        "subject": DeclarationAttestation.model_validate(subject),
    }
    return Attestation(**(members | changes))


def scope(**changes: Any) -> Attestation:
    """The auditor's attestation of a workshop."""
    subject = {
        "demo": True,
        "producer": INVENTORY.producer.id,
        "category": "storage_box_dry",
        "criteria": CRITERIA,
        "site": "main",
        "site_name": "Workshop in Graz",
        "country": "AUT",
        "family": "laser_cutting",
        "machines": ("laser-1", "laser-2"),
        "processes": ("laser_co2",),
        "functions": ("24", "45"),
        "level": "site_visit",
        "lots": ({"lot": "Poplar plywood 4 mm, lot 2026-17", "material": "plywood", "mass_kg": "900"},),
        "floors": ({"process": "laser_co2", "kwh_per_kg": "1.2", "scrap_fraction": "0.12"},),
        "ceilings": ({"process": "laser_co2", "kwh_per_kg": "4"},),
        "quantity": 500,
        "period": {"first": "2026-11-02", "last": "2027-05-31"},
        "sampling_rate": "0.05",
        "chain_commitment": "c0" * 32,
        "chain_weeks": 40,
    }
    return attestation(subject=ScopeAttestation.model_validate(subject | changes))


def content(**changes: Any) -> LabelContent:
    """What the label of the boxes says."""
    made = label_content(
        label_id="ABCDEFGHIJ234",
        origin=ORIGIN,
        issuer=Issuer(id=DID, name="Demo scheme"),
        inventory=INVENTORY,
        assessment=ASSESSMENT,
        attestation=attestation(),
        attestation_digest="a7" * 32,
        accreditation=ACCREDITATION,
        valid_from="2026-11-23T10:00:00Z",
        valid_until="2028-11-23T10:00:00Z",
        status=STATUS,
    )
    return LabelContent.model_validate(made.as_json() | changes)


LONG_NAMES = [
    ("Αποθηκευτικό κουτί από κόντρα πλακέ λεύκας 45 λίτρων", "Εργαστήριο Κοινοτικής Κατασκευής Θεσσαλονίκης"),
    ("Ящик для хранения из тополевой фанеры, сорок пять литров", "Мастерская цифрового производства Белград"),
    ("木製の収納箱四十五リットル白樺合板", "市民工房株式会社"),
    ("Storage box 45 L made of poplar plywood with a lid", "Atelier Nordlicht FabLab Graz Cooperative"),
]
names = (
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60)
    .map(lambda text: normalize("NFC", f"a{text.strip()}z"))
    .filter(lambda text: len(text) <= 300)
)
grams = st.integers(1, 10**7)


@st.composite
def contents(draw) -> LabelContent:
    """Give a label's content with any names, figures and letter that go together."""
    low, median, high = sorted(draw(st.lists(grams, min_size=3, max_size=3, unique=True)))
    p05, middle, p95 = sorted(draw(st.lists(st.integers(1, 300_000), min_size=3, max_size=3, unique=True)))
    ratio = {name: _thousandths(value) for name, value in (("p05", p05), ("median", middle), ("p95", p95))}
    caps = draw(st.sampled_from([(), ("proxy_share",), ("proxy_share", "same_design_worse")]))
    score = score_of(ratio["p95"])
    market = {"reference": "ref_storage_box_pp", "kind": "market", "provisional": draw(st.booleans()), "ratio": ratio}
    return content(
        name=draw(names),
        producer={"id": "https://maker.example/", "name": draw(names), "country": "GRC"},
        demo=draw(st.booleans()),
        kgco2e={name: _thousandths(value) for name, value in (("p05", low), ("median", median), ("p95", high))},
        comparisons=[market],
        caps=caps,
        score=score,
        grade=capped(grade_of(score, ratio["p05"]), caps),
        default_share=draw(st.sampled_from(["0", "0.25"])),
        level=draw(st.sampled_from(["desk", "site_visit"])),
        scope=draw(st.sampled_from([None, {"digest": "5c" * 32, "position": 15, "of": 40}])),
    )


def _thousandths(value: int) -> str:
    return plain(Decimal(value) / 1000)
