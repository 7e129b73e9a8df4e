"""Shipped examples: files as makers have them, and the declarations made from them. Recipe: docs/examples.md."""

from pathlib import Path

from label_service.declaration.profiles import Profiles

FOLDER = Path(__file__).parent
NAMES = ("hook", "hook-unproven", "box", "panel", "plate")


def shipped_profiles() -> Profiles:
    """Give the profiles of the workshop that makes the examples."""
    return Profiles.from_bytes((FOLDER / "profiles.json").read_bytes().rstrip(b"\n"))
