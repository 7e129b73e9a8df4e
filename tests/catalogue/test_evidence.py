"""Evidence is found by name or digest, in folders and archives, and never outside of them."""

import io
import zipfile

import pytest

from label_service.catalogue import Files, Folder, NoFiles, evidence, source_file
from label_service.catalogue.evidence import words_of
from label_service.errors import NotFound, UnreadableFile
from label_service.examples import FOLDER
from tests.catalogue.samples import HOOK, METER

HOOK_DATA = (FOLDER / "hook" / "hook.gcode").read_bytes()
METER_DATA = (FOLDER / "hook" / "meter.json").read_bytes()


@pytest.fixture
def folder(tmp_path):
    """Give a folder with files and a folder of a product."""
    own = tmp_path / "evidence" / "HOOK-4"
    own.mkdir(parents=True)
    (own.parent / "hook.gcode").write_bytes(HOOK_DATA)
    (own.parent / "note.txt").write_bytes(b"delivery note 1041")
    (own / "meter.json").write_bytes(METER_DATA)
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return own.parent


def archive(**files):
    """Give a zip archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as found:
        for name, data in files.items():
            found.writestr(name, data)
    return target.getvalue()


def test_a_folder_finds_by_name_digest_and_sku(folder):
    """What readers read comes with its facts, papers without."""
    files = Folder(folder)
    assert files.find("hook.gcode") == files.find(HOOK.digest) == HOOK
    assert files.find("note.txt").reading is None
    assert files.of_product("HOOK-4") == (METER,)
    assert files.of_product("OTHER") == ()


@pytest.mark.parametrize("word", ["../secret.txt", "HOOK-4/meter.json", "HOOK-4", "meter.json", "", ".", "0" * 64])
def test_no_word_leads_out_of_the_folder(folder, word):
    """A cell is looked up in a list of names; it is never a path."""
    assert Folder(folder).find(word) is None


@pytest.mark.parametrize("sku", ["..", ".", "../evidence", "/"])
def test_no_sku_leads_out_of_the_folder(folder, sku):
    """Neither is a sku."""
    assert Folder(folder).of_product(sku) == ()


def test_a_missing_folder_is_named(tmp_path):
    """A wrong path is an error of ours."""
    with pytest.raises(NotFound):
        Folder(tmp_path / "missing")


def test_an_archive_finds_the_same():
    """A zip of the same folder gives the same files."""
    files = Files.of_zip(archive(**{"hook.gcode": HOOK_DATA, "all/HOOK-4/meter.json": METER_DATA, "empty/": b""}))
    assert files.find("hook.gcode") == files.find(HOOK.digest) == HOOK
    assert files.find(METER.digest) == METER
    assert files.find("meter.json") is None
    assert files.of_product("HOOK-4") == (METER,)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", archive(bomb=b"0" * 30_000_000), archive(a=b"x")[:-5]])
def test_a_bad_archive_is_refused(data):
    """Damaged archives and bombs end in one named error."""
    with pytest.raises(UnreadableFile):
        Files.of_zip(data)


def test_many_small_bombs_are_one_bomb(monkeypatch):
    """Entries that are each within bounds do not add up to more than an archive may hold."""
    data = archive(**{f"{number}.txt": b"x" * 1000 for number in range(20)})
    monkeypatch.setattr(evidence, "MOST_ARCHIVE_BYTES", 19_999)
    with pytest.raises(UnreadableFile, match="inflates to at most"):
        Files.of_zip(data)


def test_cells_are_split():
    """Names and digests are separated by semicolons, strokes or lines; spaces and doubles do not matter."""
    assert words_of(" a b.jpg ;c|d\n;;a b.jpg") == ["a b.jpg", "c", "d"]


def test_a_file_in_memory_is_read_as_on_disk():
    """Uploads and files give the same facts."""
    assert source_file("hook.gcode", HOOK_DATA) == HOOK
    assert NoFiles().find("hook.gcode") is None
    assert NoFiles().of_product("HOOK-4") == ()
