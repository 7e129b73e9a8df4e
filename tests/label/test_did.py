import pytest

from label_service.label.did import did_document, did_web
from label_service.trust.keys import jwk
from label_service.trust.trust_list import ListedKey
from tests.label.samples import DID, KID, LABEL_KEY, OTHER_KEY, STATUS_KEY, STATUS_KID


def _listed(kid, key, use, state="active"):
    since = {} if state == "active" else {"since": "2026-06-01T00:00:00Z", "since_index": 40}
    return ListedKey.model_validate(
        {
            "kid": kid,
            "jwk": jwk(key.public_key),
            "use": use,
            "state": state,
            "not_before": "2026-01-01T00:00:00Z",
            "not_after": "2027-01-01T00:00:00Z",
        }
        | since
    )


@pytest.mark.parametrize(
    ("origin", "did"),
    [
        ("http://localhost:8000", "did:web:localhost%3A8000"),
        ("https://labels.example", "did:web:labels.example"),
    ],
)
def test_did_of_an_origin(origin, did):
    """The identifier of an issuer is its origin, the port percent-encoded."""
    assert did_web(origin) == did


def test_document_lists_the_keys_that_sign_credentials():
    """The document names label and status keys, retired ones too; compromised and log keys are left out."""
    document = did_document(
        DID,
        [
            _listed(KID, LABEL_KEY, "label"),
            _listed(f"{DID}#label-2025", LABEL_KEY, "label", "retired"),
            _listed(STATUS_KID, STATUS_KEY, "status"),
            _listed(f"{DID}#label-2024", OTHER_KEY, "label", "compromised"),
            _listed("localhost:8000/log", OTHER_KEY, "log"),
        ],
    )
    assert document["id"] == DID
    assert document["assertionMethod"] == [KID, f"{DID}#label-2025", STATUS_KID]
    assert document["verificationMethod"][0] == {
        "id": KID,
        "type": "JsonWebKey",
        "controller": DID,
        "publicKeyJwk": jwk(LABEL_KEY.public_key),
    }
