/** Look-ups in a release that several parts of the method need. Mirrors factors/lookup.py. */
import { InvalidDocument, MissingFactor } from "./errors.js";

const MAX_GRID_AGE_YEARS = 3;
const NUMBER = /^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/;

/** Give the text in a column of a row; undefined where it is absent or empty. */
export function textOf(row, column) {
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  if (value !== undefined && typeof value !== "string") throw new TypeError(`expected a text in column ${column}`);
  return value || undefined;
}

/** Give the number in a text of a row or document; nothing else is a number. */
export function numberOf(text) {
  if (!NUMBER.test(text)) throw new TypeError(`expected a number, found ${text}`);
  return Number(text);
}

/** Give the grid factor of a country: the newest year not after the year of making, at most 3 years older. */
export function gridFactor(rows, iso3, year) {
  const row = rows.row("electricity", `grid/${iso3}`);
  const entry = row.years.find((item) => year - MAX_GRID_AGE_YEARS <= Number(item.year) && Number(item.year) <= year);
  if (entry) return { gco2ePerKwh: entry.gco2e_per_kwh, year: Number(entry.year), gsd: textOf(row, "gsd") };
  const held = row.years.map((item) => item.year).join(", ");
  throw new MissingFactor(`the release has no recent grid factor of ${iso3} for ${year}: it has ${held}`);
}

/** Give the fixed unfavourable value of a quantity; undefined where nothing may be assumed. */
export function defaultOf(rows, scope, subject, quantity) {
  return textOf(rows.row("defaults", `${scope}/${subject}/${quantity}`), "value");
}

/** Give the one route by which the category of a material is disposed of, on both sides of the comparison. */
export function disposalRoute(rows, material) {
  const route = defaultOf(rows, "disposal", textOf(material, "category"), "route");
  if (route) return route;
  throw new MissingFactor(
    `the release has no disposal route for the category '${textOf(material, "category")}' of ${material.key}`,
  );
}

/** Read legs written as `mode:km;mode:km`. */
export function legsOf(text) {
  const found = text.split(";").map((part) => /^([^:]+):([0-9]+)$/.exec(part));
  if (found.includes(null)) throw new InvalidDocument("expected legs as mode:km;mode:km");
  return found.map(([, mode, km]) => ({ mode, km: Number(km) }));
}
