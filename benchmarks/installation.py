"""A small installation with the shipped examples, as the demo makes it: own root, keys, log, auditor, database."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from label_service import canonical
from label_service.declaration import Declaration
from label_service.document import validate
from label_service.examples import FOLDER
from label_service.issuance.clock import now
from label_service.issuance.keyring import ROOT_FILE
from label_service.issuance.keys import FileSigner, create_key
from label_service.issuance.labels import IssuedLabel
from label_service.issuance.opening import open_scheme
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import Identity, initialise, timestamp
from label_service.issuance.submission import Submission
from label_service.label.attestation import Attestation, attest
from label_service.store.public_files import PublicFiles
from label_service.trust.keys import did_key
from label_service.trust.trust_list import Accreditation, read_root

AUDITOR = "Auditor of the benchmarks"
ACCREDITATION = {
    "standard": "ISO/IEC 17065",
    "body": "Accreditation of the benchmarks",
    "number": "0001",
    "valid_from": "2026-01-01",
    "valid_until": "2099-12-31",
}


@dataclass(frozen=True)
class Installation:
    """An open installation in a folder of its own."""

    folder: Path
    scheme: Scheme
    files: PublicFiles
    auditor: FileSigner

    @property
    def roots(self) -> dict[bytes, str]:
        """The pinned root."""
        return dict([read_root((self.folder / ROOT_FILE).read_bytes())])

    def submit(self, example: str, number: int = 0) -> Submission:
        """Submit an example; another number is another product."""
        return self.scheme.declarations.submit(self.declaration(example, number))

    def declaration(self, example: str, number: int) -> Declaration:
        """Give an example; another number is another product with evidence of its own."""
        own = declaration(example)
        text = own.to_bytes().decode()
        for item in own.evidence:
            text = text.replace(item.digest, canonical.digest(f"{item.digest} {number}".encode()))
        document = canonical.decode(text.encode())
        document["product"]["name"] += f" {number}"
        return Declaration.from_json(document)

    def attest(self, submission: Submission) -> None:
        """Let the auditor attest a declaration and hand it in."""
        self.scheme.attestations.add(submission.id, attest(self._attestation(submission), self.auditor))

    def issue(self, example: str, number: int = 0) -> IssuedLabel:
        """Take an example through the whole chain."""
        submission = self.submit(example, number)
        self.attest(submission)
        return self.scheme.labels.issue(submission.id)

    def _attestation(self, submission: Submission) -> Attestation:
        released = {item.rule for item in submission.findings if item.severity == "evidence"}
        content = {
            "id": uuid4().urn,
            "origin": self.scheme.identity.origin,
            "auditor": {"id": did_key(self.auditor.public_key), "name": AUDITOR},
            "valid_from": timestamp(now()),
            "valid_until": timestamp(now() + timedelta(days=365)),
            "subject": {
                "type": "DeclarationAttestation",
                "demo": submission.declaration.demo,
                "producer": submission.declaration.producer.id,
                "category": submission.inventory.category,
                "criteria": ("inner volume measured: 45 L",) if submission.inventory.category else (),
                "declaration_digest": submission.declaration.digest,
                "inventory_digest": submission.inventory.digest,
                "assessment_digest": submission.assessment.digest,
                "findings_released": tuple(sorted(released)),
                "level": "desk",
            },
        }
        return validate(Attestation, content)


def declaration(example: str) -> Declaration:
    """Read the declaration of a shipped example."""
    return Declaration.from_bytes((FOLDER / example / "declaration.json").read_bytes().rstrip(b"\n"))


def open_installation(
    folder: Path, origin: str = "http://localhost:8000", database_url: str = "", checkpoint_url: str | None = None
) -> Installation:
    """Set up an installation in an empty folder, with a SQLite file of its own by itself, and admit its auditor."""
    identity = Identity(origin, "Label service", is_demo=True)
    keys, data = folder / "keys", folder / "data"
    initialise(keys, folder, identity, now())
    url = database_url or f"sqlite:///{data / 'label.db'}"
    scheme, files = open_scheme(identity, keys, data, url, checkpoint_url=checkpoint_url)
    auditor = create_key(folder / "auditor" / "auditor.pem")
    scheme.register.add_auditor(
        AUDITOR,
        "Body of the benchmarks",
        "https://body.example",
        validate(Accreditation, ACCREDITATION),
        auditor.public_key,
    )
    return Installation(folder, scheme, files, auditor)
