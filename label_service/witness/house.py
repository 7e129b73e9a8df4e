"""The folder of a witness: `witness.json` with its name and the logs it knows, its key, and its memory."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from label_service.document import Document
from label_service.errors import Conflict, NotFound
from label_service.issuance.keys import create_key, load_key, write_public
from label_service.tlog.note import COSIGNATURE, ED25519, VerifierKey, check_name
from label_service.trust.keys import Signer
from label_service.witness.memory import Memory

KEY_FILE, PUBLIC_FILE, CONFIG_FILE, MEMORY_FILE = "witness.pem", "witness.pub", "witness.json", "witness.db"
MAX_LOGS = 1000


class Config(Document):
    """What a witness is told: its name, and the verifier keys of the logs it knows."""

    TYPE: ClassVar[str] = "witness"

    type: Literal["witness"] = "witness"
    version: Literal["1"] = "1"
    name: Annotated[str, Field(min_length=1, max_length=200)]
    logs: Annotated[tuple[str, ...], Field(max_length=MAX_LOGS)] = ()

    def keys(self) -> dict[str, list[VerifierKey]]:
        """Give the keys of each log by its origin.

        Raises:
            InvalidDocument, InvalidKey: not a verifier key.
        """
        found: dict[str, list[VerifierKey]] = {}
        for key in map(VerifierKey.parse, self.logs):
            found.setdefault(key.name, []).append(key)
        return found


class House:
    """A folder; `witness init` makes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def found(self, name: str) -> VerifierKey:
        """Make key and configuration.

        Raises:
            InvalidDocument: a name with spaces or plus signs.
            Conflict: there is a witness already.
        """
        check_name(name)
        if (self.folder / CONFIG_FILE).exists():
            raise Conflict(f"there is a witness in {self.folder.name} already", hint="name another folder")
        signer = create_key(self.folder / KEY_FILE)
        write_public(self.folder / PUBLIC_FILE, name, signer.public_key)
        self._write(Config(name=name))
        return VerifierKey(name, signer.public_key, COSIGNATURE)

    def config(self) -> Config:
        """Read the configuration.

        Raises:
            NotFound: there is none.
            InvalidDocument: it is not one.
        """
        try:
            data = (self.folder / CONFIG_FILE).read_bytes()
        except OSError as error:
            raise NotFound(
                f"there is no witness in {self.folder.name}", hint="run `label-service witness init` first"
            ) from error
        return Config.from_bytes(data.strip())

    def add_log(self, key: VerifierKey) -> bool:
        """Know a key of a log from now on; tell whether it was new.

        Raises:
            Conflict: the key is not that of a log.
        """
        if key.kind != ED25519:
            raise Conflict("expected the verifier key of a log, found that of a witness")
        config = self.config()
        if str(key) in config.logs:
            return False
        self._write(Config(name=config.name, logs=(*config.logs, str(key))))
        return True

    def signer(self) -> Signer:
        """Load the key.

        Raises:
            InvalidKey: it is missing, unsafe, or others can read it.
        """
        return load_key(self.folder / KEY_FILE)

    def memory(self) -> Memory:
        """Open the memory."""
        return Memory(self.folder / MEMORY_FILE)

    def _write(self, config: Config) -> None:
        temporary = self.folder / f".{CONFIG_FILE}"
        temporary.write_bytes(config.to_bytes() + b"\n")
        temporary.replace(self.folder / CONFIG_FILE)
