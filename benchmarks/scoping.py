"""From a declaration inside a scope to its durable label: assessed, held against the scope, signed, logged."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from statistics import median, quantiles
from uuid import uuid4

from benchmarks.installation import AUDITOR, Installation
from benchmarks.measure import Result
from label_service.declaration import Declaration
from label_service.document import validate
from label_service.inventory import Inventory
from label_service.inventory.runs import run_figures
from label_service.issuance.clock import now
from label_service.issuance.setup import timestamp
from label_service.label.attestation import Attestation, attest
from label_service.store.database import transaction
from label_service.store.scheme_tables import EvidenceRow
from label_service.tlog.sampling import commitment_of
from label_service.trust.keys import did_key

EXAMPLE = "box"
WARM = 5
ALONE = 150
CLIENTS = 10
EACH = 20


def label_inside_a_scope(installation: Installation) -> list[Result]:
    """Hand in declarations of a workshop with a scope, by one client and by ten at once."""
    made = goods(installation)
    first = installation.scheme.declarations.submit(next(made))
    installation.scheme.scopes.add(scope(installation, first.inventory))
    alone = [_seconds(installation, next(made)) for _ in range(WARM + ALONE)][WARM:]
    lots = [[next(made) for _ in range(EACH)] for _ in range(CLIENTS)]
    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        together = [seconds for lot in pool.map(lambda lot: _all(installation, lot), lots) for seconds in lot]
    rate = CLIENTS * EACH / (time.perf_counter() - start)
    work = "from a declaration inside a scope to its durable label"
    return [
        Result(f"{work}, one client", "", _figures(alone)),
        Result(f"{work}, {CLIENTS} clients", "", f"{_figures(together)}, {rate:.0f} labels/s"),
    ]


def goods(installation: Installation) -> Iterator[Declaration]:
    """Give the example again and again, each with evidence of its own that was handed in."""
    for number in count(1):
        declaration = installation.declaration(EXAMPLE, number)
        with transaction(installation.scheme.bench.engine) as session:
            for item in declaration.evidence:
                row = EvidenceRow(
                    digest=item.digest,
                    party_id=declaration.producer.id,
                    name=item.name,
                    media_type="text/plain",
                    size_bytes=item.size_bytes,
                    uploaded_at=now(),
                )
                session.add(row)
        yield declaration


def scope(installation: Installation, inventory: Inventory) -> str:
    """Let the auditor attest the workshop widely."""
    figures = run_figures(inventory)
    subject = {
        "type": "ScopeAttestation",
        "demo": True,
        "producer": inventory.producer.id,
        "category": inventory.category,
        "criteria": ("inner volume measured: 45 L",),
        "functions": (inventory.function,),
        "level": "site_visit",
        "site": figures[0].run.site,
        "site_name": "The workshop",
        "country": inventory.countries[0],
        "carriers": tuple(sorted({item.carrier for item in figures if item.carrier})),
        "family": inventory.family,
        "machines": tuple(sorted({item.run.machine for item in figures})),
        "processes": inventory.processes,
        "floors": tuple({"process": name, "kwh_per_kg": "0", "scrap_fraction": "0"} for name in inventory.processes),
        "quantity": 1_000_000,
        "period": {"first": inventory.made.first, "last": "2099-12-31"},
        "sampling_rate": "0.05",
        "chain_commitment": commitment_of(bytes(32), 520).hex(),
        "chain_weeks": 520,
    }
    content = {
        "id": uuid4().urn,
        "origin": installation.scheme.identity.origin,
        "auditor": {"id": did_key(installation.auditor.public_key), "name": AUDITOR},
        "valid_from": timestamp(now()),
        "valid_until": timestamp(now() + timedelta(days=365)),
        "subject": subject,
    }
    return attest(validate(Attestation, content), installation.auditor)


def _all(installation: Installation, lot: list[Declaration]) -> list[float]:
    return [_seconds(installation, declaration) for declaration in lot]


def _seconds(installation: Installation, declaration: Declaration) -> float:
    start = time.perf_counter()
    found = installation.scheme.declarations.submit(declaration)
    if found.label_id is None:
        raise RuntimeError(f"what is timed must be labelled, but waits: {found.waits_for}")
    return time.perf_counter() - start


def _figures(seconds: list[float]) -> str:
    p99 = quantiles(seconds, n=100)[98]
    return f"median {1000 * median(seconds):.0f} ms, p99 {1000 * p99:.0f} ms"
