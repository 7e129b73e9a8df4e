"""Where documents live: tables as an index over canonical bytes, the checkpoint store, and files the public reads.

The store knows nothing of verifying. Documents are never edited or deleted, only superseded.
"""
