"""Settings of all tests: laws are judged by what they find, not by the clock of a shared machine; and installations."""

from shutil import copytree

import pytest
from hypothesis import HealthCheck, settings

from tests.stage import found_stage, open_stage

settings.register_profile("label-service", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("label-service")


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    """Give a closed installation with labels of three examples: its folder, and the label ids by example."""
    stage = found_stage(tmp_path_factory.mktemp("stage") / "founded")
    for name in ("hook", "box", "plate"):
        stage.issue(name)
    stage.scheme.close()
    return stage.folder, stage.labels


@pytest.fixture(scope="session")
def stage(founded, tmp_path_factory):
    """Give an installation to read from, shared by all tests."""
    folder, labels = founded
    shared = open_stage(copytree(folder, tmp_path_factory.mktemp("shared") / "stage"))
    shared.labels |= labels
    yield shared
    shared.scheme.close()


@pytest.fixture
def own_stage(founded, tmp_path):
    """Give an installation to write to, and a clock to move."""
    folder, labels = founded
    own = open_stage(copytree(folder, tmp_path / "stage"))
    own.labels |= labels
    yield own
    own.scheme.close()
