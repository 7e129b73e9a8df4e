import json
import re

import pytest

from label_service import errors
from label_service.errors import LabelServiceError


def subclasses(kind):
    """Give all kinds of error below one."""
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


KINDS = [kind for kind in subclasses(LabelServiceError) if kind.__module__ == "label_service.errors"]


def test_the_tree_in_the_docstring_is_the_tree():
    """Whoever reads the drawing finds every kind of error, and no other."""
    drawn = re.findall(r"── (\w+)", errors.__doc__)
    assert sorted(drawn) == sorted(kind.__name__ for kind in KINDS)


@pytest.mark.parametrize("kind", [LabelServiceError, *KINDS], ids=lambda kind: kind.__name__)
def test_every_error_is_a_problem_document(kind):
    """Each kind has a code, a status and a place for what was found and what to do, and nothing else is shown."""
    problem = kind("expected a, found b", hint="do c", where="/d").as_problem()
    assert problem == {
        "type": f"/problems/{kind.code}",
        "title": kind.code.replace("-", " ").capitalize(),
        "status": kind.status,
        "detail": "expected a, found b",
        "hint": "do c",
        "where": "/d",
    }
    assert json.dumps(problem)
    assert kind("x").as_problem().keys() == {"type", "title", "status", "detail"}
    assert 400 <= kind.status < 600


def test_codes_are_unique():
    """A client can tell errors apart by their code."""
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)
