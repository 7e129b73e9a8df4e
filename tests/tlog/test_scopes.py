"""The books of the scopes: an honest log has no findings, and every way to cheat has one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.tlog.audit import Finding
from label_service.tlog.leaf import (
    KeyLeaf,
    LabelLeaf,
    Leaf,
    RevealLeaf,
    ScopeLeaf,
    StatementLeaf,
    StatusLeaf,
    WeekLeaf,
    leaf_bytes,
)
from label_service.tlog.sampling import chain_value, commitment_of, draw
from label_service.tlog.scopes import Books, Draw, Head
from label_service.tlog.tiles import RightEdge
from label_service.tlog.week import end_of, week_of

FIRST = "2026-W46"
START = datetime(2026, 11, 9, 12)  # noqa: DTZ001 - a Monday of the calendar
WEEKS = 30


def week(number: int) -> str:
    """Name week number n."""
    return week_of(f"{START + timedelta(weeks=number - 1):%Y-%m-%d}")


def at(number: int, days: float = 0) -> str:
    """Give a time some days after the end of week n."""
    return f"{datetime.fromisoformat(end_of(week(number))) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class Log:
    """A log that grows entry by entry, with a checkpoint wherever one is signed."""

    leaves: list[Leaf] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)

    def add(self, leaf: Leaf) -> "Log":
        """Append an entry."""
        self.leaves.append(leaf)
        return self

    def scope(self, name: str = "a", **members: Any) -> "Log":
        """Log a scope."""
        standing = {
            "digest": digest(name),
            "auditor": "did:key:z6Mk#z6Mk",
            "commitment": commitment_of(digest_bytes(f"seed {name}"), WEEKS).hex(),
            "quantity": 100,
            "sampling_rate": "0.5",
            "first_week": FIRST,
            "weeks": WEEKS,
        }
        return self.add(ScopeLeaf.model_validate(standing | members))

    def label(self, number: int = 1, name: str = "a", quantity: int = 1, **members: Any) -> "Log":
        """Log a label of week n in a scope, at its true position."""
        self.used[name] = self.used.get(name, 0) + quantity
        standing = {
            "digest": digest(f"label {len(self.leaves)}"),
            "label_id": label_id(len(self.leaves)),
            "attestation_digest": digest(name),
            "inventory_digest": "cc" * 32,
            "assessment_digest": "dd" * 32,
            "quantity": quantity,
            "scope_digest": digest(name),
            "scope_position": self.used[name],
            "week": week(number),
        }
        return self.add(LabelLeaf.model_validate(standing | members))

    def close(self, number: int, days: float = 0) -> "Log":
        """Close week n some days after its end, under a checkpoint."""
        return self.add(WeekLeaf(week=week(number), at=at(number, days))).sign()

    def reveal(self, number: int, name: str = "a", **members: Any) -> "Log":
        """Reveal the value of week n."""
        value = chain_value(digest_bytes(f"seed {name}"), WEEKS, number).hex()
        return self.add(
            RevealLeaf.model_validate({"scope_digest": digest(name), "week": week(number), "value": value} | members)
        ).sign()

    def state(self, purpose: str, value: bool, name: str = "a") -> "Log":
        """Change the state of a scope."""
        return self.add(
            StatusLeaf(
                scope_digest=digest(name), purpose=purpose, value=value, reason="finding", at=at(1), actor="scheme"
            )
        )

    def sign(self) -> "Log":
        """Sign a checkpoint over all entries."""
        edge, _ = RightEdge().append([leaf_bytes(leaf) for leaf in self.leaves])
        self.heads.append(Head(len(self.leaves), edge.root()))
        return self

    def read(self, when: str | None = None) -> tuple[list[str], list[Draw]]:
        """Give the words of all findings, and the draws."""
        findings: list[Finding] = []
        books = Books(findings.append)
        for index, leaf in enumerate(self.leaves):
            books.see(index, leaf)
        draws = list(books.draws(self.heads, when or at(1)))
        if when:
            books.finish(when)
        return [finding.detail for finding in findings], draws


def digest_bytes(name: str) -> bytes:
    """Give 32 bytes for a word."""
    return sha256(name.encode()).digest()


def digest(name: str) -> str:
    """Give a digest for a word."""
    return digest_bytes(name).hex()


def label_id(number: int) -> str:
    """Give a label id for a number."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "".join(letters[(number >> shift) % 32] for shift in range(60, -5, -5))


@st.composite
def honest_logs(draw_from) -> tuple[Log, int]:
    """Give a log of two scopes that kept all rules, and its last week."""
    log = Log().scope("a").scope("b", sampling_rate="1").sign()
    last = draw_from(st.integers(1, 8))
    for number in range(1, last + 1):
        for name in draw_from(st.lists(st.sampled_from("ab"), max_size=6)):
            log.label(number, name, draw_from(st.integers(1, 3)))
            if draw_from(st.booleans()):
                log.sign()
        if number < last and number % 2 and draw_from(st.booleans()):
            continue  # the next week closes this one too
        log.close(number)
        for name in log.used:
            log.reveal(number, name)
    return log, last


@given(honest_logs())
def test_an_honest_log_has_no_findings(made):
    """Whatever a service does by the rules, whoever reads the log finds nothing."""
    log, last = made
    findings, draws = log.read(at(last, 1))
    assert findings == []
    assert all(item.drawn is not None and not item.is_overdue for item in draws)
    drawn = [label_id for item in draws if item.scope_digest == digest("b") for label_id in item.drawn or ()]
    assert drawn == [
        leaf.label_id for leaf in log.leaves if isinstance(leaf, LabelLeaf) and leaf.scope_digest == digest("b")
    ]


@given(honest_logs())
def test_every_label_of_a_scope_is_in_one_draw(made):
    """No label slips between two weeks, and none is drawn from twice."""
    log, last = made
    _, draws = log.read(at(last, 1))
    labels = [item.index for found in draws for item in found.labels]
    assert sorted(labels) == [index for index, leaf in enumerate(log.leaves) if isinstance(leaf, LabelLeaf)]
    assert len(set(labels)) == len(labels)


@given(honest_logs(), st.data())
def test_an_entry_left_out_or_moved_is_found(made, data):
    """A log from which a scope, a week, or any but the last label of a scope is missing does not add up."""
    log, last = made
    later = {name: max(i for i, leaf in enumerate(log.leaves) if is_label(leaf, name)) for name in log.used}
    candidates = [
        index
        for index, leaf in enumerate(log.leaves)
        if (isinstance(leaf, ScopeLeaf) and any(digest(name) == leaf.digest for name in log.used))
        or (isinstance(leaf, LabelLeaf) and index not in later.values())
    ]
    if not candidates:
        return
    del log.leaves[data.draw(st.sampled_from(candidates))]
    assert log.read(at(last, 1))[0]


def is_label(leaf, name):
    """Whether a leaf is a label of a scope."""
    return isinstance(leaf, LabelLeaf) and leaf.scope_digest == digest(name)


CHEATS: dict[str, tuple[Log, str]] = {
    "a label before its scope": (Log().label().scope(), "not logged before"),
    "a scope twice": (Log().scope().scope(), "logged twice"),
    "a position too low": (Log().scope().label().label(scope_position=1), "expected position 2"),
    "a position too high": (Log().scope().label(scope_position=2), "expected position 1"),
    "more than N": (Log().scope(quantity=2).label(quantity=2).label(), "is for 2 items, found 3"),
    "another attestation": (Log().scope().label(attestation_digest="ab" * 32), "expected the attestation of the scope"),
    "a label while suspended": (Log().scope().state("suspension", True).label(), "was suspended"),
    "a label after revocation": (Log().scope().state("revocation", True).label(), "was revoked"),
    "a revocation undone": (
        Log().scope().state("revocation", True).state("suspension", False).label(),
        "was revoked",
    ),
    "a state of no scope": (Log().state("suspension", True), "not logged before"),
    "a label before the first week": (Log().scope(first_week=week(2)).label(1), "found one of 2026-W46"),
    "a label after the last week": (Log().scope(weeks=1).label(2), "found one of 2026-W47"),
    "a label dated back": (Log().scope().label(3).close(3).reveal(3).label(2), "it is backdated"),
    "a week twice": (Log().close(1).close(1), "expected a week after"),
    "an earlier week": (Log().close(2).close(1), "expected a week after"),
    "an earlier time": (Log().close(1, days=30).close(2), "expected a week after"),
    "a week closed late": (Log().scope().label(1).close(1, days=15), "are closed only at"),
    "a label closed weeks later": (Log().scope().label(1).close(4), "are closed only at"),
    "a value of no scope": (Log().close(1).reveal(1), "not logged before"),
    "a value before its week": (Log().scope().label().reveal(1), "not closed before"),
    "a value of a coming week": (Log().scope().label().close(1).reveal(2), "not closed before"),
    "a value twice": (Log().scope().label().close(1).reveal(1).reveal(1), "revealed twice"),
    "a value of another chain": (
        Log().scope().label().close(1).reveal(1, value="ab" * 32),
        "not of the chain",
    ),
    "a value of another week": (
        Log().scope().label().close(1).close(2).reveal(2, week=week(1)),
        "not of the chain",
    ),
    "a value after the chain": (
        Log().scope(weeks=1).label(1).close(1).reveal(1).close(2).reveal(2),
        "expected a value",
    ),
    "a label while a value is overdue": (
        Log().scope().label(1).close(1).close(5).label(6),
        "not revealed in time",
    ),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_every_cheat_is_found_and_named(cheat):
    """Counters, states, weeks and values that are not as the rules say are found by whoever reads the log."""
    log, words = CHEATS[cheat]
    (found, *others), _ = log.read()
    assert words in found
    assert others == []


def test_a_value_logged_with_its_week_is_found():
    """A root that was signed when the value was known already may have been chosen."""
    log = Log().scope().label()
    log.add(WeekLeaf(week=week(1), at=at(1)))
    log.reveal(1)
    findings, _ = log.read()
    assert findings == ["the value of 2026-W46 is logged before a checkpoint over that week was signed without it"]


def test_the_root_is_that_of_the_first_checkpoint():
    """Checkpoints that are signed later do not change a draw; leaving the first one out would."""
    log = Log().scope()
    for _ in range(40):
        log.label(1)
    log.close(1)
    first = log.heads[0]
    log.add(KeyLeaf(kid="x", thumbprint="A" * 43, use="log", state="active", at=at(1))).sign().reveal(1)
    _, (found,) = log.read()
    value = chain_value(digest_bytes("seed a"), WEEKS, 1)
    assert found.drawn == draw(found.labels, first.root, value, "0.5")
    log.heads.remove(first)
    _, (other,) = log.read()
    assert other.drawn != found.drawn


def test_a_skipped_week_is_drawn_from_a_later_value():
    """An auditor who reveals only a later value has revealed the earlier one, though late."""
    log = Log().scope().label(1).close(1).label(2).close(2).reveal(2)
    findings, (first, second) = log.read(at(2, 1))
    assert findings == []
    assert first.value == chain_value(digest_bytes("seed a"), WEEKS, 1).hex()
    assert (first.drawn is None, second.drawn is None) == (False, False)


def test_a_week_closes_everything_since_the_last():
    """A week in which nothing was labelled needs no entry of its own."""
    log = Log().scope().label(1).close(1).reveal(1).label(7).close(7).reveal(7)
    findings, draws = log.read(at(7, 1))
    assert findings == []
    assert [(item.week, len(item.labels)) for item in draws] == [(week(1), 1), (week(7), 1)]


def test_a_label_at_midnight_belongs_to_the_next_draw():
    """A label that is logged just after its own week was closed is not lost."""
    log = Log().scope().label(1).close(1).label(1).reveal(1).label(2).close(2).reveal(2)
    findings, (first, second) = log.read(at(2, 1))
    assert findings == []
    assert (len(first.labels), len(second.labels)) == (1, 2)


def test_what_is_overdue_is_said():
    """A value that is not revealed in time leaves the draw open and is named; so is a week that nobody closed."""
    log = Log().scope().label(1).close(1)
    findings, (found,) = log.read(at(1, 14))
    assert (findings, found.is_overdue, found.drawn, found.due_at) == ([], False, None, at(1, 14))
    findings, (found,) = log.read(at(1, 15))
    assert found.is_overdue
    assert findings == ["the value of 2026-W46 is not revealed in time, and the scope is not suspended"]
    log.state("suspension", True)
    assert log.read(at(1, 15))[0] == []
    log.reveal(1).state("suspension", False).label(4)
    assert log.read(at(4, 14))[0] == []
    assert log.read(at(4, 15))[0] == ["labels of 2026-W49 are not closed by a week's entry"]


def test_a_reinstated_scope_labels_again():
    """A suspension that was lifted holds nothing back."""
    log = Log().scope().label().state("suspension", True).state("suspension", False).label()
    assert log.read()[0] == []


def test_what_the_auditor_found_is_known():
    """The statement about a drawn label stands in the books; other entries leave them alone."""
    books = Books(pytest.fail)
    for number, kind in enumerate(("sample_result", "recall")):
        leaf = StatementLeaf(kind=kind, digest=digest(kind), signer="x", at=at(1), label_id=label_id(number))
        books.see(number, leaf)
    assert books.results == {label_id(0): digest("sample_result")}


def test_labels_outside_of_scopes_do_not_count():
    """A label attested by itself has no place and is never drawn."""
    leaf = Log().scope().label().leaves[1]
    plain = leaf.model_copy(update={"scope_digest": None, "scope_position": None, "week": None})
    findings, draws = Log().add(plain).close(1).read()
    assert (findings, draws) == ([], [])
