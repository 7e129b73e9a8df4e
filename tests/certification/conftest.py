"""A scheme with a producer, another one, a verifier and the operator, to write to."""

import pytest

from tests.certification.playing import Play, begin


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """Give the folder of a closed scheme in which everybody has joined."""
    play = begin(tmp_path_factory.mktemp("certification") / "begun")
    play.stage.scheme.close()
    return play.stage.folder


@pytest.fixture
def play(begun, tmp_path):
    """Give a scheme of one's own, and who plays in it."""
    own = Play.reopen(begun, tmp_path / "play")
    yield own
    own.stage.scheme.close()
