"""What a producer does about a wrong label of her own: put a better one in its place, or take it back.

A label under a suspension is left to those who suspended it, so that nobody escapes a finding by replacing the label.
"""

from typing import Final, Literal

from sqlmodel import Session

from label_service.accounts.rights import Actor, Right
from label_service.certification.notices import tell_operator
from label_service.certification.wording import MAX_PUBLIC, paragraphs
from label_service.errors import Conflict, InvalidDocument, NotFound
from label_service.issuance.scheme import Scheme
from label_service.issuance.states import SUPERSEDED, Action, Decision
from label_service.store.database import transaction
from label_service.store.scheme_tables import ScopeRow
from label_service.store.tables import LabelRow

PRODUCER: Final = "producer"  # actor in the log
_DONE: Final[dict[Action, str]] = {"supersede": "replaced", "revoke": "took back"}
OWN_REASONS: Final = ("error-in-declaration", "recall", "on-request")

OwnReason = Literal["error-in-declaration", "recall", "on-request"]


class Corrections:
    """The corrections that producers make to their labels."""

    def __init__(self, scheme: Scheme) -> None:
        self._bench = scheme.bench
        self._states = scheme.states

    def supersede(self, actor: Actor, label_id: str, successor: str, words: str) -> None:
        """Put a later label of the actor's party in the place of one with a mistake; the old one is revoked.

        Args:
            actor: who declares for the party.
            label_id: the label with the mistake.
            successor: the later label.
            words: what was wrong, public.

        Raises:
            Refused: the actor may not declare.
            NotFound: one of the labels is not the party's.
            Conflict: the label is suspended or revoked, or the successor is revoked or older.
            InvalidDocument: no words, or too long.
        """
        text = paragraphs(words, MAX_PUBLIC, "words")
        with transaction(self._bench.engine) as session:
            row = _own(session, actor, label_id)
            later = _own(session, actor, successor)
            if later.log_index <= row.log_index:
                raise Conflict("the label that replaces another one is the later one")
            self._write(session, row, Decision(label_id, "supersede", SUPERSEDED, text, PRODUCER, successor), actor)
        self._show()

    def withdraw(self, actor: Actor, label_id: str, reason: OwnReason, words: str) -> None:
        """Take a label of the actor's party back, for good; goods that carry it are told so.

        Raises:
            Refused: the actor may not declare.
            NotFound: not a label of the party.
            Conflict: it is suspended or revoked.
            InvalidDocument: no such reason, no words, or too long.
        """
        text = paragraphs(words, MAX_PUBLIC, "words")
        if reason not in OWN_REASONS:
            raise InvalidDocument(f"expected one of the reasons {', '.join(OWN_REASONS)}", where="reason")
        with transaction(self._bench.engine) as session:
            row = _own(session, actor, label_id)
            self._write(session, row, Decision(label_id, "revoke", reason, text, PRODUCER), actor)
        self._show()

    def _write(self, session: Session, row: LabelRow, decision: Decision, actor: Actor) -> None:
        _check_not_suspended(session, row)
        self._states.write(session, decision)
        told = f"{actor.party_name} {_DONE[decision.action]} its label {row.id}."
        tell_operator(session, "state", told, f"/L/{row.id}", self._bench.clock())

    def _show(self) -> None:
        self._bench.mark_changed()
        self._bench.sequencer.catch_up()


def _own(session: Session, actor: Actor, label_id: str) -> LabelRow:
    actor.check_may(Right.DECLARE)
    row = session.get(LabelRow, label_id)
    if row is None or row.producer_id != actor.party_id:
        raise NotFound(f"you have no label {label_id[:20]!a}")
    return row


def _check_not_suspended(session: Session, row: LabelRow) -> None:
    scope = session.get(ScopeRow, row.scope_digest) if row.scope_digest else None
    if row.is_suspended or (scope and scope.is_suspended):
        raise Conflict("this label is suspended; that is decided first", hint="answer the finding, or appeal")
