"""Long work: done once, by one process, and taken up where it was when that process was killed."""

import os
import signal
import subprocess
import sys
import time
from io import BytesIO
from threading import Event

import pytest
from sqlmodel import select

from label_service.certification.longwork import LongWork
from label_service.examples import FOLDER, shipped_profiles
from label_service.issuance.background import Embedded
from label_service.issuance.catalogue_runs import AT_ONCE, CHECK, SUBMIT
from label_service.issuance.jobs import MOST_ATTEMPTS, Jobs, Progress, Stopped
from label_service.store.database import reading
from label_service.store.tables import DeclarationRow
from tests.databases import environment
from tests.stage import Stage

PRODUCER = shipped_profiles().producer.id
COUNT = 2 * AT_ONCE + 50


def sheet(count):
    """Give a catalogue of hooks; every hundredth row is no declaration."""
    lines = ["sku,name,made,quantity,net_g,evidence,process,family,material"]
    for number in range(count):
        net = "" if number % 100 == 99 else f"{253 + number % 7}.{number % 9 + 1}"
        lines.append(f"H-{number},Hook {number},2026-11-02,4,{net},scale.json,fdm_desktop,fdm,pla")
    return "\n".join(lines)


def until(is_so, limit_s=60):
    """Wait until something is so."""
    end = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


@pytest.mark.parametrize("kind", [CHECK, SUBMIT])
def test_a_catalogue_is_taken_up_where_a_killed_process_left_it(own_stage: Stage, tmp_path, kind):
    """Killed in the middle of a catalogue, a worker loses nothing and nothing is done twice."""
    file = tmp_path / "shop.csv"
    file.write_text(sheet(COUNT))
    before = len(submitted(own_stage))
    command = [sys.executable, "-m", "tests.issuance.running", str(own_stage.folder), str(file), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        job_id = process.stdout.readline().strip()
        long_work = LongWork(own_stage.scheme)
        jobs = long_work.jobs
        until(lambda: jobs.get(PRODUCER, job_id).done >= AT_ONCE)
        process.send_signal(signal.SIGKILL)
    left = jobs.get(PRODUCER, job_id)
    assert left.is_open
    assert AT_ONCE <= left.done < COUNT
    parts = list(jobs.lines(job_id))
    long_work.background.wake()
    until(lambda: not jobs.get(PRODUCER, job_id).is_open)
    done = jobs.get(PRODUCER, job_id)
    assert (done.state, done.done, done.total, done.problem) == ("done", COUNT, COUNT, "")
    assert list(jobs.lines(job_id))[: len(parts)] == parts, "what was kept before stays as it was"
    rows = [row for part in jobs.lines(job_id) for row in part]
    assert [row["sku"] for row in rows] == [f"H-{number}" for number in range(COUNT)], "each row once, in order"
    wrong = COUNT // 100
    assert not (told := [row for row in rows if "code" in row and int(row["sku"][2:]) % 100 != 99]), told[0]
    assert done.summary["counts"]["rows"] == {"right": COUNT - wrong, "errors": wrong}
    if kind == SUBMIT:
        assert done.summary["counts"]["state"] == {"new": COUNT - wrong}
        names = submitted(own_stage)[before:]
        assert len(names) == len(set(names)) == COUNT - wrong


def test_a_process_of_its_own_does_the_work(own_stage: Stage):
    """Where web workers leave long work apart, nothing happens until `label-service work` runs, and then it is done."""
    long_work = LongWork(own_stage.scheme, is_apart=True)
    job = long_work.catalogues.check(
        shipped_profiles().producer,
        ("shop.csv", BytesIO(sheet(20).encode())),
        [("scale.json", BytesIO((FOLDER / "hook" / "scale.json").read_bytes()))],
    )
    time.sleep(0.2)
    assert long_work.jobs.get(PRODUCER, job.id).state == "waiting"
    settings = {"LABEL_SERVICE_MODE": "demo", "LABEL_SERVICE_KEYS": str(own_stage.folder / "keys")}
    environ = {**os.environ, **environment(own_stage.folder), **settings}
    with subprocess.Popen([sys.executable, "-m", "label_service", "work"], env=environ) as process:
        try:
            until(lambda: long_work.jobs.get(PRODUCER, job.id).state == "done")
        finally:
            process.kill()
    assert long_work.jobs.get(PRODUCER, job.id).summary["counts"]["rows"] == {"right": 20}


def submitted(stage):
    """Give the names of all declarations."""
    with reading(stage.scheme.bench.engine) as session:
        return list(session.exec(select(DeclarationRow.name).order_by(DeclarationRow.created_at)).all())


def jobs_of(stage, tasks):
    """Give jobs of an installation, and who does them."""
    background = Embedded(stage.scheme.bench.engine, tasks, stage.folder / "work.lock")
    stage.scheme.ending.callback(background.end)
    return Jobs(stage.scheme.bench, background), background


def test_one_process_works_at_a_time(own_stage: Stage):
    """Of two web workers on one SQLite database one does the long work; the other takes over what it leaves."""
    began, end, done = Event(), Event(), []
    first, tasks = None, {}

    def slow(job_id):
        began.set()
        end.wait(20)
        first.do(job_id, lambda job: done.append(("first", job.id)))

    first, _ = jobs_of(own_stage, {"slow": slow})
    second, other = jobs_of(own_stage, tasks)
    tasks["slow"] = lambda job_id: second.do(job_id, lambda job: done.append(("second", job.id)))
    one = first.add("https://a.example", "slow", "0" * 64)
    began.wait(20)
    two = second.add("https://b.example", "slow", "0" * 64)
    other.wake()
    time.sleep(0.1)
    assert done == []
    end.set()
    until(lambda: len(done) == 2)
    assert sorted(job for _, job in done) == sorted([one.id, two.id]), "each once"


def test_a_scheme_closes_after_the_work_under_way(own_stage: Stage):
    """A job is not cut off by the database going away under it, and none begins any more."""
    began, done = Event(), []

    def slow(job_id):
        began.set()
        time.sleep(0.2)
        jobs.do(job_id, lambda job: done.append(job.id))

    jobs, background = jobs_of(own_stage, {"slow": slow})
    first = jobs.add("https://a.example", "slow", "0" * 64)
    began.wait(20)
    jobs.add("https://b.example", "slow", "0" * 64)
    own_stage.scheme.close()
    background.wake()
    time.sleep(0.3)
    assert done == [first.id]


def test_work_that_never_gets_further_is_given_up(own_stage: Stage):
    """What ends every process that begins it is not begun for ever."""
    jobs, _ = jobs_of(own_stage, {})
    job = jobs.add("https://a.example", "slow", "0" * 64)
    for _ in range(MOST_ATTEMPTS):
        assert jobs.begin(job.id).state == "running"
    assert jobs.begin(job.id) is None
    assert "never got further" in jobs.get("https://a.example", job.id).problem


def test_work_that_gets_further_may_be_begun_again(own_stage: Stage):
    """A long catalogue survives any number of restarts, as long as each of them does some of it."""
    jobs, _ = jobs_of(own_stage, {})
    job = jobs.add("https://a.example", "slow", "0" * 64)
    for number in range(1, 2 * MOST_ATTEMPTS):
        assert jobs.begin(job.id).done == number - 1
        jobs.tell(job.id, Progress(number, 100, [{"row": number}]))
    assert [row["row"] for part in jobs.lines(job.id) for row in part] == list(range(1, 2 * MOST_ATTEMPTS))


def test_nothing_is_kept_of_work_that_was_stopped(own_stage: Stage):
    """Progress and what came out are one: a part that comes after the stop is not there."""
    jobs, _ = jobs_of(own_stage, {})
    job = jobs.add("https://a.example", "slow", "0" * 64)
    jobs.begin(job.id)
    jobs.stop("https://a.example", job.id)
    with pytest.raises(Stopped):
        jobs.tell(job.id, Progress(1, 100, [{"row": 1}]))
    assert list(jobs.lines(job.id)) == []
