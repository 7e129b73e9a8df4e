"""A clock that jumps signs nothing: neither in a service that runs, nor in one that is started again."""

from datetime import timedelta

import pytest

from label_service.errors import LabelServiceError
from label_service.issuance.clock import MAX_JUMP_S, ClockWatch, now
from label_service.issuance.opening import open_scheme
from label_service.store.database import reading
from label_service.store.unavailable import ClockFault
from tests import databases


class Machine:
    """Clocks of a machine: one that is set, and one that goes on evenly."""

    boot, ahead_s, up_s = "first", 0.0, 1000.0

    def clock(self):
        """Give the time as it is set."""
        return now() + timedelta(seconds=self.ahead_s)

    def steady(self):
        """Give the time since the machine was started."""
        return self.up_s + now().timestamp()


@pytest.fixture
def machine():
    """Give the clocks of a machine."""
    return Machine()


@pytest.fixture
def restarted(own_stage, machine):
    """Start the service again on that machine."""
    opened = []

    def start():
        if opened:
            opened.pop().close()
        folder = own_stage.folder
        watch = ClockWatch(folder / "data" / "clocks", machine.steady, machine.boot)
        parts = own_stage.scheme.identity, folder / "keys", folder / "data", databases.url_of(folder)
        opened.append(open_scheme(*parts, machine.clock, watch=watch)[0])
        return opened[-1]

    yield start
    for scheme in opened:
        scheme.close()


@pytest.mark.parametrize("jump_s", [86400.0, -86400.0, MAX_JUMP_S + 60.0])
def test_nothing_is_signed_by_a_clock_that_jumped(restarted, machine, jump_s):
    """Whatever signs is refused before it is written, and goes on when the clock is right again."""
    scheme = restarted()
    scheme.states.status_list("revocation", 0)
    size = scheme.bench.sequencer.size
    machine.ahead_s = jump_s
    for step in (scheme.sampling.suspend_overdue, lambda: scheme.register.rotate("label"), scheme.sampling.close_weeks):
        with pytest.raises(ClockFault, match=r"jumped .* (forward|back)"):
            step()
    assert scheme.bench.sequencer.size == size
    assert scheme.register.current()
    machine.ahead_s = MAX_JUMP_S / 2  # a step as NTP makes it
    scheme.register.rotate("label")
    assert scheme.bench.sequencer.size > size


def test_a_jump_between_two_runs_is_noticed(restarted, machine, own_stage):
    """The service that is started again holds the clock against the run before; who looked removes the file."""
    restarted().sampling.suspend_overdue()
    machine.ahead_s = 86400.0
    if databases.is_postgresql():
        machine.boot = "second"  # the clock of the server is asked whatever was kept
    with pytest.raises(LabelServiceError, match="clock"):
        restarted().sampling.suspend_overdue()
    machine.boot = "third"
    (kept,) = (own_stage.folder / "data" / "clocks").iterdir()
    kept.unlink()
    if not databases.is_postgresql():
        restarted().sampling.suspend_overdue()
        assert kept.read_text().startswith("third ")


def test_a_watch_that_only_looks_keeps_nothing(restarted, tmp_path):
    """Looking an installation over changes nothing, and a folder that cannot be written stops nothing."""
    scheme = restarted()
    with reading(scheme.bench.engine) as session:
        ClockWatch(tmp_path / "clocks").compare(now(), session)
        assert not (tmp_path / "clocks").exists()
        (tmp_path / "clocks").write_text("no folder")
        ClockWatch(tmp_path / "clocks").check(now(), session)
