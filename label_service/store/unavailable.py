"""The error of every store that cannot be reached or written."""

from label_service.errors import LabelServiceError


class StoreUnavailable(LabelServiceError):
    """A store cannot be reached, is read-only or full; nothing was promised.

    Attributes:
        retry_after_s: seconds after which it is worth asking again.
    """

    code = "store-unavailable"
    status = 503
    retry_after_s = 5
