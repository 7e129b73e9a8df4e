"""Plain words for a place in a declaration, which documents and findings name by a JSON pointer."""

from collections.abc import Callable, Mapping
from typing import Final

from label_service.declaration import Declaration
from label_service.web.languages import message, say
from label_service.web.words import Words

_SECTIONS: Final = {
    "inbound": message("way to the workshop, leg %(name)s"),
    "distribution": message("way to the buyer, leg %(name)s"),
    "packaging": message("packaging %(name)s"),
    "parts": message("part %(name)s"),
    "steps": message("step %(name)s"),
    "product": message("product: %(name)s"),
}
_MEMBERS: Final = {
    "net": message("weight in the product"),
    "gross": message("material taken"),
    "recycled_share": message("recycled share"),
    "energy_per_mass": message("energy for a kilogram"),
    "nameplate_power": message("power on the nameplate"),
    "energy": message("energy"),
    "duration": message("duration"),
    "distance": message("distance"),
    "mass": message("mass"),
    "amount": message("amount"),
    "function": message("function"),
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
            return say("file %(name)s", name=papers.get(name, name))
        if section == "machines":
            return _said(say("machine %(name)s", name=machines.get(name, name)), members)
        if section == "materials" and members[:1] == ["bought_in"]:
            supplier = suppliers.get((name, members[1] if len(members) > 1 else ""), say("supplier"))
            return _said(f"{_line(name, materials)}, {supplier}", members[2:])
        if section == "materials":
            return _said(_line(name, materials), members)
        if section in _SECTIONS:
            number = str(int(name) + 1) if name.isdecimal() else _member(name)
            return _said(say(_SECTIONS[section], name=number).strip(" :"), members)
        return _said(section.replace("_", " "), rest)

    return place


def _line(name: str, materials: Mapping[str, str]) -> str:
    return f"{materials[name]} ({name})" if name in materials else say("material %(name)s", name=name)


def _said(start: str, members: list[str]) -> str:
    said = (_member(member) for member in members if not member.isdecimal())
    return ": ".join(part for part in (start, ", ".join(said)) if part)


def _member(name: str) -> str:
    return say(_MEMBERS[name]) if name in _MEMBERS else name.replace("_", " ")
