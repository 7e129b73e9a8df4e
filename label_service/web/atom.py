"""Feeds in Atom (RFC 4287): what programs and readers watch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

from label_service.issuance.setup import timestamp

MEDIA_TYPE: Final = "application/atom+xml; charset=utf-8"
_SPACE: Final = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed.

    Attributes:
        id: a URI that stays the same for ever.
        text: plain text.
    """

    id: str
    title: str
    updated_at: datetime
    href: str
    text: str


def feed(title: str, address: str, entries: Iterable[Entry], *, made_at: datetime) -> bytes:
    """Give a feed as XML.

    Args:
        title: of the feed.
        address: its own address, which is its id too.
        entries: newest first.
        made_at: time of the feed where it has no entry.
    """
    listed = list(entries)
    root = ET.Element("feed", xmlns=_SPACE)
    updated = max((entry.updated_at for entry in listed), default=made_at)
    _text(root, "id", address)
    _text(root, "title", title)
    _text(root, "updated", timestamp(updated))
    ET.SubElement(root, "link", rel="self", href=address)
    _text(ET.SubElement(root, "author"), "name", title)
    for entry in listed:
        _add(root, entry)
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body


def _add(root: ET.Element, entry: Entry) -> None:
    item = ET.SubElement(root, "entry")
    _text(item, "id", entry.id)
    _text(item, "title", entry.title)
    _text(item, "updated", timestamp(entry.updated_at))
    ET.SubElement(item, "link", href=entry.href)
    _text(item, "content", entry.text).set("type", "text")


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, tag)
    child.text = "".join(character if character.isprintable() or character == "\n" else " " for character in text)
    return child
