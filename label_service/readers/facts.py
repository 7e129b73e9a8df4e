"""What a maker's file says: numbers and words, each with the place in the file where it stands."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from label_service.quantity import Amount

VERSION = "1"  # of all readers together, for they share rules; it changes when a fact of any file changes

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Source(_Model):
    """Where in the file a fact stands, for the auditor who looks it up.

    Attributes:
        key: the words of the file before the value; several, when the value was computed from them.
        line: 1-based line. Of a G-code file of more than 2 MiB only head and tail are read, and lines of the
            tail count from the end: -1 is the last line. None where lines mean nothing.
        part: the entry of a container; empty for a plain file.
    """

    key: str
    line: int | None = None
    part: str = ""


class Fact(_Model):
    """One number that a file states, or that follows from its numbers alone.

    Attributes:
        quantity: what is counted, e.g. `filament_mass`, `print_duration`, `energy`.
        value: exact decimal in `unit`.
        unit: always kg, h, kWh, m, m2, m3, kg/m3, m/s or 1.
        basis: `metered`, `as_made` as the machine noted it, `estimated` by a slicer, or `design`.
        source: where it stands.
        item: 0-based extruder, slot, plate, job, layer, thread or part; None when it holds for the whole file.
    """

    quantity: str
    value: Amount
    unit: str
    basis: str
    source: Source
    item: int | None = None


class Text(_Model):
    """One word that a file states, e.g. the material `PLA`; the attributes are those of `Fact`."""

    quantity: str
    value: Word
    source: Source
    item: int | None = None


class Producer(_Model):
    """The program that wrote the file, as the file names it."""

    program: Word
    version: str


class Choice(_Model):
    """One answer to a question: its value, and how people read it."""

    value: Word
    words: Word


class Unsaid(_Model):
    """Something a file leaves open and a person can answer, whether it was answered by now or not.

    Attributes:
        option: the member of the reading options that answers it.
        words: the question.
        choices: the answers there are; empty where any word may be one.
        is_needed: whether the file cannot be used without it.
    """

    option: str
    words: str
    choices: tuple[Choice, ...] = ()
    is_needed: bool


class Reading(_Model):
    """Everything that a reader found in one file.

    Attributes:
        kind: `gcode`, `gcode-3mf`, `bgcode`, `ufp`, `meter-readings`, `meter-snapshot`, `job-history`, `svg`,
            `lightburn`, `dxf`, `embroidery`, `okh`.
        producer: the program that wrote the file; None when it does not say.
        importer: the reader; the same `importer_version` reads the same facts again.
        warnings: what a person should look at, in full sentences.
        missing: quantities that such a file can state and this one does not.
        unsaid: what the file leaves open and a person can answer.
    """

    kind: str
    producer: Producer | None
    importer: str
    importer_version: str = VERSION
    facts: tuple[Fact, ...]
    texts: tuple[Text, ...] = ()
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()


def clean(word: str) -> str:
    """Give a word of a file without control characters and doubled spaces, at most 200 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in word[:2000]).split())[:200].strip()
