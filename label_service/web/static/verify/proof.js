/** Checkpoints and proofs that an entry is in a log. Mirrors tlog/checkpoint.py, tlog/proof.py and tlog/tree.py. */
import { areEqual, fromBase64, hex } from "./encoding.js";
import { InvalidDocument, LogFault } from "./errors.js";
import { HASH_BYTES, leafHash, nodeHash } from "./merkle.js";
import { checkCharacters, checkName, parseNote } from "./note.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_PATH_HASHES = 63;
const MAX_SIZE = 2n ** 63n - 1n;
const EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; // SHA-256 of no bytes

/** Read a checkpoint without verifying it: origin, size (a BigInt), root, and the note with its signatures. */
export function parseCheckpoint(text) {
  const note = parseNote(text);
  const lines = note.text.split("\n");
  if (lines.length !== 4) throw new InvalidDocument("expected origin, size and root in three lines");
  const [origin, size, root] = [lines[0], parseDecimal(lines[1]), parseHash(lines[2])];
  checkName(origin);
  if (size === 0n && hex(root) !== EMPTY_ROOT) throw new InvalidDocument("expected the root of the empty tree");
  return { origin, size, root, note };
}

/** Read a proof without verifying it: index (a BigInt), path, checkpoint. */
export function parseProof(text) {
  checkCharacters(text);
  const blank = text.indexOf("\n\n");
  const lines = (blank < 0 ? text : text.slice(0, blank)).split("\n");
  if (lines.shift() !== HEADER) throw new InvalidDocument(`expected ${HEADER} in the first line`);
  if (lines[0]?.startsWith("extra ") && !fromBase64(lines.shift().slice(6)).length) {
    throw new InvalidDocument("expected no extra line where there is no extra data");
  }
  const index = lines.shift() ?? "";
  if (!index.startsWith("index ")) throw new InvalidDocument("expected a line with the index");
  if (lines.length > MAX_PATH_HASHES) throw new InvalidDocument(`expected at most ${MAX_PATH_HASHES} hashes`);
  return {
    index: parseDecimal(index.slice(6)),
    path: lines.map(parseHash),
    checkpoint: parseCheckpoint(blank < 0 ? "" : text.slice(blank + 2)),
  };
}

/** Check that the path of a proof leads from the entry to the checkpoint's root; signatures are not looked at. */
export async function verifyInclusion(proof, entry) {
  const { index, path, checkpoint } = proof;
  if (index >= checkpoint.size) throw new LogFault(`expected an index below the tree size ${checkpoint.size}`);
  const inner = bitLength(index ^ (checkpoint.size - 1n));
  if (path.length !== inner + bitCount(index >> BigInt(inner))) {
    throw new LogFault(`expected a proof of another length than ${path.length} hashes`);
  }
  let node = await leafHash(entry);
  for (const [step, sibling] of path.entries()) {
    const isRight = step >= inner || (index >> BigInt(step)) & 1n;
    node = isRight ? await nodeHash(sibling, node) : await nodeHash(node, sibling);
  }
  if (!areEqual(node, checkpoint.root)) {
    throw new LogFault(`the inclusion proof of leaf ${index} does not lead to the root of the checkpoint`);
  }
}

function parseDecimal(text) {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) > MAX_SIZE) {
    throw new InvalidDocument("expected a number from 0 to below 2^63 without leading zeros");
  }
  return BigInt(text);
}

function parseHash(text) {
  const value = fromBase64(text);
  if (value.length !== HASH_BYTES) throw new InvalidDocument(`expected a hash of ${HASH_BYTES} bytes`);
  return value;
}

function bitLength(value) {
  return value ? value.toString(2).length : 0;
}

function bitCount(value) {
  return value.toString(2).replaceAll("0", "").length;
}
