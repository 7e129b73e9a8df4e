"""A scheme with people in it: a producer with evidence and declarations, another one, and a verifier with her key."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from label_service import canonical
from label_service.accounts.rights import Actor
from label_service.certification.auditorkeys import SigningKey
from label_service.certification.audits import AuditRequest
from label_service.certification.desk import Certification
from label_service.certification.drafts import Draft, Drafts
from label_service.certification.proposals import ScopeProposal
from label_service.declaration import Declaration
from label_service.document import validate
from label_service.examples import FOLDER
from label_service.issuance.keys import FileSigner, create_key, load_key
from label_service.issuance.setup import Identity
from label_service.issuance.submission import Submission
from label_service.label.attestation import attest
from label_service.store.database import transaction
from label_service.store.scheme_tables import EvidenceRow
from label_service.tlog.leaf import StatementKind
from label_service.tlog.sampling import commitment_of
from label_service.trust.encoding import base64url
from label_service.trust.keys import did_key
from label_service.trust.trust_list import Accreditation
from tests.databases import copy_installation
from tests.parties import Cast, gather
from tests.scopes import scope_around
from tests.stage import ACCREDITATION, Clock, Stage, found_stage, open_parts

WORKSHOP, RIVAL, BODY, OTHER_BODY = "Test workshop", "Rival workshop", "Test inspection body", "Other inspection body"
VERA = "Dr. Vera Test"
SEED, WEEKS = b"vera's seed of thirty-two bytes!", 60


@dataclass
class Play:
    """An installation and everybody in it."""

    stage: Stage
    cast: Cast

    @classmethod
    def reopen(cls, folder: Path, target: Path) -> "Play":
        """Open a copy of a scheme that `begin` left."""
        copy_installation(folder, target)
        clock = Clock()
        identity = Identity("http://localhost:8000", "Test scheme", is_demo=False)
        stage = Stage(target, *open_parts(target, identity, clock), clock)
        return cls(stage, gather(stage.scheme))

    @property
    def desk(self) -> Certification:
        """What is tried."""
        return Certification(self.stage.scheme)

    @property
    def clock(self) -> Clock:
        """The clock, to be moved."""
        assert isinstance(self.stage.clock, Clock)
        return self.stage.clock

    @property
    def producer(self) -> Actor:
        """The lead of the workshop."""
        return self.lead(WORKSHOP)

    @property
    def rival(self) -> Actor:
        """The lead of another workshop."""
        return self.lead(RIVAL)

    @property
    def auditor(self) -> Actor:
        """The auditor as she is signed in."""
        return self.lead(BODY)

    @property
    def other_auditor(self) -> Actor:
        """The lead of another inspection body, which has no listed key."""
        return self.lead(OTHER_BODY)

    @property
    def key(self) -> FileSigner:
        """The auditor's key, which the service never sees."""
        return load_key(self.stage.folder / "auditor" / "vera.pem")

    def lead(self, name: str) -> Actor:
        """Give the lead of a party as a session would."""
        party = next(item for item in self.cast.accounts.parties.all() if item.name == name)
        return self.cast.actor(self.cast.accounts.people.active(party.id)[0].id)

    def declare(self, name: str = "hook", actor: Actor | None = None, **members: Any) -> Submission:
        """Upload the evidence of a shipped example and submit its declaration for a producer."""
        actor = actor or self.producer
        for item in self.document(name, actor)["evidence"]:
            self.desk.evidence.add(actor, io.BytesIO((FOLDER / name / item["name"]).read_bytes()), item["name"])
        return self.submit(name, actor, **members)

    def submit(self, name: str = "hook", actor: Actor | None = None, **members: Any) -> Submission:
        """Submit the declaration of a shipped example for a producer, with nothing uploaded."""
        actor = actor or self.producer
        declaration = Declaration.from_json(self.document(name, actor) | members)
        return self.stage.scheme.declarations.submit(declaration, party=actor.party_id)

    @staticmethod
    def document(name: str, actor: Actor) -> dict[str, Any]:
        """Give the declaration of a shipped example as that of a producer."""
        document: dict[str, Any] = json.loads((FOLDER / name / "declaration.json").read_bytes())
        party = {"id": actor.party_id, "name": actor.party_name, "country": actor.country}
        return document | {"producer": party, "demo": False}

    def attest(self, found: Submission, **members: Any) -> str:
        """Let the auditor sign, as her own tool does."""
        auditor = {"id": did_key(self.key.public_key), "name": VERA}
        return attest(self.stage.attestation(found, **{"auditor": auditor, **members}), self.key)

    @property
    def signing(self) -> SigningKey:
        """The auditor's key as the service knows it."""
        return self.desk.auditor_keys.signing(self.auditor)[0]

    @property
    def drafts(self) -> Drafts:
        """What makes drafts for her to sign."""
        return Drafts(self.stage.scheme.identity)

    def sign(self, draft: Draft) -> str:
        """Let the auditor sign a draft, as her browser does."""
        return f"{draft.signing_input}.{base64url(self.key.sign(draft.signing_input.encode()))}"

    def say(self, kind: StatementKind, reason: str, text: str = "I looked into it.", **subject: str) -> str:
        """Let the auditor sign a statement."""
        return self.sign(self.drafts.statement(self.signing, kind, subject, reason=reason, text=text, now=self.clock()))

    def ask(self, found: Submission) -> AuditRequest:
        """Let the workshop ask the auditor to look at a declaration."""
        return self.desk.audits.request_declaration(self.producer, found.id, self.auditor.party_id)

    def propose(self, found: Submission, verifier: Actor | None = None, **members: Any) -> AuditRequest:
        """Let the workshop ask for a scope around goods it declared."""
        verifier = verifier or self.auditor
        declaration = found.declaration
        proposal = {
            "type": "scope-proposal",
            "version": "1",
            "demo": False,
            "producer": declaration.producer.as_json(),
            "site": declaration.sites[0].as_json(),
            "family": declaration.product.family,
            "category": found.inventory.category,
            "functions": [found.inventory.function] if found.inventory.function else [],
            "products": [declaration.product.name],
            "machines": [machine.as_json() for machine in declaration.machines],
            "quantity": 100,
            "period": {"first": "2026-11-01", "last": "2027-10-31"},
        }
        made = validate(ScopeProposal, proposal | members)
        return self.desk.audits.request_scope(self.producer, made, verifier.party_id)

    def scope_token(self, found: Submission, seed: bytes = SEED, weeks: int = WEEKS, **changes: Any) -> str:
        """Let the auditor attest the workshop around goods, with a chain from a known seed."""
        members = {
            "quantity": 100,
            "max_quantity_per_label": None,
            "period": {"first": "2026-11-01", "last": "2027-10-31"},
            "chain_commitment": commitment_of(seed, weeks).hex(),
            "chain_weeks": weeks,
            "sampling_rate": "1",
            "lots": (),
        }
        subject = scope_around(found.inventory, **members | changes).as_json()
        return self.sign(self.drafts.scope(self.signing, subject, days=365, now=self.clock()))

    def again(self, found: Submission, number: int) -> Submission:
        """Declare the same goods once more, with evidence of their own."""
        document = found.declaration.as_json()
        text = canonical.encode(document).decode()
        for item in document["evidence"]:
            digest = canonical.digest(f"{item['digest']} {number}".encode())
            text = text.replace(item["digest"], digest)
            self._upload(item["name"], digest)
        declaration = Declaration.from_json(canonical.decode(text.encode()))
        return self.stage.scheme.declarations.submit(declaration, party=self.producer.party_id)

    def _upload(self, name: str, digest: str) -> None:
        """Note a file as uploaded, whose content no test reads."""
        row = EvidenceRow(
            digest=digest,
            party_id=self.producer.party_id,
            name=name,
            media_type="text/plain",
            size_bytes=1,
            uploaded_at=self.clock(),
        )
        with transaction(self.stage.scheme.bench.engine) as session:
            session.add(row)


def begin(folder: Path) -> Play:
    """Found a scheme in which everybody has joined and the auditor's key is listed."""
    stage = found_stage(folder, is_demo=False)
    cast = gather(stage.scheme)
    for name in (WORKSHOP, RIVAL):
        cast.lead("producer", name)
    for name in (BODY, OTHER_BODY):
        body = cast.lead("verifier", name)
        if name == BODY:
            key = create_key(folder / "auditor" / "vera.pem")
            accreditation = validate(Accreditation, ACCREDITATION)
            stage.scheme.register.add_auditor(VERA, BODY, body.party_id, accreditation, key.public_key)
    return Play(stage, cast)
