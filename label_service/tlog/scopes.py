"""The books of all scopes, kept from the log alone: positions, states, weeks and what was drawn.

Feed it every leaf in order, as `audit_log` gives them; what is not as it must be is a finding. Memory grows with the
number of labels in scopes. Format page: docs/formats/log.md.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from label_service.tlog.audit import Finding
from label_service.tlog.leaf import LabelLeaf, Leaf, RevealLeaf, ScopeLeaf, StatementLeaf, StatusLeaf, WeekLeaf
from label_service.tlog.sampling import Labelled, commitment_of, draw
from label_service.tlog.week import end_of, number_of

CLOSE_DAYS: Final = 14  # after a week is over its entry is in the log
REVEAL_DAYS: Final = 14  # after that the auditor has revealed her value, or the scope is suspended


class Head(NamedTuple):
    """Size and root of an archived checkpoint."""

    size: int
    root: bytes


class Draw(NamedTuple):
    """The draw among the labels of one scope that one week closed.

    Attributes:
        week: the week whose entry closed them.
        labels: in the order of the log.
        value: chain value of the week in hexadecimal; None until it, or that of a later week, is revealed.
        drawn: ids of the labels to audit again; None until the value and a checkpoint over the week are there.
        due_at: until when the value is to be revealed.
        is_overdue: whether it was not revealed by then.
    """

    scope_digest: str
    week: str
    labels: tuple[Labelled, ...]
    value: str | None
    drawn: tuple[str, ...] | None
    due_at: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class _Week:
    """Labels of a scope that a week closed, and until when its value is due."""

    week: str
    index: int
    labels: tuple[Labelled, ...]
    due_at: str


@dataclass(frozen=True, slots=True)
class _Reveal:
    value: bytes
    index: int


@dataclass(slots=True)
class _Scope:
    leaf: ScopeLeaf
    used: int = 0
    is_suspended: bool = False
    is_revoked: bool = False
    open: list[Labelled] = field(default_factory=list)
    weeks: dict[int, _Week] = field(default_factory=dict)  # by their number, as are reveals and due
    reveals: dict[int, _Reveal] = field(default_factory=dict)
    due: dict[int, _Week] = field(default_factory=dict)  # those whose value is not revealed

    def number(self, week: str) -> int:
        return number_of(week, self.leaf.first_week)

    def overdue(self, at: str) -> list[str]:
        """Give the weeks whose value was due before a time."""
        return [item.week for item in self.due.values() if at > item.due_at]

    def value(self, number: int) -> bytes | None:
        """Give the value of a week, hashed down from that of a later week where it was not revealed itself."""
        later = min((known for known in self.reveals if known >= number), default=None)
        return None if later is None else commitment_of(self.reveals[later].value, later - number)


class Books:
    """The state of every scope after the leaves seen so far."""

    def __init__(self, on_finding: Callable[[Finding], None]) -> None:
        self._report = on_finding
        self._scopes: dict[str, _Scope] = {}
        self._closed: set[str] = set()
        self._last: WeekLeaf | None = None
        self._waiting: dict[str, str] = {}  # oldest week of the labels that no week has closed yet, by scope
        self.results: dict[str, str] = {}
        """Digest of the auditor's statement about a label that was drawn, by label id."""

    @property
    def scopes(self) -> tuple[ScopeLeaf, ...]:
        """The entries of all scopes, in their order."""
        return tuple(scope.leaf for scope in self._scopes.values())

    def see(self, index: int, leaf: Leaf) -> None:
        """Take the next leaf of the log."""
        for detail in self._take(index, leaf):
            self._report(Finding(f"entry {index}", detail))

    def _take(self, index: int, leaf: Leaf) -> Iterator[str]:
        match leaf:
            case ScopeLeaf():
                yield from self._open(leaf)
            case LabelLeaf(scope_digest=str()):
                yield from self._label(index, leaf)
            case WeekLeaf():
                yield from self._close(index, leaf)
            case RevealLeaf():
                yield from self._reveal(index, leaf)
            case StatusLeaf(scope_digest=str()):
                yield from self._status(leaf)
            case StatementLeaf(kind="sample_result", label_id=str() as label_id):
                self.results[label_id] = leaf.digest
            case _:
                pass

    def _open(self, leaf: ScopeLeaf) -> Iterator[str]:
        if leaf.digest in self._scopes:
            yield f"the scope {leaf.digest} is logged twice"
        else:
            self._scopes[leaf.digest] = _Scope(leaf)

    def _label(self, index: int, leaf: LabelLeaf) -> Iterator[str]:
        scope = self._scopes.get(leaf.scope_digest or "")
        if scope is None:
            yield f"the label {leaf.label_id} is in the scope {leaf.scope_digest}, which is not logged before"
            return
        yield from self._state(scope, leaf)
        yield from _count(scope, leaf)
        week = leaf.week or ""
        if not 1 <= scope.number(week) <= scope.leaf.weeks:
            yield f"expected a label of the {scope.leaf.weeks} weeks from {scope.leaf.first_week}, found one of {week}"
        if self._last and week < self._last.week:
            yield f"the label {leaf.label_id} of {week} is logged after {self._last.week} was closed: it is backdated"
        scope.open.append(Labelled(index, leaf.label_id))
        self._waiting[scope.leaf.digest] = min(week, self._waiting.get(scope.leaf.digest, week))

    def _state(self, scope: _Scope, leaf: LabelLeaf) -> Iterator[str]:
        if leaf.attestation_digest != leaf.scope_digest:
            yield f"expected the attestation of the scope {leaf.scope_digest}, found {leaf.attestation_digest}"
        if scope.is_revoked or scope.is_suspended:
            state = "revoked" if scope.is_revoked else "suspended"
            yield f"the label {leaf.label_id} was issued while the scope {leaf.scope_digest} was {state}"
        for week in scope.overdue(self._last.at if self._last else ""):
            yield f"the label {leaf.label_id} was issued while the value of {week} was not revealed in time"

    def _close(self, index: int, leaf: WeekLeaf) -> Iterator[str]:
        if self._last and (leaf.week <= self._last.week or leaf.at < self._last.at):
            yield f"expected a week after {self._last.week}, closed at {self._last.at} or later, found {leaf.week}"
            return
        due_at = _later(leaf.at, REVEAL_DAYS)
        for digest, oldest in self._waiting.items():
            scope = self._scopes[digest]
            closed, number = _Week(leaf.week, index, tuple(scope.open), due_at), scope.number(leaf.week)
            scope.weeks[number] = scope.due[number] = closed
            scope.open.clear()
            if leaf.at > _later(end_of(oldest), CLOSE_DAYS):
                yield f"labels of {oldest} in the scope {digest} are closed only at {leaf.at}"
        self._waiting.clear()
        self._last = leaf
        self._closed.add(leaf.week)

    def _reveal(self, index: int, leaf: RevealLeaf) -> Iterator[str]:
        scope = self._scopes.get(leaf.scope_digest)
        if scope is None:
            yield f"a value is revealed for the scope {leaf.scope_digest}, which is not logged before"
            return
        number, value = scope.number(leaf.week), bytes.fromhex(leaf.value)
        if leaf.week not in self._closed:
            yield f"a value is revealed for {leaf.week}, which is not closed before"
        elif not 1 <= number <= scope.leaf.weeks:
            yield f"expected a value of the {scope.leaf.weeks} weeks from {scope.leaf.first_week}, found {leaf.week}"
        elif commitment_of(value, number).hex() != scope.leaf.commitment:
            yield f"the value revealed for {leaf.week} is not of the chain the scope {leaf.scope_digest} commits to"
        elif number in scope.reveals:
            yield f"a value for {leaf.week} of the scope {leaf.scope_digest} is revealed twice"
        else:
            scope.reveals[number] = _Reveal(value, index)
            scope.due.pop(number, None)

    def _status(self, leaf: StatusLeaf) -> Iterator[str]:
        scope = self._scopes.get(leaf.scope_digest or "")
        if scope is None:
            yield f"the state of the scope {leaf.scope_digest} changes, which is not logged before"
        elif leaf.purpose == "revocation":
            scope.is_revoked = True
        else:
            scope.is_suspended = leaf.value

    def draws(self, heads: Sequence[Head], at: str) -> Iterator[Draw]:
        """Give every draw, scope by scope in the order of the weeks; a value revealed too early is a finding.

        Args:
            heads: the archived checkpoints in the order of signing.
            at: the time asked for.
        """
        for scope in self._scopes.values():
            late = scope.overdue(at)
            for item in scope.weeks.values():
                yield self._draw(scope, item, _covering(heads, item.index), is_overdue=item.week in late)

    def _draw(self, scope: _Scope, item: _Week, head: Head | None, *, is_overdue: bool) -> Draw:
        number = scope.number(item.week)
        value, revealed = scope.value(number), scope.reveals.get(number)
        if revealed and (head is None or revealed.index < head.size):
            detail = f"the value of {item.week} is logged before a checkpoint over that week was signed without it"
            self._report(Finding(f"entry {revealed.index}", detail))
        drawn = draw(item.labels, head.root, value, scope.leaf.sampling_rate) if value and head else None
        text = value.hex() if value else None
        return Draw(scope.leaf.digest, item.week, item.labels, text, drawn, item.due_at, is_overdue)

    def finish(self, at: str) -> None:
        """Report what should have happened by a time: weeks that were not closed, scopes that were not suspended."""
        for digest, scope in self._scopes.items():
            oldest = self._waiting.get(digest)
            if oldest and at > _later(end_of(oldest), CLOSE_DAYS):
                self._report(Finding(f"scope {digest}", f"labels of {oldest} are not closed by a week's entry"))
            late = [] if scope.is_suspended or scope.is_revoked else scope.overdue(at)
            if late:
                detail = f"the value of {', '.join(late)} is not revealed in time, and the scope is not suspended"
                self._report(Finding(f"scope {digest}", detail))


def _count(scope: _Scope, leaf: LabelLeaf) -> Iterator[str]:
    """Add a label up; the true sum is kept, whatever the label says."""
    expected = scope.used + leaf.quantity
    if leaf.scope_position != expected:
        yield f"expected position {expected} of the label {leaf.label_id} in its scope, found {leaf.scope_position}"
    if expected > scope.leaf.quantity:
        yield f"the scope {leaf.scope_digest} is for {scope.leaf.quantity} items, found {expected}"
    scope.used = expected


def _covering(heads: Sequence[Head], index: int) -> Head | None:
    """Give the first checkpoint that covers an entry."""
    return next((head for head in heads if head.size > index), None)


def _later(at: str, days: int) -> str:
    moment = datetime.fromisoformat(at) + timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
