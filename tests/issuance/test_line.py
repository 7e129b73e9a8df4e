from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from label_service.errors import Overloaded, Refused
from label_service.issuance.line import MOST_AT_ONCE, MOST_WAITING, Line


def doubled(items):
    """Refuse three, double the others."""
    return [Refused("three") if item == 3 else 2 * item for item in items]


def test_each_gets_its_own_answer():
    """What fails fails for who asked for it, and for nobody else in the group."""
    line = Line(doubled)
    answers = [line.ask(item) for item in (1, 2, 3, 4)]
    assert [answers[place].result(10) for place in (0, 1, 3)] == [2, 4, 8]
    with pytest.raises(Refused):
        answers[2].result(10)
    line.close()


def test_what_waits_is_taken_in_groups_in_its_order():
    """While one group is written the next one gathers, and no group is larger than allowed."""
    begin, groups = Event(), []

    def work(items):
        begin.wait(10)
        groups.append(list(items))
        return items

    line = Line(work)
    answers = [line.ask(item) for item in range(3 * MOST_AT_ONCE)]
    begin.set()
    assert [answer.result(10) for answer in answers] == list(range(3 * MOST_AT_ONCE))
    line.close()
    assert [item for group in groups for item in group] == list(range(3 * MOST_AT_ONCE))
    assert max(map(len, groups)) == MOST_AT_ONCE
    assert len(groups) <= 4


def test_a_full_line_says_so_before_anything_is_begun():
    """Who cannot be served is told when to come back, and what waits is still done."""
    begin, seen = Event(), []

    def work(items):
        begin.wait(10)
        seen.extend(items)
        return items

    line = Line(work)
    answers = [line.ask(item) for item in range(MOST_AT_ONCE)]
    with pytest.raises(Overloaded) as refused:
        answers.extend(line.ask(item) for item in range(MOST_WAITING + MOST_AT_ONCE))
    assert refused.value.retry_after_s > 0
    begin.set()
    done = [answer.result(10) for answer in answers]
    line.close()
    assert seen == done
    assert len(seen) >= MOST_WAITING


def test_work_that_fails_leaves_nobody_waiting():
    """Whatever happens to a group, everybody in it hears of it, and the next group is done."""
    failing = [True]

    def work(items):
        if failing.pop() if failing else False:
            raise MemoryError("none left")
        return items

    line = Line(work)
    with pytest.raises(MemoryError):
        line.ask(1).result(10)
    assert line.ask(2).result(10) == 2
    line.close()


def test_who_has_gone_is_left_out():
    """A request that was given up before its turn is not worked on."""
    started, begin, seen = Event(), Event(), []

    def work(items):
        started.set()
        begin.wait(10)
        seen.extend(items)
        return items

    line = Line(work)
    first = line.ask(1)
    started.wait(10)
    gone, last = line.ask(2), line.ask(3)
    assert gone.cancel()
    begin.set()
    assert (first.result(10), last.result(10)) == (1, 3)
    line.close()
    assert seen == [1, 3]


def test_many_threads_are_served():
    """Callers in threads of their own all get their answers."""
    line = Line(lambda items: [item + 1 for item in items])
    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(lambda item: line.ask(item).result(10), range(500))) == list(range(1, 501))
    line.close()
