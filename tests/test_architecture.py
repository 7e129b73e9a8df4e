"""The shape of the package: layers, and what the verifier does without."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import python

CHECKOUT = Path(__file__).parents[1]
SERVICE = ("fastapi", "starlette", "sqlmodel", "sqlalchemy", "alembic", "uvicorn", "jinja2", "pydantic_settings")
EXTRAS = ("typer", "rich", "httpx", "segno", "PIL", "zxingcpp", "numpy", "cv2")


def test_upper_layers_import_lower_ones_only():
    """The contract of the layers holds, and no module stands outside it."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], capture_output=True, text=True, check=False, cwd=CHECKOUT)
    assert done.returncode == 0, done.stdout


def test_verifying_loads_nothing_of_the_service():
    """`import label_service.verify` brings no web, database, terminal or picture package along."""
    program = "import sys, label_service.verify; print(*sys.modules)"
    loaded = {name.partition(".")[0] for name in python("-c", program).stdout.split()}
    assert "label_service" in loaded
    assert not loaded & {*SERVICE, *EXTRAS}


@pytest.mark.parametrize("name", ["verify", "tlog", "trust", "label.credential", "assessment", "inventory.build"])
def test_the_core_imports_without_the_service(name):
    """Who installs the verifier alone can import everything below it."""
    program = f"""
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {(*SERVICE, *EXTRAS)}:
            raise ImportError(name)
sys.meta_path.insert(0, Block())
import label_service.{name}
"""
    done = python("-c", program)
    assert done.returncode == 0, done.stderr


CORE = (
    "assessment.py",
    "canonical.py",
    "declaration",
    "document.py",
    "factors",
    "grade",
    "impact",
    "inventory",
    "label",
    "merkle.py",
    "plausibility",
    "quantity.py",
    "tlog",
    "trust",
    "verify",
)
IMPURE = (
    "import random",
    "import secrets",
    "import socket",
    "import time\n",
    "import os\n",
    "datetime.now",
    "time.time(",
)


@pytest.mark.parametrize("part", CORE)
def test_the_core_knows_no_clock_network_or_chance(part):
    """Time, keys and factors are arguments: the same input gives the same answer everywhere."""
    place = CHECKOUT / "label_service" / part
    for file in place.rglob("*.py") if place.is_dir() else [place]:
        text = file.read_text()
        assert not [word for word in IMPURE if word in text], file.name
