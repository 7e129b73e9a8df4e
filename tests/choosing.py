"""Which tests open a database: found by following the names in their code and in the code of their fixtures.

A second run, on PostgreSQL, has exactly these. A test that opens one and was not found fails in every run.
"""

import functools
import inspect
from collections.abc import Iterator
from types import CodeType
from typing import Any

import pytest

from tests import databases


def is_for_sqlite(item: pytest.Item) -> bool:
    """Tell whether a test is run by `make test`: all but those about PostgreSQL itself."""
    return item.get_closest_marker("postgresql") is None


def is_for_postgresql(item: pytest.Item) -> bool:
    """Tell whether a test is run by `make test-postgresql`."""
    return opens_a_database(item) or not is_for_sqlite(item)


def opens_a_database(item: pytest.Item) -> bool:
    """Tell whether a test, or a fixture it uses, can reach `databases.url_of`."""
    fixtures = item._fixtureinfo.name2fixturedefs
    functions = [item.obj, *(fixture.func for found in fixtures.values() for fixture in found)]
    return any(_reaches(inspect.unwrap(_inner(function))) for function in functions)


def _inner(function: Any) -> Any:
    """Give the test behind what hypothesis made of it."""
    return function.hypothesis.inner_test if hasattr(function, "hypothesis") else function


@functools.cache
def _reachable(function: Any) -> frozenset[Any]:
    """Give what the code of a function or class of the tests names."""
    if inspect.isclass(function):
        members = [getattr(value, "fget", getattr(value, "__func__", value)) for value in [*vars(function).values()]]
        found = [*members, *function.__bases__]
    else:
        known = function.__globals__
        found = [known[name] for name in _names(function.__code__) if name in known]
        found += [getattr(databases, name, None) for name in _names(function.__code__) if known.get("databases")]
    return frozenset(map(inspect.unwrap, filter(_is_of_tests, found)))


def _is_of_tests(thing: Any) -> bool:
    is_code = inspect.isclass(thing) or inspect.isfunction(thing)
    return is_code and thing.__module__.partition(".")[0] == "tests"


@functools.cache
def _reaches(start: Any) -> bool:
    seen, waiting = set(), [start]
    while waiting:
        thing = waiting.pop()
        if thing is databases.url_of:
            return True
        if thing not in seen:
            seen.add(thing)
            waiting += _reachable(thing)
    return False


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
