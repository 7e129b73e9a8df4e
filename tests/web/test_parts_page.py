"""A product made of labelled parts, as buyers and programs see it, and what becomes of it when a part is withdrawn."""

import pytest

from label_service.verify import inspect_bundle
from tests.examples import entry
from tests.serving import served
from tests.signers import signer
from tests.stage import example
from tests.vectors import make_parts

SUPPLIER = signer(130)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Give a served demo with a box that has labelled hooks and a supplier's handle, and the id of its label."""
    with served(tmp_path_factory.mktemp("parts") / "demo") as site:
        stage = site.stage
        hook = stage.issue("hook").id
        stage.scheme.suppliers.add(make_parts.SUPPLIER_ID, "Smith", SUPPLIER.public_key)
        handle = site.client.post("/api/v1/parts", content=make_parts.record())
        assert handle.status_code == 201, handle.text
        parts = [site.client.get(f"/api/v1/parts/{hook}").json(), handle.json()]
        evidence = [example("box")["evidence"][0]["digest"]]
        uses = [
            {
                "id": f"part-{number}",
                "kind": part["kind"],
                "digest": part["digest"],
                "amount": entry("4", part["unit"], "derived") | {"evidence": evidence},
                **({"material": "steel-wire"} if part["kind"] == "record" else {}),
            }
            for number, part in enumerate(parts)
        ]
        box = stage.submit("box", parts=uses)
        stage.scheme.attestations.add(box.id, stage.attest(box))
        yield site, hook, stage.scheme.labels.issue(box.id).id


def test_the_page_names_every_part_and_says_when_one_does_not_count(made):
    """Valid with both parts linked; once the label of one is withdrawn, the page says what verifiers say."""
    site, hook, box = made
    page = site.client.get(f"/L/{box}").text
    assert f'<a href="/L/{hook}' in page
    assert "Handle" in page
    assert "The label of a part does not count now" not in page

    site.stage.scheme.states.change(hook, "revoke", reason="fraud", text="Not made there.")
    page = site.client.get(f"/L/{box}").text
    assert "<strong>Suspended (demo)</strong>: this label does not count for now." in page
    assert "The label of a part does not count now; the figures here rest on it." in page
    assert "Revoked</b>" in page
    report = inspect_bundle(site.client.get(f"/L/{box}.json").content, site.stage.roots, site.stage.at)
    assert make_parts.result_of(report) == "part_withdrawn"
    home = site.client.get("/").text
    assert "Suspended" in home


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 422, "invalid-document"),
        ("no token", 422, "not-canonical"),
        ("{}", 422, "part-fault"),
        (make_parts.record(method="EN 15804"), 422, "part-fault"),
        (make_parts.record(name="Handle " * 40 + "x"), 201, ""),
        (make_parts.forged(make_parts.record()), 422, "part-fault"),
    ],
)
def test_what_stands_behind_a_part_is_taken_or_refused_by_name(made, body, status, code):
    """The API answers with the problem of what was handed in, and keeps nothing that does not hold."""
    site, _, _ = made
    answer = site.client.post("/api/v1/parts", content=body)
    assert answer.status_code == status, answer.text
    assert answer.json().get("type", "").rpartition("/")[2] == code


def test_a_part_nobody_handed_in_is_not_found(made):
    """Neither an id nor a digest that is unknown weighs anything."""
    site, _, _ = made
    for name in ("AAAAAAAAAAAAA", "12" * 32, "x"):
        assert site.client.get(f"/api/v1/parts/{name}").status_code in {404, 422}
