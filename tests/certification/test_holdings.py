"""Holdings: everybody sees what is hers, and what is not is not there."""

import pytest

from label_service.certification.holdings import PAGE
from label_service.declaration import Declaration
from label_service.errors import NotFound, Refused
from label_service.store.database import transaction


def test_each_sees_her_own(play):
    """Producer, verifier and operator look at one declaration; the rival finds none."""
    found = play.submit("plate")
    holdings = play.desk.holdings
    assert holdings.declaration(play.producer, found.id).id == found.id
    assert holdings.declaration(play.cast.operator, found.id).id == found.id
    for stranger in (play.rival, play.auditor):
        with pytest.raises(NotFound) as error:
            holdings.declaration(stranger, found.id)
        with pytest.raises(NotFound) as unknown:
            holdings.declaration(stranger, "0" * 36)
        assert error.value.detail.replace(found.id, "0" * 36) == unknown.value.detail
        assert holdings.declarations(stranger) == ([], False)
        assert holdings.counts(stranger) == {}


def test_a_request_opens_and_a_cancelled_one_closes(play):
    """A verifier sees what she was asked to look at, until the producer takes the request back."""
    found, holdings = play.submit("plate"), play.desk.holdings
    asked = play.desk.audits.request_declaration(play.producer, found.id, play.auditor.party_id)
    assert holdings.declaration(play.auditor, found.id).id == found.id
    play.desk.audits.cancel(play.producer, asked.id)
    with pytest.raises(NotFound):
        holdings.declaration(play.auditor, found.id)


def test_lists_come_in_pages_and_by_state(play):
    """The newest first; a page says whether there are more."""
    for number in range(PAGE + 2):
        play.submit("plate", salt=f"{number:032x}")
        play.clock.forward(seconds=1)
    first, has_more = play.desk.holdings.declarations(play.producer)
    second, is_more_left = play.desk.holdings.declarations(play.producer, 2)
    assert (len(first), has_more, len(second), is_more_left) == (PAGE, True, 2, False)
    assert not {item.id for item in first} & {item.id for item in second}
    assert first[0].created_at > second[-1].created_at
    (state,) = play.desk.holdings.counts(play.producer)
    assert len(play.desk.holdings.declarations(play.producer, state=state)[0]) == PAGE
    assert play.desk.holdings.declarations(play.producer, state="refused") == ([], False)


def test_labels_show_their_state(play):
    """With name, declaration and, when withdrawn, the reason."""
    found = play.declare("plate")
    play.stage.scheme.attestations.add(found.id, play.attest(found))
    label_id = play.stage.scheme.labels.issue(found.id).id
    play.desk.sanctions.decide(play.cast.operator, label_id, "suspend", reason="precaution", words="Looked into.")
    (label,), has_more = play.desk.holdings.labels(play.producer)
    assert (label.id, label.declaration_id, label.is_suspended, label.status_reason, has_more) == (
        label_id,
        found.id,
        True,
        "precaution",
        False,
    )
    assert play.desk.holdings.labels(play.rival) == ([], False)


def test_a_stranger_spoils_nothing_of_what_is_handed_in_with_hers(play):
    """Who hands in the declaration of another producer at the same moment is refused alone."""
    scheme, producer = play.stage.scheme, play.producer
    declaration = Declaration.from_json(play.document("hook", producer))
    parties = ("urn:example:stranger", producer.party_id, None)
    with transaction(scheme.bench.engine):
        strange, own, nameless = (scheme.declarations.ask(declaration, party=party) for party in parties)
    assert own.result(30).declaration == declaration
    for refused in (strange, nameless):
        with pytest.raises(Refused, match="another producer"):
            refused.result(30)
