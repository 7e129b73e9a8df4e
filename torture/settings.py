"""How much is done to an installation, and where."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from torture.place import Place, found


@dataclass(frozen=True)
class Settings:
    """What the person who runs the torture chose.

    Attributes:
        folder: where installations are made; it is removed afterwards.
        count: kills, and repetitions of whatever is repeated.
        soak_minutes: how long a service is worked without a pause.
    """

    folder: Path
    count: int
    soak_minutes: float

    @property
    def few(self) -> int:
        """How often what takes long is repeated."""
        return max(1, self.count // 20)

    def place(self, database_url: str = "", checkpoint_url: str | None = None) -> Place:
        """Found one more installation."""
        return found(Path(tempfile.mkdtemp(dir=self.folder)), database_url, checkpoint_url)
