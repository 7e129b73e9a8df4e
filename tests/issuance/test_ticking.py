"""The calendar is kept, whatever fails."""

import logging
import time
from threading import Event

import pytest

from label_service.errors import LogFault
from label_service.issuance.ticking import Ticker, tick
from label_service.trust.trust_list import open_trust_list
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
