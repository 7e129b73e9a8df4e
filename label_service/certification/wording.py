"""Words that people type into forms, in the one spelling that documents take."""

from unicodedata import normalize

from label_service.errors import InvalidDocument

MAX_PUBLIC = 2000  # of a signed statement


def paragraphs(text: str, most: int, where: str = "text") -> str:
    """Give words with one kind of line end, composed letters, and no white space around them.

    Args:
        text: as it was typed.
        most: characters.
        where: the field, for the error.

    Raises:
        InvalidDocument: nothing is left, it is too long, or it holds control characters.
    """
    lines = normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")).split("\n")
    words = "\n".join(line.rstrip() for line in lines).strip()
    if not words or len(words) > most:
        raise InvalidDocument(f"expected 1 to {most} characters of text, found {len(words)}", where=where)
    if any((ord(letter) < 32 and letter != "\n") or 127 <= ord(letter) < 160 for letter in words):
        raise InvalidDocument("expected text without control characters", hint="type it again", where=where)
    return words
