/** The trust list: whose keys count for what and until when. Mirrors trust/trust_list.py. */
import { decode } from "./canonical.js";
import { RULES, fromJson, milliseconds } from "./document.js";
import { utf8 } from "./encoding.js";
import { InvalidDocument, InvalidKey, VerificationError } from "./errors.js";
import { parseToken } from "./jws.js";
import { rawKey, thumbprint } from "./keys.js";

const LIST_TYP = "trust-list+jwt";
const DELEGATION_TYP = "delegation+jwt";
const MAX_DELEGATION_DAYS = 366;
const MAX_LIST_DAYS = 30;
const DAY = 86400000;

RULES["ListedKey._retired_since"] = (key) => key.state !== "retired" || key.since !== undefined;

/**
 * Verify the signatures of a trust list and of the delegation inside it.
 *
 * `roots` are pinned roots as `readRoot` gives them, `at` is the time asked for as a timestamp. `root` of the result is
 * the pinned root behind the list or undefined, `rootThumbprint` the one it names, `isFresh` tells about the windows.
 */
export async function openTrustList(text, roots, at) {
  const token = parseToken(text, LIST_TYP);
  const trustList = fromJson("TrustList", "trust-list", token.claims());
  const delegationToken = parseToken(trustList.delegation, DELEGATION_TYP);
  const delegation = fromJson("Delegation", "delegation", delegationToken.claims());
  if (!(await token.isSignedBy(rawKey(delegation.jwk)))) {
    throw new VerificationError("the signature of the trust list does not hold under the delegated key");
  }
  const root = await rootBehind(delegationToken, roots);
  checkWindow("delegation", delegation.not_before, delegation.not_after, MAX_DELEGATION_DAYS);
  checkWindow("trust list", trustList.issued_at, trustList.expires_at, MAX_LIST_DAYS);
  const isFresh =
    delegation.not_before <= at &&
    at <= delegation.not_after &&
    trustList.issued_at <= at &&
    at <= trustList.expires_at;
  return { trustList, root, rootThumbprint: delegationToken.kid, isFresh };
}

/** Read the text of a root file and give its name, key and thumbprint. */
export async function readRoot(text) {
  let root;
  try {
    root = fromJson("Root", "root", decode(utf8(text.trim())));
  } catch (error) {
    if (!(error instanceof InvalidDocument)) throw error;
    throw new InvalidKey(`not a root file: ${error.message}`);
  }
  return { name: root.name, x: root.jwk.x, thumbprint: await thumbprint(rawKey(root.jwk)) };
}

/** Give the issuer with this DID. */
export function issuerOf(trustList, id) {
  const issuer = trustList.issuers.find((item) => item.id === id);
  if (!issuer) throw new VerificationError(`the issuer ${id} is not on the trust list`);
  return issuer;
}

/** Give whose attestations, and which releases, the labels of an issuer may rest on. */
export function admittedBy(trustList, issuer) {
  return issuer.admits ?? trustList;
}

/** Check that something signed at a time and logged at an index is from before the issuer's end; no index: undefined. */
export function checkIssuerCounts({ id, ended }, signedAt, logIndex) {
  if (!ended) return;
  if (signedAt > ended.at) {
    throw new VerificationError(`the issuer ${id} ended at ${ended.at}, but signed this at ${signedAt}`);
  }
  if (logIndex >= ended.size) {
    throw new VerificationError(
      `of the issuer ${id} ${ended.size} log entries count; this was logged at ${logIndex}`,
    );
  }
}

/** Give the auditor whom an issuer admits, and the key behind a kid. */
export function auditorOf(trustList, kid, issuer) {
  for (const auditor of admittedBy(trustList, issuer).auditors) {
    const key = auditor.keys.find((item) => item.kid === kid && item.use === "attestation");
    if (key) return [auditor, key];
  }
  throw new VerificationError(`no auditor on the trust list has the key ${kid}`);
}

/** Give the supplier and key behind a kid. */
export function supplierOf(trustList, kid) {
  for (const supplier of trustList.suppliers ?? []) {
    const key = supplier.keys.find((item) => item.kid === kid && item.use === "record");
    if (key) return [supplier, key];
  }
  throw new VerificationError(`no supplier on the trust list has the key ${kid}`);
}

/** Give the log with this origin. */
export function logOf(trustList, origin) {
  const log = trustList.logs.find((item) => item.origin === origin);
  if (!log) throw new VerificationError(`the log ${origin} is not on the trust list`);
  return log;
}

/** Give the key with this id and use. */
export function findKey(keys, kid, use) {
  const key = keys.find((item) => item.kid === kid && item.use === use);
  if (!key) throw new VerificationError(`the trust list has no ${use} key ${kid} for this party`);
  return key;
}

/** Check that a key may be believed for something signed at a time and logged at an index; no index: undefined. */
export function checkKeyCounts(key, signedAt, logIndex) {
  if (!(key.not_before <= signedAt && signedAt <= key.not_after)) {
    throw new VerificationError(
      `key ${key.kid} counts from ${key.not_before} to ${key.not_after}, but was used at ${signedAt}`,
    );
  }
  if (key.state === "retired" && signedAt > key.since) {
    throw new VerificationError(`key ${key.kid} was retired at ${key.since}, but was used at ${signedAt}`);
  }
  if (key.state === "retired" && logIndex >= key.since_index) {
    throw new VerificationError(`key ${key.kid} was retired at log index ${key.since_index}; this is ${logIndex}`);
  }
  if (key.state === "compromised" && !(logIndex < key.since_index)) {
    throw new VerificationError(
      `key ${key.kid} is compromised from log index ${key.since_index}; this was logged at ${logIndex}`,
    );
  }
}

/** Give the pinned root that signed; a delegation that names a pinned root must hold under it. */
async function rootBehind(delegation, roots) {
  const root = roots.find((item) => item.thumbprint === delegation.kid);
  if (root && !(await delegation.isSignedBy(rawKey(root)))) {
    throw new VerificationError("the delegation does not hold under the pinned root it names");
  }
  return root;
}

function checkWindow(name, start, end, days) {
  const length = (milliseconds(end) - milliseconds(start)) / DAY;
  if (!(length >= 0 && length <= days)) {
    throw new VerificationError(`expected a ${name} valid for at most ${days} days, found ${start} to ${end}`);
  }
}
