"""What every use case works with: who we are, keys, database, evidence, log and clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

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
    version: int = 0

    def mark_changed(self) -> None:
        """Say that something a page shows has changed."""
        self.version += 1
