"""Whom to believe: public keys, signed compact tokens, the offline root, its delegation and the trust list."""
