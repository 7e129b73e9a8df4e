/** Rows of a release, each proven, and the absence of a row proven by its neighbours. Mirrors factors/rows.py. */
import { encode } from "./canonical.js";
import { isObject } from "./document.js";
import { fromHex, utf8 } from "./encoding.js";
import { InvalidDocument, MissingFactor, VerificationError } from "./errors.js";
import { leafHash, nodeHash, verifyPath } from "./merkle.js";

const HASH = /^[0-9a-f]{64}$/;

/** The rows of a bundle after their proofs were checked by `proveRows`. */
export class ProvenRows {
  constructor(size, proven) {
    this.size = size;
    this.proven = proven;
    this.byId = new Map(proven.map((item) => [rowId(item.row), item.row]));
  }

  /** Give a row, or prove by its neighbours that the release has none. */
  row(table, key) {
    if (this.has(table, key)) return this.byId.get(rowId({ table, key }));
    throw new MissingFactor(`the release has no row '${key}' in table '${table}'`);
  }

  /** Tell whether the release has a row; neither the row nor its neighbours in the bundle is an error. */
  has(table, key) {
    if (this.byId.has(rowId({ table, key }))) return true;
    const position = this.proven.findIndex((item) => orderOfRows(item.row, { table, key }) > 0);
    const next = position < 0 ? this.proven.length : position;
    const before = next ? this.proven[next - 1].index : -1;
    const after = next < this.proven.length ? this.proven[next].index : this.size;
    if (after !== before + 1) {
      throw new VerificationError(
        `expected the row '${key}' of table '${table}', or its neighbours as proof that there is none`,
        `${table}/${key}`,
      );
    }
    return false;
  }
}

/** Check the proof of every row of a bundle against digest and size of the release they are said to come from. */
export async function proveRows(digest, size, entries) {
  const proven = entries.map(readProven).sort((left, right) => left.index - right.index);
  const root = fromHex(digest);
  const hash = remembered(nodeHash);
  await Promise.all(proven.map((item) => checkProof(item, size, root, hash)));
  if (proven.some((item, at) => at && orderOfRows(proven[at - 1].row, item.row) >= 0)) {
    throw new VerificationError("expected rows in the order of table and key, each once");
  }
  return new ProvenRows(size, proven);
}

/** Order two texts by their code points, as Python does. */
export function orderOf(left, right) {
  if (left === right) return 0;
  const [lefts, rights] = [[...left], [...right]];
  const at = lefts.findIndex((character, place) => character !== rights[place]);
  if (at < 0 || at >= rights.length) return at < 0 ? -1 : 1;
  return lefts[at].codePointAt(0) - rights[at].codePointAt(0);
}

function orderOfRows(left, right) {
  return orderOf(left.table, right.table) || orderOf(left.key, right.key);
}

function rowId(row) {
  return JSON.stringify([row.table, row.key]);
}

function readProven(entry) {
  const isEntry =
    isObject(entry) &&
    Object.keys(entry).sort().join() === "index,path,row" &&
    Number.isSafeInteger(entry.index) &&
    Array.isArray(entry.path) &&
    entry.path.every((text) => typeof text === "string" && HASH.test(text)) &&
    isObject(entry.row) &&
    typeof entry.row.table === "string" &&
    typeof entry.row.key === "string";
  if (!isEntry) throw new InvalidDocument("expected a proven row with index, path, and row with table and key");
  return entry;
}

async function checkProof(item, size, root, hash) {
  const leaf = await leafHash(utf8(encode(item.row)));
  await verifyPath(item.index, size, leaf, item.path.map(fromHex), root, hash);
}

/** Hash two subtrees once only: near the root the paths of all rows are one. */
function remembered(hash) {
  const known = new Map();
  return (left, right) => {
    const name = String.fromCharCode(...left, ...right);
    if (!known.has(name)) known.set(name, hash(left, right));
    return known.get(name);
  };
}
