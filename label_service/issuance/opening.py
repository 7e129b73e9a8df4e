"""Opening an installation from its settings: keys, database, checkpoint store, log, scheme."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from label_service.errors import LogFault
from label_service.examples import shipped_profiles
from label_service.issuance.clock import ClockWatch, now
from label_service.issuance.keyring import Keyring
from label_service.issuance.keystores import KeyStore
from label_service.issuance.lists import TrustLists
from label_service.issuance.log import Sequencer
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import Identity
from label_service.issuance.workbench import Workbench
from label_service.store.checkpoints import CheckpointStore
from label_service.store.database import migrate, open_engine, reading
from label_service.store.evidence import EvidenceStore
from label_service.store.job_files import JobFiles
from label_service.store.object_files import open_files
from label_service.store.public_files import PublicFiles
from label_service.store.shared_checkpoints import SharedCheckpoints
from label_service.trust.keys import Signer

CHECKPOINTS_FILE = "checkpoints.db"
PUBLIC_FOLDER = "public"
EVIDENCE_FOLDER = "evidence"
CLOCKS_FOLDER = "clocks"
JOBS_FOLDER = "jobs"
MAX_EVIDENCE_BYTES = 256 * 1024 * 1024  # largest G-code file taken as evidence


def open_scheme(
    identity: Identity,
    keys: Path,
    data: Path,
    database_url: str,
    clock: Callable[[], datetime] | None = None,
    *,
    watch: ClockWatch | None = None,
    store: KeyStore | None = None,
    checkpoint_url: str | None = None,
    public_url: str | None = None,
) -> tuple[Scheme, PublicFiles]:
    """Open a scheme and its public files; tables are migrated, a half-written log is caught up.

    The clock is that of the machine, watched by what is in the data folder, where no other is given.
    Its checkpoint store is a file in the data folder, or the database of `checkpoint_url`, which machines share.
    Its public files are a folder there, or where `public_url` says.
    In a demo the producer of the shipped examples has the shipped profiles.

    Raises:
        InvalidKey: keys are missing or unsafe.
        LogFault: the log would fork or shrink.
    """
    if clock is None:
        clock, watch = now, watch or ClockWatch(data / CLOCKS_FOLDER)
    keyring, lists = Keyring(keys, store), TrustLists()
    data.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        engine = open_engine(database_url)
        opened.callback(engine.dispose)
        migrate(engine)
        files = open_files(data / PUBLIC_FOLDER, public_url)
        checkpoints = open_checkpoints(data, checkpoint_url)
        opened.callback(checkpoints.close)

        def log_key() -> Signer:
            with reading(engine) as session:
                newest = lists.newest(session)
            if newest is None:
                raise LogFault("there are entries but no trust list", hint="restore the newest copy of the database")
            return keyring.signing(newest.content, identity.did, "log").signer

        sequencer = Sequencer(identity.log, log_key, engine, checkpoints, files)
        evidence = EvidenceStore(data / EVIDENCE_FOLDER, MAX_EVIDENCE_BYTES)
        job_files = JobFiles(data / JOBS_FOLDER)
        scheme = Scheme(Workbench(identity, keyring, lists, engine, sequencer, evidence, job_files, clock, watch))
        if identity.is_demo:
            scheme.profiles.begin_with(shipped_profiles())
        opened.pop_all()  # from now on the scheme closes them
    return scheme, files


def open_checkpoints(data: Path, url: str | None) -> CheckpointStore:
    """Open the checkpoint store: the file of a data folder, or a database that several machines share.

    Raises:
        Refused: the URL is not of a PostgreSQL database of its own.
        StoreUnavailable: the store cannot be reached or written.
    """
    return SharedCheckpoints(url) if url else CheckpointStore(data / CHECKPOINTS_FILE)
