"""The site: plain routes for what everybody reads, and the API mounted beside them.

Pages and files are Starlette routes with prepared responses, because a scan is the hot path; the API is FastAPI.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ExceptionHandler

from label_service.accounts.accounts import Accounts
from label_service.certification.desk import Certification
from label_service.certification.longwork import LongWork
from label_service.certification.mail import Mailbox
from label_service.errors import AccountNeeded, LabelServiceError
from label_service.issuance.scheme import Scheme
from label_service.store.public_files import PublicFiles
from label_service.trust.keys import Signer
from label_service.web import problems
from label_service.web.accounts import account_routes
from label_service.web.api import Access, build_api
from label_service.web.auditor import auditor_routes
from label_service.web.audits import AuditRequestDesk
from label_service.web.catalogues import CatalogueDesk
from label_service.web.complaints import ComplaintDesk
from label_service.web.declare import DeclareDesk
from label_service.web.designs import DesignDesk
from label_service.web.ended import on_account_needed
from label_service.web.evidence import EvidenceDesk
from label_service.web.exports import ExportDesk
from label_service.web.files import file_routes
from label_service.web.guard import Guard
from label_service.web.headers import SafeHeaders, add_safe_headers
from label_service.web.house import House
from label_service.web.inbox import Inbox
from label_service.web.limits import BodyLimit, OwnHost, Pressure
from label_service.web.operator import Console, operator_routes
from label_service.web.packing import Packed
from label_service.web.prints import PrintDesk
from label_service.web.producers import demo_producer
from label_service.web.public import PublicDesk
from label_service.web.rates import Rates
from label_service.web.reading import ReadingRoom
from label_service.web.scanner import scanner_routes
from label_service.web.shops import ShopDesk
from label_service.web.speaking import Speaking
from label_service.web.statistics import StatisticsDesk
from label_service.web.vc_api import vc_api
from label_service.web.work import work_routes
from label_service.web.workspace import Workspace

THREADS = 4


@dataclass(frozen=True)
class Site:
    """What the site needs: the scheme, its public files, who is who, and how strict it is.

    Attributes:
        accounts: who is who; without them, what needs an account is denied to everybody.
        house: imprint, privacy and accessibility.
        evidence_years: years to keep evidence after the end of a label.
        alarm_days: days before an end at which the operator is told.
        mailbox: where mail is handed in; None for no mail.
        is_work_apart: whether other processes do the long work.
        vc_api_key: key of the test profile for conformance suites; None where there is none.
        statistics_licence: SPDX identifier of the licence of the statistics; None where the owner chose none.
        rate_factor: what the limits of `Rates` are multiplied with; 0 where nobody is counted.
    """

    scheme: Scheme
    files: PublicFiles
    accounts: Accounts | None = None
    needs_account: bool = True
    max_body_bytes: int = 1_000_000
    house: House = field(default_factory=House)
    evidence_years: int = 5
    alarm_days: int = 30
    mailbox: Mailbox | None = None
    rate_factor: float = 0
    is_work_apart: bool = False
    vc_api_key: Signer | None = None
    statistics_licence: str | None = None


def build_app(site: Site) -> Starlette:
    """Give the application of a site."""
    guard = Guard(site.accounts)
    producer_of = guard.producer if site.needs_account else demo_producer
    room = ReadingRoom(site.scheme, is_desk_open=bool(site.accounts) or not site.needs_account)
    is_https = site.scheme.identity.origin.startswith("https://")
    handlers = {
        AccountNeeded: on_account_needed,
        LabelServiceError: problems.on_label_service_error,
        HTTPException: problems.on_http_error,
        Exception: _on_unexpected(is_https),
    }
    certification = Certification(site.scheme)
    workspace = Workspace(site.scheme, certification)
    long_work = LongWork(site.scheme, is_apart=site.is_work_apart)
    signed_in = []
    if site.accounts:
        inbox = Inbox(certification.notices, certification.cases, workspace, guard)
        console = Console(
            certification,
            site.accounts,
            workspace,
            guard,
            site.evidence_years,
            site.alarm_days,
            is_mailing=site.mailbox is not None,
        )
        signed_in = [
            *account_routes(site.accounts, certification, workspace, guard),
            *inbox.routes(),
            *work_routes(certification, workspace, guard, room),
            *operator_routes(console),
            *EvidenceDesk(certification.evidence, workspace, guard).routes(),
            *AuditRequestDesk(certification, workspace, guard).routes(),
            *auditor_routes(certification, workspace, guard),
        ]
    suites = []
    if site.vc_api_key:
        answers = vc_api(site.vc_api_key, site.scheme.bench.clock)
        suites = [Mount("/vc-api", BodyLimit(answers, site.max_body_bytes))]
    program = build_api(Access(site.scheme, certification, guard if site.needs_account else None))
    routes = [
        *room.label_routes(),
        *PrintDesk(site.scheme, room).routes(),
        *ShopDesk(site.scheme, room).routes(),
        *ExportDesk(site.scheme, room).routes(),
        *scanner_routes(site.scheme),
        *file_routes(site.scheme, site.files),
        *ComplaintDesk(site.scheme, certification.cases).routes(),
        *PublicDesk(site.scheme, certification, room).routes(),
        *StatisticsDesk(site.scheme, certification, room, site.statistics_licence).routes(),
        *site.house.routes(site.scheme.identity),
        *DesignDesk(site.scheme, room).routes(),
        *DeclareDesk(site.scheme, producer_of).routes(),
        *CatalogueDesk(site.scheme, long_work.catalogues, producer_of).routes(),
        *signed_in,
        *room.page_routes(needs_account=site.needs_account),
        *suites,
        Mount("/api/v1", BodyLimit(program, site.max_body_bytes)),
    ]
    around = [
        Middleware(SafeHeaders, is_https=is_https),
        *([Middleware(Rates, factor=site.rate_factor)] if site.rate_factor else []),
        *([] if site.needs_account else [Middleware(OwnHost, origin=site.scheme.identity.origin)]),
        Middleware(Pressure),
        Middleware(Speaking),
        Middleware(Packed),
    ]
    return Starlette(routes=routes, exception_handlers=handlers, middleware=around, lifespan=_few_threads)


def _on_unexpected(is_https: bool) -> ExceptionHandler:
    """Give the handler of what nobody foresaw, which is answered outside of all that stands around the routes."""

    async def answer(request: Request, error: Exception) -> Response:
        response = await problems.on_unexpected(request, error)
        add_safe_headers(response.headers, is_https=is_https)
        return response

    return answer


@asynccontextmanager
async def _few_threads(_: Starlette) -> AsyncIterator[None]:
    """Keep to a few threads: one at a time runs Python, and each takes memory and a connection to the database."""
    current_default_thread_limiter().total_tokens = THREADS
    yield
