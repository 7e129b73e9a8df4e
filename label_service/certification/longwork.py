"""The long work of an installation: what can be done beside requests, and the line it waits in."""

from label_service.certification.evidence import Evidence
from label_service.issuance.background import Background, Embedded, Task
from label_service.issuance.catalogue_runs import CHECK, SUBMIT
from label_service.issuance.catalogues import Catalogues
from label_service.issuance.jobs import Jobs
from label_service.issuance.scheme import Scheme

LOCK_FILE = "work.lock"


class LongWork:
    """Tasks by name, and who does them.

    Attributes:
        background: does what is in line.
        catalogues: the catalogues of producers.

    Args:
        scheme: of the installation.
        is_apart: leave the work to `label-service work`.
    """

    def __init__(self, scheme: Scheme, *, is_apart: bool = False) -> None:
        tasks: dict[str, Task] = {}
        self.background = _background(scheme, tasks)
        self.background.is_apart = is_apart
        scheme.ending.callback(self.background.end)
        self.jobs = Jobs(scheme.bench, self.background)
        evidence = Evidence(scheme)
        self.catalogues = Catalogues(scheme, self.jobs, evidence.of_party)
        tasks |= {CHECK: self.catalogues.work, SUBMIT: self.catalogues.work}


def _background(scheme: Scheme, tasks: dict[str, Task]) -> Background:
    engine = scheme.bench.engine
    if engine.dialect.name == "postgresql":
        from label_service.issuance.queue import Queue  # noqa: PLC0415 - only PostgreSQL needs its libraries

        return Queue(engine, tasks)
    return Embedded(engine, tasks, scheme.bench.job_files.folder.with_name(LOCK_FILE))
