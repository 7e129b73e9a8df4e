"""Collects the texts of the pages into locale/*.pot, one file for each domain, and brings every catalogue up to date.

Run it after a text changed; `--check` only tells whether that is still to do.
"""

import io
import sys
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from label_service.issuance.readiness import PUBLICATIONS
from label_service.issuance.reasons import AUDITOR_REASONS, REASONS
from label_service.web.languages import CATALOGUES

PACKAGE = Path(str(CATALOGUES)).parent
WEB = PACKAGE / "web"
LOCALE = PACKAGE / "locale"
KEYWORDS = {"say": None, "message": None, "plural": (1, 2), "_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"newstyle_gettext": "true", "trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true"}

MADE = datetime(2026, 1, 1, tzinfo=UTC)  # one time for all, so that a file changes only when its texts do
PUBLIC, WORKSPACE = "messages", "workspace"  # for everybody, in all languages; for who is signed in, in some
HEADERS = {
    PUBLIC: "# Texts of pages that everybody reads. A place such as %(grade)s stays as it is; %% is a per cent sign.",
    WORKSPACE: "# Texts of pages of who is signed in. A place such as %(day)s stays as it is; %% is a per cent sign.",
}
OF_WORKSPACE = (
    *(
        "accounts",
        "auditor",
        "operator",
        "profiles",
        "work",
        "workspace",
        "_accounts",
        "_audit",
        "charts",
        "places",
        "_charts",
        "_declared",
    ),
    *("_forms", "_operate", "_work", "account", "audit_*", "audits", "case", "cases", "catalogue*", "declaration"),
    *("declare", "ended", "evidence", "export", "form", "inbox", "join"),
    *("notices", "operate*", "people", "producers", "profiles", "session_ended", "sign_in", "pages"),
    *("tokens", "work_*", "sentences"),
)  # templates, modules and packages below web, by name


def texts() -> dict[str, Catalog]:
    """Collect every text of the sources by domain; what everybody reads is not collected again for the workspace."""
    found = {domain: _empty(domain) for domain in (PUBLIC, WORKSPACE)}
    for text in REASONS.values():
        found[PUBLIC].add(text, locations=[("label_service/issuance/reasons.py", 1)])
    for text in PUBLICATIONS.values():
        found[PUBLIC].add(text, locations=[("label_service/issuance/readiness.py", 1)])
    for own in AUDITOR_REASONS.values():
        for text in own.values():
            found[WORKSPACE].add(text, locations=[("label_service/issuance/reasons.py", 1)])
    for file in sorted(WEB.rglob("*.py")) + sorted(WEB.rglob("*.html")):
        method = "python" if file.suffix == ".py" else "jinja2.ext:babel_extract"
        options = {} if file.suffix == ".py" else OPTIONS
        name = file.relative_to(PACKAGE.parent).as_posix()
        domain = WORKSPACE if _is_of_workspace(file) else PUBLIC
        for line, text, _, _ in extract(method, io.BytesIO(file.read_bytes()), KEYWORDS, options=options):
            found[domain].add(text, locations=[(name, line)])
    for message in found[PUBLIC]:
        if message.id:
            found[WORKSPACE].delete(message.id)
    return found


def _empty(domain: str) -> Catalog:
    return Catalog(
        project="label-service", version="1", creation_date=MADE, header_comment=HEADERS[domain], charset="utf-8"
    )


def _is_of_workspace(file: Path) -> bool:
    parts = (*file.relative_to(WEB).parts[:-1], file.stem)
    return any(fnmatch(part, name) for part in parts for name in OF_WORKSPACE)


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
    catalog.header_comment, catalog.revision_date, catalog.creation_date = HEADERS[file.stem], MADE, MADE
    return spelled(catalog)


def pages() -> dict[Path, bytes]:
    """Give every file with its content of today."""
    found: dict[Path, bytes] = {}
    for domain, template in texts().items():
        found[LOCALE / f"{domain}.pot"] = spelled(template)
        for file in sorted(LOCALE.glob(f"*/LC_MESSAGES/{domain}.po")):
            found[file] = updated(file, template)
    return found


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
