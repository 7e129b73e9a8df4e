"""Descriptions of open designs: what is meant to be made, not what was."""
