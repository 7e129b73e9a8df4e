"""`label-service demo`: the whole chain on the shipped examples, told step by step. Everything says DEMO.

The auditor is another process with its own key folder that calls `label-service attest`, as a real one would.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from label_service import readers
from label_service.artwork.qr import qr_png, qr_version
from label_service.cli import show
from label_service.cli.verify import run as run_verify
from label_service.declaration import Declaration
from label_service.document import validate
from label_service.errors import LabelServiceError, Refused
from label_service.examples import FOLDER, NAMES
from label_service.factors.release import find_release
from label_service.improvement import improvements
from label_service.issuance.clock import now
from label_service.issuance.keyring import ROOT_FILE
from label_service.issuance.labels import IssuedLabel
from label_service.issuance.opening import open_scheme
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import Identity, initialise
from label_service.issuance.submission import Submission
from label_service.label.credential import label_url, read_label
from label_service.trust.trust_list import Accreditation, read_root
from label_service.web.app import Site
from label_service.web.server import serve

MARKER = ".label-service-demo"
AUDITOR = "Dr. Auditor Example (DEMO)"
CRITERIA = (
    "inner volume measured: 45 L, inside 20 to 60 L",
    "carries 10 kg when lifted by hand",
    "a second box filled with 10 kg stands on top for 24 h without damage",
)


@dataclass(frozen=True)
class Stage:
    """Where the demo works: one folder for the operator, one for the auditor, one per example."""

    folder: Path
    scheme: Scheme
    origin: str

    @property
    def auditor_key(self) -> Path:
        """The auditor's private key; the operator's process never opens it."""
        return self.folder / "auditor" / "auditor.pem"


def run_demo(folder: Path, port: int, *, is_served: bool) -> None:
    """Run the chain in a fresh folder, then serve the site.

    Raises:
        Refused: the folder holds something else than an earlier demo.
    """
    origin = f"http://localhost:{port}"
    site = _set_up(folder, origin)
    stage = Stage(folder, site.scheme, origin)
    show.heading("The demo scheme")
    show.line(f"Issuer {site.scheme.identity.did}, with its own root, keys and log. DEMO, not a certificate.")
    _admit_auditor(stage)
    for name in NAMES:
        _play(stage, name)
    (folder / "trust-list.jwt").write_text(site.scheme.register.text(), encoding="ascii")
    show.heading("Files")
    show.line(f"One folder per example in {folder}, with trust-list.jwt and root.pub beside them.")
    show.line(f"Check one yourself: label-service verify --root {folder}/root.pub {folder}/hook/bundle.json")
    if is_served:
        show.heading(f"Serving {origin} – stop with Ctrl+C")
        serve(site, "127.0.0.1", port)


def _set_up(folder: Path, origin: str) -> Site:
    """Start from nothing: an earlier demo in the folder is removed, anything else is left alone."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise Refused(f"{folder} holds something else than a demo", hint="name another folder with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()
    identity = Identity(origin, "Label service", is_demo=True)
    keys, data = folder / "operator" / "keys", folder / "operator" / "data"
    initialise(keys, folder / "root-kept-offline", identity, now())
    shutil.copy(keys / ROOT_FILE, folder / ROOT_FILE)
    scheme, files = open_scheme(identity, keys, data, f"sqlite:///{(data / 'label.db').absolute()}")
    return Site(scheme, files, needs_account=False)


def _admit_auditor(stage: Stage) -> None:
    """The auditor makes her key in her own folder; the operator gets the public file only."""
    _as_auditor("keys", "new", str(stage.auditor_key), "--name", AUDITOR)
    raw, name = read_root(stage.auditor_key.with_suffix(".pub").read_bytes())
    record = {
        "standard": "ISO/IEC 17065 (DEMO)",
        "body": "DEMO accreditation body",
        "number": "DEMO-0001",
        "valid_from": "2026-01-01",
        "valid_until": "2029-12-31",
    }
    stage.scheme.register.add_auditor(
        name,
        "Independent Verification Example (DEMO)",
        "https://verification.example",
        validate(Accreditation, record),
        raw,
    )
    show.line(f"Auditor {name} made her own key; the trust list names its public side.")


def _play(stage: Stage, name: str) -> None:
    show.heading(f"Example {name}")
    folder = stage.folder / name
    declaration = _lay_out(name, folder)
    _show_files(folder / "evidence")
    submission = stage.scheme.declarations.submit(declaration)
    (folder / "inventory.json").write_bytes(submission.inventory.to_bytes())
    (folder / "assessment.json").write_bytes(submission.assessment.to_bytes())
    show.inventory(submission.inventory)
    show.assessment(submission.inventory, submission.assessment, submission.findings)
    _show_improvements(submission)
    show.line(f"Data sheet: {stage.origin}/D/{submission.id}")
    if submission.assessment.grade is not None:
        label = _attest_and_issue(stage, submission, folder)
        _show_label(stage, label, folder)


def _lay_out(name: str, folder: Path) -> Declaration:
    """Copy declaration and evidence of an example to where auditor and visitor look for them."""
    source = FOLDER / name
    declaration = Declaration.from_bytes((source / "declaration.json").read_bytes().rstrip(b"\n"))
    (folder / "evidence").mkdir(parents=True)
    for item in declaration.evidence:
        shutil.copy(source / item.name, folder / "evidence" / item.name)
    (folder / "declaration.json").write_bytes(declaration.to_bytes())
    return declaration


def _show_files(folder: Path) -> None:
    """Print the facts of the files the readers know; invented papers are only named."""
    for file in sorted(folder.iterdir()):
        try:
            reading, digest = readers.read_path(file)
        except LabelServiceError:
            show.line(f"{file.name}: a paper for the auditor to look at (DEMO DATA, invented)")
            continue
        show.readings([{"file": file.name, "sha256": digest, **reading.model_dump(mode="json", exclude_none=True)}])


def _show_improvements(submission: Submission) -> None:
    release = find_release(submission.inventory.release_digest)
    for item in improvements(submission.declaration, release, release.digest, parts=submission.inventory.parts or ()):
        result = f"score {item.score}, {f'grade {item.grade}' if item.grade else 'no grade'}"
        show.line(f"would improve it: {item.name} → {result}")


def _attest_and_issue(stage: Stage, submission: Submission, folder: Path) -> IssuedLabel:
    out = folder / "attestation.jwt"
    released = {item.rule for item in submission.findings if item.severity == "evidence"}
    arguments = ["attest", str(folder), "--key", str(stage.auditor_key), "--name", AUDITOR]
    arguments += ["--scheme", stage.origin, "--out", str(out)]
    for rule in sorted(released):
        arguments += ["--release", rule]
    if submission.inventory.category:
        for criterion in CRITERIA:
            arguments += ["--criteria", criterion]
    _as_auditor(*arguments)
    stage.scheme.attestations.add(submission.id, out.read_text(encoding="ascii").strip())
    return stage.scheme.labels.issue(submission.id)


def _as_auditor(*arguments: str) -> None:
    """Run a command in the auditor's own process.

    Raises:
        Refused: it failed; what it said is on the terminal.
    """
    command = [sys.executable, "-m", "label_service", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
    for text in done.stdout.splitlines():
        show.line(f"  auditor: {text}")
    if done.returncode:
        raise Refused(f"the auditor refused: {done.stderr.strip()}")


def _show_label(stage: Stage, label: IssuedLabel, folder: Path) -> None:
    bundle = folder / "bundle.json"
    (folder / "label.jwt").write_text(label.token, encoding="ascii")
    bundle.write_bytes(stage.scheme.labels.bundle(label.id))
    (folder / "qr.png").write_bytes(qr_png(label.qr_text))
    _, content = read_label(label.token)
    show.line(f"Label {label.id}, log entry {label.log_index}: {label_url(content)}")
    show.line(f"QR code version {qr_version(label.qr_text)}: {label.qr_text[:60]}…")
    show.line("Verified offline:")
    run_verify(["--root", str(stage.folder / ROOT_FILE), str(bundle)])
