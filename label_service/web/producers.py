"""Whose goods a request is about. Without an account it is nobody's, and everything that needs a producer is denied."""

from collections.abc import Callable

from starlette.requests import Request

from label_service.declaration import Party
from label_service.errors import AccountNeeded
from label_service.examples import shipped_profiles

ProducerOf = Callable[[Request], Party]


def nobody(_: Request) -> Party:
    """Deny: no request is of a producer.

    Raises:
        AccountNeeded: always.
    """
    raise AccountNeeded("this is for producers with an account", hint="the demo on your own machine needs none")


def demo_producer(_: Request) -> Party:
    """Give the workshop of the shipped examples, whoever asks: a demo is on one's own machine."""
    return shipped_profiles().producer
