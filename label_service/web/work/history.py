"""How the making of a producer went over time, as charts, as a table and as a file for a spreadsheet."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.catalogue.cells import inert
from label_service.certification.history import LOOKED_AT, Batch, Chosen
from label_service.grade import SCALE
from label_service.quantity import display, plain
from label_service.web import numbers
from label_service.web.charts import Chart, Point, chart
from label_service.web.languages import say
from label_service.web.words import Words
from label_service.web.work.desk import Work

PATH: Final = "/workshop/history"
COLUMNS: Final = (
    "declaration", "product", "made_on", "state", "process", "machines", "items",
    "kwh_per_kg", "scrap_share", "kgco2e_per_item", "score", "grade",
)  # fmt: skip


class HistoryDesk:
    """Shows a producer what changed from batch to batch."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._history = work.certification.history

    def routes(self) -> list[Route]:
        """Give the routes of page and file."""
        return [self._work.get(PATH, self._page), self._work.get(f"{PATH}.csv", self._file)]

    def _page(self, request: Request, actor: Actor) -> Response:
        batches, chosen = self._history.of(actor), _chosen(request)
        shown = [batch for batch in batches if chosen.has(batch)]
        named = Words(self._work.scheme.releases.current(), 0)
        return self._work.page(
            "work_history.html",
            actor,
            batches=batches,
            shown=shown[::-1],
            chosen=chosen,
            query=_query(chosen),
            charts=_charts(shown, named),
            products=sorted({batch.product for batch in batches}),
            machines=sorted({name for batch in batches for name in batch.machines}),
            named=named,
            percent=_percent,
            figure=_figure,
            most=LOOKED_AT,
        )

    def _file(self, request: Request, actor: Actor) -> Response:
        chosen = _chosen(request)
        target = io.StringIO(newline="")
        writer = csv.writer(target)
        writer.writerow(COLUMNS)
        writer.writerows(_cells(batch) for batch in self._history.of(actor) if chosen.has(batch))
        headers = {
            "Content-Disposition": 'attachment; filename="history.csv"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(target.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _chosen(request: Request) -> Chosen:
    """Give what is asked for; a day that is none does not narrow."""
    query = request.query_params
    days = {name: query.get(name, "") for name in ("first", "last")}
    return Chosen(
        product=query.get("product", "")[:300],
        machine=query.get("machine", "")[:300],
        **{name: text for name, text in days.items() if _is_day(text)},
    )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _query(chosen: Chosen) -> str:
    fields = {"product": chosen.product, "machine": chosen.machine, "first": chosen.first, "last": chosen.last}
    return urlencode({name: text for name, text in fields.items() if text})


def _charts(batches: Sequence[Batch], named: Words) -> list[Chart]:
    per_process = len({batch.process for batch in batches}) > 1

    def series(batch: Batch) -> str:
        return f"{batch.product}, {named.name('processes', batch.process)}" if per_process else batch.product

    def points(value: Callable[[Batch], Any], unit: str, name: Callable[[Batch], str]) -> list[Point]:
        found = [(batch, value(batch)) for batch in batches]
        return [_point(batch, _decimal(number), unit, name(batch)) for batch, number in found if number is not None]

    each = list({batch.id: batch for batch in batches}.values())
    scores = [_point(item, Decimal(item.score), _letter(item), item.product) for item in each if item.score is not None]
    drawn = (
        chart("energy", say("Energy"), "kWh/kg", points(lambda item: item.kwh_per_kg, "kWh/kg", series)),
        chart("scrap", say("Scrap"), say("%% of the material"), points(_scrap_percent, "%", series)),
        chart("score", say("Score and grade"), say("%% of the reference, at most"), scores, SCALE),
    )
    return [item for item in drawn if item]


def _point(batch: Batch, value: Decimal, unit: str, series: str) -> Point:
    words = f"{series}, {numbers.day(batch.made_on)}: {numbers.number(plain(value))} {unit}".strip()
    return Point(batch.made_on, value, series, words)


def _letter(batch: Batch) -> str:
    return say("(grade %(grade)s)", grade=batch.grade) if batch.grade else ""


def _scrap_percent(batch: Batch) -> Fraction | None:
    return None if batch.scrap is None else 100 * batch.scrap


def _cells(batch: Batch) -> tuple[object, ...]:
    energy, scrap = (_figure(value) if value is not None else "" for value in (batch.kwh_per_kg, batch.scrap))
    names = (inert(batch.product), batch.made_on, batch.state, batch.process, inert(" + ".join(batch.machines)))
    results = (batch.kgco2e, "" if batch.score is None else batch.score, batch.grade or "")
    return (batch.id, *names, batch.quantity, energy, scrap, *results)


def _figure(value: Fraction) -> str:
    """Give a figure with three significant digits."""
    return display(plain(_decimal(value)))


def _percent(share: Fraction) -> str:
    return numbers.share(plain(_decimal(share)))


def _decimal(value: Fraction | int) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
