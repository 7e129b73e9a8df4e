/** Signed notes, after C2SP signed-note and tlog-cosignature. Mirrors tlog/note.py. */
import { sha256 } from "./canonical.js";
import { areEqual, concatenated, fromBase64, hex, utf8 } from "./encoding.js";
import { InvalidDocument, LogFault } from "./errors.js";
import { SIGNATURE_BYTES, verifySignature } from "./keys.js";

export const ED25519 = 1;
export const COSIGNATURE = 4;
const MAX_SIGNATURES = 64;
const MAX_NOTE_CHARACTERS = 512 * 1024;
const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;
const NOT_IN_NOTE = /[\x00-\x09\x0b-\x1f]|\p{Surrogate}/u;
const NOT_IN_NAME = /[\p{White_Space}+\x00-\x1f\x7f]|\p{Surrogate}/u;

/** Take a note apart: the text that is signed, and its signature lines. */
export function parseNote(note) {
  checkCharacters(note);
  const blank = note.lastIndexOf("\n\n");
  if (blank < 0 || !note.endsWith("\n") || blank + 2 === note.length) {
    throw new InvalidDocument("expected a note: text, a blank line, signature lines, each with its newline");
  }
  const signatures = note.slice(blank + 2, -1).split("\n").map(parseSignatureLine);
  const names = new Set(signatures.map((line) => `${line.name} ${hex(line.keyId)}`));
  if (signatures.length > MAX_SIGNATURES || names.size !== signatures.length) {
    throw new InvalidDocument(`expected at most ${MAX_SIGNATURES} signatures, one of each key`);
  }
  return { text: note.slice(0, blank + 1), signatures };
}

/** Make a key that verifies notes: the name its lines carry, 32 safe bytes, and its kind. */
export async function verifierKey(name, raw, kind = ED25519) {
  checkName(name);
  const keyId = await sha256(concatenated(utf8(`${name}\n`), Uint8Array.of(kind), raw));
  return { name, raw, kind, keyId: keyId.slice(0, KEY_ID_BYTES) };
}

/**
 * Give those of the keys that signed, with the Unix seconds of a cosignature as a BigInt; a line that names one of them
 * and does not hold is a fault.
 */
export async function verifySignatures(note, keys) {
  const signed = new Map();
  for (const key of keys) {
    const line = note.signatures.find((item) => item.name === key.name && areEqual(item.keyId, key.keyId));
    if (line) {
      signed.set(key, await checkSignature(note.text, line.signature, key));
    }
  }
  return signed;
}

/** Refuse what cannot name a key. */
export function checkName(name) {
  if (!name || NOT_IN_NAME.test(name)) throw new InvalidDocument("expected a key name without spaces and plus signs");
}

/** Refuse what no note may contain. */
export function checkCharacters(text) {
  if (text.length > MAX_NOTE_CHARACTERS || NOT_IN_NOTE.test(text)) {
    throw new InvalidDocument("expected a note of at most 2^19 characters, without control characters and surrogates");
  }
}

function parseSignatureLine(line) {
  const [dash, name, ...rest] = line.split(" ");
  if (dash !== "—" || !name || rest.length !== 1) throw new InvalidDocument('expected "— <name> <base64>"');
  checkName(name);
  const data = fromBase64(rest[0]);
  if (data.length <= KEY_ID_BYTES) throw new InvalidDocument("expected a key id of 4 bytes and a signature");
  return { name, keyId: data.slice(0, KEY_ID_BYTES), signature: data.slice(KEY_ID_BYTES) };
}

/** Verify a signature of a known key and give its time, which only a cosignature has. */
async function checkSignature(text, signature, key) {
  const time = signature.slice(0, -SIGNATURE_BYTES);
  const isCosignature = key.kind === COSIGNATURE;
  if (time.length !== (isCosignature ? TIME_BYTES : 0) || time[0] > 127 || signature.length < SIGNATURE_BYTES) {
    throw new LogFault(`the signature of ${key.name} has the wrong form`);
  }
  const signedAt = isCosignature ? BigInt(`0x${hex(time)}`) : null;
  const message = isCosignature ? `cosignature/v1\ntime ${signedAt}\n${text}` : text;
  if (!(await verifySignature(key.raw, signature.slice(-SIGNATURE_BYTES), utf8(message)))) {
    throw new LogFault(`the signature of ${key.name} does not hold`);
  }
  return signedAt;
}
