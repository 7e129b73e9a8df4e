"""Times of meters, always in UTC in the end."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from label_service.errors import UnreadableFile
from label_service.readers.facts import clean

if TYPE_CHECKING:
    from label_service.readers.said import Said

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?")
_GERMAN = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d(?::\d\d)?)")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_NAME = re.compile(r"[A-Za-z]{1,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")


def looks_like_time(text: str) -> bool:
    """Tell whether a word is written as a time, whether it exists or not."""
    return bool(_ISO.fullmatch(text.strip()) or _GERMAN.fullmatch(text.strip()))


def parse_time(text: Any, said: "Said | None" = None, where: str = "") -> datetime:
    """Read a time, with its offset from UTC or with the zone that a person said it is meant in.

    Raises:
        UnreadableFile: no time, no offset and no zone, or an hour that the change of the clocks leaves open.
    """
    found = text.strip() if isinstance(text, str) else ""
    if german := _GERMAN.fullmatch(found):
        found = f"{german[3]}-{german[2]}-{german[1]}T{german[4]}"
    if _ISO.fullmatch(found):
        try:
            at = datetime.fromisoformat(found.replace(",", "."))
            return (at if at.tzinfo else _local(at, said, where)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    shown = "nothing" if text is None else repr(clean(str(text)))[:60]
    raise UnreadableFile(
        f"expected a time with its offset from UTC, 2026-11-02T08:00:00Z or 2026-11-02T09:00:00+01:00, found {shown}",
        hint="write the time with its offset, or name the time zone of the meter",
        where=where,
    )


def from_unix(text: Any) -> datetime | None:
    """Read seconds since 1970, or None."""
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 11:
        return datetime.fromtimestamp(int(text), UTC)
    return None


def instant(at: datetime) -> str:
    """Write a time in UTC, whole seconds where it has no fraction."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def job_window(said: "Said") -> tuple[datetime, datetime] | None:
    """Give start and end of the job in UTC, if they are said.

    Raises:
        UnreadableFile: only one of them, no times, or an end that is not after the start.
    """
    if not said.options.start and not said.options.end:
        return None
    start, end = parse_time(said.options.start, said, "start"), parse_time(said.options.end, said, "end")
    if end <= start:
        raise UnreadableFile("expected a job that ends after it starts", hint="check the times of the job")
    return start, end


def _local(at: datetime, said: "Said | None", where: str) -> datetime:
    """Place a time without offset in its zone."""
    zone = said.ask("zone", "In which time zone are its times? Such as Europe/Berlin or +01:00") if said else ""
    if not zone:
        raise UnreadableFile(
            f"the time {at.isoformat()} says neither offset nor zone",
            hint="name the time zone of the meter, for example Europe/Berlin or +01:00",
            where=where,
        )
    if offset := _OFFSET.fullmatch(zone):
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return at.replace(tzinfo=timezone(ahead if offset[1] == "+" else -ahead))
    early = at.replace(tzinfo=_zone(zone))
    if early.utcoffset() != early.replace(fold=1).utcoffset():
        raise UnreadableFile(
            f"the time {at.isoformat()} falls into the change of the clocks and can mean two instants, or none",
            hint="write the time with its offset from UTC",
            where=where,
        )
    return early


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name if _NAME.fullmatch(name) else "")
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise UnreadableFile(
            f"expected a time zone, found {clean(name)[:60]!r}", hint="name it as Europe/Berlin or +01:00"
        ) from error
