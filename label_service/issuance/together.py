"""Products made together: who was invited to a batch, what each party signed, and whether it still stands.

A batch has a random name, which is the invitation: whoever is handed its link may sign steps for it, and the producer
puts those together that it asked for. In a demo, which knows no parties, signatures alone count.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from label_service import canonical
from label_service.declaration.contribution import Batch, Contribution, SignedSteps, read_contribution
from label_service.document import Party, validate
from label_service.errors import Conflict, ConsentMissing, NotFound, Refused
from label_service.issuance.producers import registered
from label_service.issuance.workbench import Workbench
from label_service.store.database import reading, transaction
from label_service.store.documents import body, keep
from label_service.store.party_tables import PartyRow
from label_service.store.scheme_tables import AuditorKeyRow
from label_service.store.together_tables import BatchRow, ContributionRow, PartyKeyRow
from label_service.trust.encoding import base64url
from label_service.trust.keys import public_key_from_bytes, thumbprint

MAX_KEYS: Final = 20  # of one party, with those it gave up
MAX_OPEN: Final = 200  # contributions to one batch
MAX_BATCHES: Final = 2000  # of one producer


@dataclass(frozen=True, slots=True)
class Given:
    """A contribution that was handed in; `is_used` once a label rests on it."""

    digest: str
    said: Contribution
    given_at: datetime
    withdrawn_at: datetime | None
    is_used: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """A batch with what was given to it, the oldest first."""

    batch: Batch
    created_at: datetime
    given: tuple[Given, ...]


class Together:
    """Batches and contributions of one installation."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def begin(self, party_id: str, product: str, quantity: int) -> Batch:
        """Begin a batch that others are invited to.

        Raises:
            Refused: the party takes no part in the scheme.
            Conflict: it has begun very many.
            InvalidDocument: no name of a product, or no number of items.
        """
        with transaction(self._bench.engine) as session:
            producer = _party(registered(session, party_id))
            batch = self._batch(secrets.token_hex(16), producer, product.strip(), quantity)
            query = select(BatchRow.name).where(BatchRow.producer_id == party_id)
            if len(session.exec(query).all()) >= MAX_BATCHES:
                raise Conflict(f"expected at most {MAX_BATCHES} batches of one producer", hint="ask the operator")
            row = BatchRow(
                name=batch.name,
                producer_id=party_id,
                product=batch.product,
                quantity=batch.quantity,
                created_at=self._bench.clock(),
            )
            session.add(row)
        return batch

    def batch(self, name: str) -> Batch:
        """Give the batch that somebody was invited to.

        Raises:
            NotFound: there is none of this name.
        """
        with reading(self._bench.engine) as session:
            return self._read(session, _row(session, name))

    def begun(self, party_id: str) -> list[Begun]:
        """Give the batches of a producer with what was given to them, the newest first."""
        query = select(BatchRow).where(BatchRow.producer_id == party_id).order_by(col(BatchRow.created_at).desc())
        with reading(self._bench.engine) as session:
            return [
                Begun(self._read(session, row), row.created_at, _given(session, ContributionRow.batch == row.name))
                for row in session.exec(query).all()
            ]

    def given_by(self, party_id: str) -> tuple[Given, ...]:
        """Give what a party signed for others."""
        with reading(self._bench.engine) as session:
            return _given(session, ContributionRow.party_id == party_id)

    def signed(self, party_id: str, name: str) -> list[SignedSteps]:
        """Give to the producer of a batch what was signed for it and not taken back.

        Raises:
            NotFound: the party has no such batch.
        """
        with reading(self._bench.engine) as session:
            if _row(session, name).producer_id != party_id:
                raise _no_batch(name)
            query = select(ContributionRow).where(
                ContributionRow.batch == name, col(ContributionRow.withdrawn_at).is_(None)
            )
            return [SignedSteps.from_bytes(body(session, row.document_digest)) for row in session.exec(query).all()]

    def add_key(self, party_id: str, name: str, public_key: bytes) -> str:
        """Register a key with which a party signs its steps, and give its thumbprint.

        Raises:
            InvalidKey: an unsafe key.
            Conflict: the key is known already, whoever's it is, or the party has very many.
            Refused: the party takes no part in the scheme.
        """
        public_key_from_bytes(public_key)
        print_ = thumbprint(public_key)
        with transaction(self._bench.engine) as session:
            registered(session, party_id)
            if session.get(PartyKeyRow, print_) or session.get(AuditorKeyRow, print_):
                raise Conflict("this key is known already; every key has one owner", hint="make a key of your own")
            if len(_keys(session, party_id)) >= MAX_KEYS:
                raise Conflict(f"expected at most {MAX_KEYS} keys of one party", hint="ask the operator")
            plain = " ".join(name.split())[:100] or "key"
            row = PartyKeyRow(
                thumbprint=print_,
                public_key=base64url(public_key),
                party_id=party_id,
                name=plain,
                created_at=self._bench.clock(),
            )
            session.add(row)
        return print_

    def keys(self, party_id: str) -> Sequence[PartyKeyRow]:
        """Give the keys of a party, those it gave up too, the oldest first."""
        with reading(self._bench.engine) as session:
            return _keys(session, party_id)

    def end_key(self, party_id: str, print_: str) -> None:
        """Take a key out of use; what it signed for labels that are not issued yet no longer counts.

        Raises:
            NotFound: the party has no such key in use.
        """
        with transaction(self._bench.engine) as session:
            row = session.get(PartyKeyRow, print_)
            if row is None or row.party_id != party_id or row.ended_at is not None:
                raise NotFound("your organisation has no key in use with this thumbprint")
            row.ended_at = self._bench.clock()
            session.add(row)

    def give(self, party_id: str, signed: SignedSteps) -> Given:
        """Take what a party signed for a batch; the same twice is one.

        Raises:
            NotFound: there is no such batch.
            ConsentMissing: it is for another product or scheme, of another party, or not for these steps.
            Refused: the key is not one of the party's in use, or the party takes no part in the scheme.
            InvalidDocument, VerificationError: the token has not its form, or its signature does not hold.
        """
        token, said = read_contribution(signed.token)
        with transaction(self._bench.engine) as session:
            batch, party = self._read(session, _row(session, said.batch)), _party(registered(session, party_id))
            _check_for(said, batch, party, signed)
            key = session.get(PartyKeyRow, token.kid)
            if key is None or key.party_id != party_id or key.ended_at is not None:
                raise Refused("this key is not one of yours in use", hint="register it at /workshop/together")
            if session.get(ContributionRow, token.digest) is None:
                _room(session, batch.name)
                now = self._bench.clock()
                row = ContributionRow(
                    digest=token.digest,
                    batch=batch.name,
                    party_id=party_id,
                    key=token.kid,
                    document_digest=keep(session, SignedSteps.TYPE, signed.to_bytes(), now),
                    given_at=now,
                )
                session.add(row)
            session.flush()
            return _given(session, ContributionRow.digest == token.digest)[0]

    def take_back(self, party_id: str, digest: str) -> None:
        """Take a contribution back; declarations that hold it get no label.

        Raises:
            NotFound: the party gave no such contribution.
            Conflict: a label rests on it already.
        """
        with transaction(self._bench.engine) as session:
            row = session.get(ContributionRow, digest)
            if row is None or row.party_id != party_id:
                raise NotFound("your organisation gave no such contribution")
            if row.declaration_id is not None:
                raise Conflict("a label rests on this contribution", hint="complain about the label, or ask its maker")
            row.withdrawn_at = row.withdrawn_at or self._bench.clock()
            session.add(row)

    def _batch(self, name: str, producer: Party, product: str, quantity: int) -> Batch:
        identity = self._bench.identity
        members = {
            "demo": identity.is_demo,
            "origin": identity.origin,
            "name": name,
            "producer": producer,
            "product": product,
            "quantity": quantity,
        }
        return validate(Batch, members)

    def _read(self, session: Session, row: BatchRow) -> Batch:
        return self._batch(row.name, _party(session.get_one(PartyRow, row.producer_id)), row.product, row.quantity)


def check_consent(session: Session, tokens: Iterable[str], declaration_id: str) -> None:
    """Check that every contribution of a declaration was handed in here and still stands.

    Raises:
        ConsentMissing: one was never handed in, was taken back, its key was given up, its party is no longer active,
            or another label rests on it.
    """
    for row, whose in _consents(session, tokens):
        key, party = session.get_one(PartyKeyRow, row.key), session.get_one(PartyRow, row.party_id)
        for why, is_so in (
            ("took its steps back", row.withdrawn_at is not None),
            ("gave up the key it signed with", key.ended_at is not None and row.declaration_id is None),
            ("takes no part in the scheme any more", party.state != "active"),
            ("signed for a label that is issued already", row.declaration_id not in {None, declaration_id}),
        ):
            if is_so:
                raise ConsentMissing(f"{whose} {why}", hint=f"ask {whose}", where="/contributions")


def use_consent(session: Session, tokens: Iterable[str], declaration_id: str) -> None:
    """Note that the label of a declaration rests on its contributions; they count for no other."""
    for row, _ in _consents(session, tokens):
        row.declaration_id = declaration_id
        session.add(row)


def _consents(session: Session, tokens: Iterable[str]) -> Iterable[tuple[ContributionRow, str]]:
    for text in tokens:
        row, whose = session.get(ContributionRow, canonical.digest(text.encode())), read_contribution(text).content
        if row is None:
            raise ConsentMissing(
                f"{whose.party.name} has not handed in what it signed",
                hint="each party hands in its own steps, at the link of the batch or with its own token",
                where="/contributions",
            )
        yield row, whose.party.name


def _check_for(said: Contribution, batch: Batch, party: Party, signed: SignedSteps) -> None:
    for what, expected, found in (
        ("party", party, said.party),
        ("scheme", batch.origin, said.origin),
        ("demo flag", batch.demo, said.demo),
        ("producer", batch.producer.id, said.producer),
        ("product", batch.product, said.product),
        ("quantity", batch.quantity, said.quantity),
        ("steps", signed.steps.digest, said.steps_digest),
    ):
        if expected != found:
            raise ConsentMissing(f"this was signed for another {what}", hint="sign it again, for this batch")


def _room(session: Session, name: str) -> None:
    if len(session.exec(select(ContributionRow.digest).where(ContributionRow.batch == name)).all()) >= MAX_OPEN:
        raise Conflict(f"expected at most {MAX_OPEN} contributions to one batch")


def _row(session: Session, name: str) -> BatchRow:
    row = session.get(BatchRow, name)
    if row is None:
        raise _no_batch(name)
    return row


def _no_batch(name: str) -> NotFound:
    return NotFound(f"there is no batch {name[:40]!a}", hint="ask its producer for the whole link")


def _keys(session: Session, party_id: str) -> Sequence[PartyKeyRow]:
    query = select(PartyKeyRow).where(PartyKeyRow.party_id == party_id).order_by(col(PartyKeyRow.created_at))
    return session.exec(query).all()


def _given(session: Session, which: object) -> tuple[Given, ...]:
    rows = session.exec(select(ContributionRow).where(which).order_by(col(ContributionRow.given_at))).all()  # type: ignore[arg-type]
    return tuple(_as_given(session, row) for row in rows)


def _as_given(session: Session, row: ContributionRow) -> Given:
    signed = SignedSteps.from_bytes(body(session, row.document_digest))
    said = read_contribution(signed.token).content
    return Given(row.digest, said, row.given_at, row.withdrawn_at, row.declaration_id is not None)


def _party(row: PartyRow) -> Party:
    return Party(id=row.id, name=row.name, country=row.country)
