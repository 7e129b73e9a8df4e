"""Errors of what a unit of work needs besides its own rules: stores that can be written, a clock that is right."""

from label_service.errors import LabelServiceError


class StoreUnavailable(LabelServiceError):
    """A store cannot be reached, is read-only or full; nothing was promised.

    Attributes:
        retry_after_s: seconds after which it is worth asking again.
    """

    code = "store-unavailable"
    status = 503
    retry_after_s = 5


class ClockFault(StoreUnavailable):
    """The clock of the machine cannot be trusted; nothing is signed until it can."""

    code = "clock-fault"
    retry_after_s = 60
