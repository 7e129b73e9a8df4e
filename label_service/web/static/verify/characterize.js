/** From flows to terms: amount × factor per item, with the variables both depend on. Mirrors impact/characterize.py. */
import { RULES } from "./document.js";
import { MissingFactor } from "./errors.js";
import { log } from "./functions.js";
import { gridFactor, numberOf, textOf } from "./lookup.js";
import { orderOf } from "./rows.js";

export const STAGES = ["materials", "inbound", "making", "packaging", "distribution", "end_of_life"];
const GRAMS_PER_KILOGRAM = 1000;

/** How parts are weighed; `weighing.js` fills it, which a label page fetches where there are parts. */
export const PARTS = { weightsOf: () => new Map() };

RULES["Inventory._parts_and_flows_meet"] = ({ parts, flows }) => !parts?.length && !flows.some(isPart);

/** Look up the characterization factor of a flow id; never taken as zero. */
export function factorOf(rows, flow, year) {
  const slash = flow.indexOf("/");
  const table = slash < 0 ? flow : flow.slice(0, slash);
  let key = slash < 0 ? "" : flow.slice(slash + 1);
  if (table === "electricity" && key.startsWith("grid/")) {
    const grid = gridFactor(rows, key.slice(5), year);
    return {
      kgco2ePerUnit: numberOf(grid.gco2ePerKwh) / GRAMS_PER_KILOGRAM,
      gsd: numberOf(grid.gsd),
      isProxy: false,
    };
  }
  const columns = { transport: "kgco2e_per_tkm_total", electricity: "gco2e_per_kwh" };
  let [column, gsdColumn] = [Object.hasOwn(columns, table) ? columns[table] : "kgco2e_per_kg", "gsd"];
  if (table === "materials") {
    const last = key.lastIndexOf("/");
    [column, gsdColumn] = [`kgco2e_per_kg_${key.slice(last + 1)}`, "gsd_recommended"];
    key = last < 0 ? "" : key.slice(0, last);
  }
  return factorFromRow(rows.row(table, key), flow, column, gsdColumn);
}

function factorFromRow(row, flow, column, gsdColumn) {
  if (textOf(row, "credit_included") === "yes") {
    throw new MissingFactor(`the row of ${flow} contains credits; it is for information and never scored`);
  }
  if (!textOf(row, column) || !textOf(row, gsdColumn)) {
    throw new MissingFactor(`the release has no ${column} with an uncertainty for ${flow}`);
  }
  const value = numberOf(row[column]) / (column === "gco2e_per_kwh" ? GRAMS_PER_KILOGRAM : 1);
  return { kgco2ePerUnit: value, gsd: numberOf(row[gsdColumn]), isProxy: Boolean(textOf(row, "proxy_of")) };
}

/** Weigh an amount with its factor; undefined where the product is zero. `loads` maps variables to ln GSD. */
export function termOf(amount, factor, flow, loads) {
  const value = amount * factor.kgco2ePerUnit;
  if (value <= 0) return undefined;
  const all = new Map(loads);
  if (factor.gsd > 1) all.set(`factor:${flow}`, log(factor.gsd));
  return { value, loads: [...all].sort(([left], [right]) => orderOf(left, right)) };
}

/**
 * Weigh each flow of an inventory with its factor, or with what stands behind a part, per item, in the order of the
 * inventory. `defaultShare` and `proxyShare` are 0 or 1, except for a part, which brings its own.
 */
export function characterize(inventory, rows) {
  const found = [];
  const factors = new Map();
  const parts = PARTS.weightsOf(inventory, "own");
  for (const flow of inventory.flows) {
    if (parts.has(flow.flow)) {
      found.push(PARTS.contribution(flow, parts.get(flow.flow), inventory.quantity));
      continue;
    }
    if (!factors.has(flow.flow)) factors.set(flow.flow, factorOf(rows, flow.flow, inventory.year));
    const factor = factors.get(flow.flow);
    const term = termOf(numberOf(flow.amount) / inventory.quantity, factor, flow.flow, loadsOf(flow.loads));
    if (term) {
      const [defaultShare, proxyShare] = [Number(flow.basis === "default"), Number(factor.isProxy)];
      found.push({ stage: flow.stage, flow: flow.flow, term, defaultShare, proxyShare, isBoughtPart: flow.bought_part });
    }
  }
  return found;
}

/** Tell whether a flow is that of a part. */
export function isPart({ flow }) {
  return /^(part|record)\//.test(flow);
}

/** Give the loads of an amount: variable to ln GSD. */
export function loadsOf(loads) {
  return new Map(loads.map((load) => [load.variable, log(numberOf(load.gsd))]));
}

/** Group the terms by stage, in the order of the stages, without empty ones. */
export function byStage(contributions) {
  return STAGES.map((stage) => [stage, contributions.filter((item) => item.stage === stage)])
    .filter(([, items]) => items.length)
    .map(([stage, items]) => [stage, items.map((item) => item.term)]);
}

/** Add the values at the medians, in kg CO2e per item. */
export function totalImpact(contributions) {
  let total = 0;
  for (const item of contributions) total += item.term.value;
  return total;
}

/** Give the share of a whole that is this share of each of its contributions, 0 to 1; of nothing, 0. */
export function shareOf(contributions, ofOne) {
  let [whole, found] = [0, 0];
  for (const item of contributions) {
    whole += item.term.value;
    found += item.term.value * ofOne(item);
  }
  return whole ? found / whole : 0;
}
