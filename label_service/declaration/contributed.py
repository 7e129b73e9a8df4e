"""Steps that another party did and signs for itself, before and after they are part of a declaration.

A declaration holds the members of a contribution word for word and says which ones they are; so everybody who has the
declaration makes the contribution again and compares its digest with the signed one. Format page:
docs/formats/contribution.md.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from label_service.declaration import (
    Contributed,
    Declaration,
    Evidence,
    Machine,
    Material,
    Salt,
    Site,
    Step,
    all_known,
    evidence_digests,
)
from label_service.document import MAX_LINES, Document, unique, validate
from label_service.errors import Conflict

_LISTS = ("sites", "machines", "materials", "steps", "evidence")


class ContributedSteps(Document):
    """What one party declares of a batch: its steps and all they rest on; private, as a declaration is.

    Steps may work materials that are listed by others; sites, machines and evidence are its own.
    """

    TYPE: ClassVar[str] = "contributed-steps"

    type: Literal["contributed-steps"]
    version: Literal["1"]
    salt: Salt
    sites: Annotated[tuple[Site, ...], Field(min_length=1, max_length=MAX_LINES)]
    machines: Annotated[tuple[Machine, ...], Field(min_length=1, max_length=MAX_LINES)]
    materials: Annotated[tuple[Material, ...], Field(max_length=MAX_LINES)] = ()
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MAX_LINES)]
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _references_meet(self) -> Self:
        sites = unique("sites", [site.id for site in self.sites])
        machines = unique("machines", [machine.id for machine in self.machines])
        unique("materials", [line.id for line in self.materials])
        unique("steps", [step.id for step in self.steps])
        listed = unique("evidence", [item.digest for item in self.evidence])
        all_known("site", [machine.site for machine in self.machines], sites)
        all_known("machine", [step.machine for step in self.steps], machines)
        all_known("evidence", evidence_digests(self.as_json()), listed)
        return self

    def named(self, token: str) -> Contributed:
        """Give what a declaration says of these steps beside holding them."""
        return Contributed(
            token=token,
            salt=self.salt,
            sites=tuple(site.id for site in self.sites),
            machines=tuple(machine.id for machine in self.machines),
            materials=tuple(line.id for line in self.materials),
            steps=tuple(step.id for step in self.steps),
            evidence=tuple(item.digest for item in self.evidence),
        )


def steps_from(declaration: Declaration, salt: str) -> ContributedSteps:
    """Give the steps of a declaration that its maker made alone, so that they can enter another's product.

    Transport, packaging and sale stay out: they are those of whoever sells the product.

    Raises:
        InvalidDocument: they rest on evidence in a way that does not hold without the rest.
    """
    members = {name: getattr(declaration, name) for name in _LISTS}
    used = set(evidence_digests([item.as_json() for name in _LISTS[:-1] for item in members[name]]))
    members["evidence"] = tuple(item for item in declaration.evidence if item.digest in used)
    return validate(ContributedSteps, {"type": "contributed-steps", "version": "1", "salt": salt, **members})


def renamed(steps: ContributedSteps, prefix: str) -> ContributedSteps:
    """Give the steps with a prefix before every id of their own, so that two workshops with one `printer` can meet.

    Raises:
        InvalidDocument: an id becomes too long.
    """
    own = {line.id for line in steps.materials}
    content = steps.as_json()
    for name in _LISTS[:-1]:
        content[name] = [item | {"id": f"{prefix}-{item['id']}"} for item in content[name]]
    for machine in content["machines"]:
        machine["site"] = f"{prefix}-{machine['site']}"
    for step in content["steps"]:
        step["machine"] = f"{prefix}-{step['machine']}"
        step["materials"] = [f"{prefix}-{line}" if line in own else line for line in step["materials"]]
    return validate(ContributedSteps, content)


def steps_of(declaration: Declaration, named: Contributed) -> ContributedSteps:
    """Make a contribution again from the declaration that holds it.

    Raises:
        InvalidDocument: a member that it names is not there, or rests on one of another party.
    """
    members: dict[str, Any] = {"type": "contributed-steps", "version": "1", "salt": named.salt}
    for name in _LISTS:
        members[name] = _picked(getattr(declaration, name), getattr(named, name))
    return validate(ContributedSteps, members)


def with_steps(own: dict[str, Any], steps: ContributedSteps) -> dict[str, Any]:
    """Give the members of a declaration with those of a contribution behind them.

    Raises:
        Conflict: two parties name different things by one id.
    """
    content = steps.as_json()
    return own | {name: _joined(name, own[name], content[name]) for name in _LISTS}


def _picked(items: Sequence[Any], keys: Sequence[str]) -> tuple[Any, ...]:
    """Give the named items in the order of their names; what is not there is left to the model to miss."""
    by_key = {_key(item): item for item in items}
    return tuple(by_key.get(key) for key in keys)


def _key(item: Any) -> str:
    return str(item.digest if isinstance(item, Evidence) else item.id)


def _joined(name: str, left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put two lists together; the same evidence file is listed once."""
    key = "digest" if name == "evidence" else "id"
    known = {item[key]: item for item in left}
    for item in right:
        if item[key] in known and (name != "evidence" or known[item[key]] != item):
            raise Conflict(
                f"two parties call something {str(item[key])[:64]!r} in {name}",
                hint="rename it in one of the two, or name the same evidence alike",
                where=f"/{name}",
            )
    return [*left, *(item for item in right if item[key] not in known)]
