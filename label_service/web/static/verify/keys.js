/** Ed25519 public keys that are safe to use, by WebCrypto. Mirrors trust/keys.py. */
import { digest, encode } from "./canonical.js";
import { base64url, fromBase64url, fromHex } from "./encoding.js";
import { RULES } from "./document.js";
import { InvalidKey } from "./errors.js";

export const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;
const BASE_POINT = "58".padEnd(64, "6"); // a point every implementation knows (RFC 8032, section 5.1)
const FIELD_PRIME = 2n ** 255n - 19n;
// y coordinates of the eight points of order 1, 2, 4 and 8; tests/trust/test_keys.py derives them from the curve.
const SMALL_ORDER_Y = [
  0n,
  1n,
  FIELD_PRIME - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
];

RULES["Jwk._is_safe"] = (key) => {
  checkSafe(fromBase64url(key.x));
  return true;
};

/** Refuse the encodings of keys under which signatures prove nothing; WebCrypto accepts them. */
export function checkSafe(raw) {
  if (raw.length !== KEY_BYTES) throw new InvalidKey(`expected an Ed25519 public key of 32 bytes, found ${raw.length}`);
  const y = yOf(raw);
  if (y >= FIELD_PRIME || SMALL_ORDER_Y.includes(y)) {
    throw new InvalidKey("this Ed25519 public key is of small order or not canonically encoded; it proves nothing");
  }
}

function yOf(point) {
  let y = 0n;
  for (const byte of point.toReversed()) y = (y << 8n) | BigInt(byte);
  return y & (2n ** 255n - 1n);
}

/**
 * Tell whether a signature over a message holds under a safe key; never with a first half of small order, which some
 * browsers accept and others do not.
 */
export async function verifySignature(raw, signature, message) {
  checkSafe(raw);
  if (SMALL_ORDER_Y.includes(yOf(signature.slice(0, KEY_BYTES)))) return false;
  try {
    const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signature, message);
  } catch (error) {
    if (error.name === "DataError") return false; // not a point of the curve
    throw error;
  }
}

/** Tell whether this browser, on this page, can verify at all: old ones lack Ed25519, plain HTTP lacks WebCrypto. */
export async function canVerify() {
  try {
    await crypto.subtle.importKey("raw", fromHex(BASE_POINT), "Ed25519", false, ["verify"]);
    return typeof DecompressionStream === "function";
  } catch {
    return false;
  }
}

/** Give the 32 bytes of a public JSON Web Key that was checked. */
export function rawKey(jwk) {
  return fromBase64url(jwk.x);
}

/** Give the RFC 7638 thumbprint of a key: how people compare keys. */
export async function thumbprint(raw) {
  return base64url(fromHex(await digest(encode({ crv: "Ed25519", kty: "OKP", x: base64url(raw) }))));
}
