"""Entries of the open register: plain values, as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from label_service.label.attestation import ScopeAttestation
from label_service.label.statement import Statement

StateName = Literal["valid", "suspended", "revoked", "superseded", "expired"]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list; `number` counts from 1."""

    items: tuple[Item, ...]
    number: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class ProducerEntry:
    """A producer with how many labels of it count and how many were withdrawn."""

    id: str
    name: str
    country: str
    state: str
    since: datetime
    labels: int
    withdrawn: int

    @property
    def code(self) -> str:
        """The last part of the party's id."""
        return self.id.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class ScopeEntry:
    """A scope: whose, by whom, how much of it is used, how it stands."""

    digest: str
    producer_id: str
    producer: str
    auditor: str
    used: int
    quantity: int
    valid_from: str
    valid_until: str
    state: StateName
    reason: str
    status_at: datetime | None


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """A label in a list."""

    id: str
    name: str
    state: StateName
    issued_at: datetime
    scope_position: int | None


@dataclass(frozen=True, slots=True)
class SampleEntry:
    """A label that was drawn for another look; `state` is `open`, `confirmed`, `finding` or `overdue`."""

    label_id: str
    name: str
    scope_digest: str
    week: str
    state: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a label or scope stands, with the reason in public where it does not count.

    Attributes:
        name: of the product, or the first characters of the scope's digest.
        words: of the signed statement; empty where there is none.
        at: when it came to stand so; None where it always did.
    """

    kind: Literal["label", "scope"]
    id: str
    name: str
    producer: str
    state: StateName
    reason: str
    words: str
    at: datetime | None

    @property
    def path(self) -> str:
        """Where to read on."""
        return f"/L/{self.id}" if self.kind == "label" else f"/register/scopes/{self.id}"


@dataclass(frozen=True, slots=True)
class StateEvent:
    """A public change of state, as it was signed and logged."""

    digest: str
    statement: Statement
    at: datetime
    log_index: int


@dataclass(frozen=True, slots=True)
class ScopePage:
    """A scope with everything public about it."""

    entry: ScopeEntry
    content: ScopeAttestation
    words: str
    labels: tuple[LabelEntry, ...]
    samples: tuple[SampleEntry, ...]
    log_index: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The scheme in numbers.

    Attributes:
        few: below this number, a count of cases is not told, because the people behind them could be recognised.
    """

    producers: int
    labels: int
    withdrawn: int
    samples: dict[str, int]
    cases: dict[str, int]
    few: int

    def told(self, count: int) -> str:
        """Give a count of cases as it may be told."""
        return str(count) if count == 0 or count >= self.few else f"fewer than {self.few}"
