"""Machines: picked from the catalogue of known ones, or typed."""

from decimal import Decimal
from typing import Any

from label_service.declaration import Machine
from label_service.factors.release import Release
from label_service.web.forms import Answers, Choice, Field
from label_service.web.languages import message, say
from label_service.web.profiles.sections import Section, Workshop, chosen, entry_of, in_unit, one_group
from label_service.workshop import CatalogueMachine, find_machine, machine_catalogue

_LARGEST_W = Decimal(1_000_000)


def _machine_fields(workshop: Workshop) -> tuple[Field, ...]:
    return (
        Field(
            "known",
            message("Which machine is it?"),
            "choice",
            message("Not in the list? Leave it and fill in the next two."),
            tuple((maker, tuple(models)) for maker, models in _models().items()),
            is_optional=True,
        ),
        Field(
            "model",
            message("Name, as your slicer calls it"),
            hint=message("empty: the name in the list; files that name this printer then find it by themselves"),
            is_optional=True,
        ),
        Field(
            "process",
            message("What does it do?"),
            "choice",
            message("empty: what the machine in the list does"),
            one_group(_processes(workshop)),
            is_optional=True,
        ),
        Field("site", message("Where does it stand?"), "choice", groups=one_group(workshop.sites())),
        Field(
            "nameplate_power",
            message("Power on its nameplate, in W"),
            "number",
            message("Only what the plate says; a meter that shows more is refused. What counts is always the meter."),
            is_optional=True,
        ),
        Field("plate", message("Photo of the nameplate"), "file", is_optional=True),
    )


def _models() -> dict[str, list[Choice]]:
    by_maker: dict[str, list[Choice]] = {}
    for machine in machine_catalogue():
        power = say(", about %(watts)s W", watts=machine.power_active_w) if machine.power_active_w else ""
        by_maker.setdefault(machine.maker, []).append((machine.name, machine.name + power))
    return by_maker


def _processes(workshop: Workshop) -> dict[str, str]:
    """Give the processes that goods can be made with: those of a family."""
    families = (workshop.release.row("families", key) for key in workshop.release.keys("families"))
    names = workshop.names("processes")
    found = {process for family in families for process in family.get("process_ids", "").split(";") if process}
    return {key: names[key] for key in sorted(found)}


def _read_machine(answers: Answers, workshop: Workshop) -> dict[str, Any]:
    known = answers.choice("known", {machine.name: "" for machine in machine_catalogue()})
    listed = find_machine(known) if known else None
    model = answers.text("model") or (listed.name if listed else None)
    process = answers.choice("process", _processes(workshop)) or (listed.process if listed else None)
    if listed is None and not (model and process):
        answers.problems.setdefault("known", "choose a machine, or fill in name and what it does")
    power = answers.number("nameplate_power", _LARGEST_W)
    return {
        "model": model,
        "process": process,
        "site": chosen(answers, "site", workshop.sites()),
        "nameplate_power": entry_of(power, "W", "derived", answers.digests("plate")),
    }


def _machine_values(machine: Machine) -> dict[str, str | None]:
    """Leave out what the list says, so that another choice there changes it."""
    power = machine.nameplate_power
    listed = find_machine(machine.model)
    return {
        "known": listed.name if listed else None,
        "model": machine.model if listed is None or listed.name != machine.model else None,
        "process": machine.process if listed is None or listed.process != machine.process else None,
        "site": machine.site,
        "nameplate_power": in_unit(power.value, power.unit, "W") if power else None,
    }


def _machine_words(machine: Machine, workshop: Workshop) -> tuple[str, str]:
    process = workshop.names("processes").get(machine.process, machine.process)
    site = workshop.sites().get(machine.site, machine.site)
    listed = find_machine(machine.model)
    return f"{machine.model}, {site}", ". ".join(filter(None, (process, _power(listed, workshop.release))))


def _power(machine: CatalogueMachine | None, release: Release) -> str:
    """Say the power of a known machine with its source; it is shown and never enters a declaration."""
    if machine is None or not machine.power_active_w:
        return ""
    source = release.row("process_sources", machine.power_source)
    idle = say(", %(watts)s W waiting", watts=machine.power_idle_w) if machine.power_idle_w else ""
    citation = str(source["citation"]).partition(":")[0]
    return say(
        "About %(watts)s W at work%(idle)s (reliability %(class)s: %(citation)s)",
        **{"watts": machine.power_active_w, "idle": idle, "class": source["reliability"], "citation": citation},
    )


MACHINES = Section(
    name="machines",
    title=message("Machines"),
    one=message("machine"),
    lead=message("What you make things with. A figure of power is for orientation; what counts is the meter."),
    model=Machine,
    fields=_machine_fields,
    start=lambda workshop: {"site": workshop.profiles.sites[0].id} if len(workshop.profiles.sites) == 1 else {},
    values=_machine_values,
    evidence=lambda machine: {"plate": machine.nameplate_power.evidence if machine.nameplate_power else ()},
    papers={"plate": "photo"},
    read=_read_machine,
    words=_machine_words,
)
