"""Whose goods a request is about: in a scheme the guard tells, in a demo it is always the same workshop."""

from collections.abc import Callable

from starlette.requests import Request

from label_service.declaration import Party
from label_service.examples import shipped_profiles

ProducerOf = Callable[[Request], Party]


def demo_producer(_: Request) -> Party:
    """Give the workshop of the shipped examples, whoever asks: a demo is on one's own machine."""
    return shipped_profiles().producer
