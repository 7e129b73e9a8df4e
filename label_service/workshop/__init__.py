"""What a workshop has, to fill profiles without typing: known machines, spools from Spoolman, electricity of the site.

Format page of the profiles: docs/formats/profiles.md.
"""

from label_service.workshop.electricity import SiteElectricity, countries, site_electricity
from label_service.workshop.machines import CatalogueMachine, find_machine, machine_catalogue, process_of
from label_service.workshop.spoolman import Spools, UnknownMaterial, read_spoolman

__all__ = [
    "CatalogueMachine",
    "SiteElectricity",
    "Spools",
    "UnknownMaterial",
    "countries",
    "find_machine",
    "machine_catalogue",
    "process_of",
    "read_spoolman",
    "site_electricity",
]
