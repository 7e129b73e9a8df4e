"""The scripts of the pages: plain modules of `static/`, joined into one file for each page.

Modules import by name from files beside them and never rename, and no two of them give one name to two things; so
joining is putting them one behind the other without their `import` and `export`. Comments and indentation stay in the
source; no text of a script spans lines.
"""

import re
from functools import cache
from hashlib import sha256
from importlib.resources import files
from posixpath import dirname, join, normpath

from label_service.web.shapes import shapes_script

SCRIPTS = ("label.js", "passkeys.js", "scan.js", "verify/index.js", "verify/page.js")  # served, each as one file
SHAPES = "verify/shapes.js"
_IMPORT = re.compile(r'^(?:import|export) \{[^}]*\} from "([^"]+)";\n', re.MULTILINE)
_EXPORTED = re.compile(r"^export (?=(?:async )?(?:function|class|const) )", re.MULTILINE)
_GIVEN_ON = re.compile(r"^export \{([^}]*)\} from ", re.MULTILINE)
_INDENT = re.compile(r"^ +", re.MULTILINE)
_COMMENT = re.compile(r"^ */\*\*(?:[^*]|\*(?!/))*\*/\n|^ *//.*\n", re.MULTILINE)


@cache
def script(entry: str) -> bytes:
    """Give a script with all modules it needs, such as `label.js`; what it gives on it exports."""
    names = ", ".join(
        name.strip() for group in _GIVEN_ON.findall(source(entry)) for name in group.split(",") if name.strip()
    )
    joined = "".join(_plain(source(name)) for name in modules(entry))
    return (joined + (f"export {{ {names} }};\n" if names else "")).encode()


def script_href(entry: str) -> str:
    """Give the address of a script, which changes with its content."""
    return f"/static/{entry}?v={sha256(script(entry)).hexdigest()[:12]}"


@cache
def source(name: str) -> str:
    """Give the source of a module of `static/`."""
    if name == SHAPES:
        return shapes_script()
    return (files("label_service.web") / "static" / name).read_text("utf-8")


def modules(entry: str) -> list[str]:
    """Give the names of all modules of a script, each behind what it imports."""
    found: list[str] = []

    def visit(name: str) -> None:
        for other in _IMPORT.findall(source(name)):
            visit(normpath(join(dirname(name), other)))
        if name not in found:
            found.append(name)

    visit(entry)
    return found


def _plain(text: str) -> str:
    return _INDENT.sub("", _EXPORTED.sub("", _IMPORT.sub("", _COMMENT.sub("", text))))
