"""Rows of a release that a corrupt scheme lists, or that nobody pinned: they can say anything."""

from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service import canonical
from label_service.errors import LabelServiceError
from label_service.factors.release import build
from label_service.verify import inspect_bundle
from label_service.verify.bundle import recompute
from tests.strategies import json_values
from tests.verify.forging import Forger


def on_own_release(forger, name, change):
    """Give a bundle whose rows, changed, are a whole release of their own, listed and signed by all keys."""
    bundle = forger.bundle(name)
    rows = [deepcopy(entry["row"]) for entry in bundle["rows"]]
    change(rows)
    release = build("own-factors", "1", [], rows)
    bundle["rows"] = [release.proof(row["table"], row["key"]).as_document() for row in rows]
    bundle["release"] = {"digest": release.digest, "name": "own-factors", "release": "1", "size": release.size}
    bundle["inventory"]["release_digest"] = release.digest
    listed = dict(bundle["release"])
    bundle["trust_list"] = forger.trust_list(lambda content: content["releases"].append(listed))
    forger.reissue(bundle)
    return bundle


def test_an_own_release_counts_where_it_is_listed(forger, judge):
    """Several releases stand side by side; without an entry on the list none counts."""
    bundle = on_own_release(forger, "box", lambda _: None)
    assert judge(bundle).exit_code == 0
    bundle["trust_list"] = forger.trust_list()
    assert judge(bundle).exit_code == 1


_AMOUNTS = st.sampled_from(
    ["0", "-1", "1e999", "NaN", "Infinity", "1e-400", "9" * 400, "x", "", "0.5;", "a>b", "1:2;3"]
)


@pytest.mark.parametrize("name", ["hook", "box"])
@given(data=st.data())
@settings(max_examples=60)
def test_no_row_makes_the_verifier_stumble(stage, name, data):
    """Whatever rows say, every step ends as holding, failing or unsure."""

    def spoil(rows):
        row = data.draw(st.sampled_from(rows))
        members = sorted(set(row) - {"table", "key"})
        member = data.draw(st.sampled_from(members))
        if data.draw(st.booleans()):
            row[member] = data.draw(_AMOUNTS | json_values)
        else:
            del row[member]

    bundle = canonical.encode(on_own_release(Forger(stage), name, spoil))
    assert inspect_bundle(bundle, stage.roots, stage.at).exit_code in {0, 1}
    assert inspect_bundle(bundle, {}, stage.at).exit_code in {1, 3}
    with suppress(LabelServiceError):
        recompute(bundle)
