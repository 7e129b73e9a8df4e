"""One process at a time does what the calendar asks for."""

import pytest

from label_service.store.alone import alone
from label_service.store.database import migrate, open_engine
from label_service.store.unavailable import StoreUnavailable
from tests import databases


@pytest.fixture
def engines(tmp_path):
    """Give the database of an installation as two workers have it open."""
    (tmp_path / "data").mkdir()
    both = [open_engine(databases.url_of(tmp_path)) for _ in range(2)]
    migrate(both[0])
    yield both
    for engine in both:
        engine.dispose()


def test_one_of_two_workers_does_a_work(engines):
    """The second is told that it is done already, and may do it once the first has ended; other work is not held up."""
    one, two = engines
    with alone(one, "calendar") as first, alone(two, "calendar") as second, alone(two, "mail") as other:
        assert (first, second, other) == (True, False, True)
    with alone(two, "calendar") as second:
        assert second


def test_a_failure_gives_the_work_free(engines):
    """Whoever fails in the middle keeps no other worker from it."""
    one, two = engines
    with pytest.raises(ZeroDivisionError), alone(one, "calendar"):
        _ = 1 / 0
    with alone(two, "calendar") as second:
        assert second


def test_a_database_that_is_not_there_is_named(tmp_path):
    """Without a place for the lock nobody does the work."""
    engine = open_engine(f"sqlite:///{tmp_path / 'nowhere' / 'label.db'}")
    with pytest.raises(StoreUnavailable), alone(engine, "calendar"):
        pass
    engine.dispose()
