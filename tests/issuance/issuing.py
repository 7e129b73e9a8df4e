"""A process that issues labels until it is killed, and says of each label that it has it."""

import itertools
import secrets
from multiprocessing.connection import Connection
from pathlib import Path

from label_service.factors.release import load_release
from tests.stage import Clock, open_stage
from tests.workshop import Workshop

load_release()  # the server that the process is forked from has it in memory


def issue_forever(folder: str, acknowledge: Connection) -> None:
    """Say that the installation is open, then issue one label after another; send its id once it was given out."""
    stage = open_stage(Path(folder), Clock())
    acknowledge.send_bytes(b"open")
    while True:
        label = stage.issue("hook-unproven", salt=secrets.token_hex(16))
        acknowledge.send_bytes(label.id.encode())


def issue_some(folder: str, number: int, acknowledge: Connection) -> None:
    """Open the installation beside others, issue labels, and send their ids."""
    stage = open_stage(Path(folder), Clock())
    acknowledge.send_bytes(b"open")
    for _ in range(number):
        acknowledge.send_bytes(stage.issue("hook-unproven", salt=secrets.token_hex(16)).id.encode())
    stage.scheme.close()


def label_forever(folder: str, acknowledge: Connection) -> None:
    """Declare goods inside the scope of the workshop, one after another; send the id of each label given out."""
    workshop = Workshop(open_stage(Path(folder), Clock()), numbers=itertools.count(secrets.randbits(60)))
    acknowledge.send_bytes(b"open")
    while True:
        acknowledge.send_bytes((workshop.declare().label_id or "waits").encode())
