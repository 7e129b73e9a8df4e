"""A process that works on a catalogue, to be killed: `python -m tests.issuance.running FOLDER FILE KIND`."""

import sys
import time
from io import BytesIO
from pathlib import Path

from label_service.certification.longwork import LongWork
from label_service.examples import FOLDER, shipped_profiles
from label_service.issuance.catalogue_runs import SUBMIT
from tests.stage import open_stage


def main(folder: str, catalogue: str, kind: str) -> None:
    """Check a catalogue, or check and submit it, and say the id of the run that is under way."""
    stage = open_stage(Path(folder))
    long_work, producer = LongWork(stage.scheme), shipped_profiles().producer
    sheet, scale = Path(catalogue).read_bytes(), (FOLDER / "hook" / "scale.json").read_bytes()
    job = long_work.catalogues.check(producer, ("shop.csv", BytesIO(sheet)), [("scale.json", BytesIO(scale))])
    if kind == SUBMIT:
        while long_work.jobs.get(producer.id, job.id).is_open:
            time.sleep(0.02)
        job = long_work.catalogues.again(producer, job.id, SUBMIT)
    sys.stdout.write(f"{job.id}\n")
    sys.stdout.flush()
    time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
