"""What a scheme must have published before it issues its first label.

Directive (EU) 2024/825, Article 2(r), asks for public terms, and requirements made in consultation with experts and
stakeholders; Annex I, no. 2a, forbids to show a label without such a scheme. A demo never certifies, so it needs none.
"""

from collections.abc import Mapping
from typing import Final, Literal

from sqlmodel import Session, select

from label_service.errors import Refused
from label_service.issuance.setup import Identity
from label_service.store.scheme_tables import PublicationRow

PublicationKind = Literal["rule_book", "terms", "consultation"]
PUBLICATIONS: Final[Mapping[PublicationKind, str]] = {
    "rule_book": "Rule book",
    "terms": "Terms and fees",
    "consultation": "Record of the consultation",
}


def unpublished(session: Session, identity: Identity) -> list[str]:
    """Name what the scheme has not published yet; nothing for a demo."""
    if identity.is_demo:
        return []
    known = set(session.exec(select(PublicationRow.kind).distinct()).all())
    return [name for kind, name in PUBLICATIONS.items() if kind not in known]


def check_published(session: Session, identity: Identity) -> None:
    """Check that the scheme may issue labels.

    Raises:
        Refused: it has not published its rule book, terms or consultation.
    """
    missing = unpublished(session, identity)
    if missing:
        raise Refused(
            f"this scheme may not certify yet: it has not published {', '.join(missing)}",
            hint="the operator publishes them at /operate/publications",
        )
