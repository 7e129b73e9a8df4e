"""`label-service verify`: check a bundle, a label, a picture of a QR code, or an address. Exit codes: see docs."""
# ruff: noqa: PLC0415 - a command imports what it needs when it is called

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from label_service.cli import print_error, safe
from label_service.cli.installation import moment
from label_service.errors import InvalidDocument, LabelServiceError, NotFound
from label_service.trust.trust_list import read_root
from label_service.verify.report import Outcome, Report

ROOTS_VARIABLE = "LABEL_SERVICE_ROOTS"  # folder of root files to trust when no --root is given
MAX_FILE_BYTES = 8 * 1024 * 1024
_MARKS = {Outcome.HOLDS: "✓", Outcome.FAILS: "✗", Outcome.UNSURE: "?", Outcome.NOT_CHECKED: "–"}
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff")


def run(arguments: list[str]) -> int:
    """Verify and give the exit code: 0 holds, 1 fails, 2 unreadable or wrong usage, 3 not all could be checked."""
    options = _parser().parse_args(arguments)
    try:
        report = _verify(options)
    except LabelServiceError as error:
        print_error(error)
        return 2
    except OSError as error:
        print_error(NotFound(f"cannot read {error.filename}: {error.strerror}"))
        return 2
    if options.json:
        from label_service import canonical

        sys.stdout.write(canonical.encode(report.as_json()).decode() + "\n")
    else:
        _print(report)
    return report.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="label-service verify",
        description="Check a label offline, step by step. Exit code 0: all steps hold; 1: a step fails; "
        "2: unreadable or wrong usage; 3: signatures hold, but something is stale, absent or unknown.",
    )
    parser.add_argument(
        "subject", metavar="FILE|IMAGE|URL", help="bundle, label token, picture of the QR code, or address"
    )
    parser.add_argument("--root", action="append", default=[], type=Path, help="root file to trust; may be repeated")
    parser.add_argument(
        "--trust-list",
        action="append",
        default=[],
        type=Path,
        help="trust list: a newer one, or that of another scheme; may be repeated",
    )
    parser.add_argument("--status", action="append", default=[], type=Path, help="newer status list; may be repeated")
    parser.add_argument("--at", default=None, help="time to judge by, such as 2026-11-23T10:00:00Z; default now")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _verify(options: argparse.Namespace) -> Report:
    roots = _roots(options.root)
    trust_lists = [_text(file) for file in options.trust_list]
    status = [_text(file) for file in options.status]
    data = _read(options.subject)
    at = moment(options.at)  # after fetching, for lists in a bundle may have been signed just then
    if data.startswith(_IMAGES):
        data = _decode_image(data)
    if data.startswith(b"{"):
        from label_service.verify.bundle import inspect_bundle

        return inspect_bundle(data, roots, at, trust_lists=trust_lists, status=status)
    text = _ascii(data)
    if "#" in text:
        from label_service.verify.code import inspect_code

        return inspect_code(_upper_address(text), roots, at, trust_lists=trust_lists)
    from label_service.verify.token import inspect_label

    return inspect_label(text, roots, at, trust_lists=trust_lists, status=status)


def _roots(files: list[Path]) -> Mapping[bytes, str]:
    """Read the roots named, else those of the user's roots folder; none is a valid answer."""
    folder = os.environ.get(ROOTS_VARIABLE)
    if not files and folder:
        files = sorted(Path(folder).glob("*.pub"))
    return dict(read_root(_bytes(file)) for file in files)


def _read(subject: str) -> bytes:
    """Read a file, or fetch the bundle behind an address; a pasted code is taken as it is."""
    scheme, _, rest = subject.partition("://")
    if rest and scheme.lower() in {"http", "https"}:
        if "#" in subject:
            return subject.encode("ascii", "replace")
        from label_service.fetch import fetch

        return fetch(subject if subject.endswith((".json", ".jwt")) else f"{subject}.json").strip()
    data = _bytes(Path(subject))
    return data.strip() if not data.startswith(_IMAGES) else data


def _bytes(file: Path) -> bytes:
    with file.open("rb") as stream:
        data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise InvalidDocument(f"expected a file of at most {MAX_FILE_BYTES} bytes, found a larger one in {file.name}")
    return data


def _decode_image(data: bytes) -> bytes:
    from label_service.artwork.decode import decode_image

    return decode_image(data).encode("ascii", "replace")


def _upper_address(text: str) -> str:
    """Give the text as the code has it: browsers write scheme and host in lower case."""
    address, _, fragment = text.partition("#")
    return f"{address.upper()}#{fragment}"


def _ascii(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError as error:
        raise InvalidDocument(
            "expected a bundle, a label token, a picture of a QR code or its text",
            hint="give bundle.json, label.jwt, qr.png, or the address of the label",
        ) from error


def _text(file: Path) -> str:
    return _ascii(_bytes(file).strip())


def _print(report: Report) -> None:
    lines = [f"{name:>18}: {value}" for name, value in report.facts.items()]
    lines += [
        f"{_MARKS[step.outcome]} {step.number:>2}. {step.name}: {step.detail or step.outcome}" for step in report.steps
    ]
    sys.stdout.write(safe("\n".join([*lines, "", report.verdict])) + "\n")
