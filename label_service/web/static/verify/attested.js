/** Whose attestation counts: different parties, an accredited auditor. Mirrors verify/attested.py. */
import { encode } from "./canonical.js";
import { VerificationError } from "./errors.js";

/** Check that the auditor with her organisation, the scheme owner, the producer and each partner are other parties. */
export function checkIndependent(auditor, issuer, { producer, partners }) {
  const kids = auditor.keys.map((key) => key.kid.split("#")[0]);
  const parties = [
    [auditor.id, auditor.organisation_id, ...kids],
    [issuer.id, issuer.origin],
    ...[producer, ...partners].map((party) => [party.id]),
  ].map((uris) => new Set(uris.map(plainUri)));
  const all = parties.flatMap((uris) => [...uris]);
  if (new Set(all).size !== all.length) {
    throw new VerificationError("producer, auditor and scheme owner must be three different parties");
  }
  const own = new Set(auditor.keys.map((key) => key.jwk.x));
  if (issuer.keys.some((key) => own.has(key.jwk.x))) {
    throw new VerificationError("the scheme signs labels with a key of the auditor");
  }
}

/** Check that the auditor was accredited on the day of a timestamp, and give the accreditation of that day. */
export function checkAccredited(auditor, at) {
  const day = at.slice(0, 10);
  const found = accreditationsOf(auditor).findLast((item) => item.valid_from <= day && day <= item.valid_until);
  if (!found) throw new VerificationError(`${auditor.name} was not accredited on ${day}`);
  return found;
}

/** Give the accreditation as a label claims it, where the list has the same one, prolonged or ended meanwhile. */
export function listedAs(auditor, claimed) {
  const isSame = (item) => encode({ ...item, valid_until: "" }) === encode({ ...claimed, valid_until: "" });
  return accreditationsOf(auditor).some(isSame) ? claimed : auditor.accreditation;
}

function accreditationsOf(auditor) {
  return [...auditor.former_accreditations, auditor.accreditation];
}

/** Give an address so that two usual spellings of one are the same. */
function plainUri(uri) {
  return uri.toLowerCase().replace(/\/+$/, "");
}
