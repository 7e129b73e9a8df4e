"""The hostile corpus against every route: an answer each time, never a 500, and nothing half-written."""

import gzip
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import cycle, islice

import pytest
from sqlmodel import SQLModel, func, select

from label_service.store.database import reading
from tests.hostile.corpus import BODIES, PIECES, QUERIES, TEXTS, replaced

EACH = 2  # of the corpus for each route and user; the corpus goes round, so that all of it is used
MARK = "to be replaced"
USERS = (None, "producer", "auditor", "operator")
ENDS_SESSIONS = {"/sign-out", "/account/sessions/end-all"}
_PLACE = re.compile(r"\{\w+(?::\w+)?\}")
_FIELD = re.compile(r'name="([a-z_0-9]+)"')


def rows(victim):
    """Count what each table holds."""
    with reading(victim.play.stage.scheme.bench.engine) as session:
        tables = SQLModel.metadata.sorted_tables
        return {table.name: session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


def check(answer, *told):
    """Hold an answer against what all answers are: no 500, and an error in the one shape."""
    is_other_format = answer.status_code == 501 and told[0] == "/oembed"  # what oEmbed says of XML
    assert answer.status_code < 500 or is_other_format, (*told, answer.text)
    if answer.headers.get("content-type") == "application/problem+json":
        assert answer.json()["status"] == answer.status_code
        assert "Traceback" not in answer.text


def taking(victim, *methods) -> Iterator[tuple[str, str]]:
    """Give the routes with some methods."""
    return ((method, pattern) for method, pattern in victim.routes() if method in methods)


@pytest.mark.parametrize("who", USERS)
def test_odd_addresses_get_an_answer(victim, who):
    """Whatever stands behind the question mark, or in place of an id, page and file say what they think of it."""
    client = victim.browser(who)
    queries, pieces = cycle(QUERIES), cycle(PIECES)
    for _, pattern in taking(victim, "GET"):
        for query in islice(queries, EACH):
            check(client.get(f"{victim.address(pattern)}?{query}"), pattern, query)
        for piece in islice(pieces, EACH if "{" in pattern else 0):
            check(client.get(_PLACE.sub(lambda _, piece=piece: piece, pattern)), pattern, piece)


@pytest.mark.parametrize("who", USERS)
def test_hostile_bodies_are_refused(victim, who):
    """No route of the API takes anything of the corpus for a document, and nothing of it is written."""
    client = victim.program(who)
    before, bodies = rows(victim), cycle(BODIES.items())
    for method, pattern in taking(victim, "POST", "PUT"):
        if not pattern.startswith("/api/") or pattern.endswith(("/label", "/cancel", "/submission")):
            continue  # those read no body
        for name, body in islice(bodies, len(BODIES) if who == "producer" else EACH):
            answer = client.request(
                method, victim.address(pattern), content=body, headers={"Content-Type": "application/json"}
            )
            check(answer, method, pattern, name)
            assert answer.status_code >= 400, (method, pattern, name)
    assert rows(victim) == before


def test_a_hostile_text_in_any_place_of_a_declaration(victim):
    """Each member of a declaration in turn: taken as what it is, or refused, and what is refused leaves nothing."""
    client = victim.program("producer")
    document = victim.play.document("plate", victim.actors["producer"])
    texts, before = cycle(TEXTS.values()), rows(victim)
    for changed in replaced(document, MARK):
        body = json.dumps(changed).replace(json.dumps(MARK), json.dumps(next(texts)))
        answer = client.post("/api/v1/declarations", content=body.encode())
        check(answer, body[:80])
        if answer.status_code >= 400:
            assert rows(victim) == before
        before = rows(victim)


def fields():
    """Give the names of all fields that any page of the service has."""
    folder = files("label_service.web") / "templates"
    return sorted({name for page in folder.iterdir() for name in _FIELD.findall(page.read_text("utf-8"))})


@pytest.mark.parametrize("who", USERS)
def test_hostile_fields_get_an_answer(victim, who):
    """Every form of every page, with the same hostile text in each field that any page has."""
    client, texts = victim.browser(who), cycle(TEXTS.values())
    names = fields()
    assert len(names) > 60
    for _, pattern in taking(victim, "POST"):
        if pattern.startswith("/api/") or pattern in ENDS_SESSIONS:
            continue
        for text in islice(texts, EACH):
            data = dict.fromkeys(names, text[:4000])
            check(client.post(victim.address(pattern), data=data), pattern, text[:40])


def test_a_form_has_a_number_of_fields(victim):
    """A megabyte of tiny fields or parts is refused early."""
    client = victim.browser("producer")
    parts = b"".join(
        b'--X\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % number for number in range(15_000)
    )
    many = {
        "application/x-www-form-urlencoded": b"a=1&" * 250_000,
        "multipart/form-data; boundary=X": parts + b"--X--\r\n",
    }
    for kind, body in many.items():
        answer = client.post("/account/name", content=body, headers={"Content-Type": kind})
        assert answer.status_code in {400, 403, 413, 422}, kind
        check(answer, kind)


@pytest.mark.parametrize("kind", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "identity, gzip"])
def test_packed_bodies_are_not_unpacked(victim, kind):
    """A body that says it is packed is read as the bytes it has; nothing is unpacked, so nothing can explode."""
    bomb = gzip.compress(b" " * 10_000_000)
    answer = victim.program("producer").post("/api/v1/declarations", content=bomb, headers={"Content-Encoding": kind})
    assert answer.status_code == 422
    assert "not JSON" in answer.json()["detail"]
