"""Tables of the open statistics: what each label says about each process, and the editions made of it."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from label_service.store.tables import DIGEST_LENGTH, count, moment


class LabelFigure(SQLModel, table=True):
    """What one process took for the goods of a label; a figure that is not evidenced is not there.

    The region (NUTS) of the site is in no public document: it leaves this table in groups only. Energy is in kWh for
    a kilogram of gross mass, scrap a share of it, the ratio that of label and reference.
    """

    __tablename__: ClassVar[str] = "label_figure"

    label_id: str = Field(primary_key=True, foreign_key="label.id", max_length=13)
    process: str = Field(primary_key=True, max_length=64)
    log_index: int = Field(sa_column=Column(count().type, nullable=False, index=True))
    producer_id: str = Field(max_length=256)
    material: str = Field(max_length=64)
    country: str = Field(max_length=3)
    region: str = Field(max_length=5)
    year: int
    kwh_per_kg: float | None = None
    scrap: float | None = None
    ratio: float | None = None
    grade: str = Field(max_length=1)


class StatisticsEdition(SQLModel, table=True):
    """The statistics of all labels issued before a month, by that month: `2026-11`."""

    __tablename__: ClassVar[str] = "statistics_edition"

    month: str = Field(primary_key=True, max_length=7)
    digest: str = Field(foreign_key="document.digest", max_length=DIGEST_LENGTH)
    made_at: datetime = Field(sa_column=moment())
