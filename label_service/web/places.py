"""Plain words for a place in a declaration, which documents and findings name by a JSON pointer."""

from collections.abc import Callable, Mapping
from typing import Final

from label_service.declaration import Declaration
from label_service.web.words import Words

_SECTIONS: Final = {
    "inbound": "way to the workshop, leg",
    "distribution": "way to the buyer, leg",
    "packaging": "packaging",
    "parts": "part",
    "steps": "step",
    "product": "product",
}
_MEMBERS: Final = {
    "net": "weight in the product",
    "gross": "material taken",
    "recycled_share": "recycled share",
    "energy_per_mass": "energy for a kilogram",
    "nameplate_power": "power on the nameplate",
}
Place = Callable[[str], str]


def places(declaration: Declaration, words: Words) -> Place:
    """Give what names places of one declaration; one it does not know is said by its own parts."""
    papers = {item.digest: item.name for item in declaration.evidence}
    machines = {item.id: item.model for item in declaration.machines}
    materials = {line.id: words.material(line.material) for line in declaration.materials}
    suppliers = {
        (line.id, str(number)): words.name("processes", step.process)
        for line in declaration.materials
        for number, step in enumerate(line.bought_in)
    }

    def place(where: str) -> str:
        section, *rest = where.strip("/").split("/")
        name, *members = rest or [""]
        if section == "evidence":
            return f"file {papers.get(name, name)}"
        if section == "machines":
            return _said(f"machine {machines.get(name, name)}", members)
        if section == "materials" and members[:1] == ["bought_in"]:
            supplier = suppliers.get((name, members[1] if len(members) > 1 else ""), "supplier")
            return _said(f"{_line(name, materials)}, {supplier}", members[2:])
        if section == "materials":
            return _said(_line(name, materials), members)
        if section in _SECTIONS:
            number = str(int(name) + 1) if name.isdecimal() else name.replace("_", " ")
            return _said(f"{_SECTIONS[section]} {number}".strip(), members)
        return _said(section.replace("_", " "), rest)

    return place


def _line(name: str, materials: Mapping[str, str]) -> str:
    return f"{materials[name]} ({name})" if name in materials else f"material {name}"


def _said(start: str, members: list[str]) -> str:
    said = (_MEMBERS.get(member, member.replace("_", " ")) for member in members if not member.isdecimal())
    return ": ".join(part for part in (start, ", ".join(said)) if part)
