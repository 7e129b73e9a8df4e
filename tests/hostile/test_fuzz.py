"""The API attacked with what its own description says, and what it says must not be; `make fuzz` goes on longer."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks, openapi

OFTEN = 300 if settings.get_current_profile_name() == "fuzz" else 5
ALWAYS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
    checks.ignored_auth,
]
WRONG = [*ALWAYS, checks.negative_data_rejection]
BRIEFLY = settings(
    max_examples=OFTEN, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)


@schemathesis.serializer("application/vc+jwt", "application/jwt")
def token_text(_: Any, value: Any) -> bytes:
    """Write a token as a body."""
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def operations(victim):
    """Give everything that the API describes."""
    found = [result.ok() for result in openapi.from_asgi("/api/v1/openapi.json", victim.app).get_all_operations()]
    assert len(found) > 30
    return found


@pytest.mark.parametrize("who", [None, "producer", "auditor", "operator"])
def test_every_answer_is_as_described(victim, operations, who):
    """No request ends in a 500; each status, type, problem and document is one that is described."""
    shown = {"Authorization": f"Bearer {victim.token(who)}"} if who else {}
    for operation in operations:
        _attack(operation, shown)


def _attack(operation: Any, shown: dict[str, str]) -> None:
    is_form = "multipart/form-data" in str(operation.definition.raw)  # where text in place of a file is no file

    @BRIEFLY
    @given(data=st.data())
    def attack(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        is_wrong = mode is GenerationMode.NEGATIVE and not is_form
        case.call_and_validate(headers=shown, checks=WRONG if is_wrong else ALWAYS)
        _wait_for_long_work()

    attack()


def _wait_for_long_work() -> None:
    """Let the thread end that a request may have begun: its pool draws random numbers, as a strategy must not."""
    for thread in threading.enumerate():
        if thread.name == "background":
            thread.join(60)
            assert not thread.is_alive(), "long work does not end"


def test_everything_of_the_api_is_described(victim, operations):
    """A route that a program can call and that the description leaves out would not be attacked either."""
    described = {(operation.method.upper(), f"/api/v1{operation.path}") for operation in operations}
    assert described == set(_served(victim)) - {("GET", "/api/v1/openapi.json")}


def _served(victim: Any) -> Iterator[tuple[str, str]]:
    for method, pattern in victim.routes():
        if pattern.startswith("/api/v1"):
            yield method, pattern.replace(":uuid}", "}")


def test_the_description_says_who_may_ask_and_how_errors_look(victim):
    """Each operation names the token it wants, and one shape for all its errors."""
    found = victim.program().get("/api/v1/openapi.json").json()
    assert found["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            assert operation["security"] == [{"HTTPBearer": []}], (method, path)
            for status in ("401", "403", "404", "422", "429", "503"):
                content = operation["responses"][status]["content"]
                assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
