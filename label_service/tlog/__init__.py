"""The transparency log: leaf, tree, tiles, checkpoint and proofs, as pure functions of bytes."""
