/** Merkle trees as in RFC 6962, section 2.1. Mirrors merkle.py. */
import { sha256 } from "./canonical.js";
import { areEqual, concatenated, hex } from "./encoding.js";
import { VerificationError } from "./errors.js";

export const HASH_BYTES = 32;
const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

/** Hash an entry: SHA-256(0x00 ‖ data). */
export function leafHash(data) {
  return sha256(concatenated(LEAF_PREFIX, data));
}

/** Hash two subtrees: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left, right) {
  return sha256(concatenated(NODE_PREFIX, left, right));
}

/**
 * Check that a leaf hash stands at an index of the tree with this size and root (RFC 9162, section 2.1.3.2).
 * `hash` may remember the nodes of other paths of the same tree.
 */
export async function verifyPath(index, size, leaf, path, root, hash = nodeHash) {
  if (!(index >= 0 && index < size)) {
    throw new VerificationError(`expected an index below the tree size ${size}, found ${index}`);
  }
  let [position, last, computed] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) throw new VerificationError("expected an audit path of the length the tree size asks for");
    if (position % 2 || position === last) {
      computed = await hash(sibling, computed);
      while (position % 2 === 0 && position) [position, last] = [position / 2, Math.floor(last / 2)];
    } else {
      computed = await hash(computed, sibling);
    }
    [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
  }
  if (last || !areEqual(computed, root)) {
    throw new VerificationError(`the audit path of leaf ${index} does not lead to the root ${hex(root)}`);
  }
}
