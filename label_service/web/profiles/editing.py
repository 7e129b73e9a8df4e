"""Changes of profiles as pure functions: put an item, take one out, add lots, and say what was changed."""

from collections.abc import Iterable
from typing import Any

from label_service.declaration import Evidence
from label_service.declaration.profiles import MaterialLot, Profiles
from label_service.errors import Conflict
from label_service.web.languages import message, say
from label_service.web.profiles.sections import Section, Workshop

_NAMED = 3  # changes that are told


def put(profiles: Profiles, section: Section, item: Any, evidence: Iterable[Evidence]) -> Profiles:
    """Give profiles with an item in place of the one with its id, or added; its evidence is listed.

    Raises:
        InvalidDocument: the item does not fit to the others.
    """
    items = {other.id: other for other in section.items(profiles)} | {item.id: item}
    known = {entry.digest for entry in profiles.evidence}
    added = {entry.digest: entry for entry in evidence if entry.digest not in known}
    return _changed(profiles, **{section.name: items.values(), "evidence": [*profiles.evidence, *added.values()]})


def take_out(profiles: Profiles, section: Section, item_id: str) -> Profiles:
    """Give profiles without an item; evidence stays listed, for rows of a catalogue may name it.

    Raises:
        Conflict: machines stand at the site.
    """
    here = [machine.model for machine in profiles.machines if section.name == "sites" and machine.site == item_id]
    if here:
        raise Conflict(
            f"{len(here)} machines stand at this site: {', '.join(here[:_NAMED])}",
            hint="remove them, or say that they stand elsewhere",
        )
    return _changed(profiles, **{section.name: [item for item in section.items(profiles) if item.id != item_id]})


def add_lots(profiles: Profiles, lots: Iterable[MaterialLot]) -> Profiles:
    """Give profiles with lots added; those that are there stay as they were edited."""
    known = {lot.id for lot in profiles.lots}
    return _changed(profiles, lots=[*profiles.lots, *(lot for lot in lots if lot.id not in known)])


def told_changes(before: Profiles, after: Profiles, sections: Iterable[Section], workshop: Workshop) -> list[str]:
    """Say what differs, in a few words."""
    told = []
    for section in sections:
        old = {item.id: item for item in section.items(before)}
        new = {item.id: item for item in section.items(after)}
        for verb, ids in (
            (message("%(one)s added: %(name)s"), [item_id for item_id in new if item_id not in old]),
            (message("%(one)s removed: %(name)s"), [item_id for item_id in old if item_id not in new]),
            (
                message("%(one)s changed: %(name)s"),
                [item_id for item_id in new if item_id in old and new[item_id] != old[item_id]],
            ),
        ):
            names = [section.words((old | new)[item_id], workshop)[0] for item_id in ids]
            told += [say(verb, one=say(section.one), name=name) for name in names]
    more = [say("and %(count)s more", count=len(told) - _NAMED)] if len(told) > _NAMED else []
    return told[:_NAMED] + more


def _changed(profiles: Profiles, **members: Iterable[Any]) -> Profiles:
    """Check the whole again, so that references meet."""
    new = {name: [item.as_json() for item in items] for name, items in members.items()}
    return Profiles.from_json(profiles.as_json() | new)
