"""Evidence files of producers: taken after a look at their bytes, opened only by whom they concern, each time noted.

A file belongs to every party that uploaded it, under its digest. It is seen by the party's own people, by the operator,
and by auditors of a verifier that was asked to look at a declaration or workshop whose documents name the digest: those
of the party, or steps that it signed for another one.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from sqlmodel import Session, and_, col, func, select

from label_service.accounts.rights import Actor, Right
from label_service.certification.assigned import assigned_documents, is_signed_for, names_evidence
from label_service.certification.filekinds import TEXT, FileKind, kind_named, recognise
from label_service.certification.photographs import draw_again
from label_service.declaration import Declaration
from label_service.errors import NotFound, Refused
from label_service.issuance.scheme import Scheme
from label_service.store.database import reading, transaction
from label_service.store.party_tables import AccountRow, PartyRow
from label_service.store.scheme_tables import EvidenceAccess, EvidenceRow

MAX_FILES: Final = 50_000  # of one party
MAX_TOTAL_BYTES: Final = 20 * 1024**3
MAX_LISTED: Final = 500
MAX_SHOWN_BYTES: Final = 256 * 1024  # of text
_NAME_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """An evidence file of a party.

    Attributes:
        name: as it was uploaded, to be shown; never a path.
        removed_at: when its bytes were removed after their time; None while they are there.
    """

    digest: str
    party_id: str
    name: str
    kind: FileKind
    size_bytes: int
    uploaded_at: datetime
    removed_at: datetime | None

    @property
    def safe_name(self) -> str:
        """A name to save it under, with an ending that is true."""
        return self.kind.safe_name(self.name)


@dataclass(frozen=True, slots=True)
class Opened:
    """Who opened which file when; the names are those of now."""

    digest: str
    file: str
    person: str
    party: str
    at: datetime


class Evidence:
    """The evidence files of one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._engine = scheme.bench.engine
        self._clock = scheme.bench.clock
        self._store = scheme.evidence

    def add(self, actor: Actor, stream: IO[bytes], name: str) -> EvidenceFile:
        """Take a file of the actor's party.

        Raises:
            Refused: the actor may not declare; or as `PartyEvidence.keep` says.
            UnreadableFile: as `PartyEvidence.keep` says.
        """
        actor.check_may(Right.DECLARE)
        return self.of_party(actor.party_id).keep(stream, name)

    def of_party(self, party_id: str) -> "PartyEvidence":
        """Give the files of a party to the pages on which it declares."""
        return PartyEvidence(self._scheme, party_id)

    def of_goods(self, declaration: Declaration) -> "DeclaredEvidence":
        """Give the files that count for a declaration, of whichever of its parties; for pages of whom it concerns."""
        return DeclaredEvidence(self._scheme, declaration)

    def of(self, actor: Actor) -> list[EvidenceFile]:
        """Give the newest files of the actor's party."""
        actor.check_may(Right.READ_OWN)
        query = select(EvidenceRow).where(EvidenceRow.party_id == actor.party_id)
        newest = query.order_by(col(EvidenceRow.uploaded_at).desc(), col(EvidenceRow.digest)).limit(MAX_LISTED)
        with reading(self._engine) as session:
            return [_file(row) for row in session.exec(newest).all()]

    def open(self, actor: Actor, digest: str) -> tuple[EvidenceFile, Path]:
        """Give a file to somebody whom it concerns, and note it.

        Raises:
            NotFound: there is none, or it does not concern the actor; the two cannot be told apart.
        """
        with transaction(self._engine) as session:
            found = self._seen_by(session, actor, digest)
            session.add(
                EvidenceAccess(
                    digest=digest,
                    owner_id=found.party_id,
                    account_id=actor.account_id,
                    party_id=actor.party_id,
                    at=self._clock(),
                )
            )
        if found.removed_at:
            raise NotFound(f"this file was removed on {found.removed_at.date()}, after its time")
        return found, self._store.path(digest)

    def picture(self, actor: Actor, digest: str) -> bytes:
        """Give a picture as JPEG drawn again from its pixels, to be shown; noted like any opening.

        Raises:
            NotFound: there is no such file for the actor, or it is not a picture.
        """
        found, path = self.open(actor, digest)
        if not found.kind.is_picture:
            raise NotFound("this file is not a picture", hint="save it and open it on your machine")
        with path.open("rb") as stream:
            return draw_again(stream, found.kind)

    def text(self, actor: Actor, digest: str) -> str:
        """Give the beginning of a text file, to be shown; noted like any opening.

        Raises:
            NotFound: there is no such file for the actor, or it is not text.
        """
        found, path = self.open(actor, digest)
        if found.kind is not TEXT:
            raise NotFound("this file is not text", hint="save it and open it on your machine")
        with path.open("rb") as stream:
            return stream.read(MAX_SHOWN_BYTES).decode("utf-8", "replace")

    def opened(self, actor: Actor) -> list[Opened]:
        """Give who opened files of the actor's party, newest first."""
        actor.check_may(Right.READ_OWN)
        same_file = col(EvidenceRow.digest) == EvidenceAccess.digest
        query = (
            select(EvidenceAccess, EvidenceRow.name, AccountRow.name, PartyRow.name)
            .join(EvidenceRow, and_(same_file, col(EvidenceRow.party_id) == EvidenceAccess.owner_id))
            .join(PartyRow, col(PartyRow.id) == EvidenceAccess.party_id)
            .outerjoin(AccountRow, col(AccountRow.id) == EvidenceAccess.account_id)
            .where(EvidenceAccess.owner_id == actor.party_id)
            .order_by(col(EvidenceAccess.id).desc())
            .limit(MAX_LISTED)
        )
        with reading(self._engine) as session:
            return [
                Opened(access.digest, file, person or "(erased)", party, access.at)
                for access, file, person, party in session.exec(query).all()
            ]

    def _seen_by(self, session: Session, actor: Actor, digest: str) -> EvidenceFile:
        rows = session.exec(select(EvidenceRow).where(EvidenceRow.digest == digest)).all()
        for row in sorted(rows, key=lambda row: row.removed_at is not None):
            if _may_see(session, actor, row):
                return _file(row)
        raise _no_file()


class PartyEvidence:
    """The files of one party, for the service to take and read; whoever uses it has checked whose pages these are."""

    def __init__(self, scheme: Scheme, party_id: str) -> None:
        self._engine = scheme.bench.engine
        self._clock = scheme.bench.clock
        self._store = scheme.evidence
        self._party_id = party_id

    def keep(self, stream: IO[bytes], name: str) -> EvidenceFile:
        """Take a file from a seekable stream; the same file twice is one.

        Raises:
            UnreadableFile: not a kind of file that is taken, damaged, or two kinds at once.
            Refused: larger than files of its kind may be, or the party has as many as it may.
        """
        stream.seek(0)
        kind = recognise(stream, name)
        if kind.is_picture:
            draw_again(stream, kind)  # so that a damaged picture, or one that explodes, is refused at once
        stream.seek(0)
        digest, size = self._store.keep(cast(BinaryIO, stream))
        with transaction(self._engine) as session:
            row = session.get(EvidenceRow, (digest, self._party_id))
            if row is None:
                _check_room(session, self._party_id, size)
                row = EvidenceRow(
                    digest=digest,
                    party_id=self._party_id,
                    name=name[-_NAME_LENGTH:],
                    media_type=kind.media_type,
                    size_bytes=size,
                    uploaded_at=self._clock(),
                )
            row.removed_at = None
            session.add(row)
        return _file(row)

    def file(self, digest: str) -> EvidenceFile:
        """Give a file by its digest.

        Raises:
            NotFound: the party did not upload it, whoever else did.
        """
        with reading(self._engine) as session:
            row = session.get(EvidenceRow, (digest, self._party_id))
        if row is None or row.removed_at:
            raise _no_file()
        return _file(row)

    def path(self, digest: str) -> Path:
        """Give where a file is.

        Raises:
            NotFound: the party did not upload it, whoever else did.
        """
        return self._store.path(self.file(digest).digest)


class DeclaredEvidence:
    """The files that count for a declaration: the producer's, and of each partner those that it signed for."""

    def __init__(self, scheme: Scheme, declaration: Declaration) -> None:
        self._declaration = declaration
        self._files = partial(PartyEvidence, scheme)

    def file(self, digest: str) -> EvidenceFile:
        """Give a file by its digest.

        Raises:
            NotFound: none of the parties who answer for it uploaded it.
        """
        for holder in self._declaration.holders(digest):
            with suppress(NotFound):
                return self._files(holder).file(digest)
        raise _no_file()

    def path(self, digest: str) -> Path:
        """Give where a file is.

        Raises:
            NotFound: as `file` says.
        """
        return self._files(self.file(digest).party_id).path(digest)


def _may_see(session: Session, actor: Actor, row: EvidenceRow) -> bool:
    if row.party_id == actor.party_id:
        return Right.READ_OWN in actor.rights
    if Right.RUN_SCHEME in actor.rights:
        return True
    if Right.AUDIT not in actor.rights:
        return False
    documents = assigned_documents(session, actor.party_id, row.party_id)
    is_own = any(names_evidence(document, row.digest) for document in documents)
    return is_own or is_signed_for(session, actor.party_id, row.party_id, row.digest)


def _check_room(session: Session, party_id: str, size: int) -> None:
    query = select(func.count(), func.coalesce(func.sum(EvidenceRow.size_bytes), 0))
    count, total = session.exec(query.where(EvidenceRow.party_id == party_id)).one()
    if count >= MAX_FILES or total + size > MAX_TOTAL_BYTES:
        raise Refused(
            f"expected at most {MAX_FILES} files and {MAX_TOTAL_BYTES} bytes of one party, found {count} and {total}",
            hint="ask the operator",
        )


def _file(row: EvidenceRow) -> EvidenceFile:
    return EvidenceFile(
        digest=row.digest,
        party_id=row.party_id,
        name=row.name,
        kind=kind_named(row.media_type),
        size_bytes=row.size_bytes,
        uploaded_at=row.uploaded_at,
        removed_at=row.removed_at,
    )


def _no_file() -> NotFound:
    return NotFound("there is no such evidence file", hint="drop the file again")
