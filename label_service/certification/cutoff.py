"""Labels that rest on a compromised key although they were logged too late: they do not count, whatever their state."""

from collections.abc import Iterable

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from label_service.issuance.keyring import keys_of
from label_service.label.attestation import read_attestation
from label_service.label.credential import read_label
from label_service.store.tables import LabelRow, StoredDocument
from label_service.trust.trust_list import TrustList

COMPROMISED = "key-compromised"
_PART = 1000  # labels asked for at a time


def cut_off(session: Session, listed: TrustList, issuer_id: str, labels: Iterable[LabelRow]) -> frozenset[str]:
    """Give those of some labels that were logged from the entry on at which a key behind them was compromised.

    Args:
        session: of the reading.
        listed: the trust list in force.
        issuer_id: of the scheme.
        labels: to look at; what they rest on is only read where a key was compromised at all.
    """
    lost = _lost(listed, issuer_id)
    late = [row.id for row in labels if lost and row.log_index >= min(lost.values())]
    if not late:
        return frozenset()
    tokens, attestations = aliased(StoredDocument), aliased(StoredDocument)
    query = (
        select(LabelRow.id, LabelRow.log_index, tokens.body, attestations.body)
        .join(tokens, col(tokens.digest) == LabelRow.label_digest)
        .join(attestations, col(attestations.digest) == LabelRow.attestation_digest)
        .where(col(LabelRow.id).in_(late))
    )
    return frozenset(
        label_id
        for label_id, index, token, attestation in session.exec(query)
        if any(index >= lost[kid] for kid in _kids(token, attestation) if kid in lost)
    )


def all_cut_off(session: Session, listed: TrustList, issuer_id: str) -> frozenset[str]:
    """Give every label that was cut off, whatever its own state; looked at are only those that are late enough."""
    lost = _lost(listed, issuer_id)
    if not lost:
        return frozenset()
    late = session.exec(select(LabelRow).where(LabelRow.log_index >= min(lost.values()))).all()
    parts = (late[start : start + _PART] for start in range(0, len(late), _PART))
    return frozenset().union(*(cut_off(session, listed, issuer_id, part) for part in parts))


def _lost(listed: TrustList, issuer_id: str) -> dict[str, int]:
    """Give the compromised keys that stand behind labels, each with the first log entry it does not count for."""
    keys = (*keys_of(listed, issuer_id), *(key for auditor in listed.auditors for key in auditor.keys))
    return {key.kid: key.since_index or 0 for key in keys if key.state == "compromised" and key.use != "log"}


def _kids(token: bytes, attestation: bytes) -> tuple[str, str]:
    return read_label(token.decode())[0].kid, read_attestation(attestation.decode())[0].kid
