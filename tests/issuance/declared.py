"""Many declarations in a database at once, each with its inventory and assessment, without the way through a scheme."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

from sqlalchemy import Engine

from label_service.assessment import assess
from label_service.declaration import Declaration
from label_service.inventory.build import build_inventory
from label_service.store.database import transaction
from label_service.store.documents import keep
from label_service.store.tables import DeclarationRow
from tests import examples
from tests.stage import NOON


def varied(count: int, makers: Iterable[Callable[[], dict[str, Any]]] = examples.ALONE) -> Iterator[Declaration]:
    """Give declarations of the examples in turn, no two alike, the same ones each time."""
    random, makers = Random(20261123), tuple(makers)
    for number in range(count):
        document = makers[number % len(makers)]() | {"salt": f"{number:032x}"}
        for line in document["materials"]:
            factor = random.uniform(0.8, 1.2)
            for name in {"net", "gross"} & line.keys():
                line[name]["value"] = f"{float(line[name]['value']) * factor:.4f}".rstrip("0").rstrip(".")
        yield Declaration.from_json(document)


def kept(engine: Engine, declarations: Iterable[Declaration]) -> list[str]:
    """Keep declarations as the service would, and give their ids."""
    ids, release = [], examples.RELEASE
    with transaction(engine) as session:
        for number, declaration in enumerate(declarations):
            inventory = build_inventory(declaration, release, release.digest)
            row = DeclarationRow(
                id=str(uuid.UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128)),
                state="assessed",
                producer_id=declaration.producer.id,
                name=declaration.product.name,
                declaration_digest=keep(session, "declaration", declaration.to_bytes(), NOON),
                inventory_digest=keep(session, "inventory", inventory.to_bytes(), NOON),
                assessment_digest=keep(session, "assessment", assess(inventory, release).to_bytes(), NOON),
                created_at=NOON,
            )
            session.add(row)
            ids.append(row.id)
    return ids
