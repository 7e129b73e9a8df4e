"""Changes of a declaration that must not matter, and the comparison of results up to rounding."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from label_service.assessment import Assessment
from label_service.errors import LabelServiceError
from label_service.quantity import plain

OTHER_UNITS = {
    "kg": {"g": "1000"},
    "kWh": {"Wh": "1000", "MJ": "3.6"},
    "h": {"min": "60", "s": "3600"},
    "kWh/kg": {"MJ/kg": "3.6"},
}
SCALED_UNITS = {"kg", "kWh", "h", "piece"}


def in_other_units(document: Any, choose) -> Any:
    """Write every amount in a unit that `choose(units)` takes from the list of units of the same quantity."""

    def convert(value: str, unit: str) -> tuple[str, str]:
        units = {unit: "1", **OTHER_UNITS.get(unit, {})}
        other = choose(sorted(units))
        return plain(Decimal(value) * Decimal(units[other])), other

    return _map_entries(document, convert)


def times(document: dict[str, Any], factor: int) -> dict[str, Any]:
    """Give a declaration of a batch that is larger by a whole factor and the same per item."""
    function = document["product"].get("function")
    larger = _map_entries(
        document,
        lambda value, unit: (plain(Decimal(value) * factor) if unit in SCALED_UNITS else value, unit),
    )
    larger["quantity"] *= factor
    if function:
        larger["product"]["function"] = function
    return larger


def error_of(call) -> LabelServiceError | None:
    """Give the error of ours that a call ends in, or None; any other error goes on."""
    try:
        call()
    except LabelServiceError as error:
        return error
    return None


def assert_same_figures(left: Assessment, right: Assessment) -> None:
    """Compare the figures of two assessments up to the tenth digit, and the letters exactly."""
    assert (left.grade, left.score, left.caps, left.reasons) == (right.grade, right.score, right.caps, right.reasons)
    whole = float(left.product.kgco2e.median)
    assert _side(left.product) == pytest.approx(_side(right.product), rel=2e-9, abs=1e-9 * whole)
    for one, other in zip(left.comparisons, right.comparisons, strict=True):
        assert (one.reference, one.score, one.missing) == (other.reference, other.score, other.missing)
        if one.ratio and other.ratio and one.side and other.side:
            assert _range(one.ratio) == pytest.approx(_range(other.ratio), rel=5e-9)
            assert _side(one.side) == pytest.approx(_side(other.side), rel=2e-9, abs=1e-9 * whole)


def _side(side: Any) -> dict[str, float]:
    stages = {f"{item.stage}.{name}": value for item in side.stages for name, value in _range(item.kgco2e).items()}
    return stages | _range(side.kgco2e)


def _range(found: Any) -> dict[str, float]:
    return {name: float(value) for name, value in found.as_json().items()}


def _map_entries(value: Any, change) -> Any:
    if isinstance(value, list):
        return [_map_entries(item, change) for item in value]
    if not isinstance(value, dict):
        return deepcopy(value)
    if {"value", "unit"} <= value.keys():
        number, unit = change(value["value"], value["unit"])
        return value | {"value": number, "unit": unit}
    return {name: _map_entries(item, change) for name, item in value.items()}
