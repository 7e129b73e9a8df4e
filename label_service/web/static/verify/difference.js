/** Where two documents differ, for people who want to know what was changed. Mirrors verify/difference.py. */
import { encode } from "./canonical.js";

/** Give the JSON pointer of the first member in which two documents differ, with both values; undefined when equal. */
export function firstDifference(expected, found, pointer = "") {
  if (encode([expected]) === encode([found])) return undefined;
  const kinds = [expected, found].map((value) => (Array.isArray(value) ? "array" : value && typeof value));
  const isNested = kinds[0] === kinds[1] && (kinds[0] === "object" || kinds[0] === "array");
  if (!isNested || (kinds[0] === "array" && expected.length !== found.length)) {
    return `${pointer}: computed ${short(expected)}, found ${short(found)}`;
  }
  for (const name of [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort()) {
    const different = firstDifference(expected[name], found[name], `${pointer}/${name}`);
    if (different) return different;
  }
  return undefined;
}

function short(value) {
  const text = value === undefined ? "nothing" : encode(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
