"""Running the site: settings in, a listening server out."""

from pathlib import Path

import uvicorn

from label_service import canonical
from label_service.declaration.profiles import Profiles
from label_service.issuance.opening import open_scheme
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import Identity
from label_service.settings import Settings
from label_service.store.evidence import EvidenceStore
from label_service.web.app import Site, build_app
from label_service.web.declare import DeclareDesk

MAX_FILE_BYTES = 256 * 1024 * 1024  # largest G-code file taken as evidence


def site_of(settings: Settings) -> Site:
    """Open the installation that settings describe."""
    is_demo = settings.mode == "demo"
    identity = Identity(settings.origin, settings.name, is_demo)
    scheme, files = open_scheme(identity, settings.keys_folder, settings.data, settings.url)
    desk = open_desk(scheme, settings.data, settings.profiles) if settings.profiles else None
    return Site(scheme, files, needs_account=not is_demo, max_body_bytes=settings.max_body_bytes, desk=desk)


def open_desk(scheme: Scheme, data: Path, profiles: Path) -> DeclareDesk:
    """Open the desk where the producer of a profile document drops files.

    Raises:
        InvalidDocument: the profile document breaks its format.
    """
    document = Profiles.from_json(canonical.decode_lenient(profiles.read_bytes()))
    return DeclareDesk(scheme, EvidenceStore(data / "evidence", MAX_FILE_BYTES), document)


def serve_settings(settings: Settings, host: str, port: int) -> None:
    """Open the installation and serve it until stopped."""
    serve(site_of(settings), host, port)


def serve(site: Site, host: str, port: int) -> None:
    """Serve a site until stopped."""
    uvicorn.run(build_app(site), host=host, port=port, log_level="warning", server_header=False)
