from datetime import date
from typing import Annotated, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from label_service import canonical
from label_service.document import Date, Document, LabelId, Model, Text, Timestamp, validate
from label_service.errors import InvalidDocument, NotCanonical, UnsupportedVersion
from label_service.quantity import Amount
from tests.strategies import amounts, json_objects


class Line(Model):
    """Part of a note."""

    mass: Amount


class Note(Document):
    """A document for these tests."""

    TYPE: ClassVar[str] = "note"

    type: Literal["note"]
    version: Literal["1"]
    title: Text
    remark: Text | None = None
    lines: Annotated[tuple[Line, ...], Field(max_length=3)] = ()


NOTE = {"type": "note", "version": "1", "title": "A", "lines": [{"mass": "0.25"}]}
texts = st.text("aäβж0 -", min_size=1, max_size=20).filter(lambda text: text == text.strip())


@given(texts, texts | st.none(), st.lists(amounts(), max_size=3))
def test_reading_undoes_writing(title, remark, masses):
    """A document is its bytes: they read back to the same document, with the same digest."""
    note = Note(type="note", version="1", title=title, remark=remark, lines=tuple(Line(mass=mass) for mass in masses))
    again = Note.from_bytes(note.to_bytes())
    assert again == note
    assert again.digest == note.digest == canonical.digest(note.to_bytes())


@given(json_objects)
def test_arbitrary_documents_end_in_one_kind_of_error(value):
    """Whatever members arrive, the caller meets a document or an InvalidDocument."""
    with pytest.raises(InvalidDocument):
        Note.from_json(NOTE | {"title": value})
    with pytest.raises(InvalidDocument):
        Note.from_json(value)


@pytest.mark.parametrize(
    "value", [None, [], "note", 1, {}, {"type": "note"}, NOTE | {"version": "2"}, NOTE | {"version": 1}]
)
def test_another_type_or_version_is_named(value):
    """A document of another kind is not read as far as it happens to fit."""
    with pytest.raises(UnsupportedVersion, match='expected type "note" and version "1"'):
        Note.from_json(value)


def test_what_is_absent_stays_absent():
    """An explicit null, or a default left out, is a second spelling and has no digest."""
    whole = Note.from_json(NOTE)
    assert b"remark" not in whole.to_bytes()
    for raw in (
        canonical.encode(NOTE | {"remark": None}),
        canonical.encode({k: v for k, v in NOTE.items() if k != "lines"}),
    ):
        assert Note.from_json(canonical.decode(raw))
        with pytest.raises(NotCanonical, match="written out"):
            Note.from_bytes(raw)


def test_documents_are_immutable():
    """Nobody changes a document after its digest was taken."""
    with pytest.raises(ValidationError):
        Note.from_json(NOTE).title = "B"


def test_the_first_problem_is_named_with_its_place():
    """The error says what was expected, what was found and where, and how many more there are."""
    with pytest.raises(InvalidDocument) as caught:
        Note.from_json(NOTE | {"title": "", "lines": [{"mass": "0.250"}], "more": 1})
    assert caught.value.where == "/title"
    assert "at least 1 character" in caught.value.detail
    assert "and 2 more" in caught.value.detail


@pytest.mark.parametrize("mass", ["0.250", "2.5e-1", ".25", "-1", 0.25, 1, None, "NaN"])
def test_a_wrong_amount_is_explained(mass):
    """A maker who writes 0.25 or "0.250" learns how an amount is written."""
    with pytest.raises(InvalidDocument) as caught:
        Note.from_json(NOTE | {"lines": [{"mass": mass}]})
    assert caught.value.where == "/lines/0/mass"
    if isinstance(mass, str):
        assert 'write "0.25"' in caught.value.hint


@given(st.text(max_size=2000))
def test_an_error_quotes_the_input_in_short_ascii(text):
    """Hostile input comes back as at most 80 printable characters, whatever it was."""
    with pytest.raises(InvalidDocument) as caught:
        validate(Line, {"mass": text + "!"})
    assert caught.value.detail.isascii()
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) < 200


@pytest.mark.parametrize(
    "text",
    ["", " a", "a ", "a\n", "a\tb", "a\x00b", "a\x7f", "a\x85", "e\u0301", "\u00a0a", "x" * 301, "\ud800", 1, None],
)
def test_text_has_one_spelling(text):
    """Two names that look the same have the same bytes: NFC, no control characters, no space around."""
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python(text)


@pytest.mark.parametrize("text", ["Hörby", "Ελλάδα", "Київ", "木", "x" * 300, "a b", "🧵"])
def test_text_of_any_language_is_welcome(text):
    """Names are written as their owners write them."""
    assert TypeAdapter(Text).validate_python(text) == text


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.times())
def test_days_and_seconds_that_exist_are_read(day, time):
    """Every day and second of this century has one spelling."""
    assert TypeAdapter(Date).validate_python(str(day)) == str(day)
    stamp = f"{day}T{time:%H:%M:%S}Z"
    assert TypeAdapter(Timestamp).validate_python(stamp) == stamp


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "2025-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-1-1",
        "1999-12-31",
        "20260101",
        "2026-01-01 ",
        20260101,
    ],
)
def test_days_that_do_not_exist_are_refused(text):
    """The 30th of February never reaches a calculation with dates."""
    with pytest.raises(ValidationError):
        TypeAdapter(Date).validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00", "2026-01-01",
        "2026-01-01T00:00:00+00:00", "2026-01-01t00:00:00z", "2026-01-01T00:00:00.0Z",
    ],
)  # fmt: skip
def test_timestamps_have_one_spelling(text):
    """Text order is time order only because every timestamp is written in the same way."""
    with pytest.raises(ValidationError):
        TypeAdapter(Timestamp).validate_python(text)


@pytest.mark.parametrize("text", ["ABCDEFGH2345", "ABCDEFGH23456A", "abcdefgh23456", "ABCDEFGH23450", "ABCDEFGH2345="])
def test_label_ids_are_13_base32_characters(text):
    """An id that a QR code could not carry, or that has a second spelling, is refused."""
    assert TypeAdapter(LabelId).validate_python("ABCDEFGH23456") == "ABCDEFGH23456"
    with pytest.raises(ValidationError):
        TypeAdapter(LabelId).validate_python(text)


def test_a_copy_with_other_members_has_a_digest_of_its_own():
    """A digest is kept with a document, never with another one made from it."""
    document = Note(type="note", version="1", title="first")
    before = document.digest
    copied = document.model_copy(update={"title": "second"})
    assert copied.digest == canonical.digest(copied.to_bytes()) != before
    assert document.digest == before
