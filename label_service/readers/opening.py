"""Open a maker's file: find out by its content what it is, and hand it to the reader for it.

A reader is imported when the first file of its kind is read: a short command needs one or two of them.
"""
# ruff: noqa: PLC0415 - see above

import hashlib
import io
import json
import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from label_service.errors import UnreadableFile
from label_service.readers.facts import Reading, clean
from label_service.readers.said import Said
from label_service.reading_options import NOTHING_SAID, ReadingOptions

if TYPE_CHECKING:
    from label_service.readers.gcode import Comments

MOST_BYTES_OF_DATA = 4 * 1024 * 1024  # of JSON, CSV, XML and stitches; a month of minute readings has 1.6 MiB
MOST_BYTES_OF_DRAWING = 8 * 1024 * 1024  # with the pictures that are embedded
_BGCODE = b"GCDE"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HEAD_OF_XML = 16 * 1024  # programs write comments and a document type before the first element
_SVG = re.compile(rb"<(?:\w+:)?svg[\s/>]")
_UFP_GCODE = "3D/model.gcode"  # of Ultimaker's format package, which Cura writes

# First bytes of files that are often uploaded by mistake. Sources: the format specifications.
_WRONG = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a WebP picture or a sound"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "a program for Linux"),
    (b"MZ", "a program for Windows"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"solid ", "an STL model, which says nothing about material and time"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)


def read(data: bytes, *, name: str = "", options: ReadingOptions = NOTHING_SAID) -> Reading:
    """Read a file that is in memory; its name is only used in messages, the options for what files leave open.

    Raises:
        UnreadableFile: nothing can be read from it; the hint says what to do.
    """
    return read_stream(io.BytesIO(data), name=name, options=options)


def read_path(path: Path, *, options: ReadingOptions = NOTHING_SAID) -> tuple[Reading, str]:
    """Read a file on disk, of which large G-code is not loaded, and give its SHA-256 as well.

    Raises:
        UnreadableFile: it cannot be opened, or nothing can be read from it.
    """
    try:
        with path.open("rb") as stream:
            reading = read_stream(stream, name=path.name, options=options)
            stream.seek(0)
            return reading, hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(
            f"the file cannot be opened: {error.strerror}",
            hint="check name and permissions",
            where=clean(path.name),
        ) from error


def read_stream(stream: IO[bytes], *, name: str = "", options: ReadingOptions = NOTHING_SAID) -> Reading:
    """Read a seekable stream: memory, a file or an upload.

    Raises:
        UnreadableFile: nothing can be read from it; the hint says what to do.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    head, said = stream.read(4096), Said(options)
    try:
        reading = _read(stream, head, size, said)
        return reading.model_copy(update={"unsaid": said.unsaid}) if said.unsaid else reading
    except UnreadableFile as error:
        error.unsaid = said.unsaid
        error.where = ", ".join(part for part in (clean(name), error.where) if part)
        raise


def error_as_json(error: UnreadableFile) -> dict[str, Any]:
    """Give an error as plain JSON values: code, detail, hint, and where they are known where, and what to say."""
    told: dict[str, Any] = {"code": error.code, "detail": error.detail, "hint": error.hint}
    told |= {"where": error.where} if error.where else {}
    return told | ({"unsaid": [item.model_dump() for item in error.unsaid]} if error.unsaid else {})


def _read(stream: IO[bytes], head: bytes, size: int, said: Said) -> Reading:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise UnreadableFile("the file is empty", hint="export it again; the disk may have been full")
    _refuse_wrong_kind(head)
    if head.startswith(_BGCODE):
        return _read_bgcode(stream, size)
    if head.startswith(_ZIP):
        return _read_zip(stream, size)
    if text[:1] in {b"{", b"["}:
        return _read_json(_whole(stream, size), said)
    if text[:1] == b"<":
        return _read_xml(_whole(stream, size, MOST_BYTES_OF_DRAWING), said)
    if text[:1] == b";":
        return _read_gcode(stream, size)
    return (
        _read_stitches(stream, head, size)
        or _read_lines(stream, text.decode("utf-8", "replace"), size, said)
        or _read_dxf(stream, head, size, said)
        or _read_gcode(stream, size)
    )


def _read_lines(stream: IO[bytes], start: str, size: int, said: Said) -> Reading | None:
    """Read telegrams, tables and manifests, which the first lines tell."""
    from label_service.readers.designs import okh
    from label_service.readers.jobs import octoprint
    from label_service.readers.meters import table, telegram

    if telegram.is_telegram(start):
        return telegram.read(_text(_whole(stream, size)).lstrip(), said)
    if octoprint.is_head_line(start.split("\n", 1)[0]):
        return octoprint.read(_text(_whole(stream, size)), said)
    if table.is_table(start, said):
        return table.read(_text(_whole(stream, size)), said)
    return okh.read(_text(_whole(stream, size))) if okh.is_manifest(start) else None


def _read_stitches(stream: IO[bytes], head: bytes, size: int) -> Reading | None:
    from label_service.readers.drawings import embroidery

    return embroidery.read(_whole(stream, size)) if embroidery.format_of(head) else None


def _read_dxf(stream: IO[bytes], head: bytes, size: int, said: Said) -> Reading | None:
    from label_service.readers.drawings import dxf

    return dxf.read(_whole(stream, size, MOST_BYTES_OF_DRAWING), said) if dxf.is_dxf(head) else None


def _read_gcode(stream: IO[bytes], size: int) -> Reading:
    from label_service.readers import gcode

    comments = gcode.comments_of(stream, size)
    return _summary(comments, "gcode") or _refused(gcode.refuse(comments))


def _read_bgcode(stream: IO[bytes], size: int) -> Reading:
    from label_service.readers.containers import bgcode

    comments = bgcode.comments_of(stream, size)
    nothing = UnreadableFile("the binary G-code has no summary of the print", hint="export it from the slicer again")
    return _summary(comments, "bgcode") or _refused(nothing)


def _read_zip(stream: IO[bytes], size: int) -> Reading:
    from label_service.readers import gcode, printing
    from label_service.readers.containers import archive, project

    with archive.opened(stream, size) as found:
        if project.SUMMARY in found.names():
            print_, producer = project.read(found)
            return printing.reading(print_, kind="gcode-3mf", producer=producer, importer="gcode-3mf")
        if project.MODEL in found.names():
            raise project.not_sliced()
        if _UFP_GCODE in found.names():
            inflated = found.size(_UFP_GCODE)
            with found.open(_UFP_GCODE, archive.MOST_GCODE_BYTES) as entry:
                comments = gcode.comments_of(entry, inflated, _UFP_GCODE)
            return _summary(comments, "ufp") or _refused(gcode.refuse(comments))
    raise UnreadableFile(
        "expected a sliced project (.gcode.3mf) or a print package (.ufp), found another zip archive",
        hint="unpack it and upload the files in it",
    )


def _summary(comments: "Comments", kind: str) -> Reading | None:
    """Let the dialect whose signature the comments carry read them."""
    from label_service.readers import printing
    from label_service.readers.slicers import DIALECTS

    for dialect in DIALECTS:
        if producer := dialect.recognise(comments):
            found = dialect.read(comments, producer)
            return printing.reading(found, kind=kind, producer=producer, importer=dialect.name)
    return None


def _refused(error: UnreadableFile) -> NoReturn:
    raise error


def _read_json(data: bytes, said: Said) -> Reading:
    from label_service.readers.jobs import moonraker
    from label_service.readers.meters import devices, plain

    document = _parse_json(data)
    if isinstance(document, dict) and document.get("type") == plain.TYPE:
        return plain.read(document, said)
    if history := moonraker.read(document, said):
        return history
    documents = document if isinstance(document, list) else [document]
    if all(isinstance(entry, dict) for entry in documents) and (found := devices.read(documents, said)):
        return found
    raise UnreadableFile(
        "expected the JSON of a meter, a plug or a job history, found other JSON",
        hint='readings that you wrote down need "type": "meter-readings", see docs/declare.md',
    )


def _read_xml(data: bytes, said: Said) -> Reading:
    """Read XML by the first element that one of the formats has."""
    if b"<LightBurnProject" in data[:_HEAD_OF_XML]:
        from label_service.readers.drawings import lightburn

        return lightburn.read(data)
    if _SVG.search(data[:_HEAD_OF_XML]):
        from label_service.readers.drawings import svg

        return svg.read(data, said)
    if b"IntervalReading" in data:
        from label_service.readers.meters import greenbutton

        return greenbutton.read(data, said)
    raise UnreadableFile(
        "expected the Green Button XML of a utility or a drawing (SVG, LightBurn), found other XML or a web page",
        hint="upload the file that the program exports, not the page that shows it",
    )


def _parse_json(data: bytes) -> Any:
    """Parse JSON with its numbers as they are written: no binary fractions, no huge integers."""
    text = _text(data)
    try:
        return json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=_no_constant,
            object_pairs_hook=_no_duplicates,
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(
            f"not JSON: {clean(str(error))}", hint="export the file again and upload all of it"
        ) from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice in one object")
    return members


def _whole(stream: IO[bytes], size: int, most: int = MOST_BYTES_OF_DATA) -> bytes:
    if size > most:
        raise UnreadableFile(
            f"expected at most {most} bytes of meter data, job data or drawing, found {size}",
            hint="export a shorter period, or remove pictures from the drawing",
        )
    stream.seek(0)
    return stream.read(size)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"expected text in UTF-8, found byte {data[error.start]:#04x} at position {error.start}",
            hint="save the file as UTF-8",
        ) from error


def _refuse_wrong_kind(head: bytes) -> None:
    for magic, kind in _WRONG:
        if head.startswith(magic):
            raise UnreadableFile(
                f"expected a file of a slicer, a meter or a printer, found {kind}",
                hint="upload the G-code or project that the slicer exports, or meter readings as CSV or JSON",
            )
