"""Shipped examples: files as makers have them, and the declarations made from them. Recipe: docs/examples.md."""

from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = ("hook", "hook-unproven", "box", "panel", "plate")
