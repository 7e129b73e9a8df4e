import io
import tracemalloc
from functools import partial

import pytest
from PIL import Image
from sqlmodel import select

from label_service.certification import evidence
from label_service.errors import NotFound, Refused, UnreadableFile
from label_service.store.database import reading, transaction
from label_service.store.scheme_tables import AuditRequestRow, EvidenceAccess, EvidenceRow
from tests.certification import files


def add(play, actor, data=files.TEXT, name="scale.txt"):
    """Upload a file for somebody."""
    return play.desk.evidence.add(actor, io.BytesIO(data), name)


def assign(play, found, verifier, **members):
    """Ask a verifier to look at a declaration, as the table keeps it."""
    row = {
        "id": f"request-{len(members)}-{verifier.party_id[-8:]}",
        "kind": "declaration",
        "producer_id": found.declaration.producer.id,
        "verifier_id": verifier.party_id,
        "declaration_id": found.id,
        "created_at": play.clock(),
        **members,
    }
    with transaction(play.stage.scheme.bench.engine) as session:
        session.add(AuditRequestRow(**row))


def openings(play):
    """Give who opened what, as the table keeps it."""
    with reading(play.stage.scheme.bench.engine) as session:
        return [(row.party_id, row.digest) for row in session.exec(select(EvidenceAccess)).all()]


def test_a_file_is_kept_once_under_its_digest(play):
    """The same bytes twice are one file, whatever they are called; they stand in the list of the party."""
    first = add(play, play.producer)
    again = add(play, play.producer, name="other.txt")
    assert (first.digest, first.name) == (again.digest, "scale.txt")
    assert [item.digest for item in play.desk.evidence.of(play.producer)] == [first.digest]
    assert play.desk.evidence.of(play.rival) == []
    _, path = play.desk.evidence.open(play.producer, first.digest)
    assert path.read_bytes() == files.TEXT


def test_only_whoever_uploaded_a_file_can_rest_on_it(play):
    """Knowing a digest is not having the file: another producer can neither read nor use it."""
    found = add(play, play.producer)
    desk = play.desk.evidence
    assert desk.of_party(play.producer.party_id).path(found.digest).is_file()
    with pytest.raises(NotFound) as unknown:
        desk.open(play.rival, "0" * 64)
    theirs = desk.of_party(play.rival.party_id)
    attempts = theirs.path, theirs.file, partial(desk.open, play.rival), partial(desk.picture, play.rival)
    for attempt in attempts:
        with pytest.raises(NotFound) as refused:
            attempt(found.digest)
        assert refused.value.as_problem() == unknown.value.as_problem()


def test_paths_are_no_digests(play):
    """What is not 64 hexadecimal digits never reaches the disk."""
    for text in ("../label.db", "..%2f", "A" * 64, "", "0" * 63 + "/"):
        with pytest.raises(NotFound):
            play.desk.evidence.open(play.cast.operator, text)


def test_an_auditor_sees_what_she_was_asked_about_and_nothing_else(play):
    """A verifier opens the evidence of a declaration she was asked to look at, while the request stands."""
    found = play.declare("hook")
    named, other = found.declaration.evidence[0].digest, add(play, play.producer).digest
    desk = play.desk.evidence
    with pytest.raises(NotFound):
        desk.open(play.auditor, named)
    assign(play, found, play.auditor)
    assert desk.open(play.auditor, named)[0].digest == named
    for actor, digest in ((play.auditor, other), (play.other_auditor, named)):
        with pytest.raises(NotFound):
            desk.open(actor, digest)


def test_a_cancelled_request_opens_nothing(play):
    """A producer who asks somebody else closes the files to whom she asked first."""
    found = play.declare("hook")
    assign(play, found, play.auditor, state="cancelled")
    with pytest.raises(NotFound):
        play.desk.evidence.open(play.auditor, found.declaration.evidence[0].digest)


def test_naming_anothers_digest_opens_nothing(play):
    """A producer who names the digest of a rival's file in her declaration does not open it for her auditor."""
    theirs = play.declare("hook", play.rival)
    mine = play.submit("hook")
    digest = theirs.declaration.evidence[0].digest
    assert digest in {item.digest for item in mine.declaration.evidence}
    assign(play, mine, play.auditor)
    with pytest.raises(NotFound):
        play.desk.evidence.open(play.auditor, digest)


def test_people_without_the_right_open_nothing(play):
    """A reader of a verifier is no auditor, and may not upload for a workshop either."""
    found = play.declare("hook")
    assign(play, found, play.auditor)
    reader = play.cast.colleague(play.auditor, "reader")
    with pytest.raises(NotFound):
        play.desk.evidence.open(reader, found.declaration.evidence[0].digest)
    for actor in (play.auditor, play.cast.colleague(play.producer, "reader", "reader@mail.example")):
        with pytest.raises(Refused):
            add(play, actor)


def test_every_opening_is_noted_and_shown_to_the_owner(play):
    """The producer sees who of which organisation opened her file and when; a refused attempt opens nothing."""
    found = play.declare("hook")
    digest = found.declaration.evidence[0].digest
    assign(play, found, play.auditor)
    play.desk.evidence.open(play.auditor, digest)
    play.desk.evidence.open(play.cast.operator, digest)
    with pytest.raises(NotFound):
        play.desk.evidence.open(play.rival, digest)
    assert openings(play) == [(play.auditor.party_id, digest), (play.cast.operator.party_id, digest)]
    seen = play.desk.evidence.opened(play.producer)
    assert [item.party for item in seen] == ["Test scheme owner", "Test inspection body"]
    assert seen[1].person == "Lead of Test inspection body"


def test_two_owners_of_one_file_do_not_learn_of_each_other(play):
    """Who has the same file sees openings of the own one only."""
    digest = add(play, play.producer).digest
    add(play, play.rival)
    play.desk.evidence.open(play.rival, digest)
    assert play.desk.evidence.opened(play.producer) == []
    assert len(play.desk.evidence.opened(play.rival)) == 1


def test_pictures_are_shown_without_what_they_tell_and_kept_as_they_are(play):
    """The page shows pixels; the original with its place and time keeps its digest for whoever has to look."""
    original = files.photograph_with_place()
    found = add(play, play.producer, original, "site.jpg")
    shown = play.desk.evidence.picture(play.producer, found.digest)
    assert not Image.open(io.BytesIO(shown)).getexif()
    assert play.desk.evidence.open(play.producer, found.digest)[1].read_bytes() == original
    assert len(play.desk.evidence.opened(play.producer)) == 2
    with pytest.raises(NotFound, match="not a picture"):
        play.desk.evidence.picture(play.producer, add(play, play.producer).digest)


def test_what_is_refused_leaves_nothing_behind(play):
    """A file that is refused is neither on the disk nor in the tables."""
    folder = play.stage.folder / "data" / "evidence"
    before = sorted(folder.rglob("*"))
    for data in (b"", b"MZ\x90\x00", files.photograph()[:300], files.photograph() + files.archive(a=b"x")):
        with pytest.raises(UnreadableFile):
            add(play, play.producer, data)
    assert sorted(folder.rglob("*")) == before
    assert play.desk.evidence.of(play.producer) == []


@pytest.mark.parametrize("limit", ["MAX_FILES", "MAX_TOTAL_BYTES"])
def test_a_party_has_room_for_so_much(play, monkeypatch, limit):
    """Files and bytes of one party are bounded; the same file again takes no room."""
    first = add(play, play.producer)
    monkeypatch.setattr(evidence, limit, 1)
    with pytest.raises(Refused, match="at most"):
        add(play, play.producer, files.PDF)
    assert add(play, play.producer) == first


def test_a_removed_file_says_since_when(play):
    """After its time a file is gone; its digest and the day it was removed stay, and it can be brought again."""
    found = add(play, play.producer)
    with transaction(play.stage.scheme.bench.engine) as session:
        session.get_one(EvidenceRow, (found.digest, found.party_id)).removed_at = play.clock()
    with pytest.raises(NotFound, match="2026-11-20"):
        play.desk.evidence.open(play.producer, found.digest)
    assert add(play, play.producer).removed_at is None


def test_a_large_file_is_kept_in_pieces(play, tmp_path):
    """Memory does not grow with the file: 64 MiB of G-code pass in a few."""
    large = tmp_path / "large.gcode"
    with large.open("wb") as target:
        target.write(b"; generated by PrusaSlicer 2.7.0\n")
        for _ in range(64):
            target.write(b"G1 X10 Y10 E1.00\n" * 61_680)
        target.write(b"; filament used [g] = 12.3\n; estimated printing time (normal mode) = 1h 2m\n")
    tracemalloc.start()
    with large.open("rb") as stream:
        found = play.desk.evidence.add(play.producer, stream, "large.gcode")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.size_bytes == large.stat().st_size
    assert peak < 20 * 1024 * 1024
