"""Custody of evidence: who opened which file, and which files are removed when their time is over.

A file is needed while a label that rests on it counts, and for some years after its end, because a claim can be
questioned that long. Its digest stays in the declaration, so what was declared can still be proven by whoever kept it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, and_, col, or_, select

from label_service import canonical
from label_service.accounts.rights import Actor, Right
from label_service.certification.acts import note
from label_service.certification.evidence import MAX_LISTED, Opened
from label_service.errors import Conflict
from label_service.issuance.scheme import Scheme
from label_service.label.credential import read_label
from label_service.store.database import reading, transaction
from label_service.store.documents import body
from label_service.store.party_tables import AccountRow, PartyRow
from label_service.store.scheme_tables import (
    AuditRequestRow,
    CaseRow,
    EvidenceAccess,
    EvidenceRow,
    ProfileRow,
    ScopeRow,
)
from label_service.store.tables import DeclarationRow, LabelRow
from label_service.store.together_tables import ContributionRow

MOST_DUE: Final = 1000
_OPEN_CASES: Final = ("open", "answered")


@dataclass(frozen=True, slots=True)
class DueFile:
    """A file whose time is over.

    Attributes:
        ended_at: end of the last label that rests on it, or its upload where none does.
    """

    digest: str
    party_id: str
    party: str
    name: str
    size_bytes: int
    ended_at: datetime


class Custody:
    """The evidence files of one installation, as the operator keeps them."""

    def __init__(self, scheme: Scheme) -> None:
        self._bench = scheme.bench
        self._store = scheme.evidence

    def opened(self, actor: Actor, party_id: str = "") -> list[Opened]:
        """Give who opened which file, newest first; those of one owner if named.

        Raises:
            Refused: the actor does not run the scheme.
        """
        actor.check_may(Right.RUN_SCHEME)
        same = and_(
            col(EvidenceRow.digest) == EvidenceAccess.digest, col(EvidenceRow.party_id) == EvidenceAccess.owner_id
        )
        query = (
            select(EvidenceAccess, EvidenceRow.name, AccountRow.name, PartyRow.name)
            .join(EvidenceRow, same)
            .outerjoin(PartyRow, col(PartyRow.id) == EvidenceAccess.party_id)
            .outerjoin(AccountRow, col(AccountRow.id) == EvidenceAccess.account_id)
            .order_by(col(EvidenceAccess.id).desc())
        )
        if party_id:
            query = query.where(EvidenceAccess.owner_id == party_id)
        with reading(self._bench.engine) as session:
            return [
                Opened(access.digest, file, person or "(erased)", party or access.party_id, access.at)
                for access, file, person, party in session.exec(query.limit(MAX_LISTED)).all()
            ]

    def due(self, actor: Actor, years: int) -> list[DueFile]:
        """Give the files whose last label ended so many years ago, the oldest first.

        Raises:
            Refused: the actor does not run the scheme.
        """
        actor.check_may(Right.RUN_SCHEME)
        limit = _years_before(self._bench.clock(), years)
        is_old = (col(EvidenceRow.removed_at).is_(None), EvidenceRow.uploaded_at < limit)
        found: list[DueFile] = []
        with reading(self._bench.engine) as session:
            for party_id in session.exec(select(EvidenceRow.party_id).where(*is_old).distinct()).all():
                rows = session.exec(select(EvidenceRow).where(*is_old, EvidenceRow.party_id == party_id)).all()
                party, ends = session.get(PartyRow, party_id), _ends(session, party_id)
                due = (_due_file(row, party.name if party else party_id, ends) for row in rows)
                found += [item for item in due if item and item.ended_at < limit]
                if len(found) >= MOST_DUE:
                    break
        return sorted(found, key=lambda item: item.ended_at)[:MOST_DUE]

    def remove(self, actor: Actor, chosen: Iterable[tuple[str, str]], years: int) -> int:
        """Remove files whose time is over, by digest and party, and give their number; their rows and digests stay.

        Raises:
            Refused: the actor does not run the scheme.
            Conflict: the time of one of them is not over; nothing was removed.
        """
        wanted = set(chosen)
        due = {(item.digest, item.party_id) for item in self.due(actor, years)}
        if not wanted <= due:
            raise Conflict("the time of one of these files is not over", hint="read the list again")
        now = self._bench.clock()
        with transaction(self._bench.engine) as session:
            for digest, party_id in sorted(wanted):
                row = session.get_one(EvidenceRow, (digest, party_id))
                row.removed_at = now
                session.add(row)
                note(session, actor, "removal", digest, now=now, reason="time-over", words=f"evidence of {party_id}")
            gone = [digest for digest, _ in wanted if not _is_kept(session, digest)]
        for digest in gone:
            self._store.remove(digest)
        return len(wanted)


def _due_file(row: EvidenceRow, party: str, ends: Mapping[str, datetime | None]) -> DueFile | None:
    """Give a file with the end of what rests on it; None while that has no end."""
    ended_at = ends.get(row.digest, row.uploaded_at)
    if ended_at is None:
        return None
    ended_at = max(ended_at, row.uploaded_at)
    return DueFile(row.digest, row.party_id, party, row.name, row.size_bytes, ended_at)


def _ends(session: Session, party_id: str) -> dict[str, datetime | None]:
    """Give, for each file that a party's documents name, when the last of them ended; None for those in use."""
    ends: dict[str, datetime | None] = {}
    for digests, end in _documents(session, party_id):
        for digest in digests:
            known = ends.get(digest, end)
            ends[digest] = None if known is None or end is None else max(known, end)
    return ends


def _documents(session: Session, party_id: str) -> Iterator[tuple[list[str], datetime | None]]:
    """Give the evidence digests of each document of a party or its contributions, with the end of the document."""
    profile = session.get(ProfileRow, party_id)
    if profile is not None:
        yield _named(body(session, profile.digest)), None
    contributed = select(ContributionRow.declaration_id).where(ContributionRow.party_id == party_id)
    query = (
        select(DeclarationRow, LabelRow)
        .outerjoin(LabelRow, col(LabelRow.id) == DeclarationRow.label_id)
        .where(or_(col(DeclarationRow.producer_id) == party_id, col(DeclarationRow.id).in_(contributed)))
    )
    for row, label in session.exec(query).all():
        end = _end_of(session, label) if label is not None else row.created_at
        about = (row.id, row.label_id or "")
        cases = select(CaseRow.id).where(col(CaseRow.about).in_(about), col(CaseRow.state).in_(_OPEN_CASES))
        yield _named(body(session, row.declaration_digest)), None if session.exec(cases).first() else end

    requests = select(AuditRequestRow, ScopeRow).outerjoin(
        ScopeRow, col(ScopeRow.digest) == AuditRequestRow.result_digest
    )
    for request, scope in session.exec(requests.where(AuditRequestRow.producer_id == party_id)).all():
        if request.proposal_digest is not None:
            ended = request.closed_at if scope is None else datetime.fromisoformat(scope.valid_until)
            yield _named(body(session, request.proposal_digest)), ended


def _named(document: bytes) -> list[str]:
    return [item["digest"] for item in canonical.decode(document).get("evidence", ())]


def _end_of(session: Session, row: LabelRow) -> datetime:
    """Give when a label ended or will end: revoked, or at the end of its validity."""
    valid_until = datetime.fromisoformat(read_label(body(session, row.label_digest).decode())[1].valid_until)
    return min(valid_until, row.status_at) if row.is_revoked and row.status_at else valid_until


def _is_kept(session: Session, digest: str) -> bool:
    query = select(EvidenceRow.party_id).where(EvidenceRow.digest == digest, col(EvidenceRow.removed_at).is_(None))
    return session.exec(query).first() is not None


def _years_before(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # 29 February
        return now.replace(year=now.year - years, day=28)
