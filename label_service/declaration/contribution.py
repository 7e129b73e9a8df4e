"""A contribution: what one of several parties signs of its own steps, and what everybody may see of it.

    {"at":"…","batch":"…","demo":true,"key":{…},"made":{…},"origin":"https://labels.example","party":{…},
     "producer":"https://lab.example","product":"Lamp","quantity":4,"runs":[…],"sites":[…],"steps_digest":"…",
     "type":"contribution","version":"1"}

The token is public; the steps behind `steps_digest` stay in the declaration. The key is the party's own: the scheme
knows whose it is, and the label binds the token through the inventory. Format page: docs/formats/contribution.md.
"""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Final, Literal, NamedTuple

from pydantic import Field, StrictBool, StrictInt

from label_service.declaration import Contributed, ContributionToken, Declaration, Region, Salt
from label_service.declaration.contributed import ContributedSteps, steps_of, with_steps
from label_service.document import (
    MAX_LINES,
    Country,
    Digest,
    Document,
    Identifier,
    Model,
    Party,
    Period,
    Text,
    Timestamp,
    Uri,
    validate,
)
from label_service.errors import ConsentMissing, InvalidDocument, VerificationError
from label_service.trust import jws
from label_service.trust.keys import Signer, jwk, thumbprint
from label_service.trust.trust_list import Jwk

CONTRIBUTION_TYP: Final = "contribution+jwt"
Lines = Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MAX_LINES)]


class Run(Model):
    """A step of the making as everybody sees it: which machine at which site did what to which lines.

    Its energy and the mass it worked are those of the flows whose `input` is the step, or one of the lines.
    """

    step: Identifier
    machine: Identifier
    site: Identifier
    process: Identifier
    lines: Lines


class Place(Model):
    """Where a party worked, as exactly as it wants to be seen: country, and region where it said so."""

    id: Identifier
    country: Country
    region: Region | None = None


class Contribution(Document):
    """What a party signs: for which batch of which producer it did which steps, and the digest of all it declares.

    Attributes:
        batch: random name of the batch, the same for all who make it together; never that of another one.
        party: who did the steps, under the name it agrees to publish.
        steps_digest: of the `ContributedSteps` that the declaration holds.
    """

    TYPE: ClassVar[str] = "contribution"

    type: Literal["contribution"]
    version: Literal["1"]
    demo: StrictBool
    origin: Uri
    at: Timestamp
    batch: Salt
    producer: Uri
    product: Text
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    party: Party
    key: Jwk
    made: Period
    sites: Annotated[tuple[Place, ...], Field(min_length=1, max_length=MAX_LINES)]
    runs: Annotated[tuple[Run, ...], Field(min_length=1, max_length=MAX_LINES)]
    steps_digest: Digest


class Signed(NamedTuple):
    """A contribution whose signature holds under the key it names."""

    token: jws.Token
    content: Contribution


class Batch(Document):
    """What all who make a product together have in common; a producer hands it to whom it invites."""

    TYPE: ClassVar[str] = "batch"

    type: Literal["batch"] = "batch"
    version: Literal["1"] = "1"
    demo: StrictBool
    origin: Uri
    name: Salt
    producer: Party
    product: Text
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]


class SignedSteps(Document):
    """What a party hands back: its token, and the steps behind it; private, as a declaration is."""

    TYPE: ClassVar[str] = "signed-steps"

    type: Literal["signed-steps"] = "signed-steps"
    version: Literal["1"] = "1"
    token: ContributionToken
    steps: ContributedSteps


def contribution_for(
    batch: Batch, party: Party, made: Period, steps: ContributedSteps, *, key: bytes, at: str
) -> Contribution:
    """Give what a party has to sign for its steps; `key` is its public one.

    Raises:
        InvalidDocument: a member has not its form.
    """
    members = {
        "type": "contribution",
        "version": "1",
        "demo": batch.demo,
        "origin": batch.origin,
        "at": at,
        "batch": batch.name,
        "producer": batch.producer.id,
        "product": batch.product,
        "quantity": batch.quantity,
        "party": party,
        "key": jwk(key),
        "made": made,
        "sites": _places(steps),
        "runs": runs_of(steps),
        "steps_digest": steps.digest,
    }
    return validate(Contribution, members)


def sign_contribution(content: Contribution, signer: Signer) -> str:
    """Sign a contribution with the key it names and give the compact token."""
    return jws.sign(content.as_json(), typ=CONTRIBUTION_TYP, kid=thumbprint(content.key.raw), signer=signer)


def read_contribution(text: str) -> Signed:
    """Read a token strictly and verify its signature under the key it names; whose that is, others know.

    Raises:
        InvalidDocument: token or content break the format.
        VerificationError: the signature does not hold.
    """
    token = jws.parse(text, typ=CONTRIBUTION_TYP)
    content = Contribution.from_bytes(token.payload)
    if token.kid != thumbprint(content.key.raw):
        raise InvalidDocument("expected the kid to be the thumbprint of the key of the contribution")
    if not token.is_signed_by(content.key.raw):
        raise VerificationError(f"the signature of {content.party.name} on its steps does not hold")
    return Signed(token, content)


def combined(own: Declaration, contributions: Iterable[SignedSteps]) -> Declaration:
    """Give the one declaration: what the producer declares, then each contribution, ordered by party and digest.

    Raises:
        Conflict: two parties name different things by one id.
        ConsentMissing: a contribution is for something else, or not for these steps.
        InvalidDocument: a token is none, or the whole is no declaration.
    """
    read = sorted(
        ((read_contribution(item.token), item.steps) for item in contributions),
        key=lambda item: (item[0].content.party.id, item[0].token.digest),
    )
    members = own.as_json()
    for _, steps in read:
        members = with_steps(members, steps)
    if read:
        members["partners"] = tuple(signed.content.party for signed, _ in read)
        members["contributions"] = tuple(steps.named(signed.token.text) for signed, steps in read)
    declaration = validate(Declaration, members)
    check_contributions(declaration)
    return declaration


def check_contributions(declaration: Declaration) -> tuple[Signed, ...]:
    """Check that every partner signed the very steps that the declaration holds as its own, and give what was signed.

    Raises:
        ConsentMissing: a partner signed nothing, other steps, or steps of another batch; or somebody else works on
            its machines or has its steps.
        InvalidDocument, VerificationError: a token has not its form, or its signature does not hold.
    """
    named = declaration.contributions or ()
    if len(named) != len(declaration.partners):
        raise ConsentMissing(
            f"expected a signed contribution of each of {len(declaration.partners)} partners, found {len(named)}",
            hint="let each partner sign its own steps, or leave it out",
            where="/contributions",
        )
    found = tuple(read_contribution(item.token) for item in named)
    for number, (item, signed) in enumerate(zip(named, found, strict=True)):
        try:
            _check_one(declaration, item, signed.content, declaration.partners[number])
        except ConsentMissing as error:
            error.where = f"/contributions/{number}"
            raise
    if len({signed.content.batch for signed in found}) > 1:
        raise ConsentMissing("the partners signed for different batches", where="/contributions")
    _check_apart(declaration, named)
    return found


def _check_one(declaration: Declaration, named: Contributed, said: Contribution, partner: Party) -> None:
    steps = steps_of(declaration, named)
    whose = said.party.name
    for what, expected, found in (
        ("party", said.party, partner),
        ("producer", said.producer, declaration.producer.id),
        ("product", said.product, declaration.product.name),
        ("quantity", said.quantity, declaration.quantity),
        ("demo flag", said.demo, declaration.demo),
        ("steps", said.steps_digest, steps.digest),
        ("runs", said.runs, runs_of(steps)),
        ("sites", said.sites, _places(steps)),
    ):
        if expected != found:
            raise ConsentMissing(
                f"{whose} signed {what} {_short(expected)}, the declaration says {_short(found)}",
                hint=f"hand in what {whose} signed, or ask for a new contribution",
            )
    if not declaration.made.first <= said.made.first <= said.made.last <= declaration.made.last:
        raise ConsentMissing(
            f"{whose} signed for steps from {said.made.first} to {said.made.last}, outside of the days of making"
        )


def _check_apart(declaration: Declaration, named: Iterable[Contributed]) -> None:
    """Nothing belongs to two parties, and nobody works on the machines of another one."""
    taken: dict[tuple[str, str], str] = {}
    for item in named:
        for kind in ("sites", "machines", "materials", "steps"):
            for name in getattr(item, kind):
                if (kind, name) in taken:
                    raise ConsentMissing(f"two parties claim {name!r} of the {kind}", where=f"/{kind}")
                taken[kind, name] = item.token
    for step in declaration.steps:
        if taken.get(("machines", step.machine)) != taken.get(("steps", step.id)):
            raise ConsentMissing(
                f"step {step.id!r} is on a machine of a party that did not sign it", where=f"/steps/{step.id}"
            )


def runs_of(steps: ContributedSteps) -> tuple[Run, ...]:
    """Give the steps of a party as everybody sees them."""
    machines = {machine.id: machine for machine in steps.machines}
    return tuple(
        Run(
            step=step.id,
            machine=step.machine,
            site=machines[step.machine].site,
            process=machines[step.machine].process,
            lines=step.materials,
        )
        for step in steps.steps
    )


def _places(steps: ContributedSteps) -> tuple[Place, ...]:
    return tuple(Place(id=site.id, country=site.country, region=site.region) for site in steps.sites)


def _short(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(item.step if isinstance(item, Run) else item.id for item in value)[:80]
    return str(value.name if isinstance(value, Party) else value)[:80]
