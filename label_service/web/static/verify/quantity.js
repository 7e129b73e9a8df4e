/** Exact decimals in one spelling: figures of ten significant digits, half even. Mirrors quantity.py. */
import { InvalidAmount } from "./errors.js";

const SIGNIFICANT_DIGITS = 10;
const LARGEST = 1e18;
const SMALLEST = 1e-18;
const EXACT = 100; // digits behind the point in which every double from 1e-18 on is written exactly
const PLACES = 30; // a figure has at most 28 decimal places
export const ONE = 10n ** BigInt(PLACES);

/** Quantise a result to ten significant digits, half even, in plain notation. */
export function figure(value) {
  if (!(value >= -LARGEST && value <= LARGEST)) {
    throw new InvalidAmount(`expected a finite result of magnitude at most 10^18, found ${value}`);
  }
  if (value > -SMALLEST && value < SMALLEST) return "0";
  const [digits, exponent] = Math.abs(value).toExponential(EXACT).split("e");
  return rounded(value < 0, digits.replace(".", ""), Number(exponent), SIGNIFICANT_DIGITS);
}

/** Give a figure with few significant digits for people, made from its ten digits. */
export function display(text, keep = 3) {
  const [whole, fraction = ""] = text.replace("-", "").split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const exponent = digits.length - fraction.length - 1;
  return digits ? rounded(text.startsWith("-"), digits, exponent, keep) : "0";
}

/** Give ⌈factor × text − tolerance⌉ of a decimal text, where the tolerance is 10^-9. */
export function ceiling(text, factor) {
  const value = BigInt(factor) * scaled(text) - ONE / 10n ** 9n;
  const below = value / ONE;
  return Number(value > below * ONE ? below + 1n : below);
}

/** Give factor × text as a whole number, half even. */
export function wholeNumber(text, factor) {
  const value = BigInt(factor) * scaled(text.replace("-", ""));
  const below = value / ONE;
  const twice = 2n * (value - below * ONE);
  const whole = Number(twice > ONE || (twice === ONE && below % 2n) ? below + 1n : below);
  return whole && text.startsWith("-") ? -whole : whole;
}

/** Give the integer text × 10^30 of a decimal text, so that sums and comparisons are exact; 10^30 is `ONE`. */
export function scaled(text) {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(PLACES, "0"));
}

/** Round digits d.ddd × 10^exponent half even to so many, and write them without exponent and trailing zeros. */
function rounded(isNegative, digits, exponent, keep) {
  const half = "5".padEnd(Math.max(digits.length - keep, 1), "0");
  const rest = digits.slice(keep);
  let kept = BigInt(digits.slice(0, keep));
  if (rest > half || (rest === half && kept % 2n)) kept += 1n;
  const text = String(kept);
  const places = Math.min(digits.length, keep) - 1 - exponent;
  const padded = places > 0 ? text.padStart(places + 1, "0") : text + "0".repeat(-places);
  const at = padded.length - Math.max(places, 0);
  const fraction = padded.slice(at).replace(/0+$/, "");
  return (isNegative ? "-" : "") + padded.slice(0, at) + (fraction && `.${fraction}`);
}
