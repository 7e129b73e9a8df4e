/**
 * Checks documents against the models of the service: `SHAPES` follows from them, `RULES` are what only code can say.
 * A shape is a JSON Schema in which members without a default are required and no others are allowed; its `rules` name
 * validators of the model, and a rule without a twin here refuses everything.
 * Mirrors document.py.
 */
import { InvalidDocument, UnsupportedVersion } from "./errors.js";
import { SHAPES } from "./shapes.js";
import { weekOf } from "./week.js";

/** Name of a rule to a function that tells whether a value keeps it. */
export const RULES = {
  _existing: isExistingDate,
  _existing_week: isExistingWeek,
  _one_spelling: hasOneSpelling,
  _paragraphs: (text) => hasOneSpelling(text.replaceAll("\n", " ")),
  "Period._in_order": (period) => period.first <= period.last,
};

const TYPES = {
  string: (value) => typeof value === "string",
  integer: (value) => Number.isSafeInteger(value),
  boolean: (value) => typeof value === "boolean",
  array: (value) => Array.isArray(value),
  object: isObject,
};

/** Check a parsed value against a model; give its members with defaults written out and absent ones left out. */
export function validate(model, value) {
  return taken({ $ref: model }, value, "");
}

/** Check a parsed document against its model after its type and version. */
export function fromJson(model, type, value) {
  const found = isObject(value) ? [value.type, value.version] : [];
  if (found[0] !== type || found[1] !== "1") {
    throw new UnsupportedVersion(`expected type "${type}" and version "1", found ${shown(found[0])} ${shown(found[1])}`);
  }
  return validate(model, value);
}

/** Tell whether a parsed value is an object. */
export function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Give the milliseconds since 1970 of a timestamp or date. */
export function milliseconds(text) {
  return Date.parse(text);
}

function taken(shape, value, where) {
  const model = shape.$ref ? SHAPES[shape.$ref] : shape;
  const result = model.anyOf ? chosen(model, value, where) : plainly(model, value, where);
  for (const rule of [...(shape.$ref ? (model.rules ?? []) : []), ...(shape.rules ?? [])]) {
    if (!RULES[rule]?.(result)) refuse(where, `a value that keeps the rule ${rule}`, value);
  }
  return result;
}

/** Take a value that may be null, which is the same as absent. */
function chosen(shape, value, where) {
  if (value === null) return undefined;
  return taken(shape.anyOf[0], value, where);
}

function plainly(shape, value, where) {
  if (shape.oneOf) return taken(variant(shape, value, where), value, where);
  if (shape.format === "binary") return value;
  if (shape.type && !TYPES[shape.type](value)) refuse(where, `a ${shape.type}`, value);
  if ("const" in shape && value !== shape.const) refuse(where, shown(shape.const), value);
  if (shape.enum && !shape.enum.includes(value)) refuse(where, `one of ${shape.enum.join(", ")}`, value);
  if (shape.type === "string") checkText(shape, value, where);
  if (shape.type === "integer") checkInteger(shape, value, where);
  if (shape.type === "array") return items(shape, value, where);
  return shape.properties ? members(shape, value, where) : value;
}

function variant(shape, value, where) {
  const { propertyName, mapping } = shape.discriminator;
  const kind = isObject(value) ? value[propertyName] : undefined;
  if (!Object.hasOwn(mapping, kind)) refuse(where, `one of ${Object.keys(mapping).join(", ")}`, kind);
  return { $ref: mapping[kind] };
}

function checkText(shape, value, where) {
  const { pattern, minLength = 0, maxLength = Infinity } = shape;
  if (pattern && !new RegExp(pattern, "u").test(value)) refuse(where, `text of the form ${pattern}`, value);
  if (value.length < minLength || (value.length > maxLength && [...value].length > maxLength)) {
    refuse(where, `${minLength} to ${maxLength} characters`, value);
  }
}

function checkInteger(shape, value, where) {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMaximum = Infinity } = shape;
  if (value < minimum || value > maximum || value >= exclusiveMaximum) refuse(where, "an integer in its range", value);
}

function items(shape, value, where) {
  const { minItems = 0, maxItems = Infinity, prefixItems = [] } = shape;
  if (value.length < minItems || value.length > maxItems) refuse(where, `${minItems} to ${maxItems} items`, value);
  return value.map((item, at) => taken(prefixItems[at] ?? shape.items, item, `${where}/${at}`));
}

function members(shape, value, where) {
  const surprise = Object.keys(value).find((name) => !Object.hasOwn(shape.properties, name));
  if (surprise !== undefined) refuse(`${where}/${surprise}`, "no such member", value[surprise]);
  const found = {};
  for (const [name, member] of Object.entries(shape.properties)) {
    if (Object.hasOwn(value, name)) found[name] = taken(member, value[name], `${where}/${name}`);
    else if (!("default" in member)) refuse(`${where}/${name}`, "a member", undefined);
    else if (member.default !== null) found[name] = member.default;
    if (found[name] === undefined) delete found[name];
  }
  return found;
}

function refuse(where, expected, value) {
  throw new InvalidDocument(`expected ${expected}, found ${shown(value)}`, where || "/");
}

function shown(value) {
  const text = value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value));
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

/** Tell whether the day of a date or timestamp exists. */
function isExistingDate(text) {
  const at = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text.slice(0, 10);
}

/** Tell whether an ISO week exists: the last days of a year tell whether it has a week 53. */
function isExistingWeek(text) {
  return !text.endsWith("-W53") || weekOf(`${text.slice(0, 4)}-12-31`) === text;
}

/** Tell whether a text is in Unicode form C, without control characters and without white space around it. */
function hasOneSpelling(text) {
  return (
    text.normalize("NFC") === text &&
    !/[\x00-\x1f\x7f-\x9f]/.test(text) &&
    !/^\p{White_Space}|\p{White_Space}$/u.test(text)
  );
}
