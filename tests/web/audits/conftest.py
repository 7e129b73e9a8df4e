"""A scheme with a producer, another one, a verifier and the operator, and visitors of its pages."""

import pytest

from tests.certification.playing import Play, begin
from tests.web.visiting import opened


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """Give the folder of a closed scheme in which everybody has joined."""
    play = begin(tmp_path_factory.mktemp("audits") / "begun")
    play.stage.scheme.close()
    return play.stage.folder


@pytest.fixture
def play(begun, tmp_path):
    """Give a scheme of one's own, and who plays in it."""
    own = Play.reopen(begun, tmp_path / "play")
    yield own
    own.stage.scheme.close()


@pytest.fixture
def visit(play):
    """Make visitors of the scheme."""
    with opened(play) as found:
        yield found
