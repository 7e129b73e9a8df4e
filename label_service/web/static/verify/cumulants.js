/**
 * Cumulants of the logarithm of a sum of log-normal terms, and of a ratio of two such sums that share variables.
 * The same plain loops in the same order as in impact/cumulants.py; formulas: docs/method/uncertainty.md.
 *
 * Summands are `{ values, loads }`: medians in kg CO2e, and by variable a list of [number of the term, ln GSD].
 */
import { exp, log } from "./functions.js";

const NODE = Math.sqrt(3);
const CONSTANT = 1e-12;
const SMALLEST_GRADIENT = 1e-12;

/** Give the cumulants of the logarithm of a sum: mean, deviation and skewness. */
export function ofSum(terms) {
  const along = alongOf(terms, gradient(terms));
  const side = sideOf(terms, along);
  return totalOf(
    moved(terms.values, along).map((values) => {
      const { mean, variance } = pointOf(side, values);
      return [mean, variance];
    }),
  );
}

/** Give the cumulants of the logarithm of a ratio of sums, whose gradient at the medians is given by variable. */
export function ofRatio(product, reference, slopes) {
  const isSteep = squareOf(slopes.values()) > SMALLEST_GRADIENT;
  const direction = isSteep ? slopes : new Map([...slopes, ...gradient(product)]);
  const [pAlong, qAlong] = [alongOf(product, direction), alongOf(reference, direction)];
  const [pSide, qSide] = [sideOf(product, pAlong), sideOf(reference, qAlong)];
  const between = betweenOf(product, reference, pAlong, qAlong);
  const below = moved(reference.values, qAlong);
  const points = moved(product.values, pAlong).map((values, at) => {
    const [p, q] = [pointOf(pSide, values), pointOf(qSide, below[at])];
    const variance = p.variance + q.variance - 2 * covarianceOf(between, pSide, qSide, p, q);
    return [p.mean - q.mean, Math.max(0, variance)];
  });
  return totalOf(points);
}

/** Give the slope of the logarithm of a sum in each variable: the mean load under the shares of the terms. */
export function gradient(terms) {
  const { shares } = sharesOf(terms.values);
  return new Map([...terms.loads].map(([variable, loads]) => [variable, meanOf(shares, loads)]));
}

/** Give the squared length of a vector. */
export function squareOf(slopes) {
  let total = 0;
  for (const slope of slopes) total += slope * slope;
  return total;
}

function sharesOf(values) {
  let total = 0;
  for (const value of values) total += value;
  return { total, shares: values.map((value) => value / total) };
}

function meanOf(shares, loads) {
  let mean = 0;
  for (const [number, load] of loads) mean += shares[number] * load;
  return mean;
}

/** Give the load of each term along the gradient. */
function alongOf(terms, slopes) {
  const along = terms.values.map(() => 0);
  const length = Math.sqrt(squareOf(slopes.values())) || 1;
  for (const [variable, loads] of terms.loads) {
    const direction = slopes.get(variable) / length;
    for (const [number, load] of loads) along[number] += load * direction;
  }
  return along;
}

/** Give the terms at the three points along the gradient. */
function moved(values, along) {
  const steps = along.map((load) => exp(NODE * load));
  return [values.map((value, at) => value / steps[at]), values, values.map((value, at) => value * steps[at])];
}

/** See the terms from the gradient: what a load has along it, and products of what is left across it. */
function sideOf(terms, along) {
  const alone = along.map(() => 0);
  const common = [];
  for (const loads of terms.loads.values()) {
    if (loads.length === 1) alone[loads[0][0]] += loads[0][1] * loads[0][1];
    else common.push(loads);
  }
  const rows = along.map((left, number) => along.slice(0, number).map((right) => -left * right));
  const norms = along.map((load, number) => alone[number] - load * load);
  for (const loads of common) {
    for (const [count, [number, load]] of loads.entries()) {
      norms[number] += load * load;
      for (const [other, otherLoad] of loads.slice(0, count)) rows[number][other] += load * otherLoad;
    }
  }
  const squares = norms.map((norm, number) => [number, number, norm * norm]);
  rows.forEach((row, i) => row.forEach((g, j) => squares.push([i, j, 2 * g * g])));
  return { alone, common, along, norms, squares };
}

/** Give what connects the two sides of a ratio: the loads of shared variables, and products across the gradient. */
function betweenOf(product, reference, pAlong, qAlong) {
  const rows = pAlong.map((left) => qAlong.map((right) => -left * right));
  const shared = [...product.loads]
    .filter(([variable]) => reference.loads.has(variable))
    .map(([variable, loads]) => [loads, reference.loads.get(variable)]);
  for (const [pLoads, qLoads] of shared) {
    for (const [number, load] of pLoads) {
      for (const [other, otherLoad] of qLoads) rows[number][other] += load * otherLoad;
    }
  }
  return { shared, squares: rows.flatMap((row, i) => row.map((g, j) => [i, j, g * g])) };
}

/** Give mean and variance across the gradient of the logarithm of one side, at one point along the gradient. */
function pointOf(side, values) {
  const { total, shares } = sharesOf(values);
  const { meanAlong, onto } = ontoMean(side, shares);
  let [meanSquare, ontoSquare, spread] = [0, 0, 0];
  shares.forEach((share, at) => {
    const part = share * onto[at];
    meanSquare += part;
    ontoSquare += part * onto[at];
    spread += share * side.norms[at];
  });
  spread -= meanSquare; // trace of the covariance of the loads; next, the trace of its square
  const spreadSquare = weighed(side.squares, shares, shares) - 2 * ontoSquare + meanSquare * meanSquare;
  let fourth = 0;
  shares.forEach((share, at) => {
    const distance = side.norms[at] - 2 * onto[at] + meanSquare;
    fourth += share * distance * distance;
  });
  const mean = log(total) + spread / 2 + (fourth - spread * spread - 2 * spreadSquare) / 8;
  return { mean, variance: meanSquare + spreadSquare / 2, shares, meanAlong };
}

/** Give the mean load along the gradient, and across it the scalar product of each load with the mean load. */
function ontoMean(side, shares) {
  let meanAlong = 0;
  shares.forEach((share, at) => {
    meanAlong += share * side.along[at];
  });
  const onto = shares.map((share, at) => share * side.alone[at] - side.along[at] * meanAlong);
  for (const loads of side.common) {
    const mean = meanOf(shares, loads);
    for (const [number, load] of loads) onto[number] += load * mean;
  }
  return { meanAlong, onto };
}

function weighed(squares, left, right) {
  let total = 0;
  for (const [i, j, part] of squares) total += left[i] * right[j] * part;
  return total;
}

/** Give the covariance of the logarithms of both sides across the gradient. */
function covarianceOf(between, pSide, qSide, p, q) {
  const pOnto = pSide.along.map((load) => -load * q.meanAlong); // scalar products with the mean load of the other side
  const qOnto = qSide.along.map((load) => -load * p.meanAlong);
  for (const [pLoads, qLoads] of between.shared) {
    const [pMean, qMean] = [meanOf(p.shares, pLoads), meanOf(q.shares, qLoads)];
    for (const [number, load] of pLoads) pOnto[number] += load * qMean;
    for (const [number, load] of qLoads) qOnto[number] += load * pMean;
  }
  const [pProduct, pSquare] = meanAndSquare(p.shares, pOnto);
  const [, qSquare] = meanAndSquare(q.shares, qOnto);
  const spread = weighed(between.squares, p.shares, q.shares) - pSquare - qSquare + pProduct * pProduct;
  return pProduct + spread / 2;
}

function meanAndSquare(shares, parts) {
  let [mean, square] = [0, 0];
  shares.forEach((share, at) => {
    mean += share * parts[at];
    square += share * parts[at] * parts[at];
  });
  return [mean, square];
}

/** Put mean and variance at the three points together by the law of total cumulance. */
function totalOf(points) {
  const [[low, lowVariance], [middle, middleVariance], [high, highVariance]] = points;
  const mean = (low + 4 * middle + high) / 6;
  const within = (lowVariance + 4 * middleVariance + highVariance) / 6;
  let [second, third] = [0, 0];
  for (const [weight, m, v] of [
    [1, low, lowVariance],
    [4, middle, middleVariance],
    [1, high, highVariance],
  ]) {
    const d = m - mean;
    second += (weight * d * d) / 6;
    third += (weight * d * (d * d + 3 * (v - within))) / 6;
  }
  const variance = second + within;
  if (variance < CONSTANT) return { mean, deviation: 0, skewness: 0 };
  return { mean, deviation: Math.sqrt(variance), skewness: third / (variance * Math.sqrt(variance)) };
}
