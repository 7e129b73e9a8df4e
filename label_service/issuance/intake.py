"""New declarations of one unit of work, written together by a few statements."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert
from sqlmodel import Session

from label_service.issuance.submission import Submission
from label_service.issuance.uses import Uses
from label_service.store.documents import keep_all
from label_service.store.tables import DeclarationRow

_ADD: Final = {  # in this order, because what is counted names its declaration
    name: insert(DeclarationRow.metadata.tables[name])
    for name in ("declaration", "meter_use", "evidence_use", "lot_use")
}


class Intake:
    """What a unit of work takes in. Whoever asks the database what earlier ones of it count has it written first."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self._documents: list[tuple[str, bytes]] = []
        self._rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _ADD}

    def add(self, found: Submission, uses: Uses) -> None:
        """Take a declaration in, with its documents and what it counts; its label is written after that."""
        self._documents += [
            ("declaration", found.declaration.to_bytes()),
            ("inventory", found.inventory.to_bytes()),
            ("assessment", found.assessment.to_bytes()),
        ]
        self._rows["declaration"].append(self._row(found))
        for name, rows in uses.items():
            self._rows[name] += rows

    def write(self) -> None:
        """Write what was taken in since the last time."""
        keep_all(self.session, self._documents, self.now)
        for name, rows in self._rows.items():
            if rows:
                self.session.connection().execute(_ADD[name], rows)
        self._documents, self._rows = [], {name: [] for name in _ADD}

    def _row(self, found: Submission) -> dict[str, Any]:
        return {
            "id": found.id,
            "state": "assessed" if found.label_id else found.state,
            "producer_id": found.declaration.producer.id,
            "name": found.declaration.product.name,
            "declaration_digest": found.declaration.digest,
            "inventory_digest": found.inventory.digest,
            "assessment_digest": found.assessment.digest,
            "waits_for": "\n".join(found.waits_for),
            "created_at": self.now,
        }
