"""Who did what of a product made by several parties: each signed its own runs, and the label binds what was signed."""

from collections.abc import Iterable
from typing import NamedTuple

from label_service.declaration.contribution import Contribution, Place, Run, Signed, read_contribution
from label_service.document import Party
from label_service.errors import ConsentMissing
from label_service.inventory import Inventory


class Share(NamedTuple):
    """What one party did: its runs and, where it signed them, the places it worked at."""

    party: Party
    runs: tuple[Run, ...]
    places: tuple[Place, ...]


def check_contributed(inventory: Inventory, origin: str, other_keys: Iterable[str] = ()) -> tuple[Signed, ...]:
    """Check that every partner of an inventory signed its own runs, for this batch and scheme.

    Args:
        inventory: of the product.
        origin: of the scheme.
        other_keys: `x` of the keys of issuer and auditor, which are no party's own.

    Raises:
        ConsentMissing: a partner signed nothing, other runs, or for another product; or two share a key or a run.
        InvalidDocument, VerificationError: a token has not its form, or its signature does not hold.
    """
    found = tuple(read_contribution(text) for text in inventory.contributions or ())
    said = [signed.content for signed in found]
    if tuple(item.party for item in said) != inventory.partners:
        names = ", ".join(item.party.name for item in said) or "nobody"
        raise ConsentMissing(f"expected the signatures of all {len(inventory.partners)} partners, found {names}")
    keys = [*{*other_keys}, *(item.key.x for item in said)]
    if len(set(keys)) != len(keys):
        raise ConsentMissing("two parties sign with one key")
    for content in said:
        _check_about(content, inventory, origin)
    _check_runs(said, inventory)
    return found


def shares(inventory: Inventory) -> tuple[Share, ...]:
    """Give who did what, the producer first; nothing is verified here."""
    said = [read_contribution(text).content for text in inventory.contributions or ()]
    signed = {run.step for content in said for run in content.runs}
    own = tuple(run for run in inventory.runs if run.step not in signed)
    return (Share(inventory.producer, own, ()), *(Share(item.party, item.runs, item.sites) for item in said))


def _check_about(content: Contribution, inventory: Inventory, origin: str) -> None:
    for what, expected, found in (
        ("scheme", content.origin, origin),
        ("producer", content.producer, inventory.producer.id),
        ("product", content.product, inventory.name),
        ("quantity", content.quantity, inventory.quantity),
        ("demo flag", content.demo, inventory.demo),
    ):
        if expected != found:
            raise ConsentMissing(f"{content.party.name} signed for the {what} {expected}, found {found}")
    if not inventory.made.first <= content.made.first <= content.made.last <= inventory.made.last:
        raise ConsentMissing(f"{content.party.name} signed for days outside of {inventory.made.as_json()}")
    if not {place.country for place in content.sites} <= set(inventory.countries):
        raise ConsentMissing(f"{content.party.name} signed for another country than the inventory names")


def _check_runs(said: list[Contribution], inventory: Inventory) -> None:
    """Every signed run is in the inventory as it was signed, once; nobody else works on the machines of a party."""
    signed = [run for content in said for run in content.runs]
    by_step = {run.step: run for run in inventory.runs}
    for run in signed:
        if by_step.get(run.step) != run:
            raise ConsentMissing(f"the run {run.step!r} is not in the inventory as its party signed it")
    machines = [machine for content in said for machine in _machines(content.runs)]
    if len({run.step for run in signed}) != len(signed) or len(set(machines)) != len(machines):
        raise ConsentMissing("two parties signed the same run or machine")
    if stray := {run.machine for run in inventory.runs if run not in signed} & set(machines):
        raise ConsentMissing(f"a run on {min(stray)!r} is not signed by the party of this machine")


def _machines(runs: Iterable[Run]) -> set[str]:
    return {run.machine for run in runs}
