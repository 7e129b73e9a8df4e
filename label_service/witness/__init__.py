"""A witness: one process with one key that cosigns checkpoints of logs it knows, once it has seen that they only grow.

It knows nothing of labels, and needs no database but a small file.
"""
