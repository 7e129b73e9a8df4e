"""Where decentral production pays off: the open statistics as a page and as files, without an account."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.certification.desk import Certification
from label_service.certification.groups import FEWEST
from label_service.certification.open_statistics import Edition
from label_service.certification.tallies import GRADES, Row, Spread
from label_service.errors import NotFound
from label_service.issuance.scheme import Scheme
from label_service.web import numbers, pages
from label_service.web.languages import language_of, say
from label_service.web.reading import ReadingRoom
from label_service.web.statistics_files import NAME, PACKAGE, File, files_of, has_parquet
from label_service.web.words import Words

PATH: Final = "/stats"
MOST_ROWS: Final = 100  # of a page; the files have all
FILTERS: Final = ("process", "material", "country", "year")
_FRESH: Final = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class Bar:
    """A quartile range in per cent of the width of its picture, with its words."""

    start: str
    width: str
    mark: str
    guide: str
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A group on the page; a bar is None where the figure is not told."""

    title: str
    place: str
    row: Row
    ratio: Bar | None
    kwh_per_kg: Bar | None
    scrap: Bar | None
    grades: tuple[tuple[str, int], ...]


class StatisticsDesk:
    """Shows the newest edition."""

    def __init__(self, scheme: Scheme, certification: Certification, room: ReadingRoom, licence: str | None) -> None:
        self._scheme = scheme
        self._statistics = certification.open_statistics
        self._room = room
        self._licence = licence
        self._files: tuple[str, dict[str, File]] = ("", {})  # of the newest edition, by its digest

    def routes(self) -> list[Route]:
        """Give the routes of the page and of each file."""
        names = (f"{NAME}.csv", f"{NAME}.json", f"{NAME}.parquet", PACKAGE)
        return [Route(PATH, self._page), *(Route(f"{PATH}/{name}", self._sender(name)) for name in names)]

    async def _page(self, request: Request) -> Response:
        edition = await run_in_threadpool(self._edition)
        chosen = _chosen(request, edition.rows if edition else ())
        key = f"stats?{urlencode(chosen)}"
        return await self._room.page(key, lambda: self._text(edition, chosen), language=language_of(request))

    def _edition(self) -> Edition | None:
        found = self._statistics.newest()
        return found[1] if found else None

    def _text(self, edition: Edition | None, chosen: dict[str, str]) -> str:
        words = Words(self._scheme.releases.current(), 0)
        rows = edition.rows if edition else ()
        fitting = [row for row in rows if _fits(row, chosen)]
        return pages.render(
            "stats.html",
            scheme=self._scheme.identity.display_name,
            demo=self._scheme.identity.is_demo,
            edition=edition,
            until=f"{edition.month}-01" if edition else "",
            lines=_lines(fitting[:MOST_ROWS], words),
            found=len(fitting),
            most=MOST_ROWS,
            chosen=chosen,
            options=_options(rows, words),
            fewest=FEWEST,
            licence=self._licence,
            has_parquet=has_parquet(),
        )

    def _sender(self, name: str) -> Any:
        async def send(request: Request) -> Response:
            return _answer(request, await run_in_threadpool(self._file, name))

        return send

    def _file(self, name: str) -> File:
        """Give a file of the newest edition.

        Raises:
            NotFound: there is no edition yet, or this installation does not write Parquet.
        """
        found = self._statistics.newest()
        if found is None:
            raise NotFound("there are no statistics yet", hint="the calendar makes them; ask again later")
        digest, edition = found
        if self._files[0] != digest:
            self._files = digest, files_of(edition, self._licence)
        files = self._files[1]
        if name not in files:
            raise NotFound("this installation writes no Parquet", hint="take groups.csv, or install its `statistics`")
        return files[name]


def _answer(request: Request, file: File) -> Response:
    """Give a file, or only that it has not changed (RFC 9110, 13.1.2)."""
    tag = f'"{file.digest[:32]}"'
    headers = {
        "Content-Type": file.media_type,
        "Cache-Control": _FRESH,
        "ETag": tag,
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
    }
    known = {item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(file.body, headers=headers)


def _chosen(request: Request, rows: Iterable[Row]) -> dict[str, str]:
    """Give what is asked for and there; anything else does not narrow."""
    asked = {name: request.query_params.get(name, "") for name in FILTERS}
    wanted = {name: text for name, text in asked.items() if text}
    return {name: text for name, text in wanted.items() if any(str(getattr(row, name)) == text for row in rows)}


def _fits(row: Row, chosen: dict[str, str]) -> bool:
    return all(str(getattr(row, name)) == text for name, text in chosen.items())


def _options(rows: Iterable[Row], words: Words) -> dict[str, list[tuple[str, str]]]:
    """Give what each filter can be set to, by name."""
    kept: dict[str, set[str]] = {name: set() for name in FILTERS}
    for row in rows:
        for name in FILTERS:
            kept[name].add(str(getattr(row, name) or ""))
    named: dict[str, Callable[[str], str]] = {
        "process": lambda key: words.name("processes", key),
        "material": words.material,
        "country": words.country,
        "year": str,
    }
    return {
        name: sorted(((key, named[name](key)) for key in kept[name] if key), key=lambda pair: pair[1].casefold())
        for name in FILTERS
    }


def _lines(rows: list[Row], words: Words) -> list[Line]:
    tops = {name: _top(rows, name) for name in ("ratio", "kwh_per_kg", "scrap")}
    return [_line(row, words, tops) for row in rows]


def _line(row: Row, words: Words, tops: dict[str, float]) -> Line:
    process = words.name("processes", row.process)
    material = words.material(row.material) if row.material else say("other materials")
    country = words.country(row.country) if row.country else say("other countries")
    region = row.region or (say("other regions") if row.country else "")
    year = str(row.year) if row.year else say("other years")
    return Line(
        title=f"{process}, {material}",
        place=" · ".join(filter(None, (country, region, year))),
        row=row,
        ratio=_bar(row.ratio, tops["ratio"], numbers.ratio, guide=1.0),
        kwh_per_kg=_bar(row.kwh_per_kg, tops["kwh_per_kg"], numbers.number),
        scrap=_bar(row.scrap, tops["scrap"], numbers.ratio),
        grades=tuple((grade, row.grades[grade]) for grade in GRADES if row.grades[grade]),
    )


def _top(rows: list[Row], name: str) -> float:
    """Give the end of the axis of a figure, the same for all rows; the reference is on that of the ratio."""
    least = 1.1 if name == "ratio" else 0.0
    spreads: list[Spread] = [getattr(row, name) for row in rows if getattr(row, name)]
    return max([least, *(float(spread.p75) for spread in spreads)]) or 1.0


def _bar(spread: Spread | None, top: float, written: Callable[[str], str], guide: float | None = None) -> Bar | None:
    if spread is None:
        return None
    low, middle, high = (100 * float(value) / top for value in (spread.p25, spread.median, spread.p75))
    shown = {"median": written(spread.median), "low": written(spread.p25), "high": written(spread.p75)}
    return Bar(
        start=f"{low:.2f}%",
        width=f"{max(high - low, 0.5):.2f}%",
        mark=f"{middle:.2f}%",
        guide=f"{100 * guide / top:.2f}%" if guide else "",
        words=say("%(median)s (%(low)s to %(high)s)", **shown),
    )
