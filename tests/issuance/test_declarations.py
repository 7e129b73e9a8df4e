from threading import Thread

import pytest
from sqlmodel import func, select

from label_service.canonical import encode
from label_service.declaration import Declaration
from label_service.errors import Implausible, MissingFactor, NotFound, Refused
from label_service.store.database import reading
from label_service.store.tables import DeclarationRow, StoredDocument
from tests.examples import changed
from tests.stage import example


def count(stage, table):
    """Count the rows of a table."""
    with reading(stage.scheme._bench.engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_a_declaration_is_kept_with_what_follows_from_it(own_stage):
    """What was submitted comes back byte for byte, with inventory, assessment and findings."""
    found = own_stage.submit("panel")
    again = own_stage.scheme.declarations.get(found.id)
    assert again == found
    assert again.declaration.to_bytes() == encode(example("panel"))
    assert again.assessment.inventory_digest == again.inventory.digest
    assert (again.state, again.attestation, again.label_id) == ("assessed", None, None)


def test_submitting_twice_is_one_submission(own_stage):
    """A program that repeats its request after a lost answer makes nothing twice."""
    documents = count(own_stage, StoredDocument)
    first = own_stage.submit("panel")
    assert own_stage.submit("panel").id == first.id
    assert count(own_stage, StoredDocument) == documents + 3
    assert [row.id for row in own_stage.scheme.declarations.recent()].count(first.id) == 1


def test_many_submit_at_once(own_stage):
    """The same declaration from many sides at once is one submission; different ones are all kept."""
    rows = count(own_stage, DeclarationRow)
    found = []

    def submit(salt):
        found.append(own_stage.submit("panel", salt=salt * 32).id)

    threads = [Thread(target=submit, args=(salt,)) for salt in "aaabbc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 3
    assert count(own_stage, DeclarationRow) == rows + 3


@pytest.mark.parametrize(
    ("pointer", "value", "error"),
    [
        ("/demo", False, Refused),
        ("/materials/0/gross/value", "0.1", Implausible),
        ("/steps/0/energy/value", "50000", Implausible),
        ("/materials/0/material", "unobtainium", MissingFactor),
    ],
)
def test_what_cannot_be_assessed_is_not_kept(own_stage, pointer, value, error):
    """A refused declaration leaves no document and no row behind."""
    documents, rows = count(own_stage, StoredDocument), count(own_stage, DeclarationRow)
    declaration = Declaration.from_json(changed(example("hook"), pointer, value))
    with pytest.raises(error) as refused:
        own_stage.scheme.declarations.submit(declaration)
    assert refused.value.hint
    assert (count(own_stage, StoredDocument), count(own_stage, DeclarationRow)) == (documents, rows)


@pytest.mark.parametrize("identifier", ["", "x", "0" * 36, "'; drop table declaration", "é\0"])
def test_unknown_declarations_are_not_found(own_stage, identifier):
    """Whatever is asked for, nothing is found that is not there."""
    with pytest.raises(NotFound):
        own_stage.scheme.declarations.get(identifier)


def test_the_newest_stand_first(own_stage):
    """The list of declarations begins with the last one, and is cut where asked."""
    own_stage.clock.forward(hours=1)
    last = own_stage.submit("panel").id
    assert own_stage.scheme.declarations.recent(1)[0].id == last
