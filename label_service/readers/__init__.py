"""Readers: what makers' files say, as facts with unit, basis and source.

Each reader is a pure function of the bytes; the same version gives the same facts again, so that an auditor
can compare. What each kind of file can tell, and what it cannot: docs/declare.md.
"""

from label_service.readers.facts import Choice, Fact, Producer, Reading, Source, Text, Unsaid
from label_service.readers.meters.series import difference
from label_service.readers.opening import error_as_json, read, read_path, read_stream
from label_service.reading_options import ReadingOptions

__all__ = [
    "Choice",
    "Fact",
    "Producer",
    "Reading",
    "ReadingOptions",
    "Source",
    "Text",
    "Unsaid",
    "difference",
    "error_as_json",
    "read",
    "read_path",
    "read_stream",
]
