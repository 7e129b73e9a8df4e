"""Labels over HTTP beside a bare POST with the same cryptography, and documents read beside FastAPI with Core."""

from statistics import median

from benchmarks.groups import attested
from benchmarks.installation import Installation
from benchmarks.measure import Result
from benchmarks.serving import CONNECTIONS, Server, bare, per_request, save_answer, service

CLIENTS = 32
EACH = 4
ROUNDS = 5


def labels_over_http(installation: Installation) -> list[Result]:
    """Let 32 clients post for labels, in turns with a bare server that signs and checks as much."""
    lot = CLIENTS * EACH
    ready = [f"POST /api/v1/declarations/{name}/label" for name in attested(installation, (ROUNDS + 1) * lot)]
    file = installation.folder / "signed"
    file.write_text(installation.issue("hook", 6).token, encoding="ascii")
    ratios, tails = [], []
    with service(installation) as ours, bare("signing", file) as theirs:
        for number in range(ROUNDS + 1):
            spent, tail = _cpu_s(ours, ready[number * lot : (number + 1) * lot])
            least, _ = _cpu_s(theirs, [f"POST /labels/{name}" for name in range(lot)])
            ratios.append(least / spent)
            tails.append(tail)
    return [
        Result(
            f"issue over HTTP, {CLIENTS} clients",
            "bare FastAPI POST doing the same cryptography, nothing kept, CPU time",
            f"p99 {median(tails[1:]):.0f} ms",
            median(ratios[1:]),
            "≥ 0.4",
        )
    ]


def _cpu_s(server: Server, paths: list[str]) -> tuple[float, float]:
    start = server.process_cpu_s
    tail = server.ask(len(paths), *paths, connections=CLIENTS)
    return server.process_cpu_s - start, tail


def documents(installation: Installation) -> list[Result]:
    """Read the token of one label again and again, and the same bytes by key with SQLAlchemy Core."""
    path = f"/L/{installation.issue('hook', 7).id}.jwt"
    with service(installation) as ours:
        file = save_answer(ours.port, path, installation.folder)
        with bare("core", file) as theirs:
            timings, _ = per_request({"service": (ours, path), "bare": (theirs, "/documents/one")})
    return [
        Result(
            f"read a label as JSON, {CONNECTIONS} connections",
            "FastAPI + SQLAlchemy Core async with the same bytes",
            f"{timings.per_second('service')} of {timings.per_second('bare')} and core",
            timings.share("bare", "service"),
            "≥ 0.8",
        )
    ]
