"""Stored profiles: one newest version per producer, every change can be undone, nobody changes another's."""

import pytest
from sqlalchemy import func
from sqlmodel import select

from label_service.declaration import Site
from label_service.declaration.profiles import MaterialLot
from label_service.document import Party
from label_service.errors import Conflict, Refused
from label_service.examples import shipped_profiles
from label_service.store.database import reading
from label_service.store.tables import StoredDocument

OTHER = Party(id="https://atelier.example", name="Atelier", country="FRA")
SITE = Site(id="home", name="Atelier", country="FRA")


def with_site(site):
    """Give a change that adds a site."""
    return lambda profiles: profiles.model_copy(update={"sites": (*profiles.sites, site)})


def test_a_demo_begins_with_the_shipped_profiles(stage):
    """Whoever opens the demo finds the workshop of the examples, with nothing to fill in."""
    shipped = shipped_profiles()
    assert stage.scheme.profiles.of(shipped.producer) == shipped
    assert stage.scheme.profiles.before(shipped.producer) is None


def test_a_new_producer_has_empty_profiles(stage):
    """Before anything is answered there is nothing, not somebody else's answers."""
    found = stage.scheme.profiles.of(OTHER)
    assert (found.producer, found.sites, found.machines, found.lots) == (OTHER, (), (), ())


def test_a_change_is_kept_and_can_be_undone_and_done_again(own_stage):
    """The last change is undone with one step, and the step can be undone as well; also the very first change."""
    kept = own_stage.scheme.profiles
    with pytest.raises(Conflict):
        kept.restore(OTHER)
    changed = kept.change(OTHER, with_site(SITE))
    own_stage.reopen()
    kept = own_stage.scheme.profiles
    assert kept.of(OTHER) == changed
    assert kept.restore(OTHER).sites == ()
    assert kept.before(OTHER) == changed
    assert kept.restore(OTHER) == kept.of(OTHER) == changed


def test_every_version_stays_a_document(own_stage):
    """A changed profile replaces nothing that a declaration or an auditor may still refer to."""
    kept = own_stage.scheme.profiles
    versions = [kept.change(OTHER, with_site(SITE.model_copy(update={"id": f"site-{n}"}))) for n in range(3)]
    with reading(own_stage.scheme._bench.engine) as session:
        for version in versions:
            assert session.get(StoredDocument, version.digest).body == version.to_bytes()


def test_a_change_that_changes_nothing_leaves_the_undo_alone(own_stage):
    """Saving a form as it was does not push the earlier version out."""
    kept = own_stage.scheme.profiles
    kept.change(OTHER, with_site(SITE))
    kept.change(OTHER, lambda profiles: profiles)
    assert kept.before(OTHER).sites == ()


def test_nobody_changes_the_profiles_of_another(own_stage):
    """Profiles that name another producer, or the other mode, are refused and nothing is written."""
    kept = own_stage.scheme.profiles
    shipped = shipped_profiles()
    with reading(own_stage.scheme._bench.engine) as session:
        before = session.exec(select(func.count()).select_from(StoredDocument)).one()
    with pytest.raises(Refused, match="fablab"):
        kept.change(OTHER, lambda _: shipped)
    with pytest.raises(Refused, match="demo mode"):
        kept.change(shipped.producer, lambda profiles: profiles.model_copy(update={"demo": False}))
    with reading(own_stage.scheme._bench.engine) as session:
        assert session.exec(select(func.count()).select_from(StoredDocument)).one() == before
    assert kept.of(shipped.producer) == shipped


def test_profiles_stay_readable(own_stage):
    """Profiles larger than a document may be are refused, rather than kept and never read again."""
    kept = own_stage.scheme.profiles
    lots = [MaterialLot(id=f"lot-{n}", name="x" * 300, material="pla", words=("y" * 300,) * 15) for n in range(1000)]
    with pytest.raises(Refused, match="at most"):
        kept.change(OTHER, lambda profiles: profiles.model_copy(update={"lots": tuple(lots)}))
    assert kept.of(OTHER).lots == ()


def test_a_producer_is_named_as_she_is_called_today(own_stage):
    """A new name of the organisation shows in its profiles without an edit."""
    own_stage.scheme.profiles.change(OTHER, with_site(SITE))
    renamed = OTHER.model_copy(update={"name": "Atelier Neuf"})
    assert own_stage.scheme.profiles.of(renamed).producer.name == "Atelier Neuf"
