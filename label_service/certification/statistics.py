"""How each auditor works, in numbers that anybody may read: what she attested, refused, released and found again.

Nobody attests without ever refusing, and samples that never find anything say something too.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from label_service.issuance.scheme import Scheme
from label_service.store.database import reading
from label_service.store.scheme_tables import AuditRequestRow, SampleRow, ScopeRow, StatementRow


@dataclass(frozen=True, slots=True)
class AuditorFigures:
    """What an auditor did under all her keys.

    Attributes:
        attested: declarations.
        released: findings that she released by name in them.
        scopes: workshops.
        refused: declarations and scopes.
        confirmed, findings: results of samples.
        overdue: samples that she did not audit in time.
        withdrawn: attestations that she withdrew.
    """

    attested: int = 0
    released: int = 0
    scopes: int = 0
    refused: int = 0
    confirmed: int = 0
    findings: int = 0
    overdue: int = 0
    withdrawn: int = 0


class Statistics:
    """The figures of all auditors of one installation."""

    def __init__(self, scheme: Scheme) -> None:
        self._register = scheme.register
        self._engine = scheme.bench.engine

    def by_auditor(self) -> dict[str, AuditorFigures]:
        """Give the figures of every auditor on the trust list, by her id."""
        with reading(self._engine) as session:
            counts = _counts(session)
        return {
            auditor.id: _figures(counts, [key.kid for key in auditor.keys])
            for auditor in self._register.current().auditors
        }


_Counts = dict[str, Counter[str]]  # by what is counted, then by kid


def _counts(session: Session) -> _Counts:
    answered = (
        select(AuditRequestRow.auditor, func.count(), func.sum(AuditRequestRow.findings_released))
        .where(AuditRequestRow.state == "attested", AuditRequestRow.kind == "declaration")
        .group_by(col(AuditRequestRow.auditor))
    )
    rows = session.exec(answered).all()
    said = select(StatementRow.kind, StatementRow.signer, func.count()).group_by(
        col(StatementRow.kind), col(StatementRow.signer)
    )
    spoken = session.exec(said).all()
    sampled = (
        select(SampleRow.state, ScopeRow.auditor, func.count())
        .join(ScopeRow, col(ScopeRow.digest) == SampleRow.scope_digest)
        .group_by(col(SampleRow.state), col(ScopeRow.auditor))
    )
    samples = session.exec(sampled).all()
    scopes = session.exec(select(ScopeRow.auditor, func.count()).group_by(col(ScopeRow.auditor))).all()
    return {
        "attested": Counter({kid: number for kid, number, _ in rows}),
        "released": Counter({kid: released for kid, _, released in rows}),
        "scopes": Counter(dict(scopes)),
        "refused": Counter({kid: number for kind, kid, number in spoken if kind == "refusal"}),
        "withdrawn": Counter({kid: number for kind, kid, number in spoken if kind == "withdrawal"}),
        "confirmed": Counter({kid: number for state, kid, number in samples if state == "confirmed"}),
        "findings": Counter({kid: number for state, kid, number in samples if state == "finding"}),
        "overdue": Counter({kid: number for state, kid, number in samples if state == "overdue"}),
    }


def _figures(counts: _Counts, kids: Iterable[str]) -> AuditorFigures:
    names = tuple(kids)
    return AuditorFigures(**{what: sum(found[kid] for kid in names) for what, found in counts.items()})
