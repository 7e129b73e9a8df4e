"""The clock of this machine, and what it is held against before anything is signed. Page: docs/operate/clock.md.

Nothing on one machine alone can tell whether its clock is right; what can be told is that it jumped: the time since the
machine was started goes on evenly, whatever somebody or NTP sets the clock to. The time between the two is kept beside
the data, so that a service that is started again with another clock notices too. On PostgreSQL the server's clock is
asked as well.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from sqlmodel import Session

from label_service.store.database import clock_of
from label_service.store.unavailable import ClockFault

MAX_JUMP_S = 180  # more than NTP steps a clock by that was right before, less than anybody could mistake for a day
_RESTATED_S = 1.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def now() -> datetime:
    """Give the present time in UTC."""
    return datetime.now(UTC)


def since_boot() -> float:
    """Give the seconds since this machine was started, asleep ones too where the system counts them."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def boot_id() -> str:
    """Give the name of this start of the machine; empty where the system has none."""
    with suppress(OSError):
        return _BOOT_ID.read_text(encoding="ascii").strip()
    return ""


class ClockWatch:
    """Refuses a time that does not follow from the one before. Safe to share between threads."""

    def __init__(self, folder: Path, steady: Callable[[], float] = since_boot, boot: str | None = None) -> None:
        """Take up what was kept since the machine was started.

        Args:
            folder: where each machine keeps a small file.
            steady: seconds that go on evenly.
            boot: name of this start of the machine; read from the system when left out.
        """
        self._file = folder / socket.gethostname()
        self._steady = steady
        self._boot = boot_id() if boot is None else boot
        self._lock = Lock()
        self._kept_s = self._offset_s = self._read()

    def check(self, at: datetime, session: Session) -> None:
        """Hold the time of a unit of work against the even one, and against the clock of the database server.

        Raises:
            ClockFault: the clock jumped, or is not that of the server; nothing must be signed.
        """
        with self._lock:
            self._offset_s = self.compare(at, session)
            if self._kept_s is None or abs(self._offset_s - self._kept_s) > _RESTATED_S:
                self._keep(self._offset_s)

    def compare(self, at: datetime, session: Session) -> float:
        """Do as `check`, and remember nothing; give the seconds between the two clocks of this machine."""
        offset_s = at.timestamp() - self._steady()
        jump_s = 0.0 if self._offset_s is None else offset_s - self._offset_s
        if abs(jump_s) > MAX_JUMP_S:
            raise ClockFault(
                f"the clock of this machine jumped {_words(jump_s)}, to {at:%F %T} UTC",
                hint=f"set it right; if it is right now, remove the file {self._file.name} in the folder "
                f"{self._file.parent.name} and start the service again",
            )
        _check_server(at, session)
        return offset_s

    def _read(self) -> float | None:
        """Give the kept offset, if it is of this start of the machine."""
        with suppress(OSError, ValueError):
            boot, _, offset_s = self._file.read_text(encoding="ascii").partition(" ")
            return float(offset_s) if self._boot and boot == self._boot else None
        return None

    def _keep(self, offset_s: float) -> None:
        """Keep the offset for the next start; a disk that cannot be written is named by what has to be written."""
        self._kept_s = offset_s
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(f"{self._boot} {offset_s:.3f}", encoding="ascii")


def _check_server(at: datetime, session: Session) -> None:
    server_at = clock_of(session)
    ahead_s = 0.0 if server_at is None else (at - server_at).total_seconds()
    if abs(ahead_s) > MAX_JUMP_S:
        raise ClockFault(
            f"the clock of this machine is {_words(ahead_s)} against that of the database server",
            hint="set the one that is wrong, and keep both by NTP",
        )


def _words(seconds: float) -> str:
    size, way = abs(seconds), "forward" if seconds > 0 else "back"
    for unit, length in (("days", 86400), ("hours", 3600)):
        if size >= 2 * length:
            return f"{size / length:.1f} {unit} {way}"
    return f"{size / 60:.1f} minutes {way}"
