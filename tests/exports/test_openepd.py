from math import exp, expm1, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openepd.model.epd import Epd

from label_service.exports.openepd import expected
from label_service.impact.closed_form import Term
from tests.exports.samples import exported, source


def test_is_read_by_the_models_of_the_format():
    """The published models of openEPD accept the document and find in it what was written."""
    document = exported("openepd")
    read = Epd.model_validate(document)
    assert read.to_serializable(exclude_unset=True)["impacts"] == document["impacts"]
    assert read.third_party_verifier.name == source().content.auditor.name
    assert read.kg_per_declared_unit.qty == float(source().mass_kg)


def test_models_refuse_another_version():
    """The models are strict enough to notice a document that is not openEPD."""
    document = exported("openepd") | {"openepd_version": "7.0"}
    with pytest.raises(ValueError, match="version"):
        Epd.model_validate(document)


def test_labels_of_a_service_are_openepd(stage):
    """Documents of issued labels are read as well."""
    for label_id in stage.labels.values():
        Epd.model_validate(exported("openepd", stage.scheme.labels.bundle(label_id)))


def test_modules_add_up():
    """Expected values of A1, A2 and A3 add up to that of A1 to A3, as expected values do."""
    gwp = exported("openepd")["impacts"]["Unknown LCIA"]["gwp"]
    parts = sum(gwp[module]["mean"] for module in ("A1", "A2", "A3"))
    assert parts == pytest.approx(gwp["A1A2A3"]["mean"], rel=1e-9)
    assert not set(gwp) & {"C1", "C2", "C3", "C4", "D", "B1"}


def test_moments_agree_with_chance():
    """Expected value and deviation of terms that share variables are those of a simulation."""
    terms = (
        Term(2.0, (("a", 0.3), ("b", 0.2))),
        Term(5.0, (("b", 0.4),)),
        Term(1.0, ()),
    )
    draws = dict(zip("ab", np.random.default_rng(7).standard_normal((2, 400_000)), strict=True))
    sums = sum(term.value * np.exp(sum((load * draws[name] for name, load in term.loads), 0.0)) for term in terms)
    mean, deviation = expected(terms)
    assert mean == pytest.approx(sums.mean(), rel=0.005)
    assert deviation == pytest.approx(sums.std(), rel=0.01)


@given(st.floats(1e-3, 1e3), st.floats(0, 0.7))
def test_single_term_is_log_normal(median, load):
    """One term has the moments every textbook gives for a log-normal."""
    mean, deviation = expected((Term(median, (("x", load),)),))
    assert mean == pytest.approx(median * exp(load**2 / 2))
    assert deviation == pytest.approx(mean * sqrt(expm1(load**2)))
