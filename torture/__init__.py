"""Faults that an installation must survive, brought about on purpose: `make torture`."""
