"""Founding an installation: keys, delegation, tables, first trust list; for a scheme its owner and her link."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from label_service.accounts.accounts import Accounts
from label_service.accounts.opening import Owner
from label_service.issuance.keystores import open_store
from label_service.issuance.opening import open_scheme
from label_service.issuance.setup import Identity, initialise
from label_service.settings import Settings


def found(settings: Settings, identity: Identity, root: Path, owner: Owner, clock: Callable[[], datetime]) -> str:
    """Set up what settings describe, and give the link with which the owner's first lead joins.

    A demo has no accounts, so its link is empty.

    Args:
        settings: of the installation.
        identity: who it is.
        root: folder of the root key; take it offline afterwards.
        owner: whose scheme it is.
        clock: gives the time of the ceremony.

    Raises:
        Conflict: there are keys already.
    """
    store = open_store(settings.key_store)
    initialise(settings.keys_folder, root, identity, clock(), store)
    scheme, _ = open_scheme(
        identity,
        settings.keys_folder,
        settings.data,
        settings.url,
        clock,
        store=store,
        checkpoint_url=settings.checkpoint_url,
        public_url=settings.public_url,
    )
    try:
        return "" if identity.is_demo else owner.found(Accounts(scheme.bench.engine, clock, identity.origin))
    finally:
        scheme.close()
