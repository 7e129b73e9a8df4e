"""A passkey in software: answers as a browser would, and cheats when told to (W3C WebAuthn, sections 6 and 7)."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from label_service.trust.encoding import base64url

_PRESENT, _VERIFIED, _WITH_KEY = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey of one person; `count` is its signature counter, which stays 0 where it has none."""

    origin: str
    count: int = 0
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def id(self) -> str:
        """The id of the credential as text."""
        return base64url(self.credential_id)

    def create(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """Answer a request for a new passkey."""
        x = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        cose = cbor2.dumps({1: 1, 3: -8, -1: 6, -2: x})
        data = self._data(_PRESENT | _VERIFIED | _WITH_KEY, lies)
        data += bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, lies)
        return self._answer({"clientDataJSON": base64url(client), "attestationObject": base64url(attestation)})

    def get(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """Answer a request to sign in."""
        self.count += 1 if self.count else 0
        data = self._data(_PRESENT | _VERIFIED, lies)
        client = self._client("webauthn.get", options, lies)
        signature = self.key.sign(data + hashlib.sha256(client).digest())
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer({name: base64url(value) for name, value in parts.items()})

    def _client(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | {name: lies[name] for name in said if name in lies}).encode()

    def _data(self, flags: int, lies: dict[str, Any]) -> bytes:
        host = lies.get("host", urlsplit(self.origin).hostname)
        count = lies.get("count", self.count)
        return hashlib.sha256(host.encode()).digest() + bytes([lies.get("flags", flags)]) + count.to_bytes(4, "big")

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        return {"id": self.id, "rawId": self.id, "type": "public-key", "response": response}
