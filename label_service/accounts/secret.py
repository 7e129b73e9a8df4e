"""Secrets that are shown once and kept as SHA-256 only: links, sessions, API tokens."""

import hashlib
import secrets

from label_service.trust.encoding import base64url

_BYTES = 32


def new_secret() -> str:
    """Give 256 random bits as text for a link or a cookie."""
    return base64url(secrets.token_bytes(_BYTES))


def digest_of(secret: str) -> str:
    """Give the SHA-256 under which a secret is kept; random 256 bits need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
