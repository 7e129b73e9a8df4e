"""All data of a party to take along: documents, evidence, labels, cases, people; in open formats, in one archive."""

from typing import IO, Any, Final

from sqlmodel import Session, SQLModel, col, or_, select

from label_service.accounts.rights import Actor, Right
from label_service.certification.archives import Archive
from label_service.errors import LabelServiceError
from label_service.issuance.scheme import Scheme
from label_service.store.database import reading
from label_service.store.documents import body
from label_service.store.party_tables import AccountRow, PartyRow
from label_service.store.scheme_tables import (
    AuditorKeyRow,
    AuditRequestRow,
    CaseMessage,
    CaseRow,
    EvidenceAccess,
    EvidenceRow,
    NoticeRow,
    ProfileRow,
    SampleRow,
    ScopeRow,
    StatementRow,
)
from label_service.store.tables import DeclarationRow, LabelRow

_README: Final = """\
All data of one party, as the label service keeps it.

party.json            the organisation and its people
profiles.json         sites, machines, lots, products
declarations/         each declaration with inventory, assessment and attestation
labels/               each label as signed, and its bundle for an offline check
scopes/               signed attestations of scopes
requests.jsonl        audit requests
cases.jsonl           complaints and appeals, with what was said
notices.jsonl         what the party was told
evidence/             evidence files under their SHA-256
evidence.jsonl        their names and times
opened.jsonl          who opened which evidence file when

Documents are canonical JSON or signed tokens; the formats are published by the service.
"""


class Exports:
    """Gives parties all of their data."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._engine = scheme.bench.engine

    def write(self, actor: Actor, target: IO[bytes]) -> None:
        """Write all data of the actor's party into a file that is open for writing.

        Raises:
            Refused: the actor does not look after the party.
        """
        actor.check_may(Right.MANAGE_PEOPLE)
        party_id = actor.party_id
        with Archive(target) as archive, reading(self._engine) as session:
            archive.add("README.txt", _README.encode())
            _add_party(session, archive, party_id)
            _add_documents(session, archive, party_id)
            _add_scopes(session, archive, party_id)
            _add_rows(session, archive, party_id)
            self._add_labels(session, archive, party_id)
            self._add_evidence(session, archive, party_id)

    def _add_labels(self, session: Session, archive: Archive, party_id: str) -> None:
        for row in session.exec(select(LabelRow).where(LabelRow.producer_id == party_id)).all():
            archive.add(f"labels/{row.id}.jwt", body(session, row.label_digest))
            try:
                archive.add(f"labels/{row.id}.json", self._scheme.labels.bundle(row.id))
            except LabelServiceError as error:  # its proof comes with the next checkpoint
                archive.add(f"labels/{row.id}.missing.txt", f"{error.detail}\n".encode())

    def _add_evidence(self, session: Session, archive: Archive, party_id: str) -> None:
        rows = session.exec(select(EvidenceRow).where(EvidenceRow.party_id == party_id)).all()
        archive.add_lines("evidence.jsonl", [row.model_dump() for row in rows])
        for row in rows:
            if row.removed_at is None:
                archive.add_file(f"evidence/{row.digest}", self._scheme.evidence.path(row.digest))


def _add_party(session: Session, archive: Archive, party_id: str) -> None:
    people = session.exec(select(AccountRow).where(AccountRow.party_id == party_id)).all()
    party = session.get(PartyRow, party_id)
    shown = {"id", "name", "email", "role", "is_active", "created_at"}
    archive.add_json(
        "party.json",
        {
            "party": party.model_dump(exclude={"registration_key"}) if party else {"id": party_id},
            "people": [person.model_dump(include=shown) for person in people],
        },
    )
    profile = session.get(ProfileRow, party_id)
    if profile is not None:
        archive.add("profiles.json", body(session, profile.digest))


def _add_documents(session: Session, archive: Archive, party_id: str) -> None:
    rows = session.exec(select(DeclarationRow).where(DeclarationRow.producer_id == party_id)).all()
    for row in rows:
        for kind in ("declaration", "inventory", "assessment"):
            archive.add(f"declarations/{row.id}/{kind}.json", body(session, getattr(row, f"{kind}_digest")))
        if row.attestation_digest:
            archive.add(f"declarations/{row.id}/attestation.jwt", body(session, row.attestation_digest))
    archive.add_lines("declarations.jsonl", [row.model_dump() for row in rows])


def _add_scopes(session: Session, archive: Archive, party_id: str) -> None:
    rows = session.exec(select(ScopeRow).where(ScopeRow.producer_id == party_id)).all()
    for row in rows:
        archive.add(f"scopes/{row.digest}.jwt", body(session, row.digest))
    archive.add_lines("scopes.jsonl", [row.model_dump() for row in rows])
    scopes = select(ScopeRow.digest).where(ScopeRow.producer_id == party_id)
    samples = session.exec(select(SampleRow).where(col(SampleRow.scope_digest).in_(scopes))).all()
    archive.add_lines("samples.jsonl", [row.model_dump() for row in samples])
    labels = select(LabelRow.id).where(LabelRow.producer_id == party_id)
    about = col(StatementRow.about)
    for statement in session.exec(select(StatementRow).where(or_(about.in_(scopes), about.in_(labels)))).all():
        archive.add(f"statements/{statement.digest}.jwt", body(session, statement.digest))


def _add_rows(session: Session, archive: Archive, party_id: str) -> None:
    either = or_(col(AuditRequestRow.producer_id) == party_id, col(AuditRequestRow.verifier_id) == party_id)
    tables: dict[str, tuple[type[SQLModel], Any]] = {
        "requests": (AuditRequestRow, either),
        "notices": (NoticeRow, NoticeRow.party_id == party_id),
        "opened": (EvidenceAccess, EvidenceAccess.owner_id == party_id),
        "auditor_keys": (AuditorKeyRow, AuditorKeyRow.party_id == party_id),
    }
    for name, (table, condition) in tables.items():
        archive.add_lines(f"{name}.jsonl", [row.model_dump() for row in session.exec(select(table).where(condition))])
    cases = session.exec(select(CaseRow).where(CaseRow.party_id == party_id)).all()
    archive.add_lines("cases.jsonl", [_case(session, row) for row in cases])


def _case(session: Session, row: CaseRow) -> dict[str, Any]:
    """Give a case as the party may see it: without how to reach the complainant, and her private link."""
    query = select(CaseMessage).where(CaseMessage.case_id == row.id).order_by(col(CaseMessage.id))
    messages = [item.model_dump(include={"side", "text", "created_at"}) for item in session.exec(query).all()]
    return {**row.model_dump(exclude={"contact", "secret_digest"}), "messages": messages}
