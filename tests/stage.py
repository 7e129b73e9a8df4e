"""A whole installation in a folder: real keys, database and log of a scheme with an auditor; only the clock is ours."""

import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from label_service.certification.desk import Certification
from label_service.declaration import Declaration
from label_service.document import Party, validate
from label_service.examples import FOLDER
from label_service.issuance.keyring import ONLINE_USES, ROOT_FILE, Keyring
from label_service.issuance.keys import FileSigner, create_key, load_key
from label_service.issuance.labels import IssuedLabel
from label_service.issuance.opening import open_scheme
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import Identity, initialise, timestamp
from label_service.issuance.submission import Submission
from label_service.label.attestation import Attestation, attest
from label_service.store.database import transaction
from label_service.store.party_tables import PartyRow
from label_service.store.public_files import PublicFiles
from label_service.trust.keys import did_key
from label_service.trust.trust_list import Accreditation, read_root
from tests.databases import url_of

ORIGIN = "http://localhost:8000"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
AUDITOR = "Dr. Test Auditor (DEMO)"
BODY = "https://body.example"
CRITERIA = (
    "inner volume measured: 45 L",
    "carries 10 kg when lifted by hand",
    "a second box filled with 10 kg stands on top for 24 h without damage",
)
ACCREDITATION = {
    "standard": "ISO/IEC 17065 (DEMO)",
    "body": "DEMO accreditation body",
    "number": "DEMO-0001",
    "valid_from": "2026-01-01",
    "valid_until": "2029-12-31",
}


@dataclass
class Clock:
    """Stands still until a test moves it."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        """Give the time."""
        return self.at

    def forward(self, **delta: float) -> None:
        """Move on by days or hours."""
        self.at += timedelta(**delta)


class OperatorKeys(NamedTuple):
    """The online keys an installation begins with."""

    delegated: FileSigner
    label: FileSigner
    status: FileSigner
    log: FileSigner


@dataclass
class Stage:
    """An open installation with its auditor; `labels` are the labels issued so far by the name of their example."""

    folder: Path
    scheme: Scheme
    files: PublicFiles
    clock: Callable[[], datetime]
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def certification(self) -> Certification:
        """The certification work around the scheme."""
        return Certification(self.scheme)

    @property
    def auditor(self) -> FileSigner:
        """The auditor's key."""
        return load_key(self.folder / "auditor" / "auditor.pem")

    @property
    def signers(self) -> OperatorKeys:
        """The operator's first keys, for forging."""
        ring = Keyring(self.folder / "keys")
        label, status, log = (ring.signer(f"{use}-1") for use in ONLINE_USES)
        return OperatorKeys(ring.delegated(), label, status, log)

    @property
    def root_file(self) -> Path:
        """The public side that people pin."""
        return self.folder / "keys" / ROOT_FILE

    @property
    def roots(self) -> dict[bytes, str]:
        """The pinned root of this installation."""
        return dict([read_root(self.root_file.read_bytes())])

    @property
    def at(self) -> str:
        """The present time."""
        return timestamp(self.clock())

    def submit(self, name: str = "hook", **members: Any) -> Submission:
        """Submit a shipped example, with other members."""
        declaration = Declaration.from_json(example(name) | members)
        if not self.scheme.identity.is_demo:
            self.enrol(declaration.producer)
        return self.scheme.declarations.submit(declaration, party=declaration.producer.id)

    def enrol(self, producer: Party, kind: str = "producer", state: str = "active") -> None:
        """Let a producer take part in the scheme, as the operator would."""
        with transaction(self.scheme.bench.engine) as session:
            known = session.get(PartyRow, producer.id)
            row = known or PartyRow(
                id=producer.id,
                kind=kind,
                name=producer.name,
                country=producer.country,
                registration=producer.id[:100],
                registration_key=producer.id,
                created_at=self.clock(),
            )
            row.state = state
            session.add(row)

    def attestation(self, found: Submission, **members: Any) -> Attestation:
        """Give what the auditor vouches for; `members` change subject or envelope."""
        subject = {
            "type": "DeclarationAttestation",
            "demo": found.declaration.demo,
            "producer": found.inventory.producer.id,
            "category": found.inventory.category,
            "criteria": CRITERIA if found.inventory.category else (),
            "declaration_digest": found.declaration.digest,
            "inventory_digest": found.inventory.digest,
            "assessment_digest": found.assessment.digest,
            "findings_released": tuple(sorted({item.rule for item in found.findings if item.severity == "evidence"})),
            "level": "desk",
        }
        envelope = {
            "id": f"urn:uuid:{uuid.uuid4()}",
            "origin": self.scheme.identity.origin,
            "auditor": {"id": did_key(self.auditor.public_key), "name": AUDITOR},
            "valid_from": self.at,
            "valid_until": timestamp(self.clock() + timedelta(days=365)),
        }
        envelope |= {name: value for name, value in members.items() if name in envelope}
        subject |= {name: value for name, value in members.items() if name not in envelope}
        return validate(Attestation, envelope | {"subject": subject})

    def attest(self, found: Submission, **members: Any) -> str:
        """Let the auditor sign."""
        return attest(self.attestation(found, **members), self.auditor)

    def issue(self, name: str = "hook", **members: Any) -> IssuedLabel:
        """Bring an example the whole way to its label."""
        found = self.submit(name, **members)
        self.scheme.attestations.add(found.id, self.attest(found))
        label = self.scheme.labels.issue(found.id)
        self.labels[name] = label.id
        return label

    def bundle(self, name: str = "hook") -> dict[str, Any]:
        """Give the bundle of an issued example, to be changed."""
        return json.loads(self.scheme.labels.bundle(self.labels[name]))  # type: ignore[no-any-return]

    def dossier(self, name: str, folder: Path, **members: Any) -> Submission:
        """Lay out what an auditor gets for an example: three documents and the evidence."""
        found = self.submit(name, **members)
        (folder / "evidence").mkdir(parents=True)
        for item in found.declaration.evidence:
            shutil.copy(FOLDER / name / item.name, folder / "evidence" / item.name)
        for part in ("declaration", "inventory", "assessment"):
            (folder / f"{part}.json").write_bytes(getattr(found, part).to_bytes())
        return found

    def reopen(self) -> None:
        """Close the installation and open it as a new process would."""
        self.scheme.close()
        self.scheme, self.files = open_parts(self.folder, self.scheme.identity, self.clock)


def example(name: str = "hook") -> dict[str, Any]:
    """Give the declaration of a shipped example as JSON."""
    return json.loads((FOLDER / name / "declaration.json").read_bytes())  # type: ignore[no-any-return]


def found_stage(
    folder: Path,
    *,
    origin: str = ORIGIN,
    clock: Callable[[], datetime] | None = None,
    is_demo: bool = True,
    is_ready: bool = True,
) -> Stage:
    """Found an installation, with an accredited auditor on its trust list; ready, a scheme has published its rules."""
    clock = clock or Clock()
    identity = Identity(origin, "Test scheme", is_demo)
    initialise(folder / "keys", folder / "root", identity, clock())
    stage = Stage(folder, *open_parts(folder, identity, clock), clock)
    key = create_key(folder / "auditor" / "auditor.pem")
    stage.scheme.register.add_auditor(
        AUDITOR, "Test verification body", BODY, validate(Accreditation, ACCREDITATION), key.public_key
    )
    if is_ready and not is_demo:
        stage.certification.publications.begin_with_starters()
    return stage


def open_stage(folder: Path, clock: Callable[[], datetime] | None = None, origin: str = ORIGIN) -> Stage:
    """Open an installation that is there."""
    clock = clock or Clock()
    return Stage(folder, *open_parts(folder, Identity(origin, "Test scheme", is_demo=True), clock), clock)


def open_parts(folder: Path, identity: Identity, clock: Callable[[], datetime]) -> tuple[Scheme, PublicFiles]:
    """Open the scheme and the public files of a folder."""
    return open_scheme(identity, folder / "keys", folder / "data", url_of(folder), clock)
