"""A small OpenID provider on the loopback address, which signs in whom it is told to and lies when told to."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "label service", "s3cret:with/marks"


@dataclass
class OpenIdProvider:
    """Signs in `subject`; `lies` replace claims, `described` members of its description."""

    issuer: str = ""
    subject: str = "person-1"
    name: str = "Mira of the provider"
    clock: Callable[[], float] = time.time
    lies: dict[str, Any] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)
    signing: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    listed: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def description(self) -> dict[str, Any]:
        """Say where everything is."""
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return {"issuer": self.issuer} | {name: self.issuer + path for name, path in places.items()} | self.described

    def authorize(self, query: dict[str, str]) -> str:
        """Sign the person in at once and give where her browser goes back to."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"], "iss": self.issuer})

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Give the ID token for a code, once, to the client that can answer the challenge; None to others."""
        query = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        expected = base64.b64encode(b"label%20service:s3cret%3Awith%2Fmarks").decode()
        if query is None or authorization != f"Basic {expected}" or form["redirect_uri"] != query["redirect_uri"]:
            return None
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != query["code_challenge"]:
            return None
        now = int(self.clock())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims |= {"nonce": query["nonce"], "name": self.name} | self.lies
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": "one"}
        return {"id_token": jwt.encode(header, claims, self.signing), "token_type": "Bearer", "access_token": "x"}

    def keys(self) -> dict[str, Any]:
        """Give the public keys."""
        return KeySet([self.listed or self.signing]).as_dict(private=False)


@contextmanager
def provider_on_loopback() -> Iterator[OpenIdProvider]:
    """Run a provider until the end."""
    provider = OpenIdProvider()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/keys":
                self._send(provider.keys())
            elif parts.path == "/.well-known/openid-configuration":
                self._send(provider.description())
            else:
                self._send(None)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(provider.exchange(form, self.headers.get("Authorization", "")))

        def _send(self, value: dict[str, Any] | None) -> None:
            data = json.dumps(value or {"error": "invalid_grant"}).encode()
            self.send_response(200 if value else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    provider.issuer = f"http://localhost:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
