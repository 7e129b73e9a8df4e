"""A workshop with a scope: goods with evidence of their own, what its auditor signs, and the log that anybody reads."""

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from label_service import canonical
from label_service.declaration import Declaration
from label_service.document import validate
from label_service.factors.release import load_release
from label_service.inventory import Inventory
from label_service.inventory.build import build_inventory
from label_service.issuance.keys import FileSigner, create_key
from label_service.issuance.scopes import Scope
from label_service.issuance.setup import timestamp
from label_service.issuance.statements import KeptStatement
from label_service.issuance.submission import Submission
from label_service.label.attestation import Attestation, attest
from label_service.label.statement import Statement, sign_statement
from label_service.store.database import transaction
from label_service.store.scheme_tables import EvidenceRow
from label_service.tlog.audit import Finding, audit_log
from label_service.tlog.note import VerifierKey
from label_service.tlog.sampling import chain_value, commitment_of
from label_service.tlog.scopes import Books
from label_service.trust.keys import Signer, did_key
from label_service.trust.trust_list import Accreditation
from tests.scopes import scope_around
from tests.signers import signer
from tests.stage import ACCREDITATION, AUDITOR, Stage, example

WEEKS = 520  # the most a chain has


@dataclass
class Workshop:
    """The producer of an example on a stage, and the auditor who visited her."""

    stage: Stage
    name: str = "box"
    numbers: Iterator[int] = field(default_factory=itertools.count)
    seeds: dict[str, bytes] = field(default_factory=dict)

    def goods(self, **members: Any) -> Declaration:
        """Give the example once more, with evidence of its own; `members` change it."""
        number = next(self.numbers)
        document = example(self.name) | members
        text = canonical.encode(document).decode()
        for item in document["evidence"]:
            text = text.replace(item["digest"], canonical.digest(f"{item['digest']} {number}".encode()))
        return Declaration.from_json(canonical.decode(text.encode()))

    def inventory(self) -> Inventory:
        """Give the inventory of the example."""
        release = load_release()
        return build_inventory(Declaration.from_json(example(self.name)), release, release.digest)

    def hand_in(self, declaration: Declaration) -> None:
        """Let the producer upload the evidence of a declaration."""
        with transaction(self.stage.scheme.bench.engine) as session:
            for item in declaration.evidence:
                row = EvidenceRow(
                    digest=item.digest,
                    party_id=declaration.producer.id,
                    name=item.name,
                    media_type="application/octet-stream",
                    size_bytes=item.size_bytes,
                    uploaded_at=self.stage.clock(),
                )
                session.merge(row)

    def declare(self, **members: Any) -> Submission:
        """Upload evidence and hand in goods of today."""
        declaration = self.goods(**members)
        self.hand_in(declaration)
        return self.stage.scheme.declarations.submit(declaration, party=declaration.producer.id)

    def attestation(self, envelope: dict[str, Any] | None = None, **changes: Any) -> Attestation:
        """Give the scope that holds the goods, for ten items where nothing else is said."""
        seed = uuid.uuid4().bytes * 2
        weeks = changes.get("chain_weeks", WEEKS)
        commitment = commitment_of(seed, weeks).hex()
        self.seeds[commitment] = seed
        inventory = self.inventory()
        members = {
            "quantity": 10,
            "max_quantity_per_label": None,
            "period": {"first": inventory.made.first, "last": "2027-06-30"},
            "chain_commitment": commitment,
            "chain_weeks": weeks,
            "sampling_rate": "1",
            "lots": (),
        }
        content = {
            "id": f"urn:uuid:{uuid.uuid4()}",
            "origin": self.stage.scheme.identity.origin,
            "auditor": {"id": did_key(self.stage.auditor.public_key), "name": AUDITOR},
            "valid_from": self.stage.at,
            "valid_until": timestamp(self.stage.clock() + timedelta(days=365)),
            "subject": scope_around(inventory, **members | changes).as_json(),
        }
        return validate(Attestation, content | (envelope or {}))

    def token(self, envelope: dict[str, Any] | None = None, **changes: Any) -> str:
        """Let the auditor attest the workshop."""
        return attest(self.attestation(envelope, **changes), self.stage.auditor)

    def scope(self, envelope: dict[str, Any] | None = None, **changes: Any) -> Scope:
        """Let the auditor attest the workshop and hand it in."""
        return self.stage.scheme.scopes.add(self.token(envelope, **changes))

    def statement(self, kind: str, subject: dict[str, Any], by: Signer | None = None, **members: Any) -> str:
        """Let the auditor, or whoever signs, say something."""
        signs = by or self.stage.auditor
        content = {
            "type": "statement",
            "version": "1",
            "demo": self.stage.scheme.identity.is_demo,
            "origin": self.stage.scheme.identity.origin,
            "kind": kind,
            "at": self.stage.at,
            "subject": subject,
            "reason": "looked_into",
            "text": "I looked into it.",
            "findings": (),
        }
        key = did_key(signs.public_key)
        kid = f"{key}#{key.removeprefix('did:key:')}"
        return sign_statement(validate(Statement, content | members), kid=kid, signer=signs)

    def forged(self, kind: str, subject: dict[str, Any], **members: Any) -> str:
        """Give a statement under the auditor's name with somebody else's signature."""
        honest = self.statement(kind, subject, **members)
        other = self.statement(kind, subject, signer(73), **members)
        return f"{honest.rpartition('.')[0]}.{other.rpartition('.')[2]}"

    def stranger(self) -> FileSigner:
        """Give the key of an accredited auditor of another body."""
        key = create_key(self.stage.folder / "stranger" / f"{next(self.numbers)}.pem")
        record = validate(Accreditation, ACCREDITATION)
        self.stage.scheme.register.add_auditor(
            "Other auditor", "Other body", "https://other.example", record, key.public_key
        )
        return key

    def say(self, kind: str, subject: dict[str, Any], **members: Any) -> KeptStatement:
        """Let the auditor say something and hand it in."""
        return self.stage.scheme.statements.add(self.statement(kind, subject, **members))

    def value(self, scope: Scope, number: int) -> str:
        """Give the chain value of a week of a scope."""
        subject = scope.subject
        return chain_value(self.seeds[subject.chain_commitment], subject.chain_weeks, number).hex()

    def reveal(self, scope: Scope, week: str, number: int) -> KeptStatement:
        """Let the auditor reveal the value of a week."""
        value = self.value(scope, number)
        return self.say("reveal", {"scope_digest": scope.digest, "week": week, "value": value})

    def books(self, at: str | None = None) -> list[Finding]:
        """Audit the public log with the books of all scopes, as anybody can, and give what is not as it must be."""
        found: list[Finding] = []
        books = Books(found.append)
        sequencer = self.stage.scheme.bench.sequencer
        files, read = self.stage.files, self.stage.files.read
        archive = [
            files.read(f"log/checkpoints/{size}").decode() for size in sequencer.archive_index().decode().split()
        ]
        keys = [
            VerifierKey(log.origin, key.jwk.raw)
            for log in self.stage.scheme.register.current().logs
            for key in log.keys
        ]
        audit_log(lambda name: read(f"log/{name}"), archive, keys, found.append, books.see)
        books.finish(at or self.stage.at)
        return found
