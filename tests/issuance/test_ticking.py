"""The calendar is kept, whatever fails."""

import logging
import time
from contextlib import nullcontext
from threading import Event

import pytest

from label_service.errors import LogFault
from label_service.issuance.ticking import Ticker, tick
from label_service.store.unavailable import StoreUnavailable
from label_service.trust.trust_list import open_trust_list
from tests.stage import open_stage
from tests.workshop import Workshop


def test_a_step_that_fails_keeps_no_other_from_being_tried(caplog):
    """What fails is logged with its name, the rest is done."""
    done = []

    def fail():
        raise LogFault("the disk is full")

    with caplog.at_level(logging.ERROR):
        assert tick({"first": fail, "second": lambda: done.append(1)}) == ["first"]
    assert done == [1]
    assert "'first'" in caplog.text
    assert "the disk is full" in caplog.text


def test_the_ticker_goes_on_until_it_is_left():
    """Steps are run at once and again, also after one failed, and never after the end."""
    runs, twice = [], Event()

    def step():
        runs.append(1)
        if len(runs) == 2:
            twice.set()
        raise ValueError("whatever")

    with Ticker({"step": step}, every_s=0.001):
        assert twice.wait(20)
    number = len(runs)
    time.sleep(0.02)
    assert len(runs) == number


def test_a_tick_keeps_a_scheme_in_order(own_stage):
    """Weeks are closed, overdue scopes suspended, lists renewed, without anybody asking."""
    workshop = Workshop(own_stage)
    scope = workshop.scope()
    workshop.declare()
    own_stage.clock.forward(days=4)
    assert own_stage.scheme.tick() == []
    (owed,) = own_stage.scheme.sampling.owed_by([scope.attestation.auditor.kid])
    assert owed.week == "2026-W47"
    own_stage.clock.forward(days=16)
    assert own_stage.scheme.tick() == []
    assert own_stage.scheme.scopes.get(scope.digest).is_suspended
    opened = open_trust_list(own_stage.scheme.register.text(), own_stage.roots, own_stage.at)
    assert opened.trust_list.issued_at == own_stage.at
    assert workshop.books() == []


def test_what_nobody_did_in_time_is_done_in_the_right_order(own_stage):
    """A service that stood still for weeks closes the week first and suspends when the value was due after that."""
    workshop = Workshop(own_stage)
    scope = workshop.scope()
    workshop.declare()
    own_stage.clock.forward(days=12)
    own_stage.scheme.tick()
    assert not own_stage.scheme.scopes.get(scope.digest).is_suspended
    own_stage.clock.forward(days=14, hours=1)
    own_stage.scheme.tick()
    assert own_stage.scheme.scopes.get(scope.digest).is_suspended
    assert workshop.books() == []


@pytest.mark.parametrize("days", [0, 1, 30])
def test_a_tick_with_nothing_to_do_logs_nothing(own_stage, days):
    """Time alone leaves no entry."""
    own_stage.clock.forward(days=days)
    size = own_stage.scheme.bench.sequencer.size
    assert own_stage.scheme.tick() == []
    assert own_stage.scheme.bench.sequencer.size == size


def test_the_calendar_is_kept_by_one_process_at_a_time():
    """While another process runs the steps nothing is done here; once it has ended, they are done here."""
    answers, runs, done = iter([False, False, True]), [], Event()

    def alone():
        return nullcontext(next(answers, True))

    def step():
        runs.append(1)
        done.set()

    with Ticker({"step": step}, every_s=0.001, alone=alone):
        assert done.wait(20)
    assert next(answers, None) is None


def test_a_database_that_is_gone_stops_no_calendar(caplog):
    """Without its lock the calendar waits, says so, and goes on when the database is back."""
    tries, done = [], Event()

    def alone():
        tries.append(1)
        if len(tries) < 3:
            raise StoreUnavailable("the database is gone")
        return nullcontext(True)

    with caplog.at_level(logging.WARNING), Ticker({"step": done.set}, every_s=0.001, alone=alone):
        assert done.wait(20)
    assert "the database is gone" in caplog.text


def test_a_worker_follows_what_another_logged(own_stage):
    """A page that was kept is given up once the log has grown, whoever wrote to it."""
    second = open_stage(own_stage.folder)
    second.scheme.bench.sequencer.look()
    before = second.scheme.version
    own_stage.scheme.states.change(own_stage.labels["hook"], "revoke", reason="on-request", text="It was sold.")
    second.scheme.bench.sequencer.look()
    assert second.scheme.version > before
    second.scheme.close()
