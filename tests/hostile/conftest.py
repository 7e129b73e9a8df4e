"""A scheme with everything in it that an address can name, and its users as clients that hand errors on as answers."""

import pytest
from hypothesis import settings

from tests.certification.playing import begin
from tests.hostile.victim import Victim

settings.register_profile("fuzz", settings.get_profile("label-service"))


@pytest.fixture(scope="package")
def victim(tmp_path_factory):
    """Give a scheme that is attacked, never to be trusted afterwards."""
    play = begin(tmp_path_factory.mktemp("hostile") / "begun")
    with Victim.of(play) as found:
        yield found
    play.stage.scheme.close()
