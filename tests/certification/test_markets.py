"""Markets with rules of their own: no grade there, figures only."""

import pytest

from label_service.errors import Conflict, InvalidDocument, NotFound, NotGradable, Refused

REASON = "Decree 2025-957: the official score is shown with any other."


def test_a_market_can_forbid_grades(play):
    """Goods of the family for that market get no label; for other markets they do; until the rule is taken back."""
    found = play.declare("plate")
    family = found.declaration.product.family
    play.desk.markets.forbid(play.cast.operator, "FRA", family, REASON)
    product = found.declaration.product.as_json()
    for salt, markets, is_labelled in (("a", ["DEU", "FRA"], False), ("b", ["DEU"], True)):
        again = play.submit("plate", product=product | {"markets": markets}, salt=salt * 32)
        play.stage.scheme.attestations.add(again.id, play.attest(again))
        if is_labelled:
            play.stage.scheme.labels.issue(again.id)
            continue
        with pytest.raises(NotGradable, match="no grade of this scheme in FRA"):
            play.stage.scheme.labels.issue(again.id)
        refused = again
    play.desk.markets.allow(play.cast.operator, "FRA", family)
    play.stage.scheme.labels.issue(refused.id)


def test_rules_are_checked(play):
    """A market rule names a country, a family of the release and a reason, once, by the operator."""
    markets, operator = play.desk.markets, play.cast.operator
    for country, family, reason in (("France", "fdm", "x"), ("FRA", "cars", "x"), ("FRA", "fdm", " ")):
        with pytest.raises(InvalidDocument):
            markets.forbid(operator, country, family, reason)
    with pytest.raises(Refused):
        markets.forbid(play.producer, "FRA", "fdm", REASON)
    markets.forbid(operator, "FRA", "fdm", REASON)
    with pytest.raises(Conflict):
        markets.forbid(operator, "FRA", "fdm", REASON)
    with pytest.raises(NotFound):
        markets.allow(operator, "DEU", "fdm")
    assert ("FRA", "fdm", REASON) in {(rule.country, rule.family, rule.reason) for rule in markets.all()}


def test_a_scheme_begins_with_the_rule_for_clothing_in_france(play):
    """What the law asks there is in force before anybody thinks of it."""
    assert ("FRA", "sewing_textile") in {(rule.country, rule.family) for rule in play.desk.markets.all()}
