"""What an evidence file is, by its bytes: its name is never believed, and a file that is two things is refused.

Taken is what the readers read, pictures (PNG, JPEG, WebP), PDF documents and plain text in UTF-8.
"""

import codecs
import io
import zipfile
from pathlib import PurePath
from typing import IO, Final, NamedTuple

from label_service import readers
from label_service.errors import Refused, UnreadableFile

MAX_PAPER_BYTES: Final = 32 * 1024 * 1024  # of a picture or a PDF document; photographs of telephones have 2 to 15 MiB
MAX_TEXT_BYTES: Final = 4 * 1024 * 1024  # of text that no reader reads
_HEAD_BYTES: Final = 1024  # PDF readers look for their mark this far; browsers sniff the first 512 bytes
_CHUNK: Final = 1 << 20
_PDF, _PDF_END = b"%PDF-", b"%%EOF"
_WEB_PAGE: Final = (b"<!doctype html", b"<html", b"<script")
_CONTROLS: Final = frozenset(map(chr, range(32))) - set("\t\n\r\f\x1b") | {"\x7f"}


class FileKind(NamedTuple):
    """A kind of file.

    Attributes:
        name: for people.
        media_type: for the record; files are always sent as octets.
        suffixes: endings that a downloaded file of this kind may have; the first is added to any other name.
    """

    name: str
    media_type: str
    suffixes: tuple[str, ...]

    @property
    def is_picture(self) -> bool:
        """Whether a copy can be shown on a page."""
        return self.media_type.startswith("image/")

    def safe_name(self, name: str) -> str:
        """Give a name whose ending is true, made of characters that every system keeps as they are."""
        kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "-" for letter in name)
        stem = kept.strip(".-") or "file"
        return stem if PurePath(stem).suffix.lower() in self.suffixes else stem + self.suffixes[0]


PNG: Final = FileKind("PNG picture", "image/png", (".png",))
JPEG: Final = FileKind("JPEG picture", "image/jpeg", (".jpg", ".jpeg"))
WEBP: Final = FileKind("WebP picture", "image/webp", (".webp",))
PDF: Final = FileKind("PDF document", "application/pdf", (".pdf",))
ARCHIVE: Final = FileKind("sliced project", "application/zip", (".3mf", ".ufp"))
BINARY: Final = FileKind(
    "machine file", "application/octet-stream", (".bin", ".bgcode", ".dst", ".pes", ".pec", ".jef")
)
TEXT: Final = FileKind(
    "text",
    "text/plain",
    (".txt", ".csv", ".json", ".gcode", ".gco", ".g", ".nc", ".log", ".toml", ".xml", ".dxf", ".lbrn", ".lbrn2"),
)
_BY_MEDIA_TYPE: Final = {kind.media_type: kind for kind in (PNG, JPEG, WEBP, PDF, ARCHIVE, BINARY, TEXT)}


def kind_named(media_type: str) -> FileKind:
    """Give the kind with a media type of the record."""
    return _BY_MEDIA_TYPE[media_type]


def recognise(stream: IO[bytes], name: str = "") -> FileKind:
    """Tell what a seekable stream holds.

    Args:
        stream: of the whole file; left anywhere.
        name: used in messages only.

    Raises:
        UnreadableFile: nothing that is taken as evidence, cut off, or two kinds of file at once.
        Refused: larger than files of its kind may be.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    kind = _picture_or_paper(stream, head, size) or _readable(stream, head, name) or _text(stream, size)
    _refuse_second_kind(stream, head, kind)
    return kind


def _picture_or_paper(stream: IO[bytes], head: bytes, size: int) -> FileKind | None:
    kind = _by_first_bytes(head)
    if kind is None:
        return None
    if size > MAX_PAPER_BYTES:
        raise Refused(
            f"expected at most {MAX_PAPER_BYTES} bytes of a {kind.name}, found {size}", hint="save it smaller"
        )
    stream.seek(max(0, size - _HEAD_BYTES))
    if kind is PDF and _PDF_END not in stream.read():
        raise UnreadableFile("the PDF document is cut off: its end mark is missing", hint="upload all of it")
    return kind


def _by_first_bytes(head: bytes) -> FileKind | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    return PDF if head.startswith(_PDF) else None


def _readable(stream: IO[bytes], head: bytes, name: str) -> FileKind | None:
    """Give the kind of a file that a reader reads; archives and machine files are taken only if one does."""
    try:
        found = readers.read_stream(stream, name=name)
    except UnreadableFile:
        if _is_text(head):
            return None
        raise
    if head.startswith(b"PK"):
        return ARCHIVE
    return BINARY if found.kind in {"bgcode", "embroidery"} else TEXT


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and _CONTROLS.isdisjoint(text)


def _text(stream: IO[bytes], size: int) -> FileKind:
    if size > MAX_TEXT_BYTES:
        raise Refused(f"expected text of at most {MAX_TEXT_BYTES} bytes, found {size}", hint="export a shorter period")
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := stream.read(_CHUNK):
            if not _CONTROLS.isdisjoint(decoder.decode(chunk)):
                raise UnreadableFile("expected plain text, found control characters", hint="export it as text")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise UnreadableFile("expected text in UTF-8", hint="save the file as UTF-8") from error
    return TEXT


def _refuse_second_kind(stream: IO[bytes], head: bytes, kind: FileKind) -> None:
    """Refuse a file that another program would open as something else: what was looked at is not what is there."""
    start = head.lower()
    second = ""
    if kind is not PDF and _PDF in head:
        second = "a PDF document"
    elif any(mark in start for mark in _WEB_PAGE):
        second = "a web page"
    elif kind is not ARCHIVE and zipfile.is_zipfile(stream):
        second = "a zip archive"
    if second:
        raise UnreadableFile(
            f"the file is {second} as well as a {kind.name}", hint="export it again from the program that made it"
        )
