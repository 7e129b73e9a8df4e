"""The issuer's decentralised identifier: did:web, resolved at its own origin. W3C CCG did:web, section 3.1."""

from collections.abc import Iterable
from typing import Any

from label_service.trust.trust_list import ListedKey

DID_CONTEXT = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"]


def did_web(origin: str) -> str:
    """Give the DID of an origin: `http://localhost:8000` is `did:web:localhost%3A8000`."""
    return "did:web:" + origin.partition("://")[2].replace(":", "%3A")


def did_document(did: str, keys: Iterable[ListedKey]) -> dict[str, Any]:
    """Give the document served at `/.well-known/did.json`: the keys for labels and status lists.

    Retired keys stay, so that what they signed keeps verifying; compromised keys are left out.
    """
    kept = [key for key in keys if key.use in {"label", "status"} and key.state != "compromised"]
    return {
        "@context": DID_CONTEXT,
        "id": did,
        "verificationMethod": [
            {"id": key.kid, "type": "JsonWebKey", "controller": did, "publicKeyJwk": key.jwk.as_json()} for key in kept
        ],
        "assertionMethod": [key.kid for key in kept],
    }
