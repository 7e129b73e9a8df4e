"""What a person answers about a file that the file leaves open; kept with the evidence, so that everyone reads alike.

{"unit":"Wh","zone":"Europe/Berlin"}
"""

from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from label_service.document import Model, Text
from label_service.quantity import Amount

MOST_JOBS = 1_000  # of one record; a printer that never stands still makes some hundred a month
Jobs = Annotated[
    tuple[Annotated[StrictInt, Field(ge=0, le=10 * MOST_JOBS)], ...], Field(min_length=1, max_length=MOST_JOBS)
]


class ReadingOptions(Model):
    """Answers to what files of meters, jobs and drawings do not say; what was not answered is absent.

    Attributes:
        unit: unit of the values, where the file has none: MWh, kWh, Wh, ... of a meter, mm, in, px, ... of a drawing.
        zone: time zone of times without offset, `Europe/Berlin` or `+01:00`.
        channel: which of several sockets, phases, entities or sensors counts.
        at_column: name of the column of times; `value_column` of the totals.
        start: start of the job with its offset from UTC, or in the zone; `end` its end. Both or none. Of a job history,
            the finished jobs that start in between count.
        rated_power_w: rated power of the machine; more energy than it gives in the time is refused.
        jobs: the finished jobs of a history that count, by their item, rising; all where it is absent.
        failed_elsewhere: failed jobs among and beside them that were for something else, by their item, rising; all
            other failed ones count as scrap.
    """

    unit: Text | None = None
    zone: Text | None = None
    channel: Text | None = None
    at_column: Text | None = None
    value_column: Text | None = None
    start: Text | None = None
    end: Text | None = None
    rated_power_w: Amount | None = None
    jobs: Jobs | None = None
    failed_elsewhere: Jobs | None = None

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for places in (self.jobs, self.failed_elsewhere):
            if places and list(places) != sorted(set(places)):
                raise ValueError("jobs each once and rising")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return not self.as_json()


NOTHING_SAID = ReadingOptions()
