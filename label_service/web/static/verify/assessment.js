/** assess(inventory, rows): characterize, compare, grade; equal to the digit with assessment.py, which it mirrors. */
import { digest, encode } from "./canonical.js";
import { byStage, characterize, shareOf, totalImpact } from "./characterize.js";
import { distribution, ratio } from "./closed_form.js";
import { MissingFactor } from "./errors.js";
import { BOUGHT_PART_LIMIT, PROXY_SHARE_LIMIT, capped, gradeOf, scoreOf } from "./grade.js";
import { gridFactor, numberOf, textOf } from "./lookup.js";
import { figure } from "./quantity.js";
import { MIN_WEIGHED_SAMPLES, SAME_DESIGN, market, sameDesign } from "./reference.js";
import { orderOf } from "./rows.js";

const METHOD = "1";
const LISTED = 3;
const CUT_OFF_SHARE = 0.01;
const INDICATOR_COLUMNS = {
  cumulative_energy_demand: "ced_mj_per_kg",
  fresh_water: "fresh_water_m3_per_kg",
  abiotic_depletion: "adpe_kgsbe_per_kg",
};

/** Compute the assessment of an inventory with the rows of its release. */
export async function assess(inventory, rows) {
  const product = characterize(inventory, rows);
  const sides = references(inventory, rows, product);
  const comparisons = sides.map((side) => compare(product, side));
  const against = gradedAgainst(comparisons);
  const caps = capsOf(product, comparisons, against);
  const reasons = reasonsOf(product, sides, against);
  const letter =
    against && !reasons.length ? capped(gradeOf(against.score, against.ratio.p05), caps) : undefined;
  return {
    type: "assessment",
    version: "1",
    demo: inventory.demo,
    method: METHOD,
    inventory_digest: await digest(encode(inventory)),
    release_digest: inventory.release_digest,
    product: sideOfAssessment(product),
    contributions: largest(product),
    unavailable: unavailable(product, rows),
    grid_years: gridYears(inventory, rows),
    comparisons,
    graded_against: against?.reference,
    score: letter && against.score,
    grade: letter,
    caps,
    reasons,
    default_share: figure(shareOf(product, (item) => item.defaultShare)),
  };
}

/** Give every reference that could count, with its contributions or what is missing. */
function references(inventory, rows, product) {
  const found = [];
  const category = inventory.category ? rows.row("categories", inventory.category) : {};
  for (const reference of (textOf(category, "market_reference_ids") ?? "").split(";").filter(Boolean)) {
    if (category.status === "no reference") {
      const missing = category.why ?? "no reference";
      found.push({ reference, kind: "market", provisional: true, missing, side: [] });
      continue;
    }
    const samples = numberOf(rows.row("references", reference).weighed_samples ?? "0");
    const side = market(reference, inventory, rows);
    found.push({ reference, kind: "market", provisional: samples < MIN_WEIGHED_SAMPLES, missing: "", side });
  }
  const own = { reference: SAME_DESIGN, kind: "same_design", provisional: false, missing: "", side: [] };
  try {
    own.side = sameDesign(inventory, rows, product);
  } catch (error) {
    if (!(error instanceof MissingFactor)) throw error;
    own.missing = error.message;
  }
  return [...found, own];
}

function compare(product, { reference, kind, provisional, missing, side }) {
  const head = { reference, kind, provisional };
  if (missing) return { ...head, missing: [...missing].slice(0, 500).join(""), uncertain: [], is_proven: true };
  const result = ratio(termsOf(product), termsOf(side));
  const bounds = rangeOf(result);
  return {
    ...head,
    side: sideOfAssessment(side),
    ratio: bounds,
    p_better: figure(result.pBetter),
    score: scoreOf(bounds.p95),
    uncertain: result.narrow.slice(0, LISTED).map(([name, share]) => ({ name, share: figure(share) })),
    is_proven: result.isProven,
  };
}

/** Give the least favourable market record, else `same_design`; undefined when nothing could be computed. */
function gradedAgainst(comparisons) {
  const computed = comparisons.filter((item) => item.score !== undefined);
  const records = computed.filter((item) => item.kind === "market");
  const rank = (item) => [item.score, Number(item.ratio.p95)];
  let worst;
  for (const item of records.length ? records : computed) {
    const [score, p95] = rank(item);
    if (!worst || score > worst.score || (score === worst.score && p95 > rank(worst)[1])) worst = item;
  }
  return worst;
}

function capsOf(product, comparisons, against) {
  const caps = [];
  if (shareOf(product, (item) => item.proxyShare) > PROXY_SHARE_LIMIT) caps.push("proxy_share");
  if (against?.kind === "market") {
    const design = comparisons.find((item) => item.kind === "same_design");
    if (design.ratio && Number(design.ratio.p05) > 1) caps.push("same_design_worse");
  }
  return caps;
}

/** Give why there is no grade. */
function reasonsOf(product, sides, against) {
  if (!against) return ["no_reference"];
  const reasons = [];
  const other = sides.find((item) => item.reference === against.reference).side;
  const bought = product.filter((item) => item.isBoughtPart);
  const share = (whole) => (totalImpact(whole) ? totalImpact(bought) / totalImpact(whole) : 0);
  if (bought.length && Math.max(share(product), share(other)) > BOUGHT_PART_LIMIT) {
    reasons.push("bought_parts_dominate");
  }
  if (!against.is_proven) reasons.push("outside_proven_range");
  return reasons;
}

function sideOfAssessment(contributions) {
  const stages = byStage(contributions).map(([stage, terms]) => ({ stage, kgco2e: rangeOf(distribution(terms)) }));
  return { kgco2e: rangeOf(distribution(termsOf(contributions))), stages };
}

function rangeOf({ median, p05, p95 }) {
  return { median: figure(median), p05: figure(p05), p95: figure(p95) };
}

/** Give the three largest flows of the product; amounts of one flow in one stage are added. */
function largest(product) {
  const sums = new Map();
  for (const { stage, flow, term } of product) {
    const name = `${stage}:${flow}`;
    sums.set(name, (sums.get(name) ?? 0) + term.value);
  }
  const whole = totalImpact(product);
  return [...sums]
    .sort(([left, leftValue], [right, rightValue]) => rightValue - leftValue || orderOf(left, right))
    .slice(0, LISTED)
    .map(([name, value]) => ({ name, share: figure(value / whole) }));
}

/** Name the indicators that lack a factor for a flow above one per cent of the climate total. */
function unavailable(product, rows) {
  const whole = totalImpact(product);
  const large = new Set(product.filter((item) => item.term.value > CUT_OFF_SHARE * whole).map((item) => item.flow));
  const flows = [...large].sort(orderOf);
  return Object.entries(INDICATOR_COLUMNS)
    .map(([indicator, column]) => ({ indicator, missing: flows.filter((flow) => !hasColumn(rows, flow, column)) }))
    .filter(({ missing }) => missing.length)
    .map(({ indicator, missing }) => ({ indicator, missing: missing.slice(0, LISTED) }));
}

function hasColumn(rows, flow, column) {
  const [table, ...key] = flow.split("/");
  return table === "materials" && Boolean(textOf(rows.row(table, key.slice(0, -1).join("/")), column));
}

function gridYears(inventory, rows) {
  const grids = inventory.flows.map((item) => item.flow).filter((flow) => flow.startsWith("electricity/grid/"));
  const countries = [...new Set(grids.map((flow) => flow.slice(flow.lastIndexOf("/") + 1)))].sort(orderOf);
  return countries.map((country) => ({ country, year: gridFactor(rows, country, inventory.year).year }));
}

function termsOf(contributions) {
  return contributions.map((item) => item.term);
}
