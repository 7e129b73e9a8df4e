"""Settings of all tests: laws are judged by what they find, not by the clock of a shared machine; and installations."""

import logging
import sys

import pytest
from hypothesis import HealthCheck, settings

from label_service.cli import main
from tests import databases
from tests.certification.playing import Play, begin
from tests.choosing import is_for_postgresql, is_for_sqlite, opens_a_database
from tests.commands import Ended, command
from tests.stage import found_stage, open_stage

settings.register_profile("label-service", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("label-service")


def pytest_make_parametrize_id(val, argname):
    """Name cases of raw bytes by their number: archives hold the time of day, and both workers must agree on names."""
    return argname if isinstance(val, bytes) else None


def pytest_addoption(parser):
    """Let a run choose its database."""
    parser.addoption(
        "--database",
        choices=databases.KINDS,
        default="sqlite",
        help="database of the installations; on PostgreSQL only what opens one is run",
    )


def pytest_configure(config):
    """Tell the tests, and processes they start, which database they work on."""
    databases.choose(config.getoption("--database"))


def pytest_collection_modifyitems(config, items):
    """Leave out of a run on PostgreSQL what never opens a database, and of one on SQLite what is about PostgreSQL."""
    wanted = is_for_postgresql if databases.is_postgresql() else is_for_sqlite
    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = [item for item in items if wanted(item)]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Hold every test to what is known of it: one that is thought to open no database gets none."""
    databases.allow(opens_a_database(item))


@pytest.fixture(autouse=True)
def _databases_end_with_their_folder(request):
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if folder:
        databases.remove_below(folder)


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
    shared = open_stage(databases.copy_installation(folder, tmp_path_factory.mktemp("shared") / "stage"))
    shared.labels |= labels
    yield shared
    shared.scheme.close()


@pytest.fixture
def own_stage(founded, tmp_path):
    """Give an installation to write to, and a clock to move."""
    folder, labels = founded
    own = open_stage(databases.copy_installation(folder, tmp_path / "stage"))
    own.labels |= labels
    yield own
    own.scheme.close()


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """Give the folder of a closed scheme in which everybody has joined."""
    play = begin(tmp_path_factory.mktemp("scheme") / "begun")
    play.stage.scheme.close()
    return play.stage.folder


@pytest.fixture
def play(begun, tmp_path):
    """Give a scheme of one's own with a producer, another one, two verifiers and the operator."""
    own = Play.reopen(begun, tmp_path / "play")
    yield own
    own.stage.scheme.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """Run `label-service demo --once` as a user would, and give its folder and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "var" / "demo"
    done = command("demo", "--once", "--folder", str(folder))
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture
def call(monkeypatch, capsys):
    """Run a command line in this process; give exit code, output and errors."""

    def run(*arguments, **environment):
        root = logging.getLogger()
        with monkeypatch.context() as patch:
            patch.setattr(root, "handlers", [*root.handlers])  # a server that is run here logs to what is closed later
            patch.setattr(sys, "argv", ["label-service", *map(str, arguments)])
            for name, value in environment.items():
                patch.setenv(name, str(value))
            with pytest.raises(SystemExit) as end:
                main()
        output = capsys.readouterr()
        return Ended(end.value.code or 0, output.out, output.err)

    return run
