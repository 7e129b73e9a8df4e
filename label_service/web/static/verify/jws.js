/** Compact JSON Web Signatures with one algorithm and one spelling. Mirrors trust/jws.py. */
import { decode, digest, encode } from "./canonical.js";
import { fromBase64url, utf8 } from "./encoding.js";
import { isObject } from "./document.js";
import { InvalidDocument } from "./errors.js";
import { SIGNATURE_BYTES, verifySignature } from "./keys.js";

const MAX_TOKEN_CHARACTERS = 1024 * 1024;

/** A parsed token whose signature is not verified yet; `kid` names the key and is a look-up string only. */
export class Token {
  constructor(text, kid, payload, signature) {
    this.text = text;
    this.kid = kid;
    this.payload = payload;
    this.signature = signature;
  }

  /** Tell whether the signature over the received bytes holds under a 32-byte key. */
  isSignedBy(raw) {
    return verifySignature(raw, this.signature, utf8(this.text.slice(0, this.text.lastIndexOf("."))));
  }

  /** Parse the payload, which must be canonical JSON. */
  claims() {
    return decode(this.payload);
  }

  /** Give the SHA-256 over the token's text: what the log and the QR code name. */
  digest() {
    return digest(this.text);
  }
}

/** Take a compact token apart, refusing every second spelling. */
export function parseToken(text, typ, cty = undefined) {
  if (text.length > MAX_TOKEN_CHARACTERS) throw new InvalidDocument("expected a shorter token");
  const parts = text.split(".");
  if (parts.length !== 3) throw new InvalidDocument(`expected a token of three parts, found ${parts.length}`);
  const [head, payload, signature] = parts.map(fromBase64url);
  const header = decode(head);
  if (!isObject(header) || typeof header.kid !== "string") throw new InvalidDocument("expected a header with a kid");
  const { kid, ...others } = header;
  if (encode(others) !== encode({ alg: "EdDSA", typ, cty })) {
    throw new InvalidDocument(`expected the token header EdDSA, ${typ}, found ${encode(others).slice(0, 200)}`);
  }
  if (signature.length !== SIGNATURE_BYTES) throw new InvalidDocument("expected a signature of 64 bytes");
  return new Token(text, kid, payload, signature);
}
