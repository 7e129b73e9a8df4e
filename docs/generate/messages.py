"""Collects the texts of the translated pages into locale/messages.pot and brings every catalogue up to date.

Run it after a text changed; `--check` only tells whether that is still to do.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from label_service.issuance.reasons import REASONS
from label_service.web.languages import CATALOGUES

PACKAGE = Path(str(CATALOGUES)).parent
WEB = PACKAGE / "web"
TEMPLATE = PACKAGE / "locale" / "messages.pot"
KEYWORDS = {"say": None, "message": None, "plural": (1, 2), "_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"newstyle_gettext": "true", "trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}

MADE = datetime(2026, 1, 1, tzinfo=UTC)  # one time for all, so that a file changes only when its texts do
HEADER = "# Texts of the pages that buyers read. A place such as %(grade)s stays as it is; %% is a per cent sign."


def texts() -> Catalog:
    """Collect every text of the sources."""
    found = Catalog(project="label-service", version="1", creation_date=MADE, header_comment=HEADER, charset="utf-8")
    for text in REASONS.values():
        found.add(text, locations=[("label_service/issuance/reasons.py", 1)])
    for file in sorted(WEB.rglob("*.py")) + sorted(WEB.rglob("*.html")):
        method = "python" if file.suffix == ".py" else "jinja2.ext:babel_extract"
        options = {} if file.suffix == ".py" else OPTIONS
        name = file.relative_to(PACKAGE.parent).as_posix()
        for line, text, _, _ in extract(method, io.BytesIO(file.read_bytes()), KEYWORDS, options=options):
            found.add(text, locations=[(name, line)])
    return found


def spelled(catalog: Catalog) -> bytes:
    """Give a catalogue as a file."""
    written = io.BytesIO()
    write_po(written, catalog, width=120, include_lineno=False, ignore_obsolete=True)
    return written.getvalue()


def updated(file: Path, template: Catalog) -> bytes:
    """Give a catalogue with the texts of today: new ones empty, those no longer used left out."""
    with file.open("rb") as opened:
        catalog = read_po(opened, locale=file.parent.parent.name)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.header_comment, catalog.revision_date, catalog.creation_date = HEADER, MADE, MADE
    return spelled(catalog)


def pages() -> dict[Path, bytes]:
    """Give every file with its content of today."""
    template = texts()
    catalogues = sorted(TEMPLATE.parent.glob("*/LC_MESSAGES/messages.po"))
    return {TEMPLATE: spelled(template)} | {file: updated(file, template) for file in catalogues}


def main() -> None:
    wrong = [file for file, content in pages().items() if not file.exists() or file.read_bytes() != content]
    if "--check" in sys.argv[1:]:
        if wrong:
            sys.exit(f"run docs/generate/messages.py: {', '.join(map(str, wrong))} would change")
        return
    for file, content in pages().items():
        file.write_bytes(content)


if __name__ == "__main__":
    main()
