"""Imprint, privacy and accessibility: texts of the operator, or what can be said without her."""

import pytest

from label_service.errors import Refused
from label_service.web.house import MAX_BYTES, read_house


def test_texts_come_from_files(tmp_path):
    """Each setting names a Markdown file; what is not named is said for the software alone."""
    imprint = tmp_path / "imprint.md"
    imprint.write_text("Beispiel e. V., Straße 1", encoding="utf-8")
    house = read_house(imprint, None, None)
    assert house.text("imprint") == "Beispiel e. V., Straße 1"
    assert "cookie" in house.text("privacy")
    assert "keyboard" in house.text("accessibility")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * (MAX_BYTES + 1), None])
def test_files_that_are_no_text_are_refused(tmp_path, content):
    """A missing file, a binary one and a huge one stop the start, with a word why."""
    file = tmp_path / "imprint.md"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Refused, match=r"imprint\.md"):
        read_house(file, None, None)
