"""Products made of parts in every way that has a named result, for both verifiers."""

from typing import Any

from tests.vectors.make_parts import inventory_with, part, product, record, weigh

LATER = {"valid_from": "2026-11-20T11:30:00Z"}


def deep(levels: int) -> dict[str, Any]:
    """Give a product with parts of parts down to so many levels."""
    inner: list[Any] = []
    for number in range(levels):
        inner = [part(number, inner)]
    return product(inner)


def cycle() -> dict[str, Any]:
    """Give a product of which a part is made of a label with the id of the product."""
    return product([part(1, [part(2, label_id="EXAMPLELABEL2")])])


def of_record(**members: Any) -> dict[str, Any]:
    """Give a product made of what a record is about."""
    return product([record(**members)])


def withdrawn() -> dict[str, Any]:
    """Give a product with a record that its supplier took back."""
    return product([record()], withdrawn=[weigh(record()).digest])


def of_another_inventory() -> dict[str, Any]:
    """Give a part with the inventory of another one."""
    inner = part(1)
    return product([inner | {"inventory": inventory_with((), name="Other").as_json()}], named=[inner])


CHAINS = {
    "four levels": (lambda: deep(4), ""),
    "five levels": (lambda: deep(5), "part_too_deep"),
    "a cycle": (cycle, "part_cycle"),
    "an expired part": (lambda: product([part(valid_until="2026-11-20T11:00:00Z")], **LATER), "part_expired"),
    "another inventory": (of_another_inventory, "part_forged"),
    "an expired record": (lambda: of_record(valid_until="2026-11-20T09:00:00Z"), "part_expired"),
    "a withdrawn record": (withdrawn, "part_withdrawn"),
    "another method": (lambda: of_record(method="EN 15804"), "part_method"),
    "another boundary": (lambda: of_record(boundary="cradle_to_grave"), "part_boundary"),
    "no demo": (lambda: of_record(demo=False), "part_demo"),
    "another supplier": (
        lambda: of_record(supplier={"id": "https://else.example", "name": "Else", "country": "AUT"}),
        "part_forged",
    ),
}
