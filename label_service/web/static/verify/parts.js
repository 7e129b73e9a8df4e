/** What a labelled product weighs as a part of another one, taken over from its inventory. Mirrors impact/parts.py. */
import { characterize, shareOf } from "./characterize.js";
import { Z95, distribution, slopesOf } from "./closed_form.js";
import { MissingFactor } from "./errors.js";
import { exp, log } from "./functions.js";
import { numberOf } from "./lookup.js";
import { figure } from "./quantity.js";
import { boughtKg, madeAlike } from "./reference.js";
import { orderOf } from "./rows.js";

const GATE = ["materials", "inbound", "making", "packaging"];
const MOST_COMMON = 7;
const SLOPE_STEPS = 1e9;

/** Give one item of a labelled product as a part of another. */
export function partOfLabel(inventory, rows, digest) {
  const product = characterize(inventory, rows);
  return {
    kind: "label",
    digest,
    name: inventory.name,
    maker: inventory.producer.name,
    unit: "piece",
    mass_kg: figure(itemKg(inventory)),
    own: sideWeights(product, `part:${digest}`),
    reference: referenceWeights(inventory, rows, product, digest),
  };
}

/** Weigh the same part made by the mass process; without one it is equal on both sides. */
function referenceWeights(inventory, rows, product, digest) {
  try {
    const found = sideWeights(madeAlike(inventory, rows, product), `reference:${digest}`);
    return product.some((item) => item.stage === "end_of_life") ? found : { gate: found.gate };
  } catch (error) {
    if (error instanceof MissingFactor) return undefined;
    throw error;
  }
}

function sideWeights(contributions, own) {
  const gate = contributions.filter((item) => GATE.includes(item.stage));
  const disposal = contributions.filter((item) => item.stage === "end_of_life");
  return { gate: weightOf(gate, own), end_of_life: disposal.length ? weightOf(disposal, own) : undefined };
}

/** Take contributions together: their median, and loads that give the wider of both halves of their range. */
function weightOf(contributions, own) {
  const terms = contributions.map((item) => item.term);
  const { p05, median, p95 } = distribution(terms);
  const load = Math.max(log(p95 / median), log(median / p05)) / Z95;
  const common = commonSlopes(slopesOf(terms));
  let left = load * load;
  for (const [, slope] of common) left -= slope * slope;
  const loads = [...common, [own, Math.sqrt(Math.max(0, left))]]
    .sort(([one], [other]) => orderOf(one, other))
    .map(([variable, slope]) => ({ variable, gsd: figure(exp(slope)) }))
    .filter(({ gsd }) => gsd !== "1");
  return {
    kgco2e: figure(median),
    loads,
    default_share: figure(shareOf(contributions, (item) => item.defaultShare)),
    proxy_share: figure(shareOf(contributions, (item) => item.proxyShare)),
  };
}

/** Give the steepest slopes in variables that others can have too; measurements of the part are its own. */
function commonSlopes(slopes) {
  const steps = (slope) => Math.floor(slope * SLOPE_STEPS + 0.5);
  return [...slopes]
    .filter(([variable]) => variable.includes(":"))
    .sort(([one, left], [other, right]) => steps(right) - steps(left) || orderOf(one, other))
    .slice(0, MOST_COMMON);
}

function itemKg(inventory) {
  let made = 0;
  for (const line of inventory.net_masses) made += numberOf(line.amount);
  return (made + boughtKg(inventory)) / inventory.quantity;
}
