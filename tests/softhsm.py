"""Tokens of SoftHSM, as an operator makes them: a real PKCS#11 library, its files in a folder of the tests.

SoftHSM reads its configuration once in a process, so all tokens of a process lie in one folder, by their names.
"""

import atexit
import ctypes
import itertools
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "2468-1357"
_CONFIGURATION = "SOFTHSM2_CONF"
_numbers = itertools.count(1)
_home: list[Path] = []


@dataclass(frozen=True)
class SoftToken:
    """A token: its name, and the file that holds its PIN."""

    name: str
    pin_file: Path

    @property
    def uri(self) -> str:
        """The address for LABEL_SERVICE_KEY_STORE."""
        return f"pkcs11:token={self.name}?module-path={MODULE}&pin-source={self.pin_file}"


def new_token(folder: Path) -> SoftToken:
    """Make a token and write its PIN into a folder."""
    assert MODULE.exists(), "these tests need SoftHSM: apt-get install softhsm2"
    home()
    name = f"scheme-{os.getpid()}-{next(_numbers)}"
    command = ["softhsm2-util", "--init-token", "--free", "--label", name, "--so-pin", "87654321", "--pin", PIN]
    subprocess.run(command, check=True, capture_output=True)
    refresh()
    pin_file = folder / "pin"
    pin_file.touch(mode=0o600)
    pin_file.write_text(PIN + "\n")
    return SoftToken(name, pin_file)


def home() -> Path:
    """Give the folder of all tokens of this process; processes that it starts find them too."""
    if not _home:
        folder = Path(tempfile.mkdtemp(prefix="softhsm-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        (folder / "tokens").mkdir()
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
        os.environ[_CONFIGURATION] = str(folder / "softhsm2.conf")
        _home.append(folder)
    return _home[0]


def refresh() -> None:
    """Let the library of this process see tokens that another program made."""
    import pkcs11

    pkcs11.lib(str(MODULE)).reinitialize()


def lose_sessions() -> None:
    """Close all sessions of this process behind the back of whoever holds one, as a token does that was pulled."""
    library = ctypes.CDLL(str(MODULE))
    count = ctypes.c_ulong(64)
    slots = (ctypes.c_ulong * 64)()
    assert library.C_GetSlotList(1, slots, ctypes.byref(count)) == 0
    for slot in slots[: count.value]:
        library.C_CloseAllSessions(ctypes.c_ulong(slot))
