"""Catalogues on pages and for programs: a dry run that a reload does not lose, then the rows, then the result file.

A run is worked on beside the pages; its page asks for itself again until it is done, without JavaScript.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from label_service import canonical
from label_service.catalogue import result_lines, template_csv, template_xlsx
from label_service.document import Party
from label_service.errors import LabelServiceError, NotFound, UnreadableFile
from label_service.issuance.catalogue_runs import CHECK, SUBMIT
from label_service.issuance.catalogues import Catalogues, Excerpt, error_of
from label_service.issuance.jobs import Job
from label_service.issuance.scheme import Scheme
from label_service.web import pages
from label_service.web.producers import ProducerOf, sent, shown
from label_service.web.uploads import FORM_HEADERS, page, plain_name, see

MOST_SHOWN = 200  # rows and errors on the page; the report has all
PAGE = "/declare/catalogue"
API = "/api/v1/catalogues"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_JOB = "{job:uuid}"


@dataclass(frozen=True, slots=True)
class StartView:
    """The page where a catalogue is sent.

    Attributes:
        runs: earlier runs with the names of their files.
        problem: why the last one was not taken.
    """

    scheme: str
    demo: bool
    runs: tuple[tuple[Job, str], ...]
    problem: LabelServiceError | None = None


@dataclass(frozen=True, slots=True)
class RunView:
    """The page of one run.

    Attributes:
        report: what came out; None before the run is done.
        errors: the first errors, in words.
        grades: how many rows have which letter.
    """

    scheme: str
    demo: bool
    job: Job
    name: str
    is_check: bool
    report: Excerpt | None = None
    errors: tuple[str, ...] = ()
    grades: tuple[tuple[str, int], ...] = ()
    new: int = 0


class CatalogueDesk:
    """Takes catalogues of the producer of a request and shows how far they are."""

    def __init__(self, scheme: Scheme, catalogues: Catalogues, producer_of: ProducerOf) -> None:
        self._scheme = scheme
        self._producer_of = producer_of
        self._catalogues = catalogues

    def routes(self) -> list[Route]:
        """Give the routes of pages and API."""
        of = self._producer_of
        run, program = f"{PAGE}/{_JOB}", f"{API}/{_JOB}"
        return [
            Route(PAGE, shown(of, self._start_page), methods=["GET"]),
            Route(PAGE, sent(of, self._send), methods=["POST"]),
            Route(run, shown(of, self._run_page), methods=["GET"]),
            Route(f"{run}/submission", sent(of, self._submit), methods=["POST"]),
            Route(f"{run}/again", sent(of, self._again), methods=["POST"]),
            Route(f"{run}/stop", sent(of, self._stop), methods=["POST"]),
            Route(f"{run}/result.csv", shown(of, self._result), methods=["GET"]),
            Route(f"{run}/template.csv", shown(of, self._template_csv), methods=["GET"]),
            Route(f"{run}/template.xlsx", shown(of, self._template_xlsx), methods=["GET"]),
            Route(API, sent(of, self._take), methods=["POST"]),
            Route(program, shown(of, self._told), methods=["GET"]),
            Route(f"{program}/report", shown(of, self._report), methods=["GET"]),
            Route(f"{program}/submission", sent(of, self._take_submission), methods=["POST"]),
            Route(f"{program}/result.csv", shown(of, self._result), methods=["GET"]),
        ]

    # pages

    def _start_page(self, _: Request, producer: Party, problem: LabelServiceError | None = None) -> Response:
        runs = tuple((job, self._name(job)) for job in self._catalogues.jobs.recent(producer.id))
        view = StartView(*self._head(), runs=runs, problem=problem)
        return page(pages.render("catalogue.html", view=view, demo=view.demo), 422 if problem else 200)

    def _send(self, request: Request, producer: Party, form: FormData) -> Response:
        try:
            job = self._check(producer, form)
        except LabelServiceError as error:
            return self._start_page(request, producer, error)
        return see(f"{PAGE}/{job.id}")

    def _run_page(self, request: Request, producer: Party) -> Response:
        job = self._job(request, producer)
        view = RunView(*self._head(), job=job, name=self._name(job), is_check=job.kind == CHECK)
        if job.state == "done":
            view = self._with_report(view, self._catalogues.excerpt(job, MOST_SHOWN))
        return page(pages.render("catalogue_run.html", view=view, demo=view.demo))

    @staticmethod
    def _with_report(view: RunView, report: Excerpt) -> RunView:
        return replace(
            view,
            report=report,
            errors=tuple(error_of(told).words for told in report.errors),
            grades=tuple(sorted(report.counts.get("grade", {}).items())),
            new=report.counts.get("state", {}).get("new", 0),
        )

    def _submit(self, request: Request, producer: Party, _: FormData) -> Response:
        job = self._job(request, producer)
        return see(f"{PAGE}/{self._catalogues.again(producer, job.id, SUBMIT).id}")

    def _again(self, request: Request, producer: Party, _: FormData) -> Response:
        job = self._job(request, producer)
        return see(f"{PAGE}/{self._catalogues.again(producer, job.id, job.kind).id}")

    def _stop(self, request: Request, producer: Party, _: FormData) -> Response:
        job = self._job(request, producer)
        self._catalogues.jobs.stop(producer.id, job.id)
        return see(f"{PAGE}/{job.id}")

    def _template_csv(self, request: Request, producer: Party) -> Response:
        rows = self._catalogues.drafts(self._job(request, producer)).rows
        return _download(template_csv(rows), "catalogue.csv", "text/csv; charset=utf-8")

    def _template_xlsx(self, request: Request, producer: Party) -> Response:
        rows = self._catalogues.drafts(self._job(request, producer)).rows
        return _download(template_xlsx(self._scheme.releases.current(), rows), "catalogue.xlsx", XLSX)

    # programs

    def _take(self, _: Request, producer: Party, form: FormData) -> Response:
        return _json(self._status(self._check(producer, form)), 202)

    def _told(self, request: Request, producer: Party) -> Response:
        return _json(self._status(self._job(request, producer)))

    def _report(self, request: Request, producer: Party) -> Response:
        pieces = self._catalogues.report(self._job(request, producer))
        return StreamingResponse(pieces, media_type="application/json", headers=FORM_HEADERS)

    def _take_submission(self, request: Request, producer: Party, _: FormData) -> Response:
        job = self._job(request, producer)
        return _json(self._status(self._catalogues.again(producer, job.id, SUBMIT)), 202)

    def _result(self, request: Request, producer: Party) -> Response:
        shop = "shopify" if request.query_params.get("shop") == "shopify" else "woocommerce"
        results = self._catalogues.results(self._job(request, producer))
        headers = _saved_as("catalogue.result.csv")
        return StreamingResponse(result_lines(results, shop), media_type="text/csv; charset=utf-8", headers=headers)

    def _status(self, job: Job) -> dict[str, Any]:
        base = f"{API}/{job.id}"
        links = {name: f"{base}/{name}" for name in ("report", "submission", "result.csv")}
        told: dict[str, Any] = {"id": job.id, "kind": job.kind, "state": job.state, "done": job.done}
        told |= {"total": job.total, "links": {"self": base, **links}}
        if job.problem:
            told["problem"] = job.problem
        if job.state == "done":
            counts = job.summary["counts"].get("rows", {})
            told |= {"rows": counts.get("right", 0), "errors": counts.get("errors", 0)}
        return told

    # parts

    def _check(self, producer: Party, form: FormData) -> Job:
        catalogue = form.get("catalogue")
        if not isinstance(catalogue, UploadFile) or not catalogue.filename:
            raise UnreadableFile("expected a catalogue as CSV or XLSX", hint="choose a file in the field `catalogue`")
        files = [item for item in form.getlist("files") if isinstance(item, UploadFile) and item.filename]
        return self._catalogues.check(producer, _named(catalogue), map(_named, files))

    def _job(self, request: Request, producer: Party) -> Job:
        return self._catalogues.jobs.get(producer.id, str(request.path_params["job"]))

    def _name(self, job: Job) -> str:
        try:
            return self._catalogues.name(job)
        except NotFound:
            return "files were removed"

    def _head(self) -> tuple[str, bool]:
        return self._scheme.identity.display_name, self._scheme.identity.is_demo


def _named(upload: UploadFile) -> tuple[str, BinaryIO]:
    return plain_name(upload.filename or ""), upload.file


def _json(value: Mapping[str, Any], status: int = 200) -> Response:
    return Response(canonical.encode(dict(value)), status, media_type="application/json", headers=FORM_HEADERS)


def _download(data: bytes, name: str, media_type: str) -> Response:
    return Response(data, media_type=media_type, headers=_saved_as(name))


def _saved_as(name: str) -> dict[str, str]:
    headers = {**FORM_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return headers | {"X-Content-Type-Options": "nosniff"}
