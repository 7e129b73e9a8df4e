"""Draws labels as SVG, PNG and PDF: one template, one engine, so that all three show the same."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

from label_service.artwork.face import Face
from label_service.artwork.orders import MOST_LABELS, Order, Variant, check_fits
from label_service.artwork.qr import qr_runs
from label_service.errors import Refused

_PIXELS_A_MODULE: Final = 6
_MM_A_INCH: Final = 25.4
_HERE: Final = files("label_service.artwork")


def draw(face: Face, texts: Mapping[str, str], order: Order, language: str = "en") -> bytes:
    """Draw a label.

    SVG and PNG have a transparent ground where the variant is `kraft`; the PDF is tagged as PDF/UA-1 asks.

    Args:
        face: what belongs to the label.
        texts: the fixed words, by the names that `label.typ` knows them by.
        order: how it is drawn.
        language: code of the language of both.

    Raises:
        Refused: the code or the text would be too small, or a name has signs that no font here has.
    """
    drawn = _drawn([(face, texts, order.count)], order, language)
    return _named(drawn, texts) if order.kind == "svg" else drawn


def draw_sheets(labels: Sequence[tuple[Face, Mapping[str, str], int]], variant: Variant, language: str = "en") -> bytes:
    """Draw different labels one after another on as many sheets as they need, as one PDF.

    Args:
        labels: what belongs to each, its fixed words, and how often it is drawn.
        variant: how they are drawn.
        language: code of the language of all.

    Raises:
        Refused: as `draw` says, or there are none, or more than `MOST_LABELS`.
    """
    total = sum(count for _, _, count in labels)
    if not 1 <= total <= MOST_LABELS:
        raise Refused(f"expected 1 to {MOST_LABELS} labels, found {total}", hint="print them in several goes")
    return _drawn(labels, Order(kind="pdf", format="sheet", variant=variant), language)


def _drawn(labels: Sequence[tuple[Face, Mapping[str, str], int]], order: Order, language: str) -> bytes:
    codes = [qr_runs(face.link if order.has_link_only else face.code) for face, _, _ in labels]
    for side, _ in codes:
        check_fits(order, side)
    (face, texts, _), *others = labels
    named = f" and {len(others)} more" if others else ""
    data = {
        "labels": [
            {"face": asdict(shown), "words": dict(words), "qr": {"side": side, "runs": runs}}
            for (shown, words, _), (side, runs) in zip(labels, codes, strict=True)
        ],
        "places": [(which, not again) for which, (_, _, count) in enumerate(labels) for again in range(count)],
        "title": f"{texts['title']} {face.label_id}: {face.name}{named}",
        "language": language,
        "variant": order.variant,
        "format": order.format,
        "scale": order.scale,
    }
    return _compile(data, order, min(order.module_um(side) for side, _ in codes))


def _compile(data: Mapping[str, Any], order: Order, module_um: int) -> bytes:
    """Give the drawing; the PDF is always made, because only that tells of signs that no font has."""
    asked: dict[str, Any] = {"input": _template(), "sys_inputs": {"data": json.dumps(data)}}
    try:
        found = _compiler().compile(**asked, format="pdf", pdf_standards=["ua-1"], timestamp=0)
        if order.kind != "pdf":
            ppi = _MM_A_INCH * 1000 * _PIXELS_A_MODULE / module_um
            found = _compiler().compile(**asked, format=order.kind, ppi=ppi)
    except _library().TypstError as error:
        raise Refused(
            "this label cannot be drawn with the fonts of this installation",
            hint="the operator installs fonts for the script of its names, such as Noto",
        ) from error
    assert isinstance(found, bytes)  # noqa: S101 - only several pages that are no PDF would be a list
    return found


def _library() -> Any:
    """Load the typesetter when something is drawn: most processes draw nothing."""
    import typst  # noqa: PLC0415 - only printed labels need it

    return typst


@cache
def _template() -> bytes:
    return (_HERE / "label.typ").read_bytes()


@cache
def _compiler() -> Any:
    fonts = _library().Fonts(include_system_fonts=True, font_paths=[str(_HERE / "fonts")])
    return _library().Compiler(font_paths=fonts)


def _named(svg: bytes, texts: Mapping[str, str]) -> bytes:
    """Give the picture a name and a description, because its letters are outlines."""
    head, _, rest = svg.partition(b">")
    title = escape(f"{texts['title']}. {texts['scale']}. {texts['picture']}.")
    return head + b' role="img"><title>' + title.encode() + b"</title>" + rest
