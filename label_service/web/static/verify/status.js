/** Status lists, read strictly, and the state of a label in them. Mirrors label/status.py and verify/statuses.py. */
import { encode } from "./canonical.js";
import { RULES, isObject, milliseconds, validate } from "./document.js";
import { fromBase64url } from "./encoding.js";
import { InvalidDocument, NotCanonical, UnsupportedVersion, Unsure, VerificationError } from "./errors.js";
import { parseToken } from "./jws.js";
import { rawKey } from "./keys.js";
import { checkKeyCounts, findKey, issuerOf, logOf } from "./trust_list.js";
import { DEMO_WORDS, VC_CONTEXT, VC_CTY, VC_TYP, titled } from "./vocabulary.js";

const ENTRIES = 131072;
const LIST_BYTES = ENTRIES / 8;
const MIN_HOURS = 24;
const MAX_HOURS = 72;
const HOUR = 3600000;
const LIST_TYPE = ["VerifiableCredential", "BitstringStatusListCredential"];
const STATES = [
  ["revocation", "revoked"],
  ["suspension", "suspended"],
];

RULES["StatusList._short_lived"] = (list) => {
  const hours = (milliseconds(list.valid_until) - milliseconds(list.valid_from)) / HOUR;
  return hours >= MIN_HOURS && hours <= MAX_HOURS;
};

/**
 * Check both bits of a label in signed, fresh lists; a set bit counts even in a stale list; last lists never are.
 *
 * `countsAt` is when the label must count: for a part, when it was built in. `where` of an error says what is wrong.
 */
export async function checkStatuses(content, trustList, tokens, at, countsAt = at) {
  const issuer = issuerOf(trustList, content.issuer.id);
  const log = issuer.ended && logOf(trustList, issuer.log);
  if (issuer.ended?.revoked.includes(content.label_id)) {
    throw new VerificationError(`this label was revoked after its issuer had ended (by ${trustList.name})`, "revoked");
  }
  const lists = await Promise.all(tokens.map(readStatusList));
  const [doubts, since] = [[], []];
  for (const [purpose, word] of STATES) {
    const entry = content.status[purpose];
    const found = newest(lists, purpose, entry.url);
    if (!found) {
      doubts.push(`no ${purpose} list at hand`);
      continue;
    }
    await checkListSigned(found, issuer);
    const { list } = found;
    if (list.bits[entry.index >> 3] & (0x80 >> (entry.index & 7))) {
      throw new VerificationError(`this label is ${word} (list of ${list.valid_from})`, word);
    }
    if (at < list.valid_from || (at > list.valid_until && !isLastList(list, issuer, log))) {
      doubts.push(`the ${purpose} list counts until ${list.valid_until}`);
    }
    since.push(list.valid_from);
  }
  if (countsAt < content.valid_from || countsAt > content.valid_until) {
    const window = `from ${content.valid_from} to ${content.valid_until}`;
    throw new VerificationError(`this label counts ${window}, not at ${countsAt}`, "expired");
  }
  if (doubts.length) throw new Unsure(doubts.join("; "));
  return `neither revoked nor suspended, as of ${since.sort()[0]}`;
}

/** Read a token strictly; its signature and its time are not checked yet. */
export async function readStatusList(text) {
  const token = parseToken(text, VC_TYP, VC_CTY);
  const claims = token.claims();
  const encoded = encodedList(claims);
  const bits = await unpacked(encoded);
  const list = validate("StatusList", {
    id: claims.id,
    issuer: claims.issuer,
    demo: String(claims.name).startsWith(DEMO_WORDS),
    purpose: claims.credentialSubject.statusPurpose,
    valid_from: claims.validFrom,
    valid_until: claims.validUntil,
    bits,
  });
  if (encode(listCredential(list, encoded)) !== encode(claims)) {
    throw new NotCanonical("expected exactly the members and words of a status list, version 1");
  }
  if (token.kid.split("#")[0] !== list.issuer) throw new InvalidDocument(`expected a key of ${list.issuer}`);
  return { token, list };
}

function encodedList(claims) {
  const subject = isObject(claims) && isObject(claims.credentialSubject) ? claims.credentialSubject : {};
  if (encode(claims?.type ?? null) !== encode(LIST_TYPE) || typeof subject.encodedList !== "string") {
    throw new UnsupportedVersion("expected a credential of type BitstringStatusListCredential with an encodedList");
  }
  return subject.encodedList;
}

function listCredential(list, encoded) {
  return {
    "@context": [VC_CONTEXT],
    type: LIST_TYPE,
    id: list.id,
    issuer: list.issuer,
    name: titled(`Status list for ${list.purpose}`, list.demo),
    validFrom: list.valid_from,
    validUntil: list.valid_until,
    credentialSubject: {
      id: `${list.id}#list`,
      type: "BitstringStatusList",
      statusPurpose: list.purpose,
      encodedList: encoded,
    },
  };
}

/** Unpack multibase base64url of gzip into exactly the bytes of a list; a packet that gives more is cut off. */
async function unpacked(encoded) {
  if (!encoded.startsWith("u")) throw new InvalidDocument("expected the encodedList in multibase base64url (u…)");
  const packed = new Blob([fromBase64url(encoded.slice(1))]);
  const reader = packed.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const bits = new Uint8Array(LIST_BYTES);
  let length = 0;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (length + piece.value.length > LIST_BYTES) throw new RangeError("too long");
      bits.set(piece.value, length);
      length += piece.value.length;
    }
  } catch {
    reader.cancel().catch(() => undefined);
    length = -1;
  }
  if (length !== LIST_BYTES) throw new InvalidDocument(`expected a gzip member of exactly ${LIST_BYTES} bytes`);
  return bits;
}

/** Give the newest list of this purpose at this address. */
function newest(lists, purpose, url) {
  const fitting = lists.filter(({ list }) => list.purpose === purpose && list.id === url);
  return fitting.reduce((best, item) => (best && best.list.valid_from >= item.list.valid_from ? best : item), undefined);
}

/** Tell whether a list was signed when its issuer closed, so that none follows and it counts without end. */
function isLastList(list, issuer, log) {
  return Boolean(log?.final) && list.valid_from >= issuer.ended.at;
}

async function checkListSigned({ token, list }, issuer) {
  const key = findKey(issuer.keys, token.kid, "status");
  if (list.issuer !== issuer.id || !(await token.isSignedBy(rawKey(key.jwk)))) {
    throw new VerificationError(`the signature of the ${list.purpose} list does not hold under the issuer's key`);
  }
  checkKeyCounts(key, list.valid_from, undefined);
}
