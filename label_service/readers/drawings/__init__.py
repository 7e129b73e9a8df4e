"""Drawings that cutters and sewing machines follow: a design, not evidence of what was made."""
