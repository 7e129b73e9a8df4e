/** Bytes as text and back, each with one spelling: a second one is refused, never repaired. Mirrors trust/encoding.py. */
import { InvalidDocument, NotCanonical } from "./errors.js";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const CHUNK = 8192;

/** Give the UTF-8 bytes of a text. */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** Read UTF-8 bytes; a byte order mark is kept, so that it is refused later. */
export function fromUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InvalidDocument("expected UTF-8");
  }
}

/** Put byte arrays one behind the other. */
export function concatenated(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Tell whether two byte arrays are the same. */
export function areEqual(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** Write bytes as lower-case hexadecimal digits. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Read hexadecimal digits whose form was checked. */
export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Encode as base64 with padding (RFC 4648, section 4). */
export function base64(bytes) {
  let characters = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    characters += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(characters);
}

/** Decode base64 with padding and zero unused bits. */
export function fromBase64(text) {
  let bytes;
  try {
    bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new NotCanonical("expected base64 with padding");
  }
  if (base64(bytes) !== text) throw new NotCanonical("expected base64 with padding and with zero unused bits");
  return bytes;
}

/** Encode as base64url without padding (RFC 7515, section 2). */
export function base64url(bytes) {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Decode base64url without padding and with zero unused bits. */
export function fromBase64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new NotCanonical("expected base64url without padding");
  const padding = "=".repeat((4 - (text.length % 4)) % 4);
  return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/") + padding);
}

/** Encode as upper-case Base32 without padding (RFC 4648, section 6). */
export function base32(bytes) {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits ? text + BASE32[(held << (5 - bits)) & 31] : text;
}

/** Decode upper-case Base32 without padding and with zero unused bits. */
export function fromBase32(text) {
  const bytes = [];
  let bits = 0;
  let held = 0;
  for (const character of text) {
    const value = BASE32.indexOf(character);
    if (value < 0) throw new NotCanonical("expected upper-case Base32 without padding");
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push(held >> bits);
      held &= (1 << bits) - 1;
    }
  }
  const data = Uint8Array.from(bytes);
  if (base32(data) !== text) throw new NotCanonical("expected upper-case Base32 without padding and unused bits");
  return data;
}
