"""Security events: what somebody who watches over the service looks for in the log, under one name each.

Each line bears the id of its request, whose access line has route and status; accounts stand there by their id, nobody
by address, name or secret. docs/operate.md lists them.
"""

import logging
from enum import StrEnum
from typing import Final

LOGGER: Final = "label_service.security"
_LOG: Final = logging.getLogger(LOGGER)


class Event(StrEnum):
    """What happened."""

    JOINED = "joined"
    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGNED_OUT = "signed-out"
    TOKEN_REFUSED = "token-refused"  # noqa: S105 - a name
    NOT_SIGNED_IN = "not-signed-in"
    REFUSED = "refused"
    INVALID = "invalid"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    HELD_BACK = "held-back"
    OVERLOADED = "overloaded"


_OF_STATUS: Final = {
    400: Event.INVALID,
    401: Event.NOT_SIGNED_IN,
    403: Event.REFUSED,
    408: Event.TOO_SLOW,
    413: Event.TOO_LARGE,
    422: Event.INVALID,
    429: Event.HELD_BACK,
    503: Event.OVERLOADED,
}


def note(event: Event, **members: str) -> None:
    """Write an event to the log, with what is safe to be read by whoever reads logs."""
    _LOG.info(event, extra={"members": {"event": event, **members}})


def note_problem(status: int, kind: str, *, with_token: bool) -> None:
    """Write what a refused request is a sign of.

    Args:
        status: of the answer.
        kind: type of the problem.
        with_token: whether a token was shown, which then did not count.
    """
    event = _OF_STATUS.get(status)
    if event:
        note(Event.TOKEN_REFUSED if status == 401 and with_token else event, problem=kind)
