/** Canonical JSON (RFC 8785 without floats): one text per value, and its digest. Mirrors canonical.py. */
import { fromUtf8, hex, utf8 } from "./encoding.js";
import { InvalidDocument, NotCanonical } from "./errors.js";

const MAX_DEPTH = 32;
const MAX_BYTES = 4 * 1024 * 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;
const NOT_ASCII = /[^\x00-\x7f]/;

/** Give the canonical text of a value; a member that is undefined is absent. */
export function encode(value) {
  if (Array.isArray(value)) return `[${value.map(encode).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  return `{${names.sort().map((name) => `${JSON.stringify(name)}:${encode(value[name])}`).join(",")}}`;
}

/** Parse bytes that must be the canonical JSON of their value: no white space, sorted members, each once. */
export function decode(bytes, maxBytes = MAX_BYTES) {
  if (bytes.length > maxBytes) throw new InvalidDocument(`expected at most ${maxBytes} bytes, found ${bytes.length}`);
  const text = fromUtf8(bytes);
  const value = parseJson(text);
  checkValue(value, 0);
  if (encode(value) !== text) {
    throw new NotCanonical("expected canonical JSON (RFC 8785): sorted members without duplicates, no white space");
  }
  return value;
}

/** Parse JSON of any spelling; whoever calls compares the bytes later. */
export function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidDocument("not JSON");
  }
}

/** Give the SHA-256 of bytes. */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Give the SHA-256 of a text's UTF-8 as 64 lower-case hexadecimal digits. */
export async function digest(text) {
  return hex(await sha256(utf8(text)));
}

function checkValue(value, depth) {
  if (typeof value === "string") {
    if (LONE_SURROGATE.test(value)) throw new InvalidDocument("expected no lone surrogate");
  } else if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new InvalidDocument("expected integers within ±(2^53 − 1), and no fractions");
  } else if (value !== null && typeof value === "object") {
    if (depth === MAX_DEPTH) throw new InvalidDocument(`expected at most ${MAX_DEPTH} levels of nesting`);
    if (!Array.isArray(value) && NOT_ASCII.test(Object.keys(value).join(""))) {
      throw new InvalidDocument("expected member names in ASCII");
    }
    for (const member of Object.values(value)) checkValue(member, depth + 1);
  }
}
