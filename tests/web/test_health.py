"""Health, figures and logs of a running service: what watches it sees, and what nobody must see in them."""

import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from label_service.errors import Refused
from label_service.issuance.ticking import tick
from label_service.operation.figures import CALENDAR, Figures, Standing, counted, parse_address, registry_of
from label_service.operation.logs import REQUEST_ID, JsonLines, masked
from tests.cli.test_serve import free_port, wait_until_healthy
from tests.databases import copy_installation, damage, environment
from tests.pages import DOCS

SECRETS = {
    "jane.doe@example.org": "mail to jane.doe@example.org waits",
    "hunter2": "smtp://mail:hunter2@mail.example:587 refuses",
    "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaQ": "token Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaQ is not known",
    "s3cretLink9": "GET /join/s3cretLink9 failed",
    "s3cretFeed9": "GET /feeds/s3cretFeed9.xml failed",
    "s3cretCase9": "GET /complaints/s3cretCase9 failed",
    "abc.def": "Authorization: Bearer abc.def",
    "horse": "passphrase=horse",
    "192.0.2.17": "connection from 192.0.2.17 was lost",
    "2001:db8:0:0:1::1": "connection from 2001:db8:0:0:1::1 was lost",
    "MC4CAQAwBQ": "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ\n-----END PRIVATE KEY-----",
}


@pytest.fixture(scope="module")
def running(stage_folder):
    """Serve a demo with figures, in a process of its own; give a client, the address of its figures, and its logs."""
    port, figures = free_port(), free_port()
    settings = environment(stage_folder) | {
        "LABEL_SERVICE_KEYS": str(stage_folder / "keys"),
        "LABEL_SERVICE_MODE": "demo",
        "LABEL_SERVICE_NAME": "Test scheme",
        "LABEL_SERVICE_METRICS": f"127.0.0.1:{figures}",
    }
    with (stage_folder / "log").open("w") as log:
        command = [sys.executable, "-m", "label_service", "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=os.environ | settings, stderr=log, stdout=log)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
                wait_until_healthy(client, process)
                yield client, f"http://127.0.0.1:{figures}/metrics", stage_folder / "log"
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def stage_folder(founded, tmp_path_factory):
    """Give a copy of the founded installation that a process of its own opens."""
    return copy_installation(founded[0], tmp_path_factory.mktemp("watched") / "stage")


def samples(text):
    """Give every sample of an exposition by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_answer_has_an_id_that_its_log_line_bears(running):
    """Who tells of an error names a request, and the operator finds it; an id of the web server in front is kept."""
    client, _, log = running
    first = client.get("/healthz").headers["x-request-id"]
    given_id = "0123456789abcdef" * 2
    assert client.get("/healthz", headers={"X-Request-ID": given_id}).headers["x-request-id"] == given_id
    forged = client.get("/healthz", headers={"X-Request-ID": 'x"}\n{"level": "error"'.replace("\n", " ")})
    assert len(forged.headers["x-request-id"]) == 32
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {first, given_id} <= {line.get("request_id") for line in lines}
    assert {"time", "level", "logger", "message", "method", "route", "status", "seconds"} <= set(lines[-1])


def test_a_problem_names_its_request(running):
    """As JSON and on the page; what is asked for is not in the log, only the route."""
    client, _, log = running
    answer = client.get("/api/v1/declarations/private-name-of-somebody")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    page = client.get("/L/AAAAAAAAAAAAA", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert page.headers["x-request-id"] in page.text
    assert "private-name-of-somebody" not in log.read_text()
    assert "127.0.0.1" not in log.read_text()


def test_health_tells_no_secrets(running):
    """The two addresses for the supervisor say one word each."""
    client, _, _ = running
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"
    assert client.get("/metrics").status_code == 404


def test_figures_are_what_an_operator_needs(running):
    """Requests by route and status, labels, log, waiting work and ends: all there, none with an id in its labels."""
    client, address, _ = running
    client.get("/log/checkpoint")
    client.get("/L/AAAAAAAAAAAAA")
    client.get("/nowhere/at-all")
    client.request("HACK", "/")
    text = httpx.get(address, timeout=5).text
    found = samples(text)
    requests = [dict(key[1:]) for key in found if key[0] == "label_service_request_seconds_count"]
    assert {"method": "GET", "route": "/log/checkpoint", "status": "200"} in requests
    assert {"method": "GET", "route": "/L/{id}", "status": "404"} in requests
    assert {"method": "GET", "route": "none", "status": "404"} in requests
    assert {item["method"] for item in requests} <= {"GET", "other"}
    assert found["label_service_up",] == 1
    assert found["label_service_labels", ("state", "issued")] == 3
    assert found["label_service_log_age_seconds", ("of", "oldest entry that waits")] == 0
    assert found["label_service_end_timestamp_seconds", ("of", "delegation")] > 1.7e9
    assert "AAAAAAAAAAAAA" not in text
    assert "nowhere" not in text


def test_every_figure_is_described_and_on_the_dashboard(running):
    """No figure without its line in the guide, and the dashboard asks for none that is not there."""
    _, address, _ = running
    text = httpx.get(address, timeout=5).text
    names = {family.name for family in text_string_to_metric_families(text) if family.name.startswith("label_service")}
    guide = (DOCS / "operate" / "monitoring.md").read_text()
    dashboard = (DOCS / "operate" / "dashboard.json").read_text()
    for name in names:
        assert f"`{name}" in guide, name
    asked = {
        word
        for panel in json.loads(dashboard)["panels"]
        for target in panel["targets"]
        for word in re.findall(r"label_service_\w+", target["expr"])
    }
    known = {name for name, *_ in samples(text)} | names
    assert asked <= known | {f"{name}_total" for name in names}
    assert names <= {name for name in names if any(word.startswith(name) for word in asked)} | {
        "label_service_declarations"
    }


def test_a_step_of_the_calendar_that_fails_is_counted():
    """Failures are a figure, and the others go on."""

    def fails():
        raise OSError("disk full")

    before = CALENDAR.labels("mail", "failed")._value.get()
    assert tick(counted({"mail": fails, "weeks": lambda: None})) == ["mail"]
    assert CALENDAR.labels("mail", "failed")._value.get() == before + 1


def test_figures_say_that_the_database_is_gone(own_stage):
    """A watcher of a service whose database does not answer learns just that."""
    registry = CollectorRegistry()
    registry.register(Standing(own_stage.scheme))
    assert b"label_service_up 1.0" in generate_latest(registry)
    own_stage.scheme.bench.engine.dispose()
    damage(own_stage.folder)
    broken = CollectorRegistry()
    broken.register(Standing(own_stage.scheme))
    assert b"label_service_up 0.0" in generate_latest(broken)


def test_one_of_several_workers_serves_the_figures(stage):
    """A second process waits for the address, and an address that is none is refused."""
    port = free_port()
    with (
        Figures(registry_of(stage.scheme), ("127.0.0.1", port)),
        Figures(registry_of(stage.scheme), ("127.0.0.1", port)),
    ):
        assert wait_for(port).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=1)
    for text in ("9464", "host:", "host:x", "host:99999", ""):
        with pytest.raises(Refused, match="HOST:PORT"):
            parse_address(text)


def wait_for(port):
    """Ask until somebody listens."""
    for _ in range(100):
        try:
            return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5)
        except httpx.ConnectError:
            continue
    raise AssertionError


@contextmanager
def written():
    """Give what a logger like the service's writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("tests.health")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_gets_into_a_log(secret):
    """Mail and network addresses, logins, tokens, private links, passphrases and keys are masked, in errors too."""
    with written() as (logger, stream):
        logger.warning(SECRETS[secret])
        logger.error("failed: %s", SECRETS[secret], exc_info=ValueError(SECRETS[secret]))
    assert secret not in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 2


def fail(value):
    """Fail as a database does."""
    raise OperationalError("INSERT INTO account VALUES (?)", (value,), Exception("disk I/O error"))


def test_an_error_of_the_database_is_logged_without_its_values():
    """Statements carry what people typed; only kind, place and the server's words are written."""
    with written() as (logger, stream):
        try:
            fail("Jane Doe")
        except OperationalError:
            logger.exception("failed")
    line = json.loads(stream.getvalue())
    assert "Jane" not in stream.getvalue()
    assert line["error"]["kind"] == "OperationalError"
    assert "disk I/O error" in line["error"]["said"]
    assert line["error"]["at"]


@given(text=st.text())
def test_no_text_breaks_a_line(text):
    """Whatever a message holds, one record is one line of JSON."""
    with written() as (logger, stream):
        logger.warning("%s", text)
    (line,) = stream.getvalue().split("\n")[:-1]
    assert json.loads(line)["level"] == "warning"


@pytest.mark.parametrize(
    "text",
    [
        "the step 'trust list' of the calendar failed; it is tried again",
        "the document 3b5d5c3712955042212316173ccf37be8005ddf6e5d3a5f6f6d0f9f4e5d3a5f6 is missing",
        "label ABCDEFGHIJKLM was issued at 2026-11-20T12:00:00Z by did:web:labels.example#label-1",
    ],
)
def test_what_is_no_secret_stays_readable(text):
    """Digests, labels, times and keys' names are what an operator looks for."""
    assert masked(text) == text


def test_a_record_outside_a_request_has_no_id():
    """The calendar's lines bear none."""
    assert REQUEST_ID.get() == ""
    with written() as (logger, stream):
        logger.warning("x")
    assert "request_id" not in json.loads(stream.getvalue())
