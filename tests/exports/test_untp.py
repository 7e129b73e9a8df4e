import json
from pathlib import Path

import jsonschema
import pytest

from label_service.errors import InvalidDocument
from label_service.exports import linkset
from label_service.label.credential import credential
from label_service.trust.encoding import multibase_digest
from tests.exports.samples import exported, source
from tests.label.jsonld import undefined_terms

_SCHEMAS = Path(__file__).parents[1] / "untp"
DPP = jsonschema.Draft202012Validator(json.loads((_SCHEMAS / "dpp.json").read_text()))
LINKSET = jsonschema.Draft7Validator(json.loads((_SCHEMAS / "linkset.json").read_text()))


def test_is_a_untp_product_passport():
    """The passport is valid against the schema of UNTP 0.7.0, unchanged."""
    DPP.validate(exported("untp-dpp"))


def test_schema_refuses_a_passport_without_its_product():
    """The schema is strict enough to notice what is missing."""
    document = exported("untp-dpp")
    del document["credentialSubject"]["producedAtFacility"]
    assert not DPP.is_valid(document)


def test_labels_of_a_service_are_untp_product_passports(stage):
    """Passports of issued labels, of one item and of batches, are valid too."""
    for label_id in stage.labels.values():
        passport = exported("untp-dpp", stage.scheme.labels.bundle(label_id))
        DPP.validate(passport)
        assert passport["credentialSubject"]["countryOfProduction"] == {"countryCode": "DE"}


def test_every_term_is_defined():
    """The passport uses no member that its contexts do not define."""
    assert undefined_terms(exported("untp-dpp")) <= {"DigitalProductPassport"}


def test_claim_is_the_one_of_the_label():
    """Claimed figures are those of the signed label, member by member, and the evidence is the label by its digest."""
    (claim,) = exported("untp-dpp")["credentialSubject"]["performanceClaim"]
    signed = credential(source().content)["credentialSubject"]["conformityAssessment"][0]
    assert claim["claimedPerformance"] == signed["assessedPerformance"]
    (evidence,) = claim["evidence"]
    assert evidence["digestMultibase"] == multibase_digest(source().token_digest)
    assert evidence["linkURL"] == f"{source().url}.jwt"


@pytest.mark.parametrize(
    ("gtin", "anchor"),
    [(None, "https://labels.example/L/"), ("9506000134352", "https://id.gs1.org/01/09506000134352")],
)
def test_is_a_linkset(gtin, anchor):
    """Linksets follow the schema of UNTP, which extends the one of GS1, with and without a GTIN."""
    found = linkset(source(), gtin)
    LINKSET.validate(found)
    assert found["linkset"][0]["anchor"].startswith(anchor)


@pytest.mark.parametrize(
    ("gtin", "fault"), [("9506000134353", "check digit 2"), ("95060001343", "digits"), ("x", "digits")]
)
def test_wrong_gtin_is_refused(gtin, fault):
    """A mistyped GTIN never points at somebody else's goods."""
    with pytest.raises(InvalidDocument, match=fault):
        linkset(source(), gtin)
