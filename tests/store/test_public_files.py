from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import NotFound
from label_service.store.public_files import PublicFiles
from label_service.store.unavailable import StoreUnavailable


@pytest.fixture
def files(tmp_path):
    """Give public files beside a secret."""
    (tmp_path / "secret.pem").write_bytes(b"key")
    files = PublicFiles(tmp_path / "public")
    files.write("log/tile/0/000.p/5", b"tile")
    return files


def test_what_was_written_is_read(files):
    """A file comes back byte for byte, and a newer one replaces it."""
    assert files.read("log/tile/0/000.p/5") == b"tile"
    files.write("log/tile/0/000.p/5", b"other")
    assert files.read("log/tile/0/000.p/5") == b"other"


TRICKS = [
    "../secret.pem",
    "log/../../secret.pem",
    "/etc/passwd",
    "log//tile",
    "",
    ".",
    "..",
    "log/./tile",
    "log\\..\\..\\secret.pem",
    ".hidden",
    "log/.checkpoint.17",
    "log/tile\0",
    "log",
    "log/tile/0/000.p/5/more",
    "x" * 5000,
    "log/" + "y/" * 3000,
    "log/\ud800",
]


@pytest.mark.parametrize("name", TRICKS)
def test_no_name_leads_outside(files, name):
    """Whatever a stranger asks for, only public files are read, and the answer is not found."""
    with pytest.raises(NotFound):
        files.read(name)


@given(st.text(max_size=30) | st.lists(st.sampled_from(["..", ".", "log", "", "~", "\0"])).map("/".join))
def test_any_name_is_answered(tmp_path_factory, name):
    """No name at all makes reading stumble."""
    files = PublicFiles(tmp_path_factory.getbasetemp() / "nothing-here")
    with pytest.raises(NotFound):
        files.read(name)


def test_nothing_is_written_outside(files, tmp_path):
    """Writing keeps to the folder too."""
    with pytest.raises(NotFound):
        files.write("../secret.pem", b"")
    assert (tmp_path / "secret.pem").read_bytes() == b"key"


def test_readers_see_the_old_or_the_new_file(files):
    """While a file is replaced again and again nobody reads half of it."""
    whole = {bytes([number]) * 50_000 for number in range(5)}
    files.write("log/checkpoint", bytes([0]) * 50_000)
    seen = set()
    stop = False

    def watch():
        while not stop:
            seen.add(files.read("log/checkpoint"))

    thread = Thread(target=watch)
    thread.start()
    for _ in range(30):
        for content in whole:
            files.write("log/checkpoint", content)
    stop = True
    thread.join()
    assert seen <= whole


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    """A public folder that is a file, or full, is an error of ours, and no temporary file stays."""
    (tmp_path / "public").write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="cannot write the public file log/checkpoint"):
        PublicFiles(tmp_path / "public").write("log/checkpoint", b"")
    assert [file.name for file in tmp_path.iterdir()] == ["public"]
