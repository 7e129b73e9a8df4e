"""Issuing one durable label, beside a bare loop that makes the same checks, signatures, rows and syncs.

The bare loop works on a second installation of its own, with SQL written by hand on the same tables: what it leaves
out are sessions, models of rows and the use cases around them.
"""

import os
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks.installation import Installation, open_installation
from benchmarks.measure import Result, in_turns
from label_service import canonical
from label_service.assessment import Assessment
from label_service.declaration import Declaration
from label_service.factors.release import load_release
from label_service.inventory import Inventory
from label_service.issuance.clock import now
from label_service.issuance.keyring import Keyring
from label_service.issuance.opening import CHECKPOINTS_FILE, PUBLIC_FOLDER
from label_service.issuance.setup import timestamp
from label_service.issuance.submission import Submission
from label_service.label import credential, qr
from label_service.label.attestation import Attestation, read_attestation
from label_service.label.content import Issuer, LabelContent, StatusEntries, StatusEntry, label_content
from label_service.label.status import ENTRIES
from label_service.plausibility import check
from label_service.tlog.checkpoint import sign_checkpoint
from label_service.tlog.leaf import LabelLeaf, leaf_bytes
from label_service.tlog.tiles import RightEdge
from label_service.trust import jws
from label_service.trust.encoding import base32
from label_service.verify.bundle import label_leaf

LABELS = 60
WARM = 5
_SYNC = 4096


def issue(installation: Installation) -> list[Result]:
    """Issue labels in turns with the bare loop and with the durable writes alone."""
    with tempfile.TemporaryDirectory() as name:
        other = open_installation(Path(name))
        ours, theirs = (_attested(owner) for owner in (installation, other))
        bare = BareLoop(other)
        with tempfile.TemporaryFile(dir=installation.folder) as scratch:
            cases = {
                "service": lambda: installation.scheme.labels.issue(next(ours)),
                "bare": lambda: bare.issue(next(theirs)),
                "sync": lambda: _sync(scratch.fileno()),
            }
            in_turns(cases, rounds=WARM)
            timings = in_turns(cases, rounds=LABELS - WARM)
        bare.close()
    return [
        Result(
            "issue one durable label",
            "bare loop with the same checks, signatures, rows and syncs",
            f"{timings.per_second('service')} of {timings.per_second('bare')}",
            timings.share("bare", "service"),
            "≥ 0.7",
        ),
        Result(
            "issue one durable label",
            "two bare fdatasync",
            f"a sync takes {timings.seconds('sync') * 1e6:.0f} µs",
            2 * timings.share("sync", "service"),
        ),
    ]


def _attested(installation: Installation) -> Iterator[str]:
    submissions = [installation.submit("hook", 1000 + number) for number in range(LABELS)]
    for submission in submissions:
        installation.attest(submission)
    return iter([submission.id for submission in submissions])


def _sync(descriptor: int) -> None:
    os.write(descriptor, bytes(_SYNC))
    os.fdatasync(descriptor)


class BareLoop:
    """Issues labels of an installation with nothing between checks, signatures and disk."""

    def __init__(self, installation: Installation) -> None:
        data = installation.folder / "data"
        self._identity = installation.scheme.identity
        self._trust_list = installation.scheme.register.current()
        self._keyring = Keyring(installation.folder / "keys")
        self._public = data / PUBLIC_FOLDER / "log"
        self._database = _open(data / "label.db")
        self._checkpoints = _open(data / CHECKPOINTS_FILE)
        (size,) = self._checkpoints.execute("SELECT max(size) FROM checkpoint").fetchone()
        self._edge = RightEdge.load(size, lambda name: (self._public / name).read_bytes())

    def close(self) -> None:
        """Close the databases."""
        self._database.close()
        self._checkpoints.close()

    def issue(self, identifier: str) -> str:
        """Issue a label and give its token, once its checkpoint is durable."""
        found = self._read(identifier)
        token, attestation = self._check(found)
        self._database.execute("BEGIN IMMEDIATE")
        content = self._content(found, token, attestation)
        text = credential.issue(content, kid=self._identity.kid("label"), signer=self._keyring.signer("label-1"))
        leaf = label_leaf(content, canonical.digest(text.encode("ascii")))
        self._write(identifier, content, text, leaf)
        self._database.execute("COMMIT")
        self._log(leaf_bytes(leaf))
        return text

    def _read(self, identifier: str) -> Submission:
        query = "SELECT declaration_digest, inventory_digest, assessment_digest, attestation_digest FROM declaration"
        digests = self._database.execute(f"{query} WHERE id = ?", (identifier,)).fetchone()
        bodies = [
            self._database.execute("SELECT body FROM document WHERE digest = ?", (digest,)).fetchone()[0]
            for digest in digests
        ]
        declaration = Declaration.from_bytes(bodies[0])
        release = load_release()
        return Submission(
            id=identifier,
            state="attested",
            declaration=declaration,
            inventory=Inventory.from_bytes(bodies[1]),
            assessment=Assessment.from_bytes(bodies[2]),
            findings=check(declaration, release, release.keys("bounds")),
            attestation=bodies[3].decode(),
            label_id=None,
        )

    def _check(self, found: Submission) -> tuple[jws.Token, Attestation]:
        token, attestation = read_attestation(found.attestation or "")
        _, key = self._trust_list.auditor_of(token.kid)
        if not token.is_signed_by(key.jwk.raw):
            raise RuntimeError("what is timed must hold")
        return token, attestation

    def _content(self, found: Submission, token: jws.Token, attestation: Attestation) -> LabelContent:
        index = secrets.randbelow(ENTRIES)
        origin, moment = self._identity.origin, now()
        return label_content(
            label_id=base32(secrets.token_bytes(8)),
            origin=origin,
            issuer=Issuer(id=self._identity.did, name=self._identity.display_name),
            inventory=found.inventory,
            assessment=found.assessment,
            attestation=attestation,
            attestation_digest=token.digest,
            accreditation=self._trust_list.auditors[0].accreditation,
            valid_from=timestamp(moment),
            valid_until=min(attestation.valid_until, timestamp(moment + timedelta(days=1095))),
            status=StatusEntries(
                revocation=StatusEntry(url=f"{origin}/status/revocation/0", index=index),
                suspension=StatusEntry(url=f"{origin}/status/suspension/0", index=index),
            ),
        )

    def _write(self, identifier: str, content: LabelContent, text: str, leaf: LabelLeaf) -> None:
        moment = now().isoformat(" ")
        position = self._edge.size
        claims = qr.qr_claims(content, label_digest=leaf.digest, log_index=position)
        signer = self._keyring.signer("label-1")
        code = qr.sign_qr(claims, origin=self._identity.origin, label_id=content.label_id, signer=signer)
        write = self._database.execute
        write("INSERT INTO document VALUES (?, 'label', ?, ?)", (leaf.digest, text.encode(), moment))
        write("INSERT INTO leaf VALUES (?, ?, ?)", (position, leaf_bytes(leaf), moment))
        row = {
            "id": content.label_id,
            "label_digest": leaf.digest,
            "attestation_digest": content.attestation_digest,
            "inventory_digest": content.inventory_digest,
            "assessment_digest": content.assessment_digest,
            "log_index": position,
            "status_list": 0,
            "status_index": content.status.revocation.index,
            "is_revoked": 0,
            "is_suspended": 0,
            "status_reason": "",
            "producer_id": content.producer.id,
            "qr_text": code,
            "issued_at": moment,
        }
        places = ", ".join("?" * len(row))
        write(f"INSERT INTO label ({', '.join(row)}) VALUES ({places})", tuple(row.values()))  # noqa: S608 - our names
        write("UPDATE declaration SET label_id = ?, state = 'labelled' WHERE id = ?", (content.label_id, identifier))

    def _log(self, entry: bytes) -> None:
        edge, files = self._edge.append([entry])
        for name, data in files:
            self._publish(name, data)
        root = edge.root()
        note = str(sign_checkpoint(self._identity.log, edge.size, root, self._keyring.signer("log-1")))
        self._checkpoints.execute("BEGIN IMMEDIATE")
        self._checkpoints.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", (edge.size, root, note))
        self._checkpoints.execute("COMMIT")
        self._publish(f"checkpoints/{edge.size}", note.encode())
        self._publish("checkpoint", note.encode())
        self._edge = edge

    def _publish(self, name: str, data: bytes) -> None:
        path = self._public / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}")
        temporary.write_bytes(data)
        temporary.replace(path)


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
