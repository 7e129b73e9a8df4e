"""How work grows: `python -m benchmarks.growth [--labels N,N,…] [--leaves N] [--write]`.

The tables are filled with rows that look like labels, with log entries of their own, up to each size in turn; then real
labels are issued, verified, proven and shown among them. The log alone is grown with entries that nobody keeps.
Rows that fill carry a short text in the place of a token, so that a million of them fit anywhere;
that takes some seven minutes.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, insert, select

from benchmarks.groups import attested
from benchmarks.installation import Installation, open_installation
from benchmarks.measure import Case
from benchmarks.serving import service
from benchmarks.table import END
from label_service import canonical
from label_service.issuance.clock import now
from label_service.issuance.setup import timestamp
from label_service.label.status import ENTRIES
from label_service.store.database import transaction
from label_service.store.tables import LabelRow
from label_service.tlog.leaf import LabelLeaf, leaf_bytes
from label_service.tlog.tiles import RightEdge, TileTree
from label_service.trust.encoding import base32
from label_service.verify.bundle import inspect_bundle

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
BEGIN = "<!-- table: python -m benchmarks.growth --write -->\n"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
LEAVES = 1_000_000
GROUP = 64
ROUNDS = 5
_AT_ONCE = 5_000
_TABLES = LabelRow.metadata.tables


def main() -> None:
    """Grow to each size and print a line for it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--labels", default=",".join(map(str, SIZES)), help="sizes of the table of labels")
    parser.add_argument("--leaves", type=int, default=LEAVES, help="size of the log alone")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/scale.md")
    options = parser.parse_args()
    text = f"{_labels([int(size) for size in options.labels.split(',')])}\n{_leaves(options.leaves)}"
    sys.stdout.write(text)
    if options.write:
        _write(text)


def _write(text: str) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    draw(text)


def draw(text: str) -> None:
    """Draw the times of the first table against the number of labels."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - heavy, and only the plot needs it

    lines = [line.strip("| ").split(" | ") for line in text.partition("\n\n")[0].splitlines()]
    (_, *names), rows = lines[0][:5], lines[2:]
    figure, axes = plt.subplots(figsize=(6, 3.2))
    for column, name in enumerate(names, start=1):
        sizes = [int(row[0].replace(",", "")) for row in rows]
        axes.plot(sizes, [float(row[column].removesuffix(" ms")) for row in rows], marker="o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="labels", ylabel="CPU time in ms")
    axes.legend(fontsize="small", ncols=2, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    plt.rcParams["svg.hashsalt"] = "growth"
    figure.savefig(PAGE.with_name("growth.svg"), bbox_inches="tight", metadata={"Date": None})


def _labels(sizes: list[int]) -> str:
    head = "| labels | issue one of 64 | verify a bundle | prove | read a label | memory of a worker |"
    lines = [head, "|---|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        installation = open_installation(Path(folder))
        size, number = 0, count(1_000_000, GROUP * (ROUNDS + 1))
        for wanted in sorted(sizes):
            fill(installation, wanted - size)
            size = wanted
            lines.append(f"| {wanted:,} | {' | '.join(_figures(installation, next(number)))} |")
            sys.stderr.write(f"{lines[-1]}\n")
    return "\n".join(lines) + "\n"


def _figures(installation: Installation, first: int) -> Iterator[str]:
    scheme = installation.scheme
    ready = list(attested(installation, GROUP * (ROUNDS + 1), first))
    groups = parts(ready, GROUP)
    label = scheme.labels.issue(next(groups)[0])
    yield f"{_ms(lambda: _issue_all(installation, next(groups))) / GROUP:.2f} ms"
    bundle, at = scheme.labels.bundle(label.id), timestamp(now())
    yield f"{_ms(lambda: inspect_bundle(bundle, installation.roots, at)):.2f} ms"
    yield f"{_ms(lambda: scheme.bench.sequencer.proof(label.log_index)):.2f} ms"
    yield f"{_ms(lambda: scheme.labels.get(label.id)):.2f} ms"
    with service(installation) as server:
        server.ask(100, f"/L/{label.id}", f"/L/{label.id}.json")
        yield f"{server.pss_mib:.0f} MiB"


def _issue_all(installation: Installation, names: list[str]) -> None:
    for answer in [installation.scheme.labels.ask(name) for name in names]:
        answer.result()


def parts(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Give items in lists of at most a size."""
    waiting = iter(items)
    while part := list(islice(waiting, size)):
        yield part


def _ms(work: Case) -> float:
    """Give the median CPU time of a call in milliseconds."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return 1000 * median(seconds)


def fill(installation: Installation, number: int) -> None:
    """Add so many rows that look like labels, and bring the log over their entries."""
    like = installation.issue("hook", number).id
    for part in parts(range(number), _AT_ONCE):
        with transaction(installation.scheme.bench.engine) as session:
            _fill(session.connection(), like, part)
    installation.scheme.bench.sequencer.catch_up()


def _fill(connection: Connection, like: str, numbers: list[int]) -> None:
    labels, leaves = _TABLES["label"], _TABLES["leaf"]
    model = connection.execute(select(labels).where(labels.c.id == like)).mappings().one()
    newest = connection.execute(select(leaves.c.position).order_by(leaves.c.position.desc()).limit(1)).scalar_one()
    documents, entries, rows = [], [], []
    for position, number in enumerate(numbers, start=newest + 1):
        body = f"label {position}".encode()
        name = {"id": base32(position.to_bytes(8, "big")), "log_index": position}
        row = dict(model) | name | _place(model["status_list"], number) | {"label_digest": canonical.digest(body)}
        documents.append({"digest": row["label_digest"], "type": "label", "body": body, "created_at": now()})
        entries.append({"position": position, "entry": leaf_bytes(_leaf(row)), "created_at": now()})
        rows.append(row)
    connection.execute(insert(_TABLES["document"]), documents)
    connection.execute(insert(leaves), entries)
    connection.execute(insert(labels), rows)


def _place(before: int, number: int) -> dict[str, int]:
    """Give places in lists of their own, after the last real one; half of each is used, as the service does."""
    lists, index = divmod(number, ENTRIES // 2)
    return {"status_list": before + 1 + lists, "status_index": index}


def _leaf(row: dict[str, Any]) -> LabelLeaf:
    return LabelLeaf(
        digest=row["label_digest"],
        label_id=row["id"],
        attestation_digest=row["attestation_digest"],
        inventory_digest=row["inventory_digest"],
        assessment_digest=row["assessment_digest"],
        quantity=1,
    )


def _leaves(number: int) -> str:
    """Grow the log alone, and prove its entries from the tiles on disk."""
    lines = ["| log entries | append, each | prove, each | hash tiles on disk |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory(prefix="growth-") as name:
        folder, edge, size = Path(name), RightEdge(), 0
        for wanted in [10**power for power in range(3, 9) if 10**power <= number]:
            start = time.process_time()
            edge = _grown(edge, wanted, folder)
            append_us = (time.process_time() - start) / (wanted - size) * 1e6
            size = wanted
            prove_us = _prove_us(edge, folder)
            bytes_on_disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            lines.append(f"| {size:,} | {append_us:.1f} µs | {prove_us:.0f} µs | {bytes_on_disk / 1e6:.1f} MB |")
            sys.stderr.write(f"{lines[-1]}\n")
    return "\n".join(lines) + "\n"


def _grown(edge: RightEdge, size: int, folder: Path) -> RightEdge:
    while edge.size < size:
        numbers = range(edge.size, min(edge.size + _AT_ONCE, size))
        edge, files = edge.append([b'{"digest":"%064x","type":"label","version":"1"}' % number for number in numbers])
        for name, data in files:
            if "entries" not in name:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
    return edge


def _prove_us(edge: RightEdge, folder: Path) -> float:
    tree = TileTree(edge.size, lambda name: (folder / name).read_bytes())
    indices = [number * 7919 % edge.size for number in range(300)]
    start = time.process_time()
    for index in indices:
        tree.inclusion_path(index)
    return (time.process_time() - start) / len(indices) * 1e6


if __name__ == "__main__":
    main()
