"""What every use case works with: who we are, keys, database, log and clock."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from label_service.issuance.log import Sequencer
from label_service.issuance.setup import Identity, Signers


class Workbench:
    """Shared by the use cases of one installation.

    Attributes:
        version: rises with every change a page could show, so that kept pages are given up.
    """

    def __init__(
        self, identity: Identity, signers: Signers, engine: Engine, sequencer: Sequencer, clock: Callable[[], datetime]
    ) -> None:
        self.identity = identity
        self.signers = signers
        self.engine = engine
        self.sequencer = sequencer
        self.clock = clock
        self.version = 0

    def mark_changed(self) -> None:
        """Say that something a page shows has changed."""
        self.version += 1
