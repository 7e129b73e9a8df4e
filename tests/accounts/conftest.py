"""Fixtures of the accounts: an empty database with the operator's party and her lead."""

from shutil import copyfile

import pytest

from label_service.store.database import migrate, open_engine
from tests.parties import cast_in
from tests.stage import ORIGIN, Clock


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """Give a database file with tables and nothing in them."""
    file = tmp_path_factory.mktemp("accounts") / "empty.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


@pytest.fixture
def clock():
    """Give a clock to move."""
    return Clock()


@pytest.fixture
def cast(empty, tmp_path, clock):
    """Give the accounts of a new installation."""
    file = copyfile(empty, tmp_path / "label.db")
    engine = open_engine(f"sqlite:///{file}")
    yield cast_in(engine, clock, ORIGIN)
    engine.dispose()


@pytest.fixture
def accounts(cast):
    """Give the use cases."""
    return cast.accounts
