"""Open files that were dropped: what a reader reads, and the pictures and papers that only people read."""

import hashlib
from pathlib import Path

from label_service.errors import UnreadableFile
from label_service.proposal.values import SourceFile
from label_service.readers import read_path

# First bytes of what nobody reads but an auditor looks at: PNG, JPEG, WebP, PDF.
PICTURES_AND_PAPERS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"%PDF-")


def open_source(path: Path, *, is_paper: bool = False) -> SourceFile:
    """Give a file with its digest and what a reader finds in it.

    Args:
        path: of the file; only its last part is kept.
        is_paper: take it as it is, such as the protocol of a weighing, though no reader reads it.

    Raises:
        UnreadableFile: no reader reads it, and it is neither a picture nor a PDF.
    """
    try:
        if not is_paper:
            reading, digest = read_path(path)
            return SourceFile(path.name, digest, path.stat().st_size, reading)
    except UnreadableFile:
        if not path.is_file() or not _head(path).startswith(PICTURES_AND_PAPERS):
            raise
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return SourceFile(path.name, digest, path.stat().st_size, None)
    except OSError as error:
        raise UnreadableFile(f"the file cannot be opened: {error.strerror}", where=path.name) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(16)
