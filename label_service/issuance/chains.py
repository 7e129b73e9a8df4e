"""The auditor's hash chain on disk: a secret seed, from which the weekly values of a scope come."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from label_service.document import Digest, Document, validate
from label_service.errors import InvalidDocument
from label_service.issuance.keys import load_key, read_secret, write_secret
from label_service.issuance.setup import timestamp
from label_service.label.attestation import AttestingAuditor
from label_service.label.statement import Statement, sign_statement
from label_service.merkle import HASH_BYTES
from label_service.tlog.leaf import WeekCount
from label_service.tlog.sampling import chain_value, commitment_of
from label_service.trust.keys import did_key


class Chain(Document):
    """The seed and what it commits to: {"commitment":"…","seed":"…","type":"chain","version":"1","weeks":60}."""

    TYPE: ClassVar[str] = "chain"

    type: Literal["chain"]
    version: Literal["1"]
    seed: Digest
    weeks: WeekCount
    commitment: Digest

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if commitment_of(bytes.fromhex(self.seed), self.weeks).hex() != self.commitment:
            raise ValueError("the commitment that follows from the seed")
        return self

    def value(self, number: int) -> str:
        """Give the value of week `number` in hexadecimal.

        Raises:
            InvalidDocument: the chain has no such week.
        """
        return chain_value(bytes.fromhex(self.seed), self.weeks, number).hex()


def create_chain(file: Path, weeks: int) -> Chain:
    """Make a new chain and write it so that only its owner can read it.

    Raises:
        Conflict: there is a file already; a seed is never overwritten.
    """
    seed = secrets.token_bytes(HASH_BYTES)
    commitment = commitment_of(seed, weeks).hex()
    chain = Chain(type="chain", version="1", seed=seed.hex(), weeks=weeks, commitment=commitment)
    write_secret(file, chain.to_bytes() + b"\n")
    return chain


def load_chain(file: Path) -> Chain:
    """Read a chain.

    Raises:
        InvalidKey: missing, or readable by others.
        InvalidDocument: not a chain, or damaged; the message never contains the seed.
    """
    try:
        return Chain.from_bytes(read_secret(file).removesuffix(b"\n"))
    except InvalidDocument as error:
        raise InvalidDocument(f"{file.name} is not a chain, or was damaged", hint="take the copy of it") from error


def sign_reveal(subject: Mapping[str, str], key: Path, *, origin: str, demo: bool, now: datetime) -> str:
    """Sign the statement that reveals a value, with the auditor's key.

    Args:
        subject: `scope_digest`, `week` and `value`.
        key: her private key file.
        origin: of the scheme.
        demo: whether the scheme is a demonstration.
        now: time of the statement.

    Raises:
        InvalidDocument: the digest of the scope or the origin is not in its format.
        InvalidKey: the key cannot be used.
    """
    signer = load_key(key)
    content = {
        "type": "statement",
        "version": "1",
        "demo": demo,
        "origin": origin,
        "kind": "reveal",
        "at": timestamp(now),
        "subject": dict(subject),
        "reason": "week-closed",
        "text": f"The value of {subject['week']}, from which the samples of this week are drawn.",
    }
    kid = AttestingAuditor(id=did_key(signer.public_key), name="-").kid
    return sign_statement(validate(Statement, content), kid=kid, signer=signer)
