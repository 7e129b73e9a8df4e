"""What every form with files needs: whose page sent it, how large it may be, and names that are only shown."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import IO

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from label_service.errors import InvalidDocument, Refused
from label_service.web import pages

MAX_UPLOAD_BYTES = 320 * 1024 * 1024
MAX_FORM_BYTES = 1024 * 1024  # of a form without files
FORM_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": pages.FORM_POLICY,
    "Referrer-Policy": "same-origin",
}
_NAME_LENGTH = 80
_CHUNK = 1 << 20
_LENGTH_DIGITS = 15


def refuse_other_sites(request: Request) -> None:
    """Take forms from pages of this site only.

    Raises:
        Refused: the browser says that another site sent it.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise Refused("this form can only be sent from its own page")


def refuse_large(request: Request, most: int = MAX_UPLOAD_BYTES) -> None:
    """Take forms with a length that holds, up to a number of bytes, and in UTF-8, as browsers send them.

    Raises:
        Refused: larger, of unknown length, in pieces whose length nobody announced, or in other characters.
    """
    length = request.headers.get("content-length", "")
    is_counted = length.isascii() and length.isdigit() and len(length) <= _LENGTH_DIGITS
    if not is_counted or "transfer-encoding" in request.headers or int(length) > most:
        raise Refused(f"expected an upload of at most {most} bytes, with its length", hint="send less at once")
    charset = parse_options_header(request.headers.get("content-type"))[1].get(b"charset", b"utf-8")
    if charset.lower() != b"utf-8":  # others can spell what is no text, such as half a surrogate pair
        raise Refused("expected a form in UTF-8", hint="leave out the character set")


def plain_name(name: str) -> str:
    """Give the last part of a name without control characters; it is shown, never used as a path."""
    last = PurePath(name.replace("\\", "/")).name
    shown = " ".join("".join(character if character.isprintable() else " " for character in last).split())
    return shown[-_NAME_LENGTH:].strip() or "file"


def files_of(form: FormData) -> list[UploadFile]:
    """Give what a program sent in the field `files`.

    Raises:
        InvalidDocument: nothing, or text in place of files.
    """
    found = [item for item in form.getlist("files") if isinstance(item, UploadFile) and item.filename]
    if not found:
        raise InvalidDocument("expected at least one file in the field `files`", hint="send a form of files")
    return found


def text_of(form: FormData, name: str) -> str:
    """Give a field of a form; nothing where it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def page(text: str, status: int = 200) -> Response:
    """Answer with a page that holds a form: never stored, scripts of this site only."""
    return Response(text, status, headers=FORM_HEADERS, media_type="text/html")


def see(path: str) -> Response:
    """Send the browser on after a form, so that a reload sends nothing again."""
    return RedirectResponse(path, 303, headers=FORM_HEADERS)


def archive(written: IO[bytes], name: str) -> Response:
    """Send a ZIP archive that was just written to be saved, and close it when it was sent."""
    size = written.tell()
    written.seek(0)
    named = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    headers = {**FORM_HEADERS, **named, "Content-Length": str(size)}
    return StreamingResponse(_pieces(written), media_type="application/zip", headers=headers)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while piece := stream.read(_CHUNK):
            yield piece
