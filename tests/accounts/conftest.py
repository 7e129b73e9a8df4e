"""Fixtures of the accounts: an empty database with the operator's party and her lead."""

import pytest

from label_service.store.database import migrate, open_engine
from tests import databases
from tests.parties import cast_in
from tests.stage import ORIGIN, Clock


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """Give a folder whose database has tables and nothing in them."""
    folder = tmp_path_factory.mktemp("accounts")
    (folder / "data").mkdir()
    engine = open_engine(databases.url_of(folder))
    migrate(engine)
    engine.dispose()
    return folder


@pytest.fixture
def clock():
    """Give a clock to move."""
    return Clock()


@pytest.fixture
def cast(empty, tmp_path, clock):
    """Give the accounts of a new installation."""
    databases.copy_database(empty, tmp_path)
    engine = open_engine(databases.url_of(tmp_path))
    yield cast_in(engine, clock, ORIGIN)
    engine.dispose()


@pytest.fixture
def accounts(cast):
    """Give the use cases."""
    return cast.accounts
