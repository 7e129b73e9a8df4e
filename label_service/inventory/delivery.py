"""Packaging and transport: as declared where all of it is evidenced, else the default, never less favourable claims.

Method page: docs/method.md, section 3.
"""

from decimal import Decimal

from label_service.declaration import Leg, PackagingLine
from label_service.document import Stage
from label_service.errors import MissingInput
from label_service.factors import lookup
from label_service.inventory.amounts import Counting, Quantity

Packaging = tuple[tuple[str, Quantity], ...]  # material and mass


class Delivery:
    """What packaging and legs count as, by the rows of a release."""

    def __init__(self, counting: Counting) -> None:
        self.counting = counting
        self.rows = counting.rows

    def packaging(self, lines: tuple[PackagingLine, ...] | None, net: Quantity) -> Packaging:
        """Declared packaging where all is evidenced, else the default, scaled up where the declared weighs more.

        Raises:
            MissingInput: not declared, and the release has no default.
        """
        default = lookup.default(self.rows, "stage", "packaging", "corrugated-board")
        if default is None:
            raise MissingInput("expected the packaging with evidence: the release has no default")
        mass = Quantity(net.value * Decimal(default), "default", net.loads)
        if lines is None:
            return (("corrugated-board", mass),)
        declared = tuple((line.material, self.counting.entry(line.mass, "kg", "packaging_mass")) for line in lines)
        if all(line.mass.is_evidenced for line in lines):
            return tuple(pair for pair in declared if pair[1].value)
        weighed = self._burden(declared) / self._burden((("corrugated-board", mass),))
        heavier = sum((part.value for _, part in declared), Decimal(0)) / mass.value
        return (("corrugated-board", mass.scaled(max(Decimal(1), weighed, heavier))),)

    def _burden(self, packaging: Packaging) -> Decimal:
        """Weigh packaging with its factors of material and disposal, in kg CO2e."""
        total = Decimal(0)
        for material, mass in packaging:
            row = self.rows.row("materials", material)
            own = Decimal(row["kgco2e_per_kg_virgin"])
            if row["includes_end_of_life"] == "no":
                route = lookup.disposal_route(self.rows, row)
                own += Decimal(self.rows.row("end_of_life", f"{material}/{route}")["kgco2e_per_kg"])
            total += mass.value * own
        return total

    def legs(self, stage: Stage, legs: tuple[Leg, ...] | None) -> list[tuple[str, Quantity]]:
        """Declared legs where all are evidenced, else the default legs, scaled up where the declared ones weigh more.

        A claim is never counted in a mode of its own: that mode might share its factor with the reference.

        Raises:
            MissingInput: not declared, and the release has no default.
        """
        text = lookup.default(self.rows, "stage", stage, "legs")
        if text is None:
            raise MissingInput(f"expected the legs of {stage} with evidence: the release has no default")
        fallback = [(mode, Quantity(Decimal(km), "default")) for mode, km in lookup.legs(text)]
        if legs is None:
            return fallback
        declared = [(leg.mode, self.counting.entry(leg.distance, "km", f"distance/{stage}")) for leg in legs]
        if all(leg.distance.is_evidenced for leg in legs):
            return declared
        factor = max(Decimal(1), self._weight(declared) / self._weight(fallback))
        return [(mode, distance.scaled(factor)) for mode, distance in fallback]

    def _weight(self, legs: list[tuple[str, Quantity]]) -> Decimal:
        return sum(
            (Decimal(self.rows.row("transport", mode)["kgco2e_per_tkm_total"]) * km.value for mode, km in legs),
            Decimal(0),
        )
