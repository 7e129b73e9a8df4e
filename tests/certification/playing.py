"""A scheme with people in it: a producer with evidence and declarations, another one, and a verifier with her key."""

import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from label_service.accounts.rights import Actor
from label_service.certification.desk import Certification
from label_service.declaration import Declaration
from label_service.document import validate
from label_service.examples import FOLDER
from label_service.issuance.keys import FileSigner, create_key, load_key
from label_service.issuance.setup import Identity
from label_service.issuance.submission import Submission
from label_service.label.attestation import attest
from label_service.trust.keys import did_key
from label_service.trust.trust_list import Accreditation
from tests.parties import Cast, gather
from tests.stage import ACCREDITATION, Clock, Stage, found_stage, open_parts

WORKSHOP, RIVAL, BODY, OTHER_BODY = "Test workshop", "Rival workshop", "Test inspection body", "Other inspection body"
VERA = "Dr. Vera Test"


@dataclass
class Play:
    """An installation and everybody in it."""

    stage: Stage
    cast: Cast

    @classmethod
    def reopen(cls, folder: Path, target: Path) -> "Play":
        """Open a copy of a scheme that `begin` left."""
        shutil.copytree(folder, target)
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
