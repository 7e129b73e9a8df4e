"""What the operator decides about labels, scopes and parties: suspended, reinstated, revoked, closed.

Each decision is one unit of work: state, signed statement, log entry, who decided, and the notice to the party.
"""

from datetime import datetime
from typing import Final, Literal

from sqlmodel import Session

from label_service.accounts.parties import Parties, party_row
from label_service.accounts.rights import Actor, PartyState, Right
from label_service.certification.acts import note
from label_service.certification.notices import tell
from label_service.certification.wording import MAX_PUBLIC, paragraphs
from label_service.issuance.reasons import check_reason
from label_service.issuance.scheme import Scheme
from label_service.issuance.states import OPERATOR, Decision, state_row
from label_service.store.database import transaction
from label_service.store.scheme_tables import ScopeRow

StateAction = Literal["suspend", "reinstate", "revoke"]
DONE: Final[dict[StateAction, str]] = {
    "suspend": "was suspended; you may appeal.",
    "reinstate": "counts again.",
    "revoke": "was revoked; you may appeal.",
}
_PARTY_WORDS: Final[dict[PartyState, str]] = {
    "active": "may take part again",
    "suspended": "is suspended",
    "closed": "has ended its participation",
}


class Sanctions:
    """The operator's decisions about states."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._bench = scheme.bench
        self._parties = Parties(scheme.bench.engine, scheme.bench.clock, scheme.identity.origin)

    def decide(self, actor: Actor, about: str, action: StateAction, *, reason: str, words: str) -> None:
        """Suspend, reinstate or revoke a label, or a scope with all its labels; everybody sees it at once.

        Args:
            actor: who runs the scheme.
            about: id of a label, or digest of a scope.
            action: what is decided.
            reason: a code of `reasons.REASONS`.
            words: public, at most 2,000 characters.

        Raises:
            Refused: the actor does not run the scheme.
            NotFound: no such label or scope.
            Conflict: it is in that state already, or revoked.
            InvalidDocument: an unknown reason, or no words.
        """
        actor.check_may(Right.RUN_SCHEME)
        text = paragraphs(words, MAX_PUBLIC, "words")
        with transaction(self._bench.engine) as session:
            self.write(session, actor, about, action, reason=reason, text=text)
        self._bench.mark_changed()
        self._bench.sequencer.catch_up()

    def write(self, session: Session, actor: Actor, about: str, action: StateAction, *, reason: str, text: str) -> None:
        """Decide inside a unit of work, which catches the log up afterwards; raises as `decide` does."""
        now = self._bench.clock()
        self._scheme.states.write(session, Decision(about, action, reason, text, OPERATOR))
        note(session, actor, action, about, now=now, reason=reason, words=text)
        row = state_row(session, about)
        name, link = ("scope", "/register/scopes/") if isinstance(row, ScopeRow) else ("label", "/L/")
        told = f"Your {name} {about[:13]} {DONE[action]}"
        tell(session, row.producer_id, "state", told, f"{link}{about}", now)

    def change_party(self, actor: Actor, party_id: str, state: PartyState, *, reason: str, words: str) -> None:
        """Suspend a party, take it back, or end its participation; its labels keep their own states.

        Raises:
            Refused: the actor does not run the scheme, or it is the operator's own party.
            NotFound: no such party.
            Conflict: it is in that state already, or closed.
            InvalidDocument: an unknown reason, or no words.
        """
        text, now = paragraphs(words, MAX_PUBLIC, "words"), self._bench.clock()
        check_reason(reason)
        self._parties.change_state(actor, party_id, state)
        with transaction(self._bench.engine) as session:
            note(session, actor, "party", party_id, now=now, reason=reason, words=text)
            _tell_party(session, party_id, state, now)
        self._bench.mark_changed()

    def readmit(self, session: Session, actor: Actor, party_id: str, *, text: str) -> None:
        """Take a suspended party back inside the unit of work of an appeal."""
        now, row = self._bench.clock(), party_row(session, party_id)
        row.state = "active"
        session.add(row)
        note(session, actor, "readmit", party_id, now=now, reason="appeal-upheld", words=text)
        _tell_party(session, party_id, "active", now)


def _tell_party(session: Session, party_id: str, state: PartyState, now: datetime) -> None:
    party = party_row(session, party_id)
    link = f"/parties/{party_id.rpartition('/')[2]}"
    tell(session, party_id, "state", f"{party.name} {_PARTY_WORDS[state]}.", link, now)
