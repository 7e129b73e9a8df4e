"""Fixtures of the verifier's tests: a forger with the keys of an installation, and a judge that only has its root."""

import pytest

from label_service import canonical
from label_service.verify import inspect_bundle
from tests.verify.forging import Forger


@pytest.fixture
def forger(stage):
    """Give somebody who has every key."""
    return Forger(stage)


@pytest.fixture
def judge(stage):
    """Verify a bundle, as bytes or JSON, under the pinned root of the installation, at its time."""

    def inspect(bundle, *, roots=None, at=None, **options):
        data = bundle if isinstance(bundle, bytes) else canonical.encode(bundle)
        return inspect_bundle(data, stage.roots if roots is None else roots, at or stage.at, **options)

    return inspect
