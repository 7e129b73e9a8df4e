"""Running the site: settings in, a listening server out."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from label_service.accounts.accounts import Accounts
from label_service.accounts.opening import read_provider
from label_service.certification.desk import Certification
from label_service.certification.longwork import LongWork
from label_service.certification.mail import Mailbox, Post
from label_service.issuance.keystores import open_store
from label_service.issuance.opening import open_scheme
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import Clock, Identity
from label_service.issuance.ticking import Step, Ticker
from label_service.issuance.witnessing import EVERY_S as ASK_S
from label_service.operation.figures import Figures, counted, parse_address, registry_of
from label_service.operation.garbage import collect_rarely
from label_service.operation.logs import write_logs
from label_service.settings import Settings
from label_service.store.alone import alone
from label_service.web.app import Site, build_app
from label_service.web.house import read_house
from label_service.web.patience import PatientProtocol
from label_service.web.ready import Ready
from label_service.web.telling import told_plainly
from label_service.web.vc_api import profile_key
from label_service.web.watching import Watched

FOLLOW_S = 1.0  # after this time a page shows what another worker published


def site_of(settings: Settings, clock: Clock | None = None) -> Site:
    """Open the installation that settings describe."""
    is_demo = settings.mode == "demo"
    identity = Identity(settings.origin, settings.name, is_demo)
    store = open_store(settings.key_store)
    scheme, files = open_scheme(
        identity,
        settings.keys_folder,
        settings.data,
        settings.url,
        clock,
        store=store,
        checkpoint_url=settings.checkpoint_url,
        public_url=settings.public_url,
    )
    accounts = None if is_demo else _open_accounts(scheme, settings)
    house = read_house(settings.imprint, settings.privacy, settings.accessibility)
    return Site(
        scheme,
        files,
        accounts,
        needs_account=not is_demo,
        max_body_bytes=settings.max_body_bytes,
        house=house,
        evidence_years=settings.evidence_years,
        alarm_days=settings.alarm_days,
        mailbox=_mailbox(settings),
        rate_factor=settings.rate_factor,
        is_work_apart=settings.long_work == "apart",
        vc_api_key=profile_key(settings.vc_api_key, scheme) if settings.vc_api_key else None,
        statistics_licence=settings.statistics_licence,
    )


def _mailbox(settings: Settings) -> Mailbox | None:
    """Give where mail is handed in; None where mail is not set.

    Raises:
        Refused: one of both settings is missing or cannot be used.
    """
    if settings.smtp_url is None and settings.mail_from is None:
        return None
    return Mailbox(settings.smtp_url or "", settings.mail_from or "")


def _open_accounts(scheme: Scheme, settings: Settings) -> Accounts:
    provider = read_provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
    return Accounts(scheme.bench.engine, scheme.bench.clock, settings.origin, provider)


def serve_settings(settings: Settings, host: str, port: int) -> None:
    """Open the installation and serve it until stopped."""
    write_logs(settings.log_level)
    site = site_of(settings)
    with _figures(site, settings.metrics):
        serve(site, host, port, proxies_of(settings))


def proxies_of(settings: Settings) -> tuple[str, ...]:
    """Give the addresses and networks whose word about a client counts."""
    return tuple(map(str, settings.trusted_proxies))


@contextmanager
def keeping(site: Site, settings: Settings) -> Iterator[None]:
    """Keep the calendar and the figures of a worker until it ends, and then close the installation."""
    with closing(site.scheme), _figures(site, settings.metrics), _calendar(site):
        yield


@contextmanager
def _calendar(site: Site) -> Iterator[None]:
    """Keep the calendar, which one worker does at a time, and follow what the others publish."""
    bench = site.scheme.bench
    with (
        Ticker(counted(calendar_of(site)), alone=lambda: alone(bench.engine, "calendar")),
        Ticker({"changes of other workers": bench.sequencer.look}, FOLLOW_S),
        Ticker({"witnesses": site.scheme.witnessing.ask}, ASK_S, alone=lambda: alone(bench.engine, "witnesses")),
    ):
        yield


def _figures(site: Site, address: str | None) -> AbstractContextManager[object]:
    """Give what serves figures; nothing where no address is set.

    Raises:
        Refused: not an address.
    """
    return Figures(registry_of(site.scheme), parse_address(address)) if address else nullcontext()


def serve(site: Site, host: str, port: int, proxies: tuple[str, ...] = ()) -> None:
    """Serve a site until stopped; its calendar is kept meanwhile, and a demo begins with starters of its rules."""
    if site.scheme.identity.is_demo:
        Certification(site.scheme).publications.begin_with_starters()
    config = listening(site, proxies, host=host, port=port, log_config=None)
    collect_rarely()
    with _calendar(site), suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()


def listening(site: Site, proxies: tuple[str, ...] = (), **options: Any) -> uvicorn.Config:
    """Give how a site is served by this process; the rest as for `serving`."""
    return serving(ready(site), proxies, **options)


def ready(site: Site) -> Ready:
    """Give the application of a site with all that stands around it."""
    return Ready(Watched(build_app(site)), lambda: site.scheme.version)


def serving(app: ASGIApp | str, proxies: tuple[str, ...] = (), **options: Any) -> uvicorn.Config:
    """Give how an application is served.

    Args:
        app: what is served, or the name of what makes it.
        proxies: addresses and networks whose word about the client's address and scheme counts; nobody else's does.
        options: further ones of the server.
    """
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        server_header=False,
        access_log=False,
        **options,
    )


def calendar_of(site: Site) -> dict[str, Step]:
    """Give what is to be done every few minutes: what the scheme asks for, then who is told of it."""
    steps = site.scheme.calendar
    steps["statistics"] = Certification(site.scheme).open_statistics.keep_up
    steps["long work"] = LongWork(site.scheme, is_apart=site.is_work_apart).background.wake
    if site.accounts:
        certification = Certification(site.scheme)
        steps["contacts of complainants"] = certification.cases.forget_contacts
        steps["news"] = certification.news.tell
        steps["alarms"] = lambda: certification.alarms.tell(site.alarm_days)
    if site.mailbox:
        steps["mail"] = Post(site.scheme.bench, site.mailbox, told_plainly).send
    return steps
