"""Published schemas and contexts: from the package, or from the checkout it is installed from."""

from pathlib import Path

from label_service.errors import NotFound

_PACKAGE = Path(__file__).parents[1]


def published_names(folder: str) -> tuple[str, ...]:
    """Give the names of the files of a published folder."""
    return tuple(sorted(_files(folder)))


def read_published(folder: str, name: str) -> bytes:
    """Read a published file by its plain name.

    Raises:
        NotFound: there is none of that name.
    """
    known = _files(folder)
    if name not in known:
        raise NotFound(f"there is no {name[:60]!r} in /{folder}", hint=f"there is {', '.join(sorted(known))}")
    return known[name].read_bytes()


def _files(folder: str) -> dict[str, Path]:
    places = (_PACKAGE / folder, _PACKAGE.parent / folder)
    return {file.name: file for place in places if place.is_dir() for file in place.glob("*.json*")}
