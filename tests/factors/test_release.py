import hashlib
import json
import random
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

import label_service.factors
from label_service.errors import InvalidDocument, MissingFactor, NotFound, UnsupportedVersion
from label_service.factors import (
    ProvenRows,
    RecordingRelease,
    find_release,
    load_folder,
    load_release,
    versions,
)
from tests.test_merkle import recursive_root

FOLDER = Path(label_service.factors.__file__).parent / "releases"
PAGE = Path(__file__).parents[2] / "docs" / "formats" / "release.md"
# Published releases: a digest here never changes; a new release adds a line.
PUBLISHED = {"2026.11.0": ("001306d3bae2a83e58161632e1b8ec9d4d5355b48b9e6684de4ac35a5963e896", 1080)}
NUMBER = re.compile(r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{0,11}[1-9])?$")
NUMBER_COLUMNS = re.compile(
    r"^(year|gco2e_per_kwh|(min_|max_)?kgco2e_per_.*|.*gsd|gsd_recommended|.*_(min|typ|max)|.*_kg|.*_mj_per_kg|.*_m3_per_kg"
    r"|adpe_.*|.*_share|mass_kg|part|last_.*|weighed_samples|function_quantity|service_life|lifetime_h)$"
)


@pytest.fixture(scope="module")
def release():
    """Give the newest release."""
    return load_release()


def all_rows(release):
    """Give the rows as published."""
    return [json.loads(line) for line in release.lines().splitlines()]


def copy_of(release, tmp_path):
    """Give a folder with the tables that may be damaged."""
    return Path(shutil.copytree(FOLDER / release.version, tmp_path / "copy"))


@pytest.mark.parametrize("version", versions())
def test_published_releases_are_immutable(version):
    """An old label is recomputed with exactly the numbers it was made with."""
    assert (load_release(version).digest, load_release(version).size) == PUBLISHED[version]


def test_newest_release_is_the_default(release):
    """Whoever names no version gets the newest one, and every version is found by its digest again."""
    assert release is load_release(versions()[-1])
    assert find_release(release.digest) is release


def test_root_is_reproduced_without_our_code(release):
    """A stranger with the published rows, a JSON parser and SHA-256 gets the same digest."""
    lines = release.lines().splitlines()
    for line in lines:
        spelled = json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert spelled.encode() == line
    ids = [(row["table"].encode(), row["key"].encode()) for row in all_rows(release)]
    assert ids == sorted(set(ids))
    leaves = [hashlib.sha256(b"\x00" + line).digest() for line in lines]
    assert recursive_root(leaves).hex() == release.digest


def test_every_row_proves(release):
    """Each row can be carried by a bundle and proven against digest and size alone."""
    proofs = [release.proof(row["table"], row["key"]) for row in all_rows(release)]
    proven = ProvenRows(release.digest, release.size, proofs)
    for row in all_rows(release):
        assert proven.row(row["table"], row["key"]) == row


def test_row_bytes_are_the_published_line(release):
    """What a leaf hashes is the line that was published."""
    lines = release.lines().splitlines()
    for index in range(0, release.size, 97):
        row = json.loads(lines[index])
        assert release.row_bytes(row["table"], row["key"]) == lines[index]


def test_header_is_the_shipped_file(release):
    """The header that the service publishes is the file of the package, byte for byte, and the page shows its root."""
    shipped = (FOLDER / release.version / "release.json").read_bytes()
    assert json.dumps(release.header(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == shipped
    assert release.digest in PAGE.read_text(encoding="utf-8")


def test_any_altered_cell_is_noticed(release, tmp_path):
    """Changing one cell of any table makes loading fail."""
    folder = copy_of(release, tmp_path)
    for file in sorted(folder.glob("*.csv")):
        original = file.read_bytes()
        cells = list(re.finditer(rb"(?<=[,\n])[A-Za-z0-9._-]+(?=[,\n])", original))
        for cell in random.Random(file.name).sample(cells, 4):
            file.write_bytes(original[: cell.start()] + b"9" + original[cell.start() :])
            with pytest.raises(InvalidDocument):
                load_folder(folder)
        file.write_bytes(original)
    assert load_folder(folder).digest == release.digest


def test_a_missing_or_further_line_is_noticed(release, tmp_path):
    """Removing a line or a whole table makes loading fail."""
    folder = copy_of(release, tmp_path)
    file = folder / "transport.csv"
    text = file.read_bytes()
    file.write_bytes(text[: text[:-1].rindex(b"\n") + 1])
    with pytest.raises(InvalidDocument, match=r"rows with the root"):
        load_folder(folder)
    file.unlink()
    with pytest.raises(InvalidDocument):
        load_folder(folder)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"root": "0" * 64}, InvalidDocument),
        ({"size": 3}, InvalidDocument),
        ({"more": "x"}, InvalidDocument),
        ({"licences": "own"}, InvalidDocument),
        ({"version": "2"}, UnsupportedVersion),
    ],
)
def test_header_is_read_strictly(release, tmp_path, change, error):
    """A header that says something else than the tables is refused."""
    folder = copy_of(release, tmp_path)
    header = json.dumps(release.header() | change, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    (folder / "release.json").write_text(header, encoding="utf-8")
    with pytest.raises(error):
        load_folder(folder)


def test_a_folder_without_header_is_refused(tmp_path):
    """Mounting the wrong folder says what was expected."""
    with pytest.raises(InvalidDocument, match=r"release\.json"):
        load_folder(tmp_path)


@pytest.mark.parametrize("version", ["2019.1.0", "../releases/2026.11.0", ""])
def test_unknown_versions_are_not_found(version):
    """A version comes from the list of this package, never from a path."""
    with pytest.raises(NotFound):
        load_release(version)
    with pytest.raises(NotFound):
        find_release("0" * 64)


def test_a_missing_row_is_named_with_its_neighbours_in_spelling(release):
    """Whoever mistypes a material learns what there is."""
    with pytest.raises(MissingFactor) as error:
        release.row("materials", "petgg")
    assert "'petgg'" in error.value.detail
    assert "materials" in error.value.detail
    assert "petg" in error.value.hint
    with pytest.raises(MissingFactor) as error:
        release.row("material", "pla")
    assert "materials" in error.value.hint
    with pytest.raises(MissingFactor) as error:
        release.row("materials", "zzzzzz")
    assert "103 rows" in error.value.hint


def test_recording_names_what_was_used(release):
    """A bundle carries the rows that were asked for, in order, and nothing else."""
    recording = RecordingRelease(release)
    recording.row("transport", "hgv-average")
    recording.row("materials", "pla")
    recording.row("materials", "pla")
    assert recording.has("materials", "abs")
    assert recording.used == (("materials", "abs"), ("materials", "pla"), ("transport", "hgv-average"))
    assert [entry.id for entry in recording.proven()] == list(recording.used)


def test_nothing_unconfirmed_is_shipped(release):
    """The package holds only what may be passed on."""
    for row in all_rows(release):
        assert row.get("redistribution", "open") in {"open", "cite"} or row["table"] == "sources", row["key"]
        taken = {row.get(column) for column in ("source_id", "recycled_source_id", "ced_source_id")}
        sources = (release.row("sources", name) for name in taken if name and release.has("sources", name))
        if row["table"] in {"materials", "electricity", "transport", "end_of_life"}:
            assert all(source["redistribution"] != "confirm" for source in sources), row["key"]


def test_every_source_resolves(release):
    """Every number leads to a source with title, publisher, year and licence, and factors to the place in it."""
    for row in all_rows(release):
        if row["table"] in {"sources", "process_sources", "basis_gsd"}:
            continue
        is_factor = row["table"] in {"materials", "electricity", "transport", "end_of_life"}
        columns = (
            "source_id",
            "recycled_source_id",
            "ced_source_id",
            "market_share_source_id",
            "alt_source_ids",
        )
        names = ";".join(row[column] for column in columns if column in row)
        assert row["source_id"]
        for name in names.split(";"):
            release.row("sources" if is_factor else "process_sources", re.sub(r" \(.*\)", "", name))
        if is_factor and "years" not in row:
            assert row["source_locator"], row["key"]
        assert all(year["source_locator"] and year["vintage"] for year in row.get("years", ()))
    for key in release.keys("sources"):
        assert {"title", "publisher", "year", "licence", "url", "how_obtained"} <= set(release.row("sources", key))


def test_every_open_source_has_its_attribution(release):
    """The lines that the licences require go with the release."""
    named = [source for licence in release.licences for source in licence["sources"]]
    assert len(named) == len(set(named))
    may_ship = {key for key in release.keys("sources") if release.row("sources", key)["redistribution"] != "confirm"}
    assert may_ship <= set(named) <= {*may_ship, *release.keys("process_sources")}
    for licence in release.licences:
        texts = [release.row("sources", name)["licence"] for name in licence["sources"] if release.has("sources", name)]
        assert licence["licence"] == "cited" or all(text.startswith(licence["licence"]) for text in texts)
    assert any("Open Government Licence v3.0" in licence["attribution"] for licence in release.licences)
    assert any(
        "Ember" in licence["attribution"] and "CC BY 4.0" in licence["attribution"] for licence in release.licences
    )


def test_every_number_has_one_spelling(release):
    """Numbers are exact decimals without exponent or trailing zeros, so figures do not depend on who parses them."""
    checked = 0
    for row in all_rows(release):
        cells = [
            *row.items(),
            *(cell for sub in (*row.get("years", ()), *row.get("parts", ())) for cell in sub.items()),
        ]
        for column, cell in cells:
            if NUMBER_COLUMNS.match(column) and row["table"] != "sources":
                assert NUMBER.match(cell), (row["table"], row["key"], column, cell)
                assert Decimal(cell).is_finite()
                checked += 1
    assert checked > 3500


def test_factors_are_positive_and_know_their_uncertainty(release):
    """A factor that is scored has a GSD of at least 1 with a stated basis and is never below zero."""
    for row in all_rows(release):
        if row["table"] == "end_of_life" and row["credit_included"] == "yes":
            continue
        if row["table"] in {"electricity", "transport", "end_of_life"}:
            assert Decimal(row["gsd"]) >= 1
            assert row["gsd_basis"]
        values = [cell for sub in (row, *row.get("years", ())) for name, cell in sub.items() if "co2e_per_" in name]
        assert all(Decimal(value) >= 0 for value in values), row["key"]
        if row["table"] == "materials":
            assert Decimal(row["gsd_recommended"]) >= Decimal(row["gsd"]) >= 1
            assert row["includes_forming"] in {"none", "semi", "final"}
            assert row["includes_end_of_life"] in {"yes", "no"}


def test_every_process_says_what_may_be_assumed(release):
    """For energy, power and scrap of each process there is a fixed value, or a statement that the input is required."""
    for process in release.keys("processes"):
        for quantity in ("kwh_per_kg", "power_active_w", "scrap_fraction"):
            row = release.row("defaults", f"process/{process}/{quantity}")
            assert (row["status"] == "default") == ("value" in row)


def test_defaults_are_never_more_favourable_than_the_tables(release):
    """Not measuring never pays: a default is at least the largest tabulated value of its process."""
    for process in release.keys("processes"):
        tabulated = release.row("processes", process)
        for quantity in ("kwh_per_kg", "power_active_w", "scrap_fraction"):
            default = release.row("defaults", f"process/{process}/{quantity}").get("value")
            known = [
                Decimal(tabulated[f"{quantity}_{end}"]) for end in ("typ", "max") if f"{quantity}_{end}" in tabulated
            ]
            if default is not None and known:
                assert Decimal(default) >= max(known), (process, quantity)


def test_bounds_say_unit_and_consequence(release):
    """Every plausibility bound with a limit has a unit, says what follows, and is about a known process."""
    for key in release.keys("bounds"):
        row = release.row("bounds", key)
        assert row["process_id"] == "*" or release.has("processes", row["process_id"])
        assert row["basis"]
        assert row["unit"]
        if {"hard_min", "hard_max"} & set(row):
            assert row["on_hard_violation"] == "reject"
        if {"soft_min", "soft_max"} & set(row):
            assert row["on_soft_violation"] == "evidence"


def test_loading_is_the_same_each_time(release):
    """A release read twice is one release, byte for byte."""
    again = load_folder(FOLDER / release.version)
    assert again == release
    assert again.lines() == release.lines()
