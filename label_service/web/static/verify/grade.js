/** From the ratio to the reference to a score and a letter. Mirrors grade/__init__.py. */
import { ONE, ceiling, scaled } from "./quantity.js";

const SCALE = [
  ["A", 64],
  ["B", 80],
  ["C", 100],
];
export const PROXY_SHARE_LIMIT = 0.25;
export const BOUGHT_PART_LIMIT = 0.5;

/** Give the score of the 95 % upper bound of the ratio: ⌈100 × U95 − 10⁻⁹⌉. */
export function scoreOf(u95) {
  return ceiling(u95, 100);
}

/** Give the letter: A, B, C by the score; E when the 5 % bound shows the product worse; D when nothing is shown. */
export function gradeOf(score, p05) {
  const step = SCALE.find(([, limit]) => score <= limit);
  if (step) return step[0];
  return scaled(p05) > ONE ? "E" : "D";
}

/** Give the letter after the caps: never better than C when one applies. */
export function capped(letter, caps) {
  return caps.length && letter < "C" ? "C" : letter;
}
