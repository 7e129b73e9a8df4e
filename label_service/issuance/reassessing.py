"""Assessing again, under another release, what was declared: one declaration, and a range of them in one process.

A declaration becomes an inventory under the new release, so that changed defaults and uncertainties count too, and
`decide` says what its letter would be. What it has now is read from its assessment. Nothing is written but the report.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from label_service.declaration import Declaration
from label_service.errors import LabelServiceError
from label_service.factors.release import RecordingRelease, Release
from label_service.factors.rows import RowId
from label_service.factors.succession import OneRowChanged, RowChange, changed_rows
from label_service.grade.decision import Decision, decide, terms
from label_service.impact.closed_form import distribution
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.inventory.parts import Part
from label_service.quantity import figure
from label_service.store.documents import body
from label_service.store.releases import published_release
from label_service.store.tables import DeclarationRow, LabelRow, StoredDocument

Tally = Counter[tuple[str, ...]]
NONE = "none"  # stands for no category, and for no letter
WIDEST_STEP = 100  # points of the score; larger steps are counted here
_PAGE = 100  # declarations read at a time
_MOST_TRIED = 12  # changed rows of one declaration that are tried alone

_DECLARED, _ASSESSED = aliased(StoredDocument), aliased(StoredDocument)
_KEPT = (
    select(DeclarationRow.id, DeclarationRow.label_id, _DECLARED.body, _ASSESSED.body)
    .join(_DECLARED, col(_DECLARED.digest) == col(DeclarationRow.declaration_digest))
    .join(_ASSESSED, col(_ASSESSED.digest) == col(DeclarationRow.assessment_digest))
    .join(LabelRow, col(LabelRow.id) == col(DeclarationRow.label_id), isouter=True)
    .where(col(DeclarationRow.state) != "refused", or_(col(LabelRow.id).is_(None), col(LabelRow.is_revoked).is_(False)))
    .order_by(col(DeclarationRow.id))
    .limit(_PAGE)
)


class Kept(NamedTuple):
    """A declaration as it is stored, with the assessment it has."""

    id: str
    label_id: str | None
    declaration: bytes
    assessment: bytes


class Standing(NamedTuple):
    """What an assessment comes to: letter, score, median and 95 % bound of the ratio, median in kg CO2e per item."""

    grade: str
    score: int | None
    ratio: str
    bound: str
    kgco2e: str

    def as_json(self) -> dict[str, Any]:
        """Give the members that are there."""
        told = {"grade": self.grade, "score": self.score, "ratio": self.ratio, "bound": self.bound}
        return {name: value for name, value in (told | {"kgco2e": self.kgco2e}).items() if value not in {None, ""}}


def kept_between(session: Session, low: str, high: str) -> Iterator[Kept]:
    """Give the declarations with ids from `low` to below `high` that a label may rest on, in pages by key."""
    after: Any = col(DeclarationRow.id) >= low
    while found := session.exec(_KEPT.where(after, col(DeclarationRow.id) < high)).all():
        for row in found:
            yield Kept(*row)
        after = col(DeclarationRow.id) > found[-1][0]


class Reassessor:
    """Assesses declarations under one release, and remembers in what it differs from earlier ones."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._known: dict[str, tuple[Release, Mapping[RowId, RowChange]]] = {}  # by digest: what differs from it

    def compare(self, session: Session, kept: Kept, tally: Tally) -> dict[str, Any] | None:
        """Assess a declaration and count what comes of it; give it where its score or letter changes."""
        declaration, written = Declaration.from_bytes(kept.declaration), orjson.loads(kept.assessment)
        asking, parts = RecordingRelease(self._release), _parts(session, declaration, written)
        try:
            decision = decide(build_inventory(declaration, asking, self._release.digest, parts), asking)
        except LabelServiceError as error:
            decision, problem = None, error.detail
        change = Change(kept, declaration, parts, _as_written(written), _as_decided(decision) if decision else None)
        earlier, changed = self._earlier(session, written["release_digest"])
        touched = tuple(sorted(asking.asked & changed.keys()))
        alone = self._alone(earlier, change, touched) if change.is_of_letter else ()
        change.add_to(tally, touched, alone)
        if not change.is_one:
            return None
        told = change.as_json() | {"rows": list(map("/".join, touched)), "alone": list(map("/".join, alone))}
        return told | ({"after": _with_mass(decision).as_json()} if decision else {"problem": problem})

    def _earlier(self, session: Session, digest: str) -> tuple[Release, Mapping[RowId, RowChange]]:
        """Give an earlier release and the rows that changed since."""
        if digest not in self._known:
            earlier = published_release(session, digest)
            self._known[digest] = earlier, changed_rows(earlier, self._release)
        return self._known[digest]

    def _alone(self, earlier: Release, change: "Change", touched: tuple[RowId, ...]) -> tuple[RowId, ...]:
        """Give the changed rows of which each alone, in the earlier release, changes the letter."""
        found = []
        for row_id in touched[:_MOST_TRIED]:
            rows = OneRowChanged(earlier, row_id, self._release)
            try:
                inventory = build_inventory(change.declaration, rows, earlier.digest, change.parts)
                grade = decide(inventory, rows).grade or NONE
            except LabelServiceError:
                grade = ""
            if grade != change.before.grade:
                found.append(row_id)
        return tuple(found)


class Change(NamedTuple):
    """A declaration with what it has and what it would have; `after` is None where it could not be assessed."""

    kept: Kept
    declaration: Declaration
    parts: tuple[Part, ...]
    before: Standing
    after: Standing | None

    @property
    def is_of_letter(self) -> bool:
        """Whether the letter would be another, or none."""
        return self.after is None or self.after.grade != self.before.grade

    @property
    def is_one(self) -> bool:
        """Whether letter or score would be another."""
        return self.after is None or (self.after.grade, self.after.score) != (self.before.grade, self.before.score)

    @property
    def step(self) -> int | None:
        """Points by which the score rises, which is worse; None where one side has none."""
        if self.after is None or self.after.score is None or self.before.score is None:
            return None
        return self.after.score - self.before.score

    @property
    def words(self) -> tuple[str, ...]:
        """What it is counted as."""
        told = ["all", "labels"] if self.kept.label_id else ["all"]
        told += ["score"] if self.is_one else []
        told += ["letter"] if self.is_of_letter else []
        told += ["not assessed"] if self.after is None else []
        if self.after and self.is_of_letter and NONE not in {self.after.grade, self.before.grade}:
            told.append("worse" if self.after.grade > self.before.grade else "better")
        return (*told, "labels with another letter") if self.kept.label_id and self.is_of_letter else tuple(told)

    def groups(self) -> Iterator[tuple[str, str]]:
        """Give what it belongs to: its category, processes and materials."""
        yield "category", self.declaration.product.category or NONE
        yield from (("process", name) for name in self.declaration.family_processes)
        yield from (("material", name) for name in sorted({line.material for line in self.declaration.materials}))

    def add_to(self, tally: Tally, touched: tuple[RowId, ...], alone: tuple[RowId, ...]) -> None:
        """Add it to the counts of a report, with the changed rows it uses and those that alone change its letter."""
        tally.update(("sum", word) for word in self.words)
        tally["move", self.before.grade, self.after.grade if self.after else "not assessed"] += 1
        if self.step is not None:
            tally["step", str(max(-WIDEST_STEP, min(WIDEST_STEP, self.step)))] += 1
        for group in self.groups():
            tally.update((*group, word) for word in self.words)
            if self.step:
                tally[(*group, "points")] += self.step
        for row_id in touched:
            tally.update(("row", "/".join(row_id), word) for word in self.words)
        tally.update(("row", "/".join(row_id), "alone") for row_id in alone)

    def as_json(self) -> dict[str, Any]:
        """Give it for the list of changes."""
        product = self.declaration.product
        label = {"label": self.kept.label_id} if self.kept.label_id else {}
        return {"declaration": self.kept.id, **label, "producer": self.declaration.producer.id} | {
            "name": product.name,
            "category": product.category or NONE,
            "processes": list(self.declaration.family_processes),
            "materials": sorted({line.material for line in self.declaration.materials}),
            "before": self.before.as_json(),
        }


def _as_written(assessment: Mapping[str, Any]) -> Standing:
    """Read what an assessment of our own store says; it was checked when it was kept."""
    against = assessment.get("graded_against")
    ratio: Mapping[str, str] = next(
        (item["ratio"] for item in assessment["comparisons"] if item["reference"] == against), {}
    )
    return Standing(
        assessment.get("grade", NONE),
        assessment.get("score"),
        ratio.get("median", ""),
        ratio.get("p95", ""),
        assessment["product"]["kgco2e"]["median"],
    )


def _as_decided(found: Decision) -> Standing:
    bounds = found.against.bounds if found.against else None
    ratio, bound = (bounds.median, bounds.p95) if bounds else ("", "")
    return Standing(found.grade or NONE, found.score, ratio, bound, "")


def _with_mass(found: Decision) -> Standing:
    """Add the kg CO2e, which is worked out for the list only."""
    return _as_decided(found)._replace(kgco2e=figure(distribution(terms(found.product)).median))


def _parts(session: Session, declaration: Declaration, assessment: Mapping[str, Any]) -> tuple[Part, ...]:
    """Give the parts of a declaration as its inventory took them over; what they weigh does not change."""
    if not declaration.parts:
        return ()
    return Inventory.from_kept(body(session, assessment["inventory_digest"])).parts or ()
