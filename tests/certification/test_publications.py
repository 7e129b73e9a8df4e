"""Rule book, terms and consultation: each version is kept for ever, signed, logged and told."""

import hashlib

import pytest
from sqlmodel import col, delete, select

from label_service.certification.publications import KINDS, MAX_BYTES
from label_service.errors import Conflict, InvalidDocument, NotFound, Refused
from label_service.label.statement import read_statement
from label_service.store.database import reading, transaction
from label_service.store.documents import body
from label_service.store.scheme_tables import PublicationRow, StatementRow
from tests.certification.test_intake import take
from tests.parties import gather
from tests.stage import found_stage


@pytest.fixture
def scheme(tmp_path):
    """Give a scheme that is no demo, with its operator."""
    stage = found_stage(tmp_path / "scheme", is_demo=False, is_ready=False)
    yield stage, gather(stage.scheme)
    stage.scheme.close()


def publish(scheme, kind="rule_book", version="2026-1", title="Rules", text="# Rules\n"):
    """Publish as the operator."""
    stage, cast = scheme
    return stage.certification.publications.publish(cast.operator, kind, version, title, text)


def test_a_version_is_kept_signed_and_logged(scheme):
    """The digest of the text is in a statement of the scheme, which is in the log."""
    stage, _ = scheme
    item = publish(scheme, text="# Rules\r\n1. Be honest.\r\n")
    found, text = stage.certification.publications.read("rule_book", "2026-1")
    assert text == "# Rules\n1. Be honest.\n"
    assert found == item
    assert item.digest == hashlib.sha256(text.encode()).hexdigest()
    with reading(stage.scheme.bench.engine) as session:
        row = next(row for row in session.exec(select(StatementRow)).all() if row.about == item.digest)
        _, statement = read_statement(body(session, row.digest).decode())
    assert (statement.kind, statement.subject.document, statement.subject.document_version) == (
        "publication",
        "rule_book",
        "2026-1",
    )
    assert row.log_index < stage.scheme.bench.sequencer.size


def test_a_version_never_changes(scheme):
    """A version that was published cannot be replaced; the next one stands beside it and counts."""
    stage, _ = scheme
    publish(scheme)
    with pytest.raises(Conflict, match="published already"):
        publish(scheme, text="# Other rules\n")
    publish(scheme, version="2026-2", text="# Other rules\n")
    publications = stage.certification.publications
    assert [item.version for item in publications.versions("rule_book")] == ["2026-2", "2026-1"]
    assert publications.newest("rule_book").version == "2026-2"
    assert publications.read("rule_book", "2026-1")[1] == "# Rules\n"


def test_only_the_operator_publishes(scheme):
    """Nobody but who runs the scheme writes its rules."""
    stage, cast = scheme
    with pytest.raises(Refused):
        stage.certification.publications.publish(cast.lead(), "terms", "1", "Terms", "Free.")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "law"},
        {"version": "1/2"},
        {"version": "../x"},
        {"version": ""},
        {"title": ""},
        {"text": " \n"},
        {"text": "x" * (MAX_BYTES + 1)},
    ],
)
def test_what_is_no_publication_is_refused(scheme, wrong):
    """Unknown kinds, versions that are no name, empty and huge texts are named."""
    with pytest.raises(InvalidDocument):
        publish(scheme, **wrong)


def test_parties_are_told(scheme):
    """Every party learns of new rules."""
    stage, cast = scheme
    lead = cast.lead()
    publish(scheme)
    (notice,) = stage.certification.notices.of(lead)
    assert notice.link == "/scheme/rule_book/2026-1"


def test_a_scheme_says_what_it_still_needs(scheme):
    """Rule book, terms, consultation and an accredited auditor: what is not there is named, until all is."""
    stage, _ = scheme
    publications = stage.certification.publications
    assert publications.missing() == list(KINDS.values())
    for kind in KINDS:
        publish(scheme, kind=kind)
    assert publications.missing() == []
    stage.clock.forward(days=365 * 4)
    assert publications.missing() == ["An auditor who is accredited today"]


def test_a_demo_begins_with_starters(own_stage):
    """A demo shows what a rule book could say, marked DEMO, once."""
    publications = own_stage.certification.publications
    publications.begin_with_starters()
    publications.begin_with_starters()
    assert publications.missing() == []
    for kind in KINDS:
        (item,) = publications.versions(kind)
        assert "DEMO" in item.title
        assert publications.read(kind, item.version)[1].startswith("**DEMO.")
    with pytest.raises(NotFound):
        publications.read("rule_book", "2")


def test_nothing_is_labelled_inside_a_scope_before_the_rules_are_public(play):
    """What lies inside a scope waits, and says that the rules are missing."""
    found = play.declare("box")
    play.propose(found)
    take(play, play.scope_token(found))
    with transaction(play.stage.scheme.bench.engine) as session:
        session.exec(delete(PublicationRow).where(col(PublicationRow.kind) == "terms"))
    waiting = play.again(found, 1)
    assert (waiting.label_id, waiting.state) == (None, "waiting")
    assert waiting.waits_for == ("the scheme has not published: Terms and fees",)
