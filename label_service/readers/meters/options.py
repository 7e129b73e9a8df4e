"""What a person says about a file that the file itself leaves open."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from label_service.errors import UnreadableFile
from label_service.quantity import Amount
from label_service.readers.meters.times import parse_time


class MeterOptions(BaseModel):
    """Answers to what files of meters, jobs and drawings do not say; all may stay empty.

    Attributes:
        unit: unit of the values, where the file has none: MWh, kWh, Wh, ... of a meter, mm, in, px, ... of a drawing.
        zone: time zone of times without offset, `Europe/Berlin` or `+01:00`.
        channel: which of several sockets, phases, entities or sensors counts.
        at_column: name of the column of times; `value_column` of the totals.
        start: start of the job with its offset from UTC; `end` its end. Both or none. Of a job history, the jobs that
            start in between count.
        rated_power_w: rated power of the machine; more energy than it gives in the time is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    unit: str = ""
    zone: str = ""
    channel: str = ""
    at_column: str = ""
    value_column: str = ""
    start: str = ""
    end: str = ""
    rated_power_w: Amount | None = None

    def job(self) -> tuple[datetime, datetime] | None:
        """Give start and end of the job in UTC, if they are said.

        Raises:
            UnreadableFile: only one of them, no times, or an end that is not after the start.
        """
        if not self.start and not self.end:
            return None
        start, end = parse_time(self.start, self.zone, "start"), parse_time(self.end, self.zone, "end")
        if end <= start:
            raise UnreadableFile("expected a job that ends after it starts", hint="check the times of the job")
        return start, end


NOTHING_SAID = MeterOptions()
