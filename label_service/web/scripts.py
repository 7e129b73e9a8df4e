"""The scripts and style sheets of the pages: plain files of `static/`, as small as they can be sent.

Modules import by name from files beside them and never rename, and no two of them give one name to two things; so
joining is putting them one behind the other without their `import` and `export`. Comments and indentation stay in the
source; no text of a script spans lines. A script can build on another, which it imports instead of containing it.

`make assets` shortens each joined script and keeps it under the digest of what it was made from, so that a shortened
script is never older than its source; where there is none, the joined one is sent. `/static/source/` gives every module
as it was written.
"""

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from posixpath import basename, dirname, join, normpath

from label_service.web.shapes import shapes_script

SCRIPTS = (
    *("audit.js", "declare.js", "label.js", "passkeys.js", "scan.js"),
    *("verify/basis.js", "verify/index.js", "verify/page.js"),
)  # served, each as one file
BASES = {"verify/page.js": "verify/basis.js"}  # script to the one beside it that it builds on
BADGE = "embed/label-badge.js"  # served by the routes for shops
STYLES = ("style.css", "site.css", "workspace.css")
BUILT = "built"  # folder of `static/` for shortened scripts
SHAPES = "verify/shapes.js"
_FOLDER = files("label_service.web") / "static"
_IMPORT = re.compile(r'^(?:import|export) \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
_EXPORTED = re.compile(r"^export (?=(?:async )?(?:function|class|const) )", re.MULTILINE)
_GIVEN_ON = re.compile(r"^export \{([^}]*)\} from ", re.MULTILINE)
_INDENT = re.compile(r"^ +", re.MULTILINE)
_STYLE_SPACE = re.compile(r"\s*([{};])\s*|(?<=[:,])\s+")
_STYLE_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/\n?")
_COMMENT = re.compile(r"^ */\*\*(?:[^*]|\*(?!/))*\*/\n|^ *//.*\n", re.MULTILINE)


@cache
def script(entry: str) -> bytes:
    """Give a script with all modules it needs, such as `label.js`, shortened where the assets were built."""
    whole = joined(entry)
    short = _FOLDER / BUILT / built_name(whole)
    sent = short.read_bytes() if short.is_file() else whole
    if base := BASES.get(entry):
        sent = sent.replace(f'"{_beside(base)}"'.encode(), f'"./{basename(script_href(base))}"'.encode())
    return sent


def joined(entry: str) -> bytes:
    """Give a script with all modules it needs, not shortened; it exports what it gives on, and what others build on."""
    given = {name for group in _GIVEN_ON.findall(source(entry)) for name in _names(group)}
    given |= {name for other, base in BASES.items() if base == entry for name in _taken(other)}
    head = f'import {{ {_listed(_taken(entry))} }} from "{_beside(BASES[entry])}";\n' if entry in BASES else ""
    tail = f"export {{ {_listed(given)} }};\n" if given else ""
    return (head + "".join(_plain(source(name)) for name in _own(entry)) + tail).encode()


def built_name(whole: bytes) -> str:
    """Give the name under which the shortened form of a joined script is kept."""
    return f"{sha256(whole).hexdigest()[:20]}.js"


@cache
def style(name: str) -> bytes:
    """Give a style sheet without its comments and white space; none of its texts has a colon or comma."""
    return _STYLE_SPACE.sub(r"\1", _STYLE_COMMENT.sub("", source(name))).replace(";}", "}").encode()


def script_href(entry: str) -> str:
    """Give the address of a script, which changes with its content."""
    return _href(entry, script(entry))


def style_href(name: str) -> str:
    """Give the address of a style sheet, which changes with its content."""
    return _href(name, style(name))


@cache
def source(name: str) -> str:
    """Give the source of a module or style sheet of `static/`."""
    if name == SHAPES:
        return shapes_script()
    return (_FOLDER / name).read_text("utf-8")


@cache
def sources() -> frozenset[str]:
    """Give the names of all modules that any script consists of."""
    return frozenset(name for entry in (*SCRIPTS, BADGE) for name in modules(entry))


def modules(entry: str) -> list[str]:
    """Give the names of all modules of a script, each behind what it imports."""
    found: list[str] = []

    def visit(name: str) -> None:
        for _, other in _imports(name):
            visit(other)
        if name not in found:
            found.append(name)

    visit(entry)
    return found


def _own(entry: str) -> list[str]:
    """Give the modules of a script that its base does not bring."""
    based = modules(BASES[entry]) if entry in BASES else []
    return [name for name in modules(entry) if name not in based]


def _taken(entry: str) -> set[str]:
    """Give the names that a script takes from its base."""
    own = _own(entry)
    return {name for module in own for names, other in _imports(module) if other not in own for name in names}


def _imports(module: str) -> list[tuple[list[str], str]]:
    """Give what a module imports or gives on: the names, and the module they are of."""
    found = _IMPORT.findall(source(module))
    return [(_names(group), normpath(join(dirname(module), other))) for group, other in found]


def _names(group: str) -> list[str]:
    return [name.strip() for name in group.split(",") if name.strip()]


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _beside(name: str) -> str:
    return f"./{basename(name)}"


def _href(name: str, content: bytes) -> str:
    return f"/static/{name}?v={sha256(content).hexdigest()[:12]}"


def _plain(text: str) -> str:
    return _INDENT.sub("", _EXPORTED.sub("", _IMPORT.sub("", _COMMENT.sub("", text))))
