"""The error of every store that cannot be reached or written."""

from label_service.errors import LabelServiceError


class StoreUnavailable(LabelServiceError):
    """A store cannot be reached, is read-only or full; nothing was promised."""

    code = "store-unavailable"
    status = 503
