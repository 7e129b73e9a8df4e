"""What the scheme says in public: statements signed with its status key, kept and logged in a unit of work."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from label_service.document import validate
from label_service.issuance.log import append_leaves
from label_service.issuance.register import Register
from label_service.issuance.setup import timestamp
from label_service.issuance.workbench import Workbench
from label_service.label.statement import Statement, read_statement, sign_statement, statement_leaf
from label_service.store.documents import keep
from label_service.store.scheme_tables import StatementRow
from label_service.tlog.leaf import StatementKind
from label_service.trust import jws

_ABOUT = ("label_id", "scope_digest", "declaration_digest", "attestation_digest", "case", "request", "document_digest")


class Said(NamedTuple):
    """A signed statement."""

    token: jws.Token
    statement: Statement

    @property
    def about(self) -> str:
        """Id or digest of what it is about."""
        subject = self.statement.subject.as_json()
        return next((str(subject[name]) for name in _ABOUT if name in subject), "")


class Words:
    """The statements of one installation, on their way into store and log."""

    def __init__(self, bench: Workbench, register: Register) -> None:
        self._bench = bench
        self._register = register

    def sign(
        self,
        session: Session,
        kind: StatementKind,
        subject: Mapping[str, str | None],
        *,
        reason: str,
        text: str,
        now: datetime,
        findings: Sequence[str] = (),
    ) -> Said:
        """Let the scheme say something.

        Raises:
            InvalidDocument: the members break the format of statements.
        """
        identity = self._bench.identity
        content = {
            "type": Statement.TYPE,
            "version": Statement.VERSION,
            "demo": identity.is_demo,
            "origin": identity.origin,
            "kind": kind,
            "at": timestamp(now),
            "subject": {name: value for name, value in subject.items() if value is not None},
            "reason": reason,
            "text": text,
            "findings": tuple(findings),
        }
        key = self._register.signing(session, "status")
        return Said(*read_statement(sign_statement(validate(Statement, content), kid=key.kid, signer=key.signer)))

    def log(self, session: Session, said: Said, now: datetime) -> None:
        """Keep a statement and log it."""
        (position,) = append_leaves(session, [statement_leaf(*said)], now)
        row = StatementRow(
            digest=keep(session, "statement", said.token.text.encode("ascii"), now),
            kind=said.statement.kind,
            signer=said.token.kid,
            about=said.about,
            log_index=position,
            created_at=now,
        )
        session.add(row)
        session.flush()
