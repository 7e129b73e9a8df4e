"""The open statistics as anybody reads them: a page without JavaScript, and files that describe themselves."""

import csv
import io
import json
from decimal import Decimal
from hashlib import sha256

import duckdb
import pytest
from frictionless import Package, Resource
from starlette.testclient import TestClient

from label_service.certification.groups import FEWEST
from label_service.certification.open_statistics import Edition
from label_service.certification.tallies import Row, Spread
from label_service.web.app import Site, build_app
from label_service.web.statistics_files import COLUMNS, files_of
from tests.crowd import crowd
from tests.stage import found_stage

FILES = ("groups.csv", "groups.json", "groups.parquet", "datapackage.json")


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """Give a scheme whose last month is over, with labels of six workshops in one district and one elsewhere."""
    stage = found_stage(tmp_path_factory.mktemp("statistics") / "scheme", is_demo=False)
    crowd(stage)
    stage.clock.forward(days=14)
    stage.certification.open_statistics.keep_up()
    yield stage
    stage.scheme.close()


@pytest.fixture(scope="module")
def client(stage):
    """Give a client of the scheme without an account."""
    with TestClient(build_app(Site(stage.scheme, stage.files)), base_url="http://localhost:8000") as client:
        yield client


def edition(**members):
    """Give an edition with one group of which everything is told, and one of which little is."""
    shared = {"process": "sewing", "material": "cotton", "country": "DEU", "region": "DE30", "year": 2026}
    told = Spread(labels=6, p25="0.61", median="0.7", p75="0.82")
    rest = {"region": "", "year": 0, "country": "", "material": ""}
    rows = (
        Row(**shared, labels=7, producers=6, kwh_per_kg=told, scrap=told, ratio=told, grades=grades(B=7)),
        Row(**shared | rest, labels=5, producers=5, grades=grades(D=5)),
    )
    made = {"month": "2026-12", "made_at": "2026-12-01T00:00:00Z", "origin": "https://x.example", "scheme": "Test"}
    return Edition(**{**made, "demo": False, "fewest": FEWEST, "rows": rows, **members})


def grades(**counts):
    """Give how many labels have each grade."""
    return dict.fromkeys("ABCDE", 0) | counts


def unpacked(folder, licence=None, **members):
    """Write the files of an edition into a folder."""
    for name, file in files_of(edition(**members), licence).items():
        (folder / name).write_bytes(file.body)
    return folder


def test_the_page_says_what_is_told_and_what_is_not(client):
    """Without JavaScript: the group with its figures in words, when the edition was made, and the rules of silence."""
    page = client.get("/stats").text
    assert "DE300" in page
    assert "DE212" not in page
    assert "6 / 6" in page
    assert "1 December 2026" in page
    assert "No group has fewer than 5 producers" in page
    assert "The owner of the scheme has not stated a licence" in page
    assert "<script" not in page


def test_filters_narrow_and_wrong_ones_do_not(client):
    """A year that is there is chosen; what is not there changes nothing, whatever somebody writes into the address."""
    assert '<option value="2026" selected>' in client.get("/stats?year=2026").text
    for query in ("year=1999", "process=%3Cscript%3E", "country=" + "X" * 3000, "material=%00"):
        answer = client.get(f"/stats?{query}")
        assert answer.status_code == 200
        assert "6 / 6" in answer.text


def test_the_page_speaks_the_language_of_the_reader(client):
    """The numbers are the same in every language, the words are not."""
    german = client.get("/stats?lang=de").text
    assert "<h1>Statistik</h1>" in german
    assert "6 / 6" in german


@pytest.mark.parametrize("name", FILES)
def test_files_can_be_asked_for_again_cheaply(client, name):
    """Addresses stay, and who has the newest edition is told so."""
    first = client.get(f"/stats/{name}")
    assert first.status_code == 200
    again = client.get(f"/stats/{name}", headers={"If-None-Match": f'W/"x", {first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"/stats/{name}", headers={"If-None-Match": '"x"'}).content == first.content


def test_before_the_first_edition_the_files_say_so(tmp_path):
    """A new installation has a page with nothing to tell, and its files are not found; nothing fails."""
    stage = found_stage(tmp_path / "new")
    with TestClient(build_app(Site(stage.scheme, stage.files, needs_account=False))) as client:
        assert "There is no process yet" in client.get("/stats").text
        assert client.get("/stats/groups.csv").status_code == 404
        assert client.get("/stats/datapackage.json").status_code == 404
    stage.scheme.close()


def test_the_data_package_describes_its_files(tmp_path):
    """An independent reader accepts the package, and finds in CSV and JSON what their schema promises."""
    unpacked(tmp_path, licence="CC-BY-4.0")
    descriptor = json.loads((tmp_path / "datapackage.json").read_bytes())
    assert list(Package.metadata_validate(descriptor)) == []
    assert descriptor["licenses"] == [{"name": "CC-BY-4.0"}]
    for resource in descriptor["resources"][:2]:  # it reads Parquet with further packages only
        file = (tmp_path / resource["path"]).read_bytes()
        assert (len(file), f"sha256:{sha256(file).hexdigest()}") == (resource["bytes"], resource["hash"])
        counted = {name: item for name, item in resource.items() if name not in {"bytes", "hash"}}
        report = Resource.from_descriptor(counted, basepath=str(tmp_path)).validate()
        assert report.valid, report.flatten(["message"])


def test_all_files_hold_the_same_table(tmp_path):
    """CSV, JSON and Parquet agree cell by cell; what is not told is empty or null, never zero."""
    unpacked(tmp_path)
    names = [column.name for column in COLUMNS]
    listed = [list(row.values()) for row in json.loads((tmp_path / "groups.json").read_bytes())]
    written = list(csv.reader(io.StringIO((tmp_path / "groups.csv").read_text("utf-8"))))
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(tmp_path / "groups.parquet")])
        assert [item[0] for item in found.description] == names == written[0]
        assert [list(row) for row in found.fetchall()] == listed
    for cells, values in zip(written[1:], listed, strict=True):
        for text, value in zip(cells, values, strict=True):
            assert (text == "") == (value is None)
            assert isinstance(value, str | None) or Decimal(text) == Decimal(str(value))
    assert listed[1][1:5] == [None] * 4
    assert listed[1][names.index("kwh_per_kg_labels")] is None


def test_no_cell_is_a_formula(tmp_path):
    """What a spreadsheet program would compute is kept as text, should a release ever name a process so."""
    (row, _) = edition().rows
    files = files_of(edition(rows=(row.model_copy(update={"process": "=1+1", "material": "@x"}),)), None)
    assert files["groups.csv"].body.decode().splitlines()[1].startswith("'=1+1,'@x,")


def test_a_demo_is_called_one(tmp_path):
    """Whoever finds the files of a demo somewhere else is told that they say nothing."""
    package = json.loads(files_of(edition(demo=True), None)["datapackage.json"].body)
    assert package["title"].startswith("DEMO")
    assert "nothing about real goods" in package["description"]
    assert "licenses" not in package
