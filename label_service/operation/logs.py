"""Logs: one JSON object a line on standard error, each with the id of its request; nothing of people, keys or secrets.

The standard library writes them, because every library here already speaks to it: whatever comes in passes the one
formatter below, which nothing gets around. A message is cut and masked there, and JSON keeps it on its line.
"""

import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from label_service.errors import LabelServiceError

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")
ACCESS: Final = "label_service.access"
_MOST_CHARACTERS = 2000
_MASKS: Final = (
    (re.compile(r"-----BEGIN [^-]+-----.*?(-----END [^-]+-----|$)", re.DOTALL), "[key]"),
    (re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+"), "[address]"),
    (re.compile(r"(?<=://)[^/\s@]+@"), "[login]@"),
    (re.compile(r"(?i)\b(bearer|basic) +[\w.~+/=-]+"), r"\1 [secret]"),
    (re.compile(r"(?i)\b(pass(?:word|phrase)?|pin|secret|token|cookie|authorization)(\s*[=:]\s*)\S+"), r"\1\2[secret]"),
    (re.compile(r"(?<=/join/)[^/\s?]+|(?<=/feeds/)[^/\s?]+|(?<=/complaints/)[^/\s?]+"), "[secret]"),
    (re.compile(r"\b(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[\w-]{24,}(\.[\w-]+)*"), "[secret]"),
    (re.compile(r"\b\d{1,3}(\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,}[0-9a-fA-F:]*"), "[address]"),
)


def masked(text: str) -> str:
    """Give a text without secrets and addresses: mail, network, keys, tokens, private links."""
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text[:_MOST_CHARACTERS]


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        request_id = REQUEST_ID.get()
        if request_id:
            line["request_id"] = request_id
        line |= getattr(record, "members", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _described(record.exc_info[1])
        return orjson.dumps(line, default=str).decode()


def _described(error: BaseException) -> dict[str, Any]:
    """Give kind and place of an error, innermost call last; its words only where they are masked, its values never."""
    frames = traceback.extract_tb(error.__traceback__)
    described: dict[str, Any] = {
        "kind": type(error).__name__,
        "said": masked(str(error).partition("\n[")[0]),  # SQLAlchemy adds statement and parameters
        "at": [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, LabelServiceError):
        described["code"] = error.code
    if error.__cause__ is not None:
        described["cause"] = _described(error.__cause__)
    return described


def write_logs(level: str) -> None:
    """Send everything of a level and above to standard error as lines of JSON; a server calls this once."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"  # has addresses of people; `ACCESS` has what is needed
    for name in ("httpx", "alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
