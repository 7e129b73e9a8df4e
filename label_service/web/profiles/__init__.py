"""Profiles on pages: sites, machines, materials and products, asked once. Format page: docs/formats/profiles.md."""

from typing import Final

from label_service.web.profiles.lots import LOTS
from label_service.web.profiles.machines import MACHINES
from label_service.web.profiles.products import PRODUCTS
from label_service.web.profiles.sections import Section, Workshop, read_item
from label_service.web.profiles.sites import SITES

SECTIONS: Final[dict[str, Section]] = {section.name: section for section in (SITES, MACHINES, LOTS, PRODUCTS)}

__all__ = ["SECTIONS", "Section", "Workshop", "read_item"]
