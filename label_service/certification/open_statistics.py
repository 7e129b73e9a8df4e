"""The open statistics: a monthly edition of what all labels say about making, in groups of at least five producers.

The calendar reads each new label once into a table of figures, a few at a time, and makes the edition of a month when
all labels issued before it are read. Pages and files only read editions. Counted are labels that are neither revoked,
superseded nor suspended, themselves or by their scope or a compromised key; one that expired still says how the goods
were made.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Select, func, insert, not_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from label_service import canonical
from label_service.assessment import Assessment
from label_service.certification.cutoff import all_cut_off
from label_service.certification.groups import FEWEST, Group, assign
from label_service.certification.label_figures import process_figures
from label_service.certification.open_register import counts_not
from label_service.certification.tallies import Fact, Row, rows
from label_service.document import Model
from label_service.inventory import Inventory
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import timestamp
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.figure_tables import StatisticsEdition
from label_service.store.scheme_tables import ScopeRow
from label_service.store.tables import DeclarationRow, LabelRow, StoredDocument

_PART: Final = 200  # labels that are read at a time, and written in one unit of work
MOST_PARTS: Final = 50  # of one turn of the calendar, so that its other steps are not kept waiting
_STREAMED: Final = 1000  # rows that a database hands over at a time
_FIGURES: Final = SQLModel.metadata.tables["label_figure"]


class Edition(Model):
    """The statistics of a month.

    Attributes:
        month: such as `2026-11`; counted are labels issued before its first day, in UTC.
        fewest: producers of a group.
        rows: the groups, in the order of their members.
    """

    month: str
    made_at: str
    origin: str
    scheme: str
    demo: bool
    fewest: int
    rows: tuple[Row, ...]


class OpenStatistics:
    """Makes and reads the editions of one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._bench = scheme.bench
        self._read: tuple[str, Edition] | None = None  # the newest with its digest

    def keep_up(self) -> None:
        """Read new labels, and make the edition of this month when it is due; a step of the calendar."""
        now = self._bench.clock()
        until = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        for _ in range(MOST_PARTS):
            if not self._read_part():
                return self._publish(until, now)
        return None

    def newest(self) -> tuple[str, Edition] | None:
        """Give the newest edition with its digest; None before the first."""
        query = select(col(StatisticsEdition.digest)).order_by(col(StatisticsEdition.month).desc()).limit(1)
        with reading(self._bench.engine) as session:
            digest = session.connection().execute(query).scalar()
            if digest and (self._read is None or self._read[0] != digest):
                self._read = digest, Edition.model_validate_json(body(session, digest))
        return self._read

    def _read_part(self) -> int:
        """Write the figures of the next labels, and give how many labels these were."""
        with reading(self._bench.engine) as session:
            found = session.connection().execute(_unread(session)).all()
        figures = [figure for row in found for figure in _figures(*row)]
        if figures:
            with transaction(self._bench.engine) as session:
                session.connection().execute(insert(_FIGURES), figures)
        return len(found)

    def _publish(self, until: datetime, now: datetime) -> None:
        month = f"{until:%Y-%m}"
        with reading(self._bench.engine) as session:
            if session.get(StatisticsEdition, month):
                return
            found = tuple(sorted(_rows(session, self._lost(session), until), key=_order))
        edition = Edition(
            month=month,
            made_at=timestamp(now),
            origin=self._scheme.identity.origin,
            scheme=self._scheme.identity.display_name,
            demo=self._scheme.identity.is_demo,
            fewest=FEWEST,
            rows=found,
        )
        with transaction(self._bench.engine) as session:
            digest = keep(session, "statistics", orjson.dumps(edition.as_json()), now)
            session.add(StatisticsEdition(month=month, digest=digest, made_at=now))

    def _lost(self, session: Session) -> frozenset[str]:
        return all_cut_off(session, self._scheme.register.newest(session), self._scheme.identity.did)


def _unread(session: Session) -> Any:
    """Give the question for the next labels that are not in the table of figures, with their documents."""
    last = session.connection().execute(select(func.max(_FIGURES.c.log_index))).scalar()
    declared, inventories, assessments = aliased(StoredDocument), aliased(StoredDocument), aliased(StoredDocument)
    return (
        select(
            col(LabelRow.id), col(LabelRow.log_index), col(inventories.body), col(assessments.body), col(declared.body)
        )
        .join(inventories, col(inventories.digest) == LabelRow.inventory_digest)
        .join(assessments, col(assessments.digest) == LabelRow.assessment_digest)
        .outerjoin(DeclarationRow, col(DeclarationRow.label_id) == LabelRow.id)
        .outerjoin(declared, col(declared.digest) == col(DeclarationRow.declaration_digest))
        .where(col(LabelRow.log_index) > (-1 if last is None else last))
        .order_by(col(LabelRow.log_index))
        .limit(_PART)
    )


def _figures(
    label_id: str, log_index: int, inventory_: bytes, assessment_: bytes, declared: bytes | None
) -> Iterator[dict[str, Any]]:
    inventory, assessment = Inventory.from_kept(inventory_), Assessment.from_kept(assessment_)
    sites = {site["id"]: site for site in canonical.decode(declared)["sites"]} if declared else {}
    for item in process_figures(inventory, assessment, sites):
        yield {
            "label_id": label_id,
            "log_index": log_index,
            "producer_id": inventory.producer.id,
            **{name: getattr(item, name) for name in item.__slots__},
        }


def _rows(session: Session, lost: frozenset[str], until: datetime) -> Iterator[Row]:
    """Give the rows of an edition: first who is in which group, then the figures of one group after another."""
    assigned = assign((fact.group, fact.producer) for fact in _facts(session, lost, _counted(until)))
    ordered = _counted(until).order_by(*(_FIGURES.c[member] for member in Group._fields))
    return rows(_facts(session, lost, ordered), assigned)


def _facts(session: Session, lost: frozenset[str], counted: Select[Any]) -> Iterator[Fact]:
    """Give what counts, in the order asked for."""
    for row in session.connection().execute(counted):
        if row.label_id not in lost:
            group = Group(row.process, row.material, row.country, row.region, row.year)
            yield Fact(group, row.producer_id, row.kwh_per_kg, row.scrap, row.ratio, row.grade)


def _counted(until: datetime) -> Select[Any]:
    return (
        select(_FIGURES)
        .join(LabelRow, col(LabelRow.id) == _FIGURES.c.label_id)
        .outerjoin(ScopeRow, col(ScopeRow.digest) == LabelRow.scope_digest)
        .where(not_(counts_not()), col(LabelRow.issued_at) < until)
        .execution_options(yield_per=_STREAMED)
    )


def _order(row: Row) -> tuple[Any, ...]:
    """Sort groups by their members; what stands for all others comes last."""
    members = (row.process, row.country, row.region, row.material)
    return (row.process, -row.year or 1, *((not member, member) for member in members))
