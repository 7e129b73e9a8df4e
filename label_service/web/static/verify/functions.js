/** Functions of real numbers that refuse what Python's `math` refuses, and the one that `Math` lacks. */

const SERIES_LIMIT = 1;
const FRACTION_DEPTH = 300;

/** Natural logarithm of a positive number. */
export function log(value) {
  if (!(value > 0)) throw new RangeError(`expected a positive number, found ${value}`);
  return Math.log(value);
}

/** Exponential function; an overflow is an error. */
export function exp(value) {
  return finite(Math.exp(value));
}

/** Hyperbolic sine; an overflow is an error. */
export function sinh(value) {
  return finite(Math.sinh(value));
}

/** e^value − 1; an overflow is an error. */
export function expm1(value) {
  return finite(Math.expm1(value));
}

/** Complementary error function: a series near zero, a continued fraction beyond; relative error below 1e-13. */
export function erfc(value) {
  if (value < 0) return 2 - erfc(-value);
  return value < SERIES_LIMIT ? 1 - erfOfSmall(value) : erfcOfLarge(value);
}

/** erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)), whose terms are all positive (DLMF 7.6.2). */
function erfOfSmall(value) {
  let [term, sum] = [value, value];
  for (let odd = 3; term > sum * 1e-17; odd += 2) {
    term *= (2 * value * value) / odd;
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-value * value) * sum;
}

/** erfc x = e^(−x²) / √π · 1/(x + ½/(x + 1/(x + 1½/(x + …)))) (DLMF 7.9.1). */
function erfcOfLarge(value) {
  let tail = value;
  for (let depth = FRACTION_DEPTH; depth; depth -= 1) tail = value + depth / 2 / tail;
  return Math.exp(-value * value) / Math.sqrt(Math.PI) / tail;
}

function finite(value) {
  if (!Number.isFinite(value)) throw new RangeError("a result beyond binary64");
  return value;
}
