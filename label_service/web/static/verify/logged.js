/** Whether an entry is in the log its issuer names. Mirrors verify/logged.py. */
import { hex } from "./encoding.js";
import { VerificationError } from "./errors.js";
import { rawKey } from "./keys.js";
import { ED25519, verifierKey, verifySignatures } from "./note.js";
import { verifyInclusion } from "./proof.js";
import { logOf } from "./trust_list.js";

/** Check where an entry is logged: under a checkpoint of the log, or under the last tree of a closed one. */
export async function checkLogged(proof, entry, issuer, trustList) {
  const { checkpoint, index } = proof;
  const log = logOf(trustList, checkpoint.origin);
  if (issuer.log !== log.origin) {
    throw new VerificationError(`expected an entry of the log ${issuer.log}, found one of ${log.origin}`);
  }
  if (!(log.final && isFinalTree(checkpoint, log.final))) {
    const keys = await Promise.all(
      standingKeys(log.keys).map((key) => verifierKey(log.origin, rawKey(key.jwk), ED25519)),
    );
    if (!(await verifySignatures(checkpoint.note, keys)).size) {
      throw new VerificationError(`no listed key of ${log.origin} signed the checkpoint`);
    }
  }
  await verifyInclusion(proof, entry);
  return `entry ${index} of ${checkpoint.size} in ${log.origin}${log.final ? `, closed with ${log.final.size}` : ""}`;
}

/** Tell whether this is the last tree of a closed log, for which the list itself stands, whoever has its keys. */
function isFinalTree({ origin, size, root }, final) {
  if (size < final.size) return false;
  if (size > final.size || hex(root) !== final.root) {
    throw new VerificationError(
      `the log ${origin} was closed with ${final.size} entries; this is another tree, of ${size}`,
    );
  }
  return true;
}

/** Give the keys of a log that still count; what a retired one signed was signed before. */
function standingKeys(keys) {
  return keys.filter((key) => key.use === "log" && key.state !== "compromised");
}
