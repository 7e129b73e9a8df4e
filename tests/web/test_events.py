"""Who watches over the service finds attacks in the log by name, and neither secrets nor addresses beside them."""

import logging

import pytest

from label_service.web.events import _OF_STATUS, LOGGER, Event
from tests.hostile.conftest import victim as victim  # noqa: PLC0414 - a fixture


@pytest.fixture
def events(caplog):
    """Give the names of what was noted, and forget it."""
    caplog.set_level(logging.INFO, LOGGER)

    def told():
        found = [record.members for record in caplog.records if record.name == LOGGER]
        caplog.clear()
        return found

    return told


def test_refusals_are_noted(victim, events):
    """A token that does not count, a right that is missing, a form of another site, input that breaks a rule."""
    program, browser = victim.program(), victim.browser("producer")
    events()
    tried = [
        (lambda: program.get("/api/v1/labels"), Event.NOT_SIGNED_IN),
        (lambda: program.get("/api/v1/labels", headers={"Authorization": "Bearer wrong"}), Event.TOKEN_REFUSED),
        (lambda: browser.get("/operate"), Event.REFUSED),
        (lambda: browser.post("/sign-in", headers={"Sec-Fetch-Site": "cross-site"}), Event.REFUSED),
        (lambda: victim.program("producer").post("/api/v1/declarations", content=b"{"), Event.INVALID),
        (lambda: program.post("/api/v1/declarations", content=b" " * 2_000_000), Event.TOO_LARGE),
    ]
    for attempt, event in tried:
        attempt()
        (noted,) = events()
        assert noted["event"] == event
        assert noted["problem"].startswith("/problems/")


def test_sign_ins_are_noted(victim, events):
    """Failed ones with how and why, and who signed out; never what was typed."""
    browser = victim.browser("auditor")
    browser.post("/sign-in", data={"credential": '{"id":"a secret that was typed"}'})
    browser.post("/sign-out")
    noted = events()
    assert [item["event"] for item in noted] == [Event.SIGN_IN_FAILED, Event.SIGNED_OUT]
    assert "secret" not in str(noted)


def test_a_private_link_is_not_written_down(victim, events):
    """What stands in an address, a form or a header does not get into an event."""
    browser = victim.browser()
    for path in (f"/complaints/{'S' * 43}", f"/join/{'S' * 43}", "/L/SSSSSSSSSSSSS"):
        browser.get(path)
        browser.post(path, data={"text": "S" * 50}, headers={"Authorization": "Bearer " + "S" * 43})
    assert "SSSS" not in str(events())


def test_every_status_of_a_refusal_has_its_event():
    """No kind of refusal goes unseen, but what is simply not there or not yet possible."""
    assert set(_OF_STATUS) == {400, 401, 403, 408, 413, 422, 429, 503}
