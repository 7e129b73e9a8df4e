"""Where a family of goods gets no own grade."""

import pytest
from sqlmodel import select

from label_service.errors import NotGradable
from label_service.store.database import reading, transaction
from label_service.store.scheme_tables import MarketRule
from tests.stage import example
from tests.workshop import Workshop


def forbid(stage, family, country):
    """Let the operator forbid a grade."""
    with transaction(stage.scheme.bench.engine) as session:
        session.add(MarketRule(country=country, family=family, reason="the law says so", since=stage.clock()))


def sold_in(*countries):
    """Give the product of the box, for these markets."""
    return example("box")["product"] | {"markets": list(countries)}


def test_clothing_in_france_has_no_own_grade_to_begin_with(stage):
    """A new installation keeps to the French rule without anybody thinking of it."""
    with reading(stage.scheme.bench.engine) as session:
        rules = session.exec(select(MarketRule)).all()
    assert {(rule.country, rule.family) for rule in rules} == {("FRA", "sewing_textile"), ("FRA", "knitting")}
    assert all("coût environnemental" in rule.reason for rule in rules)


def test_goods_for_such_a_market_get_no_label(own_stage):
    """Attested or not: the rule is named, and the figures stay on the data sheet."""
    found = own_stage.submit("box", salt="9" * 32, product=sold_in("DEU", "FRA"))
    own_stage.scheme.attestations.add(found.id, own_stage.attest(found))
    forbid(own_stage, found.inventory.family, "FRA")
    with pytest.raises(NotGradable, match="in FRA: the law says so"):
        own_stage.scheme.labels.issue(found.id)
    assert own_stage.scheme.declarations.get(found.id).label_id is None


def test_goods_for_other_markets_do(own_stage):
    """A rule of one market is no rule of another, and none where no market is named."""
    forbid(own_stage, example("box")["product"]["family"], "FRA")
    for salt, product in (("9" * 32, sold_in("DEU", "AUT")), ("8" * 32, example("box")["product"])):
        found = own_stage.submit("box", salt=salt, product=product)
        own_stage.scheme.attestations.add(found.id, own_stage.attest(found))
        assert own_stage.scheme.labels.issue(found.id).id


def test_a_scope_helps_nobody_around_the_rule(own_stage):
    """Goods inside a scope wait for no auditor when no auditor can help, and say why."""
    workshop = Workshop(own_stage)
    scope = workshop.scope()
    forbid(own_stage, scope.subject.family, "FRA")
    found = workshop.declare(product=sold_in("FRA"))
    assert (found.state, found.waits_for) == ("assessed", ("no grade in FRA: the law says so",))
    assert own_stage.scheme.scopes.get(scope.digest).used == 0
    assert workshop.declare(product=sold_in("DEU")).state == "labelled"
