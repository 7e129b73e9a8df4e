"""The published vectors of the closed form: this package, and an independent implementation, give their figures."""

import json
from math import exp

import pytest

from label_service.impact.closed_form import Term, distribution, ratio
from label_service.quantity import figure
from tests.impact.matrix_form import log_quantiles
from tests.vectors import make_closed_form as script

VECTORS = json.loads(script.PATH.read_text(encoding="utf-8"))
QUANTILES = ("p05", "median", "p95")


def read(terms) -> list[Term]:
    """Read the terms of a vector as any language would."""
    return [Term(float(t["value"]), tuple((n, float(load)) for n, load in t["loads"].items())) for t in terms]


def names(vectors) -> list[str]:
    """Name the cases."""
    return [vector["name"] for vector in vectors]


@pytest.mark.parametrize("vector", VECTORS["ratios"], ids=names(VECTORS["ratios"]))
def test_ratios_have_the_published_figures(vector) -> None:
    """Every figure of a ratio is equal to its ten digits, and so is the list of what makes it uncertain."""
    result = ratio(read(vector["product"]), read(vector["reference"]))
    for name in (*QUANTILES, "p_better"):
        assert figure(getattr(result, name)) == vector[name]
    listed = [{"variable": name, "share": figure(share)} for name, share in result.narrow]
    assert listed == vector["narrow"]
    assert result.is_proven == vector["is_proven"]


@pytest.mark.parametrize("vector", VECTORS["sums"], ids=names(VECTORS["sums"]))
def test_sums_have_the_published_figures(vector) -> None:
    """Every quantile of a sum is equal to its ten digits."""
    result = distribution(read(vector["terms"]))
    assert [figure(part) for part in result] == [vector[name] for name in QUANTILES]


def test_a_second_implementation_finds_the_same_figures() -> None:
    """Vectors and matrices over all variables lead to the published quantiles."""
    checked = 0
    for vector in VECTORS["ratios"]:
        if vector["narrow"]:
            found = [exp(part) for part in log_quantiles(read(vector["product"]), read(vector["reference"]))]
            assert found == pytest.approx([float(vector[name]) for name in QUANTILES], rel=5.1e-10)  # ten digits
            checked += 1
    assert checked > 10


def test_the_script_writes_the_published_file() -> None:
    """The vectors are what their script makes."""
    assert script.vectors() == VECTORS
