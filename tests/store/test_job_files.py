"""Files of long work: complete or not there, the same input once, bounded, and gone when they are forgotten."""

import io

import pytest

from label_service.errors import NotFound, Refused
from label_service.store.job_files import JobFiles

ABOUT = {"producer": "https://fablab.example"}


def given(**files):
    """Give files as an upload brings them."""
    return {name: (f"{name}.csv", io.BytesIO(data)) for name, data in files.items()}


@pytest.fixture
def files(tmp_path):
    """Give a folder of inputs."""
    return JobFiles(tmp_path / "jobs")


def test_an_input_is_kept_under_the_digest_of_its_list(files):
    """The digest says which files with which names, for whom; the content is what was sent."""
    digest = files.keep(ABOUT, given(catalogue=b"sku", proof=b"x"), 100)
    assert files.about(digest) == ABOUT
    assert files.names(digest) == {"catalogue": "catalogue.csv", "proof": "proof.csv"}
    assert files.path(digest, "catalogue").read_bytes() == b"sku"


def test_the_same_input_twice_is_one_and_another_is_another(files, tmp_path):
    """Nothing is kept twice, and nobody's input is taken for somebody else's."""
    first = files.keep(ABOUT, given(catalogue=b"sku"), 100)
    assert files.keep(ABOUT, given(catalogue=b"sku"), 100) == first
    others = {files.keep({"producer": "b"}, given(catalogue=b"sku"), 100), files.keep(ABOUT, given(catalogue=b"s"), 9)}
    assert first not in others
    assert len(list((tmp_path / "jobs").iterdir())) == 3


def test_too_much_leaves_nothing_behind(files, tmp_path):
    """An input beyond the limit, all files counted, is refused and takes no room."""
    with pytest.raises(Refused, match="larger"):
        files.keep(ABOUT, given(catalogue=b"12345", proof=b"12345"), 9)
    assert list((tmp_path / "jobs").iterdir()) == []


def test_what_was_forgotten_is_said_to_be_gone(files):
    """After an input was removed every question ends in the same sentence."""
    digest = files.keep(ABOUT, given(catalogue=b"sku"), 100)
    files.remove(digest)
    for ask in (files.about, files.names, lambda of: files.path(of, "catalogue")):
        with pytest.raises(NotFound):
            ask(digest)


@pytest.mark.parametrize("name", ["..", "../list.json", "a/b", "", "x" * 81, "\0"])
def test_names_never_leave_the_folder(files, name):
    """No name from outside is used as a path."""
    digest = files.keep(ABOUT, given(catalogue=b"sku"), 100)
    with pytest.raises(NotFound):
        files.path(digest, name)
    with pytest.raises(NotFound):
        files.about(name)
    with pytest.raises(NotFound):
        files.remove(name)
