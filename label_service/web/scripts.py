"""The scripts and style sheets of the pages: plain files of `static/`, as small as they can be sent.

Modules import by name from files beside them and never rename, and no two of them give one name to two things; so
joining is putting them one behind the other without their `import` and `export`. Comments and indentation stay in the
source; no text of a script spans lines. A script can build on another, which it imports instead of containing it, and
one can leave what few labels need to another, which it fetches when it comes to that; all others contain it.

`make assets` shortens each joined script and keeps it under the digest of what it was made from, so that a shortened
script is never older than its source; where there is none, the joined one is sent. `/static/source/` gives every module
as it was written.
"""

import re
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from posixpath import basename, dirname, join, normpath

from label_service.web.shapes import more_shapes_script, shapes_script

SCRIPTS = (
    *("audit.js", "declare.js", "label.js", "passkeys.js", "scan.js"),
    *("verify/basis.js", "verify/index.js", "verify/others.js", "verify/page.js"),
)  # served, each as one file
BASES = {  # script to those beside it that it builds on, the one that needs most first
    "verify/page.js": ("verify/basis.js",),
    "verify/others.js": ("verify/page.js", "verify/basis.js"),
}
LATE = {"verify/basis.js": "verify/others.js"}  # script to the one beside it that it fetches where a label needs it
BADGE = "embed/label-badge.js"  # served by the routes for shops
STYLES = ("style.css", "site.css", "workspace.css")
BUILT = "built"  # folder of `static/` for shortened scripts
MADE = {"verify/shapes.js": shapes_script, "verify/more-shapes.js": more_shapes_script}
_FOLDER = files("label_service.web") / "static"
_IMPORT = re.compile(r'^(?:import|export) \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
_LATE_IMPORT = re.compile(r'^ *const \{([^}]*)\} = await import\("(\./[^"]+)"\);\n', re.MULTILINE)
_EXPORTED = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) )", re.MULTILINE)
_GIVEN_ON = re.compile(r"^export \{([^}]*)\} from ", re.MULTILINE)
_INDENT = re.compile(r"^ +", re.MULTILINE)
_STYLE_SPACE = re.compile(r"\s*([{};])\s*|(?<=[:,])\s+")
_STYLE_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*\*/\n?")
_COMMENT = re.compile(r"^ */\*\*(?:[^*]|\*(?!/))*\*/\n|^ *//.*\n", re.MULTILINE)


@cache
def script(entry: str) -> bytes:
    """Give a script with all modules it needs, such as `label.js`, shortened where the assets were built."""
    sent = _short(entry)
    for other in _linked(entry):
        sent = sent.replace(f'"{_beside(other)}"'.encode(), f'"./{basename(script_href(other))}"'.encode())
    return sent


def joined(entry: str) -> bytes:
    """Give a script with all modules it needs, not shortened; it exports what it gives on, and what others build on."""
    head = "".join(
        f"import {{ {_listed(f'{_called(base)[name]} as {name}' for name in _taken(entry, base))} }} "
        f'from "{_beside(base)}";\n'
        for base in BASES.get(entry, ())
    )
    given = [name if name == called else f"{name} as {called}" for name, called in _called(entry).items()]
    tail = f"export {{ {_listed(given)} }};\n" if given else ""
    return (head + "".join(_plain(source(name), entry) for name in _own(entry)) + tail).encode()


def are_built() -> bool:
    """Say whether every script has a short form of today's source."""
    return all((_FOLDER / BUILT / built_name(joined(entry))).is_file() for entry in (*SCRIPTS, BADGE))


def built_name(whole: bytes) -> str:
    """Give the name under which the shortened form of a joined script is kept."""
    return f"{sha256(whole).hexdigest()[:20]}.js"


@cache
def style(name: str) -> bytes:
    """Give a style sheet without its comments and white space; none of its texts has a colon or comma."""
    return _STYLE_SPACE.sub(r"\1", _STYLE_COMMENT.sub("", source(name))).replace(";}", "}").encode()


def script_href(entry: str) -> str:
    """Give the address of a script, which changes with its content and with that of all that it leads to."""
    found = [entry]
    for name in found:
        found += [other for other in _linked(name) if other not in found]
    return _href(entry, b"".join(_short(name) for name in found))


def style_href(name: str) -> str:
    """Give the address of a style sheet, which changes with its content."""
    return _href(name, style(name))


@cache
def source(name: str) -> str:
    """Give the source of a module or style sheet of `static/`."""
    if name in MADE:
        return MADE[name]()
    return (_FOLDER / name).read_text("utf-8")


@cache
def sources() -> frozenset[str]:
    """Give the names of all modules that any script consists of."""
    return frozenset(name for entry in (*SCRIPTS, BADGE) for name in modules(entry))


def modules(entry: str) -> list[str]:
    """Give the names of all modules of a script, each behind what it imports; what can come late stands last."""
    found: list[str] = []

    def visit(name: str) -> None:
        for _, other in _imports(name, _IMPORT):
            visit(other)
        if name not in found:
            found.append(name)

    visit(entry)
    if entry not in LATE and entry not in BASES:
        for name in tuple(found):
            for _, other in _imports(name, _LATE_IMPORT):
                visit(other)
    return found


@cache
def _short(entry: str) -> bytes:
    """Give a script without the digests of others in it, shortened where the assets were built."""
    whole = joined(entry)
    short = _FOLDER / BUILT / built_name(whole)
    return short.read_bytes() if short.is_file() else whole


def _linked(entry: str) -> list[str]:
    """Give the scripts beside a script that are named in it."""
    return [*BASES.get(entry, ()), *([LATE[entry]] if entry in LATE else [])]


def _own(entry: str) -> list[str]:
    """Give the modules of a script that its bases do not bring."""
    based = {name for base in BASES.get(entry, ()) for name in modules(base)}
    return [name for name in modules(entry) if name not in based]


def _taken(entry: str, base: str) -> set[str]:
    """Give the names that a script takes from one of its bases."""
    if base not in BASES.get(entry, ()):
        return set()
    there, found = _own(base), [item for module in _own(entry) for item in _imports(module, _IMPORT)]
    return {name for names, other in found if other in there for name in names}


@cache
def _called(entry: str) -> dict[str, str]:
    """Give what a script exports: its own name for what it gives on, a short one for what only its neighbours take."""
    given = {name for group in _GIVEN_ON.findall(source(entry)) for name in _names(group)}
    taken = {name for other in BASES for name in _taken(other, entry)} - given
    return {name: name for name in given} | {name: f"x{number}" for number, name in enumerate(sorted(taken))}


def _imports(module: str, pattern: re.Pattern[str]) -> list[tuple[list[str], str]]:
    """Give what a module imports or gives on: the names, and the module they are of."""
    found = pattern.findall(source(module))
    return [(_names(group), normpath(join(dirname(module), other))) for group, other in found]


def _names(group: str) -> list[str]:
    return [name.strip() for name in group.split(",") if name.strip()]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _beside(name: str) -> str:
    return f"./{basename(name)}"


def _href(name: str, content: bytes) -> str:
    return f"/static/{name}?v={sha256(content).hexdigest()[:12]}"


def _plain(text: str, entry: str) -> str:
    """Give a module as a piece of a script; what it imports is there already, unless the script fetches it late."""
    here = text if entry in LATE else _LATE_IMPORT.sub("", text)
    return _INDENT.sub("", _EXPORTED.sub("", _IMPORT.sub("", _COMMENT.sub("", here))))
