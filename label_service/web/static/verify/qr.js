/** The text of a code: a link, and behind the `#` a signed summary. Mirrors the reading side of label/qr.py. */
import { sha256 } from "./canonical.js";
import { Tag, decodeCbor, encodeCbor } from "./cbor.js";
import { RULES, milliseconds, validate } from "./document.js";
import { areEqual, fromBase32, fromHex, hex, utf8 } from "./encoding.js";
import { InvalidDocument, NotCanonical } from "./errors.js";
import { SIGNATURE_BYTES } from "./keys.js";
import {} from "./more-shapes.js";

const MAX_NAME_BYTES = 56;
const MAX_CHARACTERS = 800;
const HINT_BYTES = 8;
const TAG_SIGN1 = 18;
const ALG = 1;
const KID = 4;
const EDDSA = -8;
const EXP = 4;
const IAT = 6;
const CLAIM = -65537;
const LEVELS = ["desk", "site_visit"];
const LINK = /^HTTPS?:\/\/[A-Z0-9.-]{1,100}(?::[1-9][0-9]{0,4})?\/L\/[A-Z2-7]{13}$/;
const MEMBERS = [
  "name",
  "maker",
  "country",
  "grade",
  "score",
  "grams",
  "level",
  "year",
  "method",
  "log_index",
  "label_digest",
  "demo",
];

RULES["QrClaims._fits"] = (claims) =>
  utf8(claims.name + claims.maker).length <= MAX_NAME_BYTES &&
  claims.low_g <= claims.median_g &&
  claims.median_g <= claims.high_g &&
  claims.valid_from < claims.valid_until;

/** Take the text of a code apart, refusing every second spelling; its signature is not verified yet. */
export function parseQr(text) {
  const at = text.indexOf("#");
  const [link, fragment] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  if (text.length > MAX_CHARACTERS || !LINK.test(link) || !fragment) {
    throw new InvalidDocument("expected the text of a label's QR code, HTTPS://HOST/L/ID#BASE32 in upper case");
  }
  const data = fromBase32(fragment);
  const { guarded, payload, signature, hint, claims } = opened(data);
  if (!areEqual(sign1(protectedHeader(hint), payloadOf(claims), signature), data)) {
    throw new NotCanonical("expected deterministic CBOR with exactly the claims of version 1");
  }
  const signed = encodeCbor(["Signature1", guarded, utf8(link), payload]);
  return { link, labelId: link.slice(-13), claims, hint, signed, signature };
}

/** Write a text from a browser's address bar as the code has it: scheme, host and path in upper case. */
export function codeText(text) {
  const [link, fragment] = text.trim().split("#");
  return fragment ? `${link.toUpperCase()}#${fragment}` : link;
}

/** Give the 8 bytes by which a code names its key. */
export async function keyHint(raw) {
  return (await sha256(raw)).slice(0, HINT_BYTES);
}

/** Read protected header, payload, signature, key hint and claims; the caller compares what they encode to. */
function opened(data) {
  const message = decodeCbor(data);
  if (!(message instanceof Tag) || message.number !== TAG_SIGN1 || message.value.length !== 4) {
    throw new InvalidDocument("expected a COSE_Sign1 with tag 18");
  }
  const [guarded, , payload, signature] = message.value;
  if (![guarded, payload, signature].every((part) => part instanceof Uint8Array)) {
    throw new InvalidDocument("expected bytes in a COSE_Sign1");
  }
  const [header, token] = [decodeCbor(guarded), decodeCbor(payload)];
  const own = token instanceof Map ? token.get(CLAIM) : undefined;
  const hint = header instanceof Map ? header.get(KID) : undefined;
  const isWhole = own instanceof Map && hint instanceof Uint8Array && hint.length === HINT_BYTES;
  if (!isWhole || signature.length !== SIGNATURE_BYTES) throw new InvalidDocument("expected the members of a code");
  return { guarded, payload, signature, hint, claims: claimsOf(token, own) };
}

function claimsOf(token, own) {
  const read = (value) => (value instanceof Uint8Array ? hex(value) : value);
  const { grams, level, method, ...members } = Object.fromEntries(MEMBERS.map((name, at) => [name, read(own.get(at + 1))]));
  const [median_g, low_g, high_g] = Array.isArray(grams) ? grams : [];
  return validate("QrClaims", {
    ...members,
    median_g,
    low_g,
    high_g,
    level: LEVELS[level - 1],
    method: String(method),
    valid_from: timestampOf(token.get(IAT)),
    valid_until: timestampOf(token.get(EXP)),
  });
}

/** Encode the CWT; keys are written in ascending order of their encoded bytes. */
function payloadOf(claims) {
  const members = {
    ...claims,
    grams: [claims.median_g, claims.low_g, claims.high_g],
    level: LEVELS.indexOf(claims.level) + 1,
    method: Number(claims.method),
    label_digest: fromHex(claims.label_digest),
  };
  const own = new Map(MEMBERS.map((name, at) => [at + 1, members[name]]));
  const [expires, issued] = [claims.valid_until, claims.valid_from].map((text) => milliseconds(text) / 1000);
  return encodeCbor(
    new Map([
      [EXP, expires],
      [IAT, issued],
      [CLAIM, own],
    ]),
  );
}

function protectedHeader(hint) {
  return encodeCbor(
    new Map([
      [ALG, EDDSA],
      [KID, hint],
    ]),
  );
}

function sign1(guarded, payload, signature) {
  return encodeCbor(new Tag(TAG_SIGN1, [guarded, new Map(), payload, signature]));
}

function timestampOf(seconds) {
  if (!Number.isSafeInteger(seconds) || Math.abs(seconds) > 1e11) throw new InvalidDocument("expected seconds in a code");
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
