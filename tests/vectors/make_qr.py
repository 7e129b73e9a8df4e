"""Make tests/vectors/qr.json: codes that verify, and codes that must be refused, with the reason.

Run from the repository root: python -m tests.vectors.make_qr
"""

import json
from pathlib import Path
from typing import Any

import cbor2

from label_service.artwork.qr import qr_version
from label_service.label.qr import link_text, parse_qr, qr_claims, sign_qr
from label_service.trust import encoding
from tests.label.samples import LABEL_KEY, LONG_NAMES, ORIGIN, OTHER_KEY, content

FILE = Path(__file__).with_name("qr.json")
LABEL_ID = "ABCDEFGHIJ234"
HOST = "https://labels.fablab-thessaly.example"


def build() -> dict[str, Any]:
    """Give the vectors."""
    return {
        "comment": "docs/formats/qr.md; the private keys are known to everybody",
        "public_key": LABEL_KEY.public_key.hex(),
        "other_public_key": OTHER_KEY.public_key.hex(),
        "valid": _valid(),
        "invalid": _invalid(),
        "link_only": {"text": link_text(ORIGIN, LABEL_ID)},
    }


def _valid() -> list[dict[str, Any]]:
    codes = [_signed(ORIGIN)]
    for name, maker in LONG_NAMES:
        producer = {"id": "https://maker.example/", "name": maker, "country": "GRC"}
        codes.append(_signed(HOST, name=name, producer=producer, demo=False, level="desk"))
    return [
        {
            "text": text,
            "version": qr_version(text),
            "cose_sign1": encoding.from_base32(text.partition("#")[2]).hex(),
            "signed": parse_qr(text).signed.hex(),
            "claims": parse_qr(text).claims.as_json(),
        }
        for text in codes
    ]


def _signed(origin: str, **changes: Any) -> str:
    claims = qr_claims(content(**changes), label_digest="d1" * 32, log_index=4711)
    return sign_qr(claims, origin=origin, label_id=LABEL_ID, signer=LABEL_KEY)


def _invalid() -> list[dict[str, str]]:
    text = _signed(ORIGIN)
    link, _, fragment = text.partition("#")
    data = encoding.from_base32(fragment)
    flipped = data[:-1] + bytes([data[-1] ^ 1])
    protected, _, payload, _ = cbor2.loads(data).value
    token = cbor2.loads(payload)
    return [
        {"text": f"{link}#{encoding.base32(flipped)}", "reason": "signature"},
        {"text": f"{link.replace('LOCALHOST', 'L0CALHOST')}#{fragment}", "reason": "signature"},
        {"text": f"{link[:-1]}5#{fragment}", "reason": "signature"},
        {"text": f"{link}#{encoding.base32(data + bytes(1))}", "reason": "format"},
        {"text": f"{link}#{encoding.base32(data[1:])}", "reason": "format"},
        {"text": f"{link}#{fragment.lower()}", "reason": "format"},
        {"text": f"{link}#{fragment}=", "reason": "format"},
        {"text": f"{link.lower()}#{fragment}", "reason": "format"},
        {"text": link, "reason": "format"},
        {"text": _resigned(link, protected, cbor2.dumps(dict(reversed(token.items())))), "reason": "format"},
        {"text": _resigned(link, protected, cbor2.dumps(token | {1: "issuer"})), "reason": "format"},
        {"text": _resigned(link, cbor2.dumps({1: -7, 4: cbor2.loads(protected)[4]}), payload), "reason": "format"},
    ]


def _resigned(link: str, protected: bytes, payload: bytes) -> str:
    signature = LABEL_KEY.sign(cbor2.dumps(["Signature1", protected, link.encode(), payload]))
    return f"{link}#{encoding.base32(cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature])))}"


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n")
