"""Where an installation keeps what: opened for looking only, so that nothing is made by looking at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from label_service.errors import NotFound
from label_service.issuance.opening import CHECKPOINTS_FILE, PUBLIC_FOLDER, open_checkpoints
from label_service.operation.copies import is_sqlite, sqlite_file
from label_service.settings import Settings
from label_service.store.checkpoints import CheckpointStore
from label_service.store.database import open_engine
from label_service.store.object_files import open_files
from label_service.store.public_files import PublicFiles


class Place(NamedTuple):
    """An installation by its settings.

    Attributes:
        origin: its public origin.
        data: folder of its files.
        keys: folder of its keys.
        url: its database.
        checkpoint_url: the database of its checkpoints; None for the file in the data folder.
        public_url: the object store of its public files; None for the folder in the data folder.
    """

    origin: str
    data: Path
    keys: Path
    url: str
    checkpoint_url: str | None = None
    public_url: str | None = None

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Open the database that is there.

        Raises:
            NotFound: there is none; none is made.
        """
        if is_sqlite(self.url) and not sqlite_file(self.url).is_file():
            raise NotFound("there is no database here", hint="set LABEL_SERVICE_DATA, or LABEL_SERVICE_DATABASE_URL")
        engine = open_engine(self.url)
        try:
            yield engine
        finally:
            engine.dispose()

    def checkpoints(self) -> CheckpointStore | None:
        """Open the checkpoint store that is there; None where there is none."""
        is_there = self.checkpoint_url or (self.data / CHECKPOINTS_FILE).is_file()
        return open_checkpoints(self.data, self.checkpoint_url) if is_there else None

    def public_files(self) -> PublicFiles:
        """Open the public files."""
        return open_files(self.data / PUBLIC_FOLDER, self.public_url)


def place_of(settings: Settings) -> Place:
    """Give the installation that settings describe."""
    return Place(
        settings.origin,
        settings.data,
        settings.keys_folder,
        settings.url,
        settings.checkpoint_url,
        settings.public_url,
    )
