/** The chain of parts: each bundle or record that a product rests on, followed offline. Mirrors verify/parts.py. */
import { encode } from "./canonical.js";
import { firstDifference } from "./difference.js";
import { utf8 } from "./encoding.js";
import { InvalidDocument, LabelServiceError, PartFault, Unsure } from "./errors.js";
import { partOfLabel } from "./parts.js";
import { checkDemo, checkRecord, partOfRecord, readRecord } from "./record.js";

const MAX_CHAIN = 4;
const STANDING = { revoked: "part_withdrawn", expired: "part_expired" };

/** Follow every part of the product that `checks`, those of a bundle, are about. */
export async function checkParts(checks) {
  const { inventory, content, trust, bundle } = checks;
  const [parts, entries] = [inventory.parts ?? [], bundle.parts];
  const above = [...checks.above, checks.key()];
  if (entries.length !== parts.length) {
    throw new PartFault("part_missing", `expected what stands behind ${parts.length} parts, found ${entries.length}`);
  }
  if (above.length > MAX_CHAIN) {
    throw new PartFault("part_too_deep", `expected parts of parts down to ${MAX_CHAIN} levels`);
  }
  const inner = (data) => checksOfPart(data, checks, above);
  const chain = { countsAt: content.valid_from, demo: content.demo, trustList: trust.trustList, inner };
  const doubts = [];
  for (const [at, part] of parts.entries()) doubts.push(...(await doubtsAbout(part, entries[at], chain)));
  if (doubts.length) throw new Unsure(doubts.join("; "));
  return `${parts.length} parts hold: ${parts.map((part) => `${part.name} of ${part.maker}`).join(", ")}`;
}

/** Open the bundle of a part, which is judged by the lists of the product too. */
function checksOfPart(data, { constructor: Checks, bundle, content, roots, at, newer }, above) {
  const lists = {
    trustLists: [...(newer.trustLists ?? []), bundle.trust_list],
    status: [...(newer.status ?? []), ...bundle.status],
  };
  return new Checks(data, roots, at, lists, above, content.valid_from);
}

/** Judge one part; give what cannot be known about it. */
async function doubtsAbout(part, entry, chain) {
  let [found, doubts] = [undefined, []];
  try {
    [found, doubts] = await (part.kind === "label" ? labelPart : recordPart)(part, entry, chain);
  } catch (error) {
    if (error instanceof PartFault || !(error instanceof LabelServiceError)) throw error;
    throw new PartFault("part_forged", `${part.name}: ${error.message}`);
  }
  const difference = firstDifference(found, part);
  if (difference) throw new PartFault("part_value", `what was taken over from ${part.name} differs at ${difference}`);
  return doubts;
}

async function labelPart(part, entry, chain) {
  const inner = chain.inner(utf8(encode(entry)));
  const doubts = await doneSteps(part.name, {
    ...inner.steps(),
    parts: () => (inner.hasParts ? inner.parts() : ""),
  });
  checkDemo(part.name, inner.content.demo, chain.demo);
  const found = partOfLabel(inner.inventory, await inner.provenRows(), await inner.labelToken.digest());
  checkDigest(part, found.digest);
  return [found, doubts];
}

async function recordPart(part, entry, chain) {
  if (typeof entry !== "string") throw new InvalidDocument("expected the token of a supplier record");
  const [token, record] = readRecord(entry);
  const digest = await token.digest();
  checkDigest(part, digest);
  await checkRecord(token, record, chain.trustList, chain.countsAt, chain.demo);
  return [partOfRecord(digest, record), []];
}

function checkDigest(part, found) {
  if (found !== part.digest) throw new PartFault("part_forged", `expected ${part.digest} of ${part.name}, found ${found}`);
}

async function doneSteps(part, steps) {
  const doubts = [];
  for (const [name, check] of Object.entries(steps)) {
    try {
      await check();
    } catch (error) {
      if (error instanceof Unsure) doubts.push(`${part}: ${name}: ${error.message}`);
      else if (error.where === "suspended") doubts.push(`part_suspended: ${part}: ${error.message}`);
      else if (error instanceof PartFault || !(error instanceof LabelServiceError)) throw error;
      else throw new PartFault(STANDING[error.where] ?? "part_forged", `${part}: ${name}: ${error.message}`);
    }
  }
  return doubts;
}
