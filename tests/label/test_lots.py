"""Goods of a scope come from the lots the auditor saw, and not from more than was bought."""

from decimal import Decimal

import pytest

from label_service.declaration import Declaration
from label_service.label.lots import outside_lots
from tests.examples import changed, entry, hooks, inventory_of
from tests.label.samples import attestation
from tests.scopes import scope_around


def lots_of(document, before=0, **members):
    """Give the codes of a declaration's lots in a scope with one lot of 5 kg PLA."""
    lot = {"lot": "a", "material": "pla", "mass_kg": "5"} | members
    scope = scope_around(inventory_of(hooks()), lots=(lot,))
    reasons = outside_lots(Declaration.from_json(document), attestation(subject=scope), {"a": Decimal(before)})
    return [reason.code for reason in reasons]


def test_goods_come_from_the_lots_the_auditor_saw():
    """A made line names a lot of the scope and of its material; without lots in the scope none is asked for."""
    named = changed(hooks(), "/materials/0/lot", "a")
    assert lots_of(named) == []
    assert lots_of(hooks()) == ["lot"]
    assert lots_of(changed(hooks(), "/materials/0/lot", "b")) == ["lot"]
    assert lots_of(named, material="petg") == ["lot"]
    scope = scope_around(inventory_of(hooks()), lots=())
    assert outside_lots(Declaration.from_json(hooks()), attestation(subject=scope), {}) == ()


@pytest.mark.parametrize(("before", "codes"), [("4.737", []), ("4.738", ["lot-mass"]), ("9", ["lot-mass"])])
def test_no_more_is_made_than_was_bought(before, codes):
    """All batches together take at most what was bought of a lot."""
    assert lots_of(changed(hooks(), "/materials/0/lot", "a"), before) == codes


def test_a_recycled_share_is_that_of_the_lot():
    """A certificate of one lot does not make another lot recycled."""
    document = changed(changed(hooks(), "/materials/0/lot", "a"), "/materials/0/recycled_share", entry("0.3", "1"))
    assert lots_of(document) == ["recycled-share"]
    assert lots_of(document, recycled_share="0.3") == []
