"""Which labels of a scope are audited again: drawn by the log's root and a secret the auditor committed to before.

The auditor keeps a seed and publishes, in the scope, what it gives when it is hashed once for each week. Each week she
reveals the value before the last revealed one: it proves itself, and nobody could know it before. The root of the
checkpoint after the week was fixed by then, so neither she nor the operator could choose the sample.
Format page: docs/formats/log.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Final

from label_service.errors import InvalidDocument
from label_service.merkle import HASH_BYTES

_INDEX_BYTES: Final = 8
_DRAWS: Final = 1 << 8 * HASH_BYTES
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label of a scope and where it stands in the log."""

    index: int
    label_id: str


def commitment_of(value: bytes, number: int) -> bytes:
    """Hash the value of week `number` that often: the commitment, when the value is of its chain."""
    for _ in range(number):
        value = sha256(value).digest()
    return value


def chain_value(seed: bytes, weeks: int, number: int) -> bytes:
    """Give the value of week `number`, counted from 1, of a chain of `weeks` values; the last one is the seed itself.

    Raises:
        InvalidDocument: the chain has no such week, or the seed does not have 32 bytes.
    """
    if len(seed) != HASH_BYTES or not 1 <= number <= weeks:
        raise InvalidDocument(
            f"expected a seed of {HASH_BYTES} bytes and a week from 1 to {weeks}, "
            f"found {len(seed)} bytes and week {number}"
        )
    return commitment_of(seed, weeks - number)


def draw(labels: Iterable[Labelled], root: bytes, value: bytes, rate: str) -> tuple[str, ...]:
    """Give the ids of the labels that are drawn, in the order of the log.

    Args:
        labels: those of one scope in one closed week.
        root: of the first checkpoint that covers the week's entry.
        value: chain value of the week.
        rate: share of the labels that is drawn, of the scope.
    """
    return tuple(item.label_id for item in labels if is_drawn(root, value, item.index, rate))


def is_drawn(root: bytes, value: bytes, index: int, rate: str) -> bool:
    """Tell whether SHA-256(root ‖ value ‖ index), as a fraction of all values it can take, lies below the rate."""
    number = int.from_bytes(sha256(root + value + index.to_bytes(_INDEX_BYTES, "big")).digest(), "big")
    millionths = int(Decimal(rate) * _MILLION)
    return number * _MILLION < millionths * _DRAWS
