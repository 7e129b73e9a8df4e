"""Electricity of a site: which factor of which year will be used, to show before anything is declared."""

from decimal import Decimal
from typing import NamedTuple

from label_service.declaration import Site
from label_service.factors import lookup
from label_service.factors.release import Release
from label_service.quantity import display

_GRID = "grid/"


class SiteElectricity(NamedTuple):
    """Grid electricity of a country: g CO2e per kWh, the year it is of, and the year of making it was asked for."""

    country: str
    gco2e_per_kwh: str
    year: int
    year_of_making: int

    @property
    def words(self) -> str:
        """Say it for people."""
        return f"{display(self.gco2e_per_kwh)} g CO2e per kWh: grid of {self.country} in {self.year}"


def site_electricity(site: Site, year_of_making: int, release: Release) -> SiteElectricity:
    """Give the grid factor that the calculation uses for goods made at a site in a year.

    Raises:
        MissingFactor: the release has no grid factor of the country that is recent enough.
    """
    factor = lookup.grid_factor(release, site.country, year_of_making)
    return SiteElectricity(site.country, factor.gco2e_per_kwh, factor.year, year_of_making)


def countries(release: Release, year_of_making: int) -> tuple[str, ...]:
    """Give the countries whose grid can be used for goods made in a year, as ISO 3166-1 alpha-3 codes."""
    grids = (key for key in release.keys("electricity") if key.startswith(_GRID))
    oldest = year_of_making - lookup.MAX_GRID_AGE_YEARS
    return tuple(
        key.removeprefix(_GRID)
        for key in grids
        if any(oldest <= Decimal(entry["year"]) <= year_of_making for entry in release.row("electricity", key)["years"])
    )
