"""Writes tests/vectors/forged-tokens.json: a token, and what forgers make of it, with the one verdict on each."""

import hmac
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from label_service.trust.encoding import base64url, from_base64url
from label_service.trust.keys import jwk

FILE = Path(__file__).with_name("forged-tokens.json")
TYP = "test+jwt"
KID = "did:web:labels.example#label-1"
L = 2**252 + 27742317777372353535851937790883648493


class Key:
    """An Ed25519 key whose seed is the SHA-256 of a word."""

    def __init__(self, word: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(sha256(word.encode()).digest())
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Give the signature."""
        return self._key.sign(message)


OWNER, THIEF = Key("owner of the forged tokens"), Key("forger")


class Forgery(NamedTuple):
    """What was done, and the text that came out; `is_form` where the form alone ends it, before any signature."""

    why: str
    text: str
    is_form: bool = True


def compact(value: Any) -> bytes:
    """Write JSON in our spelling."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def forgeries(token: str) -> Iterator[Forgery]:
    """Give what somebody without the owner's key can make of her token."""
    head, body, tail = token.split(".")
    header, payload = json.loads(from_base64url(head)), json.loads(from_base64url(body))
    yield from _headers(header, head, body, tail)
    yield from _spellings(head, body, tail)
    yield from _payloads(head, body, tail, payload)
    yield from _signatures(head, body, tail)


def _signed(header: Any, body: str) -> str:
    first = f"{base64url(compact(header))}.{body}"
    return f"{first}.{base64url(THIEF.sign(first.encode()))}"


def _headers(header: dict[str, Any], head: str, body: str, tail: str) -> Iterator[Forgery]:
    for name in ("none", "None", "NONE", "nOnE", ""):
        yield Forgery(f"alg {name!r} without a signature", f"{base64url(compact(header | {'alg': name}))}.{body}.")
        yield Forgery(f"alg {name!r} with a signature", f"{base64url(compact(header | {'alg': name}))}.{body}.{tail}")
    public = {"raw": OWNER.public_key, "jwk": compact(jwk(OWNER.public_key))}
    for name, secret in public.items():
        first = f"{base64url(compact(header | {'alg': 'HS256'}))}.{body}"
        mac = base64url(hmac.digest(secret, first.encode(), "sha256"))
        yield Forgery(f"HS256 under the public key as {name}", f"{first}.{mac}")
    for name in ("ES256", "RS256", "PS256", "Ed25519", "EdDSA ", "eddsa", "Ed448"):
        yield Forgery(f"alg {name!r}", _signed(header | {"alg": name}, body))
    own = jwk(THIEF.public_key)
    carried: dict[str, Any] = {
        "jwk": own,
        "jku": "https://evil.example/keys",
        "x5u": "https://evil.example/key.pem",
        "x5c": [base64url(THIEF.public_key)],
        "crit": ["exp"],
        "b64": False,
        "zip": "DEF",
        "cty": "JWT",
        "epk": own,
        "__proto__": {"alg": "none"},
    }
    for name, value in carried.items():
        yield Forgery(f"{name} in the header", _signed(header | {name: value}, body))
    for kid in ("../../../../dev/null", "' OR 1=1 --", "https://evil.example/keys#1", "", "a" * 5000, "__proto__"):
        yield Forgery(f"kid {kid[:30]!r}", _signed(header | {"kid": kid}, body), is_form=False)
    for value in (None, 1, ["a"], {"a": 1}, True):
        yield Forgery(f"kid {value!r}", _signed(header | {"kid": value}, body))
    for name in ("alg", "kid", "typ"):
        yield Forgery(f"no {name}", _signed({key: value for key, value in header.items() if key != name}, body))
    for typ in ("JWT", "jwt", header["typ"].upper(), f"application/{header['typ']}", "statement+jwt", ""):
        yield Forgery(f"typ {typ!r}", _signed(header | {"typ": typ}, body))
    text = from_base64url(head)
    odd = {
        "a member twice": text[:-1] + b',"alg":"EdDSA"}',
        "a member twice, none first": b'{"alg":"none",' + text[1:],
        "white space": text.replace(b":", b": ", 1),
        "members in another order": _reversed(header),
        "an escape": text.replace(b"EdDSA", b"\\u0045dDSA"),
        "a byte order mark": b"\xef\xbb\xbf" + text,
        "a NUL behind": text + b"\0",
        "a list": b"[" + text + b"]",
    }
    for name, changed in odd.items():
        first = f"{base64url(changed)}.{body}"
        yield Forgery(f"header: {name}", f"{first}.{base64url(THIEF.sign(first.encode()))}")


def _reversed(header: dict[str, Any]) -> bytes:
    return b"{" + b",".join(compact({name: header[name]})[1:-1] for name in sorted(header, reverse=True)) + b"}"


def _spellings(head: str, body: str, tail: str) -> Iterator[Forgery]:
    token = f"{head}.{body}.{tail}"
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    unused = tail[:-1] + last[last.index(tail[-1]) | 1]
    yield Forgery("unused bits that are not zero", f"{head}.{body}.{unused}")
    yield Forgery("padding", f"{token}==")
    yield Forgery("the other alphabet", f"{head}.{body}.{_other_alphabet(tail)}")
    for name, text in {
        "a space before": f" {token}",
        "a line end behind": f"{token}\n",
        "a tab inside": f"{head}.\t{body}.{tail}",
        "a space in the signature": f"{head}.{body}.{tail[:40]} {tail[40:]}",
        "a fourth part": f"{token}.{tail}",
        "a dot behind": f"{token}.",
        "a dot before": f".{token}",
        "two parts": f"{head}.{body}",
        "one part": head,
        "nothing": "",
        "dots": "..",
        "a quote around": f'"{token}"',
        "a full width letter": token.replace("e", "\uff45", 1),
        "a NUL": f"{token}\0",
        "two tokens": f"{token}{token}",
        "percent signs": token.replace(".", "%2E"),
        "JSON serialization": json.dumps({"protected": head, "payload": body, "signature": tail}),
        "encryption": f"{head}.{body}.{tail}.{body}.{tail}",
    }.items():
        yield Forgery(name, text)


def _other_alphabet(tail: str) -> str:
    return f"{tail[:10]}+/{tail[12:]}"


def _payloads(head: str, body: str, tail: str, payload: dict[str, Any]) -> Iterator[Forgery]:
    for name, changed in {
        "another member": {**payload, "zzz": True},
        "nothing": {},
        "a member less": dict(list(payload.items())[1:]),
    }.items():
        yield Forgery(f"payload: {name}", f"{head}.{base64url(compact(changed))}.{tail}", is_form=False)
    yield Forgery("header in place of the payload", f"{head}.{head}.{tail}", is_form=False)
    yield Forgery("no payload", f"{head}..{tail}", is_form=False)


def _signatures(head: str, body: str, tail: str) -> Iterator[Forgery]:
    raw = from_base64url(tail)
    s = int.from_bytes(raw[32:], "little")
    for size in (0, 1, 32, 63, 65, 128):
        yield Forgery(f"a signature of {size} bytes", f"{head}.{body}.{base64url((raw * 2)[:size])}")
    changed = {
        "S + L": raw[:32] + (s + L).to_bytes(32, "little"),
        "−S": raw[:32] + (L - s).to_bytes(32, "little"),
        "nought": bytes(64),
        "R = 1, S = 0": b"\1" + bytes(63),
        "halves exchanged": raw[32:] + raw[:32],
        "a bit less": bytes([raw[0] ^ 1]) + raw[1:],
        "by another key": THIEF.sign(f"{head}.{body}".encode()),
        "over the payload alone": THIEF.sign(body.encode()),
    }
    for name, signature in changed.items():
        yield Forgery(f"signature: {name}", f"{head}.{body}.{base64url(signature)}", is_form=False)


def honest() -> str:
    """Give the token that is forged."""
    first = (
        f"{base64url(compact({'alg': 'EdDSA', 'kid': KID, 'typ': TYP}))}.{base64url(compact({'grade': 'C', 'id': 1}))}"
    )
    return f"{first}.{base64url(OWNER.sign(first.encode()))}"


def build() -> dict[str, Any]:
    """Give the content of the file."""
    token = honest()
    cases = [{"why": "as it was signed", "token": token, "verdict": "holds"}]
    for why, text, is_form in forgeries(token):
        cases.append({"why": why, "token": text, "verdict": "refused" if is_form else "fails"})
    about = (
        "Tokens and what forgers make of them, docs/formats/trust-list.md. Each is read as a 'typ' and verified under "
        "'key' (hexadecimal): 'refused' for its form, 'fails' by its signature, or 'holds'."
    )
    return {"about": about, "typ": TYP, "key": OWNER.public_key.hex(), "tokens": cases}


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
