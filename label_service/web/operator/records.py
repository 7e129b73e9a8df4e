"""Records: who opened which evidence, which files are due for removal, and exports for market surveillance."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.certification.surveillance import Selection
from label_service.errors import InvalidDocument, LabelServiceError, Refused
from label_service.web.operator.console import Console
from label_service.web.uploads import archive, see, text_of

EVIDENCE: Final = "/operate/evidence"
EXPORT: Final = "/operate/export"
_DAY: Final = timedelta(days=1)
_LAST: Final = datetime.max.replace(tzinfo=UTC) - _DAY  # a day with a day after it


class RecordDesk:
    """Keeps evidence for its time, and hands out what authorities ask for."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._custody = console.certification.custody

    def routes(self) -> list[Route]:
        """Give the routes of the pages."""
        get, post = self._console.get, self._console.post
        return [
            get(EVIDENCE, self._evidence_page),
            post(f"{EVIDENCE}/remove", self._remove, self._evidence_page),
            get(EXPORT, self._export_page),
            post(EXPORT, self._export, self._export_page),
        ]

    def _evidence_page(
        self,
        request: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        del typed
        party = request.query_params.get("party", "")
        return self._console.page(
            "operate_evidence.html",
            actor,
            problem,
            years=self._console.evidence_years,
            due=self._custody.due(actor, self._console.evidence_years),
            opened=self._custody.opened(actor, party),
            parties=self._console.accounts.parties.all("producer"),
            party=party,
        )

    def _remove(self, _: Request, actor: Actor, form: FormData) -> Response:
        if text_of(form, "sure") != "yes":
            raise Refused("nothing was removed", hint="tick that you are sure")
        chosen = [text.partition("@") for text in form.getlist("file") if isinstance(text, str)]
        pairs = [(digest, party) for digest, _, party in chosen]
        self._custody.remove(actor, pairs, self._console.evidence_years)
        return see(EVIDENCE)

    def _export_page(
        self,
        _: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        today = self._console.scheme.bench.clock().date()
        typed = typed or {"since": str(today - timedelta(days=365)), "until": str(today)}
        parties = [party for party in self._console.accounts.parties.all() if party.kind != "operator"]
        return self._console.page("operate_export.html", actor, problem, parties=parties, typed=typed)

    def _export(self, _: Request, actor: Actor, form: FormData) -> Response:
        wanted = Selection(
            since=_day(text_of(form, "since"), "since"),
            until=_day(text_of(form, "until"), "until") + _DAY,
            party_id=text_of(form, "party"),
        )
        target = TemporaryFile()  # noqa: SIM115 - closed by the answer
        self._console.certification.surveillance.write(actor, wanted, target)
        last = (wanted.until - _DAY).date()
        return archive(target, f"surveillance-{wanted.since.date()}-{last}.zip")


def _day(text: str, where: str) -> datetime:
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidDocument("expected a day such as 2026-11-23", where=where) from error
    if day > _LAST:
        raise InvalidDocument("expected a day such as 2026-11-23", where=where)
    return day
