/** Who did what of a product made by several parties. Mirrors verify/contributed.py and declaration/contribution.py. */
import { encode } from "./canonical.js";
import { fromJson } from "./document.js";
import { fromUtf8 } from "./encoding.js";
import { ConsentMissing, InvalidDocument, NotCanonical, VerificationError } from "./errors.js";
import { parseToken } from "./jws.js";
import { rawKey, thumbprint } from "./keys.js";
import {} from "./more-shapes.js";
import { isUnique } from "./scope.js";

/** Check that every partner signed its own runs, for this batch and scheme; gives what each said. */
export async function checkContributed(inventory, origin, otherKeys) {
  const said = await Promise.all((inventory.contributions ?? []).map(readContribution));
  if (encode(said.map((item) => item.party)) !== encode(inventory.partners)) {
    throw new ConsentMissing(`expected the signatures of all ${inventory.partners.length} partners`);
  }
  const keys = [...new Set(otherKeys), ...said.map((item) => item.key.x)];
  if (!isUnique(keys)) throw new ConsentMissing("two parties sign with one key");
  for (const content of said) checkAbout(content, inventory, origin);
  checkRuns(said, inventory);
  return said;
}

/** Read a token strictly and verify its signature under the key it names. */
async function readContribution(text) {
  const token = parseToken(text, "contribution+jwt");
  const content = fromJson("Contribution", "contribution", token.claims());
  if (encode(content) !== fromUtf8(token.payload)) {
    throw new NotCanonical("expected exactly the members of a contribution, version 1");
  }
  if (token.kid !== (await thumbprint(rawKey(content.key)))) {
    throw new InvalidDocument("expected the kid to be the thumbprint of the key of the contribution");
  }
  if (!(await token.isSignedBy(rawKey(content.key)))) {
    throw new VerificationError(`the signature of ${content.party.name} on its steps does not hold`);
  }
  return content;
}

function checkAbout(content, inventory, origin) {
  const { name } = content.party;
  for (const [what, expected, found] of [
    ["scheme", content.origin, origin],
    ["producer", content.producer, inventory.producer.id],
    ["product", content.product, inventory.name],
    ["quantity", content.quantity, inventory.quantity],
    ["demo flag", content.demo, inventory.demo],
  ]) {
    if (expected !== found) throw new ConsentMissing(`${name} signed for the ${what} ${expected}, found ${found}`);
  }
  if (content.made.first < inventory.made.first || content.made.last > inventory.made.last) {
    throw new ConsentMissing(`${name} signed for other days than those of the inventory`);
  }
  if (content.sites.some((place) => !inventory.countries.includes(place.country))) {
    throw new ConsentMissing(`${name} signed for another country than the inventory names`);
  }
}

/** Every signed run is in the inventory as it was signed, once; nobody else works on the machines of a party. */
function checkRuns(said, inventory) {
  const signed = said.flatMap((content) => content.runs);
  const steps = new Set(signed.map((run) => run.step));
  for (const run of signed) {
    const found = inventory.runs.find((item) => item.step === run.step);
    if (!found || encode(found) !== encode(run)) {
      throw new ConsentMissing(`the run ${run.step} is not in the inventory as its party signed it`);
    }
  }
  const machines = said.flatMap((content) => [...new Set(content.runs.map((run) => run.machine))]);
  if (steps.size !== signed.length || !isUnique(machines)) {
    throw new ConsentMissing("two parties signed the same run or machine");
  }
  const stray = inventory.runs.find((run) => !steps.has(run.step) && machines.includes(run.machine));
  if (stray) throw new ConsentMissing(`a run on ${stray.machine} is not signed by the party of this machine`);
}
