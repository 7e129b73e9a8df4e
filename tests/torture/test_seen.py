"""The judge of the torture is not blind."""

import pytest

from label_service.tlog.checkpoint import Checkpoint
from tests.databases import url_of
from torture.place import Place
from torture.seen import forks


@pytest.fixture
def place(own_stage):
    """Give an installation with some history."""
    own_stage.issue("hook", salt="1" * 32)
    return Place(own_stage.folder, url_of(own_stage.folder))


def archived(place):
    """Give every checkpoint that was signed, oldest first."""
    files = sorted((place.log / "checkpoints").iterdir(), key=lambda file: int(file.name))
    return [file.read_text() for file in files]


def test_one_history_has_no_fork(place):
    """Checkpoints that follow from each other are no fork, however many were seen."""
    seen = archived(place)
    assert len(seen) > 3
    assert forks(place, seen) == 0


def test_a_checkpoint_of_another_history_is_counted(place):
    """Another root for a size that was signed is a fork, also for the newest size."""
    seen = archived(place)
    for number in (1, -1):
        old = Checkpoint.parse(seen[number])
        other = seen[number].replace(seen[number].splitlines()[2], seen[0].splitlines()[2])
        assert Checkpoint.parse(other).size == old.size
        assert forks(place, [seen[0], other]) == 1


def test_a_log_that_went_back_is_counted(place):
    """Who saw a larger tree before a smaller one has seen the log go back."""
    seen = archived(place)
    assert forks(place, [seen[2], seen[1]]) == 1
