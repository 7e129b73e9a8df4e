"""The outside verifier: `python -m torture.outside ROOT FOLDER` verifies every bundle of a folder as people would.

It prints how many hold, and says of the others why they do not.
"""

import sys
from contextlib import redirect_stdout
from pathlib import Path

from label_service.cli.verify import run


def main() -> None:
    """Verify all bundles, each as `label-service verify` does."""
    root, folder = sys.argv[1:]
    with redirect_stdout(sys.stderr):
        held = sum(run(["--root", root, "--json", str(bundle)]) == 0 for bundle in sorted(Path(folder).iterdir()))
    sys.stdout.write(f"{held}\n")


if __name__ == "__main__":
    main()
