"""What is taken along and handed out: all of one's own, and for authorities what is public or theirs to know."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from label_service.certification.surveillance import Selection
from label_service.errors import InvalidDocument, Refused
from label_service.verify import inspect_bundle

CONTACT, TEXT = "me@mail.example", "It is of another material, I tell you."


@pytest.fixture
def label(play):
    """Give a label of the workshop with a complaint about it, and a label of the rival."""
    for actor in (play.producer, play.rival):
        found = play.declare("plate", actor)
        play.stage.scheme.attestations.add(found.id, play.attest(found))
        play.stage.labels[actor.party_name] = play.stage.scheme.labels.issue(found.id).id
    mine = play.stage.labels[play.producer.party_name]
    play.desk.cases.complain(mine, TEXT, CONTACT)
    play.desk.sanctions.decide(play.cast.operator, mine, "suspend", reason="precaution", words="Under review.")
    return mine


def archive(write, *arguments):
    """Give the files of an archive."""
    target = io.BytesIO()
    write(*arguments, target)
    with zipfile.ZipFile(target) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def lines(content):
    """Give the rows of a file."""
    return [json.loads(line) for line in content.splitlines()]


def test_a_producer_takes_all_her_data_along(play, label):
    """Documents, evidence, labels that verify, cases and people, and nothing of others."""
    files = archive(play.desk.exports.write, play.producer)
    party = json.loads(files["party.json"])
    assert party["party"]["id"] == play.producer.party_id
    assert [person["name"] for person in party["people"]] == ["Lead of Test workshop"]
    report = inspect_bundle(files[f"labels/{label}.json"], play.stage.roots, play.stage.at)
    assert "status" in report.verdict  # every step before holds; the label is suspended
    for item in play.desk.evidence.of(play.producer):
        assert len(files[f"evidence/{item.digest}"]) == item.size_bytes
    (case,) = lines(files["cases.jsonl"])
    assert case["messages"][0]["text"] == TEXT
    assert any(name.startswith("statements/") for name in files)
    everything = b"".join(files.values())
    for foreign in (CONTACT.encode(), play.rival.party_id.encode(), b"secret_digest", b"passkey"):
        assert foreign not in everything


def test_only_who_looks_after_the_party_takes_it_along(play, label):
    """A member of the workshop does not take everything along."""
    with pytest.raises(Refused):
        play.desk.exports.write(play.cast.colleague(play.producer), io.BytesIO())


def selection(play, **changes):
    """Give a period around now."""
    period = {"since": play.clock() - timedelta(days=1), "until": play.clock() + timedelta(days=1)}
    return Selection(**(period | changes))


def test_authorities_get_what_is_public_and_the_states(play, label):
    """Parties, labels with states, inventories, statements, cases and trust lists; no evidence, no words of sides."""
    files = archive(play.desk.surveillance.write, play.cast.operator, selection(play))
    rows = {row["id"]: row for row in lines(files["labels.jsonl"])}
    assert set(rows) == set(play.stage.labels.values())
    assert (rows[label]["is_suspended"], rows[label]["status_reason"]) == (True, "precaution")
    assert f"labels/{label}.jwt" in files
    assert f"inventories/{rows[label]['inventory_digest']}.json" in files
    assert {row["kind"] for row in lines(files["statements.jsonl"])} >= {"suspension"}
    assert [row["state"] for row in lines(files["cases.jsonl"])] == ["open"]
    assert any(name.startswith("trust_lists/") for name in files)
    everything = b"".join(files.values())
    for private in (CONTACT.encode(), TEXT.encode(), b"secret_digest"):
        assert private not in everything
    assert not any("evidence" in name or "declaration" in name for name in files)
    assert play.desk.acts.newest(play.cast.operator)[0].kind == "export"


def test_an_export_can_be_of_one_party_and_period(play, label):
    """One producer's labels only; and none from before or after the period."""
    files = archive(play.desk.surveillance.write, play.cast.operator, selection(play, party_id=play.rival.party_id))
    assert [row["id"] for row in lines(files["labels.jsonl"])] == [play.stage.labels[play.rival.party_name]]
    assert [row["id"] for row in lines(files["parties.jsonl"])] == [play.rival.party_id]
    assert lines(files["cases.jsonl"]) == []
    earlier = selection(play, since=play.clock() - timedelta(days=9), until=play.clock() - timedelta(days=8))
    files = archive(play.desk.surveillance.write, play.cast.operator, earlier)
    assert lines(files["labels.jsonl"]) == []
    with pytest.raises(InvalidDocument):
        selection(play, until=play.clock() - timedelta(days=9))
    with pytest.raises(Refused):
        play.desk.surveillance.write(play.producer, selection(play), io.BytesIO())
