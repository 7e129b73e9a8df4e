"""What every use case works with: who we are, keys, database, evidence, log and clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from label_service.issuance.clock import ClockWatch
from label_service.issuance.keyring import Keyring
from label_service.issuance.lists import TrustLists
from label_service.issuance.log import Sequencer
from label_service.issuance.setup import Identity
from label_service.store.evidence import EvidenceStore
from label_service.store.job_files import JobFiles


@dataclass
class Workbench:
    """Shared by the use cases of one installation.

    Attributes:
        evidence: the private files of producers.
        job_files: what long work was given, and what came out.
        clock: gives the present time; for what is signed ask `moment`.
        watch: what that time is held against; None for a clock that is not of this machine.
        version: rises with every change a page could show, so that kept pages are given up.
    """

    identity: Identity
    keyring: Keyring
    lists: TrustLists
    engine: Engine
    sequencer: Sequencer
    evidence: EvidenceStore
    job_files: JobFiles
    clock: Callable[[], datetime]
    watch: ClockWatch | None = None
    version: int = 0

    def moment(self, session: Session) -> datetime:
        """Give the time of a unit of work that signs something.

        Raises:
            ClockFault: the clock jumped, or is not that of the database server.
        """
        at = self.clock()
        if self.watch:
            self.watch.check(at, session)
        return at

    def mark_changed(self) -> None:
        """Say that something a page shows has changed."""
        self.version += 1
