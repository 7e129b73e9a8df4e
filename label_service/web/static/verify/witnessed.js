/** Who has seen a checkpoint: cosignatures of listed witnesses. Mirrors verify/witnessed.py. */
import { Unsure, VerificationError } from "./errors.js";
import { rawKey } from "./keys.js";
import { COSIGNATURE, verifierKey, verifySignatures } from "./note.js";
import { checkKeyCounts } from "./trust_list.js";

const MAX_AHEAD_S = 300;
const LAST_S = 4102444799;

/** Say how many witnesses have seen a checkpoint at a time; unsure where they are fewer than the list asks for. */
export async function checkWitnessed(note, trustList, at) {
  const { size: seen } = await seenBy(note, trustList, at);
  const words = `seen by ${seen} of ${trustList.witnesses.length} witnesses (quorum ${trustList.witness_quorum})`;
  if (seen < trustList.witness_quorum) {
    throw new Unsure(`${words}: too new, or a log that shows others another tree; ask again with a new bundle`);
  }
  return words;
}

async function seenBy(note, trustList, at) {
  const listed = new Map();
  for (const { name, keys } of trustList.witnesses) {
    for (const key of keys.filter((item) => item.use === "witness")) {
      listed.set(await verifierKey(name, rawKey(key.jwk), COSIGNATURE), key);
    }
  }
  const signed = await verifySignatures(note, listed.keys());
  return new Set([...signed].filter(([key, time]) => cosignatureCounts(listed.get(key), Number(time), at)).map(([key]) => key.name));
}

/** Tell whether a cosignature was made while its key counted, and not after the time asked for. */
function cosignatureCounts(key, timeS, at) {
  const latestS = Date.parse(at) / 1000 + MAX_AHEAD_S;
  if (key.state === "compromised" || timeS > Math.min(LAST_S, latestS)) return false;
  try {
    checkKeyCounts(key, new Date(timeS * 1000).toISOString().replace(".000", ""), undefined);
  } catch (error) {
    if (error instanceof VerificationError) return false;
    throw error;
  }
  return true;
}
