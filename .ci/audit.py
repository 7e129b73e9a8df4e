"""Asks the services of the package registries for known weaknesses of what is installed: `make audit`.

A weakness fails. A service that cannot be reached is said in words nobody overlooks; it fails where AUDIT_REQUIRED is
set, as before a release, and else does not, so that work on a machine without that network goes on.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]


class Audited(NamedTuple):
    """What an audit found: how many packages were looked up, how many could not be, and their weaknesses."""

    of: str
    known: int
    unknown: int
    weaknesses: list[str]


def main() -> int:
    """Audit both kinds of packages and give the exit code."""
    found = [python_packages(), npm_packages()]
    for audited in found:
        print(said(audited), file=sys.stderr)
    return verdict(found, is_required=bool(os.environ.get("AUDIT_REQUIRED")))


def verdict(found: list[Audited], *, is_required: bool) -> int:
    """Give the exit code: a weakness fails, and where the whole answer is required, what was not looked up."""
    is_incomplete = any(audited.unknown or not audited.known for audited in found)
    return int(any(audited.weaknesses for audited in found) or (is_incomplete and is_required))


def said(audited: Audited) -> str:
    """Give the outcome in words."""
    if audited.weaknesses:
        return "\n".join([f"WEAK {audited.of} packages:", *(f"  {weakness}" for weakness in audited.weaknesses)])
    if not audited.known:
        return f"*** NOT AUDITED: the service that knows weaknesses of {audited.of} packages was not reached ***"
    if audited.unknown:
        return f"*** NOT WHOLLY AUDITED: {audited.unknown} {audited.of} packages are unknown to the service ***"
    return f"audited: {audited.known} {audited.of} packages, no known weakness"


def python_packages() -> Audited:
    """Audit everything in the environment that this runs in."""
    program = str(Path(sys.executable).with_name("pip-audit"))
    options = ["--format", "json", "--progress-spinner", "off", "--skip-editable", "--timeout", "10"]
    return read_pip(answer([program, *options]))


def npm_packages() -> Audited:
    """Audit what the lock file of the pages' scripts names."""
    program = shutil.which("npm", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        return Audited("npm", 0, 0, [])
    return read_npm(answer([program, "audit", "--package-lock-only", "--json"], ROOT / "assets"))


def answer(command: list[str], folder: Path = ROOT) -> dict[str, Any]:
    """Run a program and give the JSON it writes; nothing where it writes none or does not end."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=120)
        document = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return {}
    return document if isinstance(document, dict) else {}


def read_pip(document: dict[str, Any]) -> Audited:
    """Read what pip-audit says."""
    packages = [item for item in document.get("dependencies", []) if "editable" not in item.get("skip_reason", "")]
    known = [item for item in packages if "vulns" in item]
    weaknesses = [f"{item['name']} {item['version']}: {weak['id']}" for item in known for weak in item["vulns"]]
    return Audited("Python", len(known), len(packages) - len(known), weaknesses)


def read_npm(document: dict[str, Any]) -> Audited:
    """Read what npm says."""
    counts = document.get("metadata", {}).get("dependencies", {})
    weaknesses = [f"{name}: {item['severity']}" for name, item in document.get("vulnerabilities", {}).items()]
    return Audited("npm", counts.get("total", 0), 0, weaknesses)


if __name__ == "__main__":
    sys.exit(main())
