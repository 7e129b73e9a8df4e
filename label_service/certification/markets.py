"""Markets with rules of their own: where a family of products gets no grade of this scheme, figures only.

In France, who communicates another aggregate score of a garment must show the official one too (decree 2025-957).
"""

from typing import Final

from sqlmodel import col, select

from label_service.accounts.rights import Actor, Right
from label_service.certification.acts import note
from label_service.certification.wording import paragraphs
from label_service.document import Country, Model, validate
from label_service.errors import Conflict, InvalidDocument, NotFound
from label_service.issuance.scheme import Scheme
from label_service.store.database import reading, transaction
from label_service.store.scheme_tables import MarketRule

MAX_REASON: Final = 1000


class _Market(Model):
    country: Country


class Markets:
    """The market rules of one installation; `issuance.markets` keeps them."""

    def __init__(self, scheme: Scheme) -> None:
        self._bench = scheme.bench
        self._releases = scheme.releases

    def all(self) -> list[MarketRule]:
        """Give the rules in force, in the order of country and family."""
        query = select(MarketRule).order_by(col(MarketRule.country), col(MarketRule.family))
        with reading(self._bench.engine) as session:
            return list(session.exec(query).all())

    def forbid(self, actor: Actor, country: str, family: str, reason: str) -> None:
        """Give no more grades to a family of products in a market; labels that are there keep their state.

        Raises:
            Refused: the actor does not run the scheme.
            InvalidDocument: not a country code, a family the release does not know, or no reason.
            Conflict: there is a rule for them already.
        """
        actor.check_may(Right.RUN_SCHEME)
        validate(_Market, {"country": country})
        if family not in self._releases.current().keys("families"):
            raise InvalidDocument(f"expected a family of the release, found {family[:40]!a}", where="family")
        words, now = paragraphs(reason, MAX_REASON, "reason"), self._bench.clock()
        with transaction(self._bench.engine) as session:
            if session.get(MarketRule, (country, family)):
                raise Conflict(f"there is a rule for {family} in {country} already")
            session.add(MarketRule(country=country, family=family, reason=words, since=now))
            note(session, actor, "market", f"{country}/{family}", now=now, reason="forbidden", words=words)
        self._bench.mark_changed()

    def allow(self, actor: Actor, country: str, family: str) -> None:
        """Take a rule back.

        Raises:
            Refused: the actor does not run the scheme.
            NotFound: there is no such rule.
        """
        actor.check_may(Right.RUN_SCHEME)
        now = self._bench.clock()
        with transaction(self._bench.engine) as session:
            rule = session.get(MarketRule, (country, family))
            if rule is None:
                raise NotFound("there is no such rule")
            session.delete(rule)
            note(session, actor, "market", f"{country}/{family}", now=now, reason="allowed", words=rule.reason)
        self._bench.mark_changed()
