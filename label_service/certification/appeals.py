"""What can be appealed: a refusal of a declaration, a suspended or revoked label or scope, a suspended party."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlmodel import Session, col, or_, select

from label_service.accounts.rights import Actor
from label_service.errors import NotFound
from label_service.issuance.reasons import REASONS
from label_service.issuance.states import is_withdrawn
from label_service.store.party_tables import PartyRow
from label_service.store.scheme_tables import ActRow, ScopeRow, StatementRow
from label_service.store.tables import DeclarationRow, LabelRow

MOST_LISTED: Final = 100

AppealedKind = Literal["label", "scope", "declaration", "party"]


@dataclass(frozen=True, slots=True)
class Appealed:
    """A decision that hit a party.

    Attributes:
        id: of the label, declaration or party, or digest of the scope.
        name: how people call it.
        digest: of a declaration; empty for the others.
        decided_at: when it was decided; None where that is not known.
        can_return: whether an appeal can undo it; not a revocation, and not that an auditor withdrew her attestation.
    """

    kind: AppealedKind
    id: str
    name: str
    party_id: str
    digest: str
    decided_at: datetime | None
    can_return: bool

    @property
    def subject(self) -> dict[str, str]:
        """How a signed statement names it; a party is named by the case alone."""
        members = {"label": "label_id", "scope": "scope_digest", "declaration": "declaration_digest"}
        return {members[self.kind]: self.digest or self.id} if self.kind in members else {}


def find_appealed(session: Session, actor: Actor, about: str) -> Appealed:
    """Give the decision about something of the actor's party.

    Raises:
        NotFound: nothing of hers was refused, suspended or revoked under this id.
    """
    found = appealed(session, about)
    if found is None or found.party_id != actor.party_id:
        raise NotFound("nothing of yours was refused, suspended or revoked under this id")
    return found


def appealed(session: Session, about: str) -> Appealed | None:
    """Give the decision about something, whoever's it is; None when there is none."""
    finders: tuple[Callable[[Session, str], Appealed | None], ...] = (_label, _scope, _declaration, _party)
    return next((found for find in finders if (found := find(session, about))), None)


def all_appealed(session: Session, actor: Actor) -> list[Appealed]:
    """Give everything of the actor's party that was refused, suspended or revoked, newest labels first."""
    labels = select(LabelRow.id).where(
        LabelRow.producer_id == actor.party_id, or_(col(LabelRow.is_suspended), col(LabelRow.is_revoked))
    )
    scopes = select(ScopeRow.digest).where(
        ScopeRow.producer_id == actor.party_id, or_(col(ScopeRow.is_suspended), col(ScopeRow.is_revoked))
    )
    declarations = select(DeclarationRow.id).where(
        DeclarationRow.producer_id == actor.party_id, DeclarationRow.state == "refused"
    )
    newest = labels.order_by(col(LabelRow.status_at).desc()).limit(MOST_LISTED)
    keys = [actor.party_id, *(key for query in (scopes, declarations, newest) for key in session.exec(query).all())]
    return [found for key in keys if (found := appealed(session, key))]


def _label(session: Session, about: str) -> Appealed | None:
    row = session.get(LabelRow, about)
    if row is None or not (row.is_suspended or row.is_revoked) or row.successor:
        return None
    words = REASONS.get(row.status_reason, row.status_reason)
    name = f"label {row.id}: {words}"
    return Appealed("label", row.id, name, row.producer_id, "", row.status_at, _can_return(session, row))


def _scope(session: Session, about: str) -> Appealed | None:
    row = session.get(ScopeRow, about)
    if row is None or not (row.is_suspended or row.is_revoked):
        return None
    name = f"scope {row.digest[:12]}: {REASONS.get(row.status_reason, row.status_reason)}"
    return Appealed("scope", row.digest, name, row.producer_id, "", row.status_at, _can_return(session, row))


def _can_return(session: Session, row: LabelRow | ScopeRow) -> bool:
    attestation = row.attestation_digest if isinstance(row, LabelRow) else row.digest
    return not row.is_revoked and not is_withdrawn(session, attestation)


def _declaration(session: Session, about: str) -> Appealed | None:
    row = session.get(DeclarationRow, about)
    if row is None or row.state != "refused":
        return None
    query = select(StatementRow.created_at).where(
        StatementRow.kind == "refusal", StatementRow.about == row.declaration_digest
    )
    decided_at = session.exec(query.order_by(col(StatementRow.log_index).desc()).limit(1)).first()
    name = f"declaration of {row.name}: refused by the auditor"
    return Appealed("declaration", row.id, name, row.producer_id, row.declaration_digest, decided_at, can_return=True)


def _party(session: Session, about: str) -> Appealed | None:
    row = session.get(PartyRow, about)
    if row is None or row.state != "suspended":
        return None
    query = select(ActRow.at).where(ActRow.about == row.id, ActRow.kind == "party").order_by(col(ActRow.id).desc())
    decided_at = session.exec(query.limit(1)).first()
    return Appealed("party", row.id, f"{row.name}: suspended", row.id, "", decided_at, can_return=True)
