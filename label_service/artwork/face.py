"""What one label shows when it is drawn: plain values that are worded already."""

from dataclasses import dataclass

from label_service.grade import Grade


@dataclass(frozen=True, slots=True)
class Bar:
    """Where range, median and reference lie on an axis from zero, as shares of its length.

    Attributes:
        guide: the median of the reference; None where it is not known.
    """

    low: float
    mark: float
    high: float
    guide: float | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """With what, by whom, under what, in the few words that a small label has room for."""

    compared: str
    verified: str
    issued: str


@dataclass(frozen=True, slots=True)
class Face:
    """One issued label in words and figures, in the language of the drawing.

    Attributes:
        maker: who made it, where and when.
        meaning: what the letter says, as a sentence.
        figure, spread: median with unit, and the range from 5 to 95 % without what is around it.
        reference: the median of the reference in words; empty where it is not known.
        compared: with what, and what is shown.
        verified: by whom, and why that may be believed.
        issued: scheme, method, batch and end of validity.
        brief: the three above for small labels.
        address: domain, path and id of the label, as people type it.
        code, link: texts of the code that verifies offline, and of the one that only leads to the page.
    """

    label_id: str
    scheme: str
    name: str
    maker: str
    grade: Grade
    meaning: str
    figure: str
    spread: str
    reference: str
    bar: Bar
    compared: str
    verified: str
    issued: str
    brief: Brief
    address: str
    code: str
    link: str
    demo: bool
