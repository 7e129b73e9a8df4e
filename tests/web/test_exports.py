import json

import pytest

from label_service import canonical
from label_service.exports import FORMATS, export
from tests.serving import served


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory):
    """Give a site with one suspended label."""
    with served(tmp_path_factory.mktemp("exports") / "site") as site:
        site.stage.issue("plate")
        site.stage.scheme.states.change(site.stage.labels["plate"], "suspend", reason="precaution", text="Said.")
        yield site


@pytest.mark.parametrize("name", FORMATS)
def test_is_made_from_the_bundle(site, client, name):
    """What the service gives is what anybody makes offline from the bundle, readable from anywhere, kept a minute."""
    label_id = site.stage.labels["box"]
    reply = client.get(f"/L/{label_id}/{name}.json")
    bundle = client.get(f"/L/{label_id}.json").content
    assert reply.content == canonical.encode_checked(export(bundle, name))
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Cache-Control"] == "public, max-age=60"
    assert reply.headers["Content-Type"] == ("application/linkset+json" if name == "linkset" else "application/json")


@pytest.mark.parametrize("name", FORMATS)
def test_withdrawn_label_is_not_given_to_other_systems(withdrawn, name):
    """A label that does not count never enters a database of others as if it did."""
    reply = withdrawn.client.get(f"/L/{withdrawn.stage.labels['plate']}/{name}.json")
    assert reply.status_code == 409
    assert "suspended (it is being looked into)" in reply.json()["detail"]


def test_page_for_shops_leads_to_them(site, client, withdrawn):
    """Shops find every format from the page they copy from, and none of a label that does not count."""
    label_id, gone = site.stage.labels["box"], withdrawn.stage.labels["plate"]
    page = client.get(f"/L/{label_id}/embed").text
    assert all(f'href="/L/{label_id}/{name}.json"' in page for name in FORMATS)
    assert "pact.json" not in withdrawn.client.get(f"/L/{gone}/embed").text


@pytest.mark.parametrize("path", ["pact.json", "csv.json"])
def test_label_or_format_that_is_not_there(client, path):
    """A label or format that is not there is a problem, not an empty document."""
    reply = client.get(f"/L/AAAAAAAAAAAAA/{path}")
    assert reply.status_code == 404
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_command_makes_the_same_offline(site, client, call, tmp_path):
    """`label-service export` gives the bytes of the service from a saved bundle, and a linkset for one's own GTIN."""
    label_id = site.stage.labels["box"]
    file = tmp_path / "bundle.json"
    file.write_bytes(client.get(f"/L/{label_id}.json").content)
    ended = call("export", file, "--as", "untp-dpp")
    assert (ended.code, ended.out) == (0, client.get(f"/L/{label_id}/untp-dpp.json").text + "\n")
    linked = json.loads(call("export", file, "--as", "linkset", "--gtin", "9506000134352").out)
    assert linked["linkset"][0]["anchor"] == "https://id.gs1.org/01/09506000134352"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--as", "csv"), "no format"), (("--as", "pact", "--gtin", "9506000134352"), "linkset only")],
)
def test_command_names_what_is_wrong(  # noqa: PLR0917 - fixtures are given by name
    site, client, call, tmp_path, arguments, said
):
    """A format that is not there, or a GTIN where none belongs, ends with code 2 and the reason."""
    file = tmp_path / "bundle.json"
    file.write_bytes(client.get(f"/L/{site.stage.labels['box']}.json").content)
    ended = call("export", file, *arguments)
    assert ended.code == 2
    assert said in ended.err


def test_changed_figure_is_not_exported(site, client, call, tmp_path):
    """The command recomputes before it writes: a bundle with another figure gives nothing."""
    document = client.get(f"/L/{site.stage.labels['box']}.json").json()
    document["assessment"]["default_share"] = "0.5"
    file = tmp_path / "bundle.json"
    file.write_bytes(canonical.encode(document))
    ended = call("export", file, "--as", "pact")
    assert ended.code == 2
    assert "recomputed" in ended.err
    assert not ended.out
