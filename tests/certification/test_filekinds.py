import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.certification import filekinds
from label_service.certification.filekinds import ARCHIVE, BINARY, JPEG, PDF, PNG, TEXT, WEBP, recognise
from label_service.errors import LabelServiceError, Refused, UnreadableFile
from label_service.examples import FOLDER
from tests.certification import files


def kind_of(data, name=""):
    """Give the kind of bytes."""
    return recognise(io.BytesIO(data), name)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (files.photograph(), JPEG),
        (files.photograph(file_format="PNG"), PNG),
        (files.photograph(file_format="WEBP"), WEBP),
        (files.PDF, PDF),
        (files.TEXT, TEXT),
        (b"kwh,at\n1.5,2026-11-01T00:00:00Z\n", TEXT),
        (b'{"note":"written down by hand"}', TEXT),
    ],
    ids=["jpeg", "png", "webp", "pdf", "text", "csv", "json"],
)
def test_what_makers_have_is_taken(data, kind):
    """Photographs, papers and plain text are known by their bytes, whatever they are called."""
    assert kind_of(data, "nonsense.exe") is kind


def test_every_file_of_the_examples_is_taken():
    """What the readers read is evidence, and a file of an example is never anything else."""
    kinds = {}
    for file in sorted(FOLDER.glob("*/*")):
        if file.suffix != ".json" or file.name != "declaration.json":
            kinds[file.name] = kind_of(file.read_bytes(), file.name)
    assert kinds
    assert set(kinds.values()) <= {TEXT, ARCHIVE, BINARY, JPEG, PNG, PDF}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ\x90\x00",
        b"\x7fELF\x02",
        files.archive(**{"invoice.docm": b"macros"}),
        b"\x1f\x8b\x08" + bytes(40),
        b"text with a bell \x07",
        b"\xff\xfet\x00e\x00x\x00t\x00",
        "Straße".encode("latin-1"),
        b"GIF89a" + bytes(40),
    ],
    ids=["empty", "exe", "elf", "zip", "gzip", "control", "utf-16", "latin-1", "gif"],
)
def test_what_nobody_needs_is_refused(data):
    """Programs, archives and text in other encodings are refused with a named error and advice."""
    with pytest.raises(UnreadableFile) as refused:
        kind_of(data)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("data", "second"),
    [
        (files.photograph() + files.archive(virus=b"x"), "zip"),
        (files.PDF[:-6] + files.archive(virus=b"x") + b"%%EOF\n", "zip"),
        (files.PDF + files.archive(virus=b"x") + b"", "zip"),
        (files.TEXT + files.archive(virus=b"x"), "binary"),
        (files.photograph(comment=b"%PDF-1.4 hidden"), "PDF"),
        (files.photograph(comment=b"<script>alert(1)</script>"), "web page"),
        (b"<!DOCTYPE html><title>hi</title>", "web page"),
        (files.TEXT + b"<HTML onload=alert(1)>", "web page"),
        (b"%PDF-1.7\n<script>\n%%EOF", "web page"),
    ],
)
def test_a_file_that_is_two_things_is_refused(data, second):
    """Nobody looks at a picture and hands on a program: polyglots are named and refused."""
    with pytest.raises(UnreadableFile, match=second):
        kind_of(data)


def test_a_print_package_that_is_a_paper_too_is_refused():
    """An archive the readers read is refused when PDF programs would open it as something else."""
    gcode = (FOLDER / "hook" / "hook.gcode").read_bytes()
    assert kind_of(files.archive(**{"note": b"x", "3D/model.gcode": gcode})) is ARCHIVE
    with pytest.raises(UnreadableFile, match="PDF"):
        kind_of(files.archive(**{"note": files.PDF, "3D/model.gcode": gcode}))


def test_a_paper_that_is_cut_off_is_refused():
    """Half a document is no evidence."""
    with pytest.raises(UnreadableFile, match="cut off"):
        kind_of(files.PDF.replace(b"%%EOF", b""))


def test_sizes_are_limited_by_kind(monkeypatch):
    """A paper or a text of any size is not taken; the limit is in the message."""
    monkeypatch.setattr(filekinds, "MAX_PAPER_BYTES", 20)
    monkeypatch.setattr(filekinds, "MAX_TEXT_BYTES", 10)
    for data in (files.photograph(), files.PDF, files.TEXT):
        with pytest.raises(Refused, match="at most"):
            kind_of(data)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("photo.JPG", JPEG, "photo.JPG"),
        ("invoice.pdf.exe", PDF, "invoice.pdf.exe.pdf"),
        ("run.bat", TEXT, "run.bat.txt"),
        ("drawing.svg", TEXT, "drawing.svg.txt"),
        ("../../etc/passwd", TEXT, "etc-passwd.txt"),
        ('a"; filename="evil.exe', PNG, "a---filename--evil.exe.png"),
        ("Küche\r\nX: y.csv", TEXT, "K-che--X--y.csv"),
        ("...", PDF, "file.pdf"),
        ("", TEXT, "file.txt"),
    ],
)
def test_a_saved_name_is_harmless_and_true(name, kind, expected):
    """No path, no header, no lie about the kind survives in the name a file is saved under."""
    assert kind.safe_name(name) == expected


@given(st.text(max_size=60), st.sampled_from([PNG, JPEG, WEBP, PDF, ARCHIVE, BINARY, TEXT]))
def test_no_name_gets_through(name, kind):
    """Whatever a file was called, it is saved under letters, digits, dots and dashes with an ending of its kind."""
    safe = kind.safe_name(name)
    assert set(safe) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert safe.lower().endswith(kind.suffixes)
    assert not safe.startswith((".", "-"))
    assert kind.safe_name(safe) == safe


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda tail: files.PDF[:8] + tail))
def test_any_bytes_give_a_kind_or_a_named_error(data):
    """Nothing uploaded ends in a traceback."""
    with suppress(LabelServiceError):
        kind_of(data)
