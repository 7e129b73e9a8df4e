"""Running the site: settings in, a listening server out."""

import uvicorn

from label_service.accounts.accounts import Accounts
from label_service.accounts.opening import read_provider
from label_service.issuance.opening import open_scheme
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import Identity
from label_service.issuance.ticking import Ticker
from label_service.settings import Settings
from label_service.web.app import Site, build_app
from label_service.web.house import read_house


def site_of(settings: Settings) -> Site:
    """Open the installation that settings describe."""
    is_demo = settings.mode == "demo"
    identity = Identity(settings.origin, settings.name, is_demo)
    scheme, files = open_scheme(identity, settings.keys_folder, settings.data, settings.url)
    accounts = None if is_demo else _open_accounts(scheme, settings)
    house = read_house(settings.imprint, settings.privacy, settings.accessibility)
    limit = settings.max_body_bytes
    return Site(scheme, files, accounts, needs_account=not is_demo, max_body_bytes=limit, house=house)


def _open_accounts(scheme: Scheme, settings: Settings) -> Accounts:
    provider = read_provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
    return Accounts(scheme.bench.engine, scheme.bench.clock, settings.origin, provider)


def serve_settings(settings: Settings, host: str, port: int) -> None:
    """Open the installation and serve it until stopped."""
    serve(site_of(settings), host, port)


def serve(site: Site, host: str, port: int) -> None:
    """Serve a site until stopped; the calendar of the scheme is kept meanwhile."""
    with Ticker(site.scheme.calendar):
        uvicorn.run(build_app(site), host=host, port=port, log_level="warning", server_header=False)
