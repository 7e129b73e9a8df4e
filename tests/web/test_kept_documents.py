"""Documents that strangers read most are sent from memory, and never older than a change."""

from starlette.testclient import TestClient

from label_service.web.app import Site, build_app
from tests.stage import Stage


def test_what_is_kept_for_strangers_is_given_up_with_a_change(own_stage: Stage):
    """A bundle that was sent from memory shows the state of now, not the one of before."""
    label = own_stage.issue("hook", salt="3" * 32)
    client = TestClient(build_app(Site(own_stage.scheme, own_stage.files, needs_account=False)))
    paths = (f"/L/{label.id}.json", "/status/suspension/0")
    before = [client.get(path).content for path in paths]
    assert [client.get(path).content for path in paths] == before
    own_stage.scheme.states.change(label.id, "suspend", reason="method-error", text="A table was wrong.")
    assert all(client.get(path).content != old for path, old in zip(paths, before, strict=True))
