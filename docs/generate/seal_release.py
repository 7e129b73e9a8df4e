"""Seals the draft of a release: `python docs/generate/seal_release.py FOLDER` writes size and root into its header.

The draft's `release.json` has the members of a header with size 0 and an empty root; a sealed one is never rewritten.
"""

import sys
from pathlib import Path

from label_service import canonical
from label_service.factors.release import build
from label_service.factors.tables import read_rows


def main(folder: Path) -> None:
    file = folder / "release.json"
    draft = canonical.decode_lenient(file.read_bytes())
    if draft["size"] or draft["root"]:
        sys.exit(f"{file} is sealed and immutable: publish a new version in a new folder")
    release = build(draft["name"], draft["release"], draft["licences"], read_rows(folder))
    file.write_bytes(canonical.encode(release.header()))
    print(f"{release.name} {release.version}: {release.size} rows, root {release.digest}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
