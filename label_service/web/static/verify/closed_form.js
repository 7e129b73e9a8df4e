/**
 * The distribution of an impact, and of the ratio of two impacts, in closed form. Mirrors impact/closed_form.py.
 *
 * A term is `{ value, loads }`: median in kg CO2e, and pairs of variable and ln GSD, each variable once.
 */
import { gradient, ofRatio, ofSum, squareOf } from "./cumulants.js";
import { InvalidAmount } from "./errors.js";
import { erfc, exp, expm1, log, sinh } from "./functions.js";
import { orderOf } from "./rows.js";

export const Z95 = 1.6448536269514722;
const Z_LIMIT = 4;
const LARGEST_PROVEN_LOAD = Math.log(2) * (1 + 1e-12);
const LARGEST_PROVEN_SKEWNESS = 1;
const NORMAL = 1e-12;
const SAME = 5e-11;
const SHARE_STEPS = 1e9;
const CANCELLED = 1e-24;

/** Give the quantiles of a sum of terms, in kg CO2e; of no terms, zero. */
export function distribution(terms) {
  if (!terms.length) return { p05: 0, median: 0, p95: 0 };
  const summands = summandsOf(terms);
  return quantilesOf(terms.length === 1 ? ofTerm(terms[0]) : ofSum(summands));
}

/** Compare the impact of a product with that of its reference; a variable on both sides is one variable. */
export function ratio(product, reference) {
  if (!product.length || !reference.length) throw new InvalidAmount("expected at least one term on each side of a ratio");
  const [above, below] = [summandsOf(product), summandsOf(reference)];
  const slopes = gradient(above);
  for (const [variable, slope] of gradient(below)) slopes.set(variable, (slopes.get(variable) ?? 0) - slope);
  const cumulants = ofRatio(above, below, slopes);
  const isProven =
    Math.max(largestLoad(above), largestLoad(below)) <= LARGEST_PROVEN_LOAD &&
    Math.abs(cumulants.skewness) <= LARGEST_PROVEN_SKEWNESS;
  return { ...quantilesOf(cumulants), pBetter: belowOne(cumulants), narrow: narrowing(slopes), isProven };
}

/** Give the slope of the logarithm of a sum of terms in each variable, at the medians. */
export function slopesOf(terms) {
  return gradient(summandsOf(terms));
}

/** Give the cumulants of the logarithm of a single term: what `ofSum` gives, the short way. */
function ofTerm(term) {
  return { mean: log(term.value), deviation: Math.sqrt(squareOf(term.loads.map(([, load]) => load))), skewness: 0 };
}

function summandsOf(terms) {
  const loads = new Map();
  for (const [number, term] of terms.entries()) {
    if (!(term.value > 0 && term.value < Infinity)) {
      throw new InvalidAmount(`expected a term with a positive finite value in kg CO2e, found ${term.value}`);
    }
    for (const [variable, load] of term.loads) {
      if (!loads.has(variable)) loads.set(variable, []);
      loads.get(variable).push([number, load]);
    }
  }
  return { values: terms.map((term) => term.value), loads };
}

function largestLoad(terms) {
  return Math.max(0, ...[...terms.loads.values()].flat().map(([, load]) => load));
}

/** Give h with h³ + 3h = skewness, and the signed width of a log-normal as skewed: its square is ln(1 + h²). */
function shapeOf(skewness) {
  const h = 2 * sinh(Math.asinh(skewness / 2) / 3);
  return [h, Math.sign(h) * Math.sqrt(Math.log1p(h * h))];
}

/** Give the quantiles at 5 %, 50 % and 95 %. */
function quantilesOf({ mean, deviation, skewness }) {
  let steps = [-deviation * Z95, 0, deviation * Z95];
  if (Math.abs(skewness) >= NORMAL) {
    const [h, width] = shapeOf(skewness);
    const [scale, shift] = [deviation / h, (width * width) / 2];
    steps = [-width * Z95, 0, width * Z95].map((z) => scale * expm1(z - shift));
  }
  const [p05, median, p95] = steps.map((step) => exp(mean + step));
  return { p05, median, p95 };
}

/** Give the probability that the logarithm is below 0. */
function belowOne(cumulants) {
  if (cumulants.deviation === 0) return cumulants.mean < -SAME ? 1 : 0;
  const z = Math.min(Math.max(zOfZero(cumulants), -Z_LIMIT), Z_LIMIT);
  return erfc(-z / Math.sqrt(2)) / 2;
}

/** Give the standard normal quantile at which the logarithm is 0; infinite where it never is. */
function zOfZero({ mean, deviation, skewness }) {
  const distance = -mean / deviation;
  if (Math.abs(skewness) < NORMAL) return distance;
  const [h, width] = shapeOf(skewness);
  if (h * distance <= -1) return distance < 0 ? -Infinity : Infinity;
  return (Math.log1p(h * distance) + (width * width) / 2) / width;
}

/** Share out the first-order variance of ln R, largest first, ties by name. */
function narrowing(slopes) {
  const total = squareOf(slopes.values());
  if (total < CANCELLED) return [];
  const rank = (share) => Math.trunc(share * SHARE_STEPS + 0.5);
  return [...slopes]
    .map(([variable, slope]) => [variable, (slope * slope) / total])
    .filter(([, share]) => share * SHARE_STEPS >= 1)
    .sort(([left, leftShare], [right, rightShare]) => rank(rightShare) - rank(leftShare) || orderOf(left, right));
}
