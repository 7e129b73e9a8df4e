"""A label in the formats of other systems, made from its bundle. Mapping, field by field: docs/exports.md.

Nothing here is signed: the label stays the only signed document, and every export names it by its digest. What a format
asks for and the label does not say stays out; where the format has room for words, they say so.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from label_service.errors import NotFound
from label_service.exports.linkset import linkset
from label_service.exports.openepd import openepd
from label_service.exports.pact import pact
from label_service.exports.source import Source, open_bundle
from label_service.exports.untp import untp_dpp

FORMATS: Final[Mapping[str, Callable[[Source], dict[str, Any]]]] = {
    "untp-dpp": untp_dpp,
    "pact": pact,
    "openepd": openepd,
    "linkset": linkset,
}

__all__ = ["FORMATS", "Source", "export", "linkset", "open_bundle"]


def export(bundle: bytes, name: str) -> dict[str, Any]:
    """Give the label of a bundle in another format.

    Raises:
        NotFound: there is no format of that name.
        InvalidDocument: not a bundle whose documents can be read.
    """
    if name not in FORMATS:
        raise NotFound(f"there is no format {name[:40]!r}", hint=f"there is {', '.join(FORMATS)}")
    return FORMATS[name](open_bundle(bundle))
