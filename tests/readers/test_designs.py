"""Open Know-How manifests."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.readers import Reading, read

HOOK = (Path(__file__).parent / "samples" / "okh.toml").read_text()


def values(reading: Reading) -> dict[tuple[str, int | None], str]:
    """Give facts and texts by quantity and item."""
    return {(entry.quantity, entry.item): entry.value for entry in (*reading.facts, *reading.texts)}


def part(*lines: str) -> Reading:
    """Read a manifest with one part."""
    return read("\n".join(['okhv = "2.0"', 'name = "a"', 'license = "MIT"', "[[part]]", *lines]).encode())


def test_a_manifest_gives_words_and_parts() -> None:
    """Name, licence, origin, and process, material and mass of each part; no mail addresses."""
    reading = read(HOOK.encode())
    assert (reading.kind, reading.importer) == ("okh", "design-okh")
    assert reading.producer is not None
    assert (reading.producer.program, reading.producer.version) == ("Open Know-How", "2.4")
    assert values(reading) == {
        ("part_mass", 0): "0.0255",
        ("part_mass", 1): "0.16",
        ("part_count", 1): "2",
        ("design_name", None): "Wall hook",
        ("design_version", None): "1.2.0",
        ("design_licence", None): "CERN-OHL-S-2.0",
        ("design_licensor", None): "Ada Maker, Ben Smith",
        ("design_repo", None): "https://example.org/hook",
        ("design_release", None): "https://example.org/hook/releases/1.2.0",
        ("design_organization", None): "FabLab Example",
        ("part_name", 0): "Hook",
        ("part_material", 0): "PLA",
        ("part_process", 0): "3DP",
        ("part_name", 1): "Plate",
        ("part_material", 1): "plywood",
        ("part_process", 1): "CNC, COT",
        ("part_name", 2): "Screw",
        ("part_process", 2): "COT",
    }


def test_a_design_is_no_evidence() -> None:
    """Every fact has the basis `design`, and a warning says what that means."""
    reading = read(HOOK.encode())
    assert {fact.basis for fact in reading.facts} == {"design"}
    assert "not evidence" in reading.warnings[0]
    assert reading.missing == ("part_mass",)  # of the screw


@pytest.mark.parametrize(
    ("line", "mass"),
    [
        ("mass = 25.5", "0.0255"),
        ("mass-g = 25", "0.025"),
        ("mass-kg = 0.16", "0.16"),
        ("massG = 25", "0.025"),
        ('mass = { value = 30, unit = "g" }', "0.03"),
        ('[[part.mass]]\nvalue = 30\nunit = "g"', "0.03"),
        ("mass = 0", None),
        ("mass = 0.1e-9", None),
    ],
)
def test_every_dialect_of_mass(line: str, mass: str | None) -> None:
    """Grams as a number, with the unit in the key, or beside it; zero is a placeholder."""
    assert values(part(line)).get(("part_mass", 0)) == mass


@pytest.mark.parametrize(
    "line",
    [
        'mass = "30 g"',
        "mass = -5",
        "mass = true",
        "mass = nan",
        "mass = 1e400",
        'mass = { value = 3, unit = "m" }',
        "mass-kg = 2e6",
    ],
)
def test_a_mass_that_is_none_is_said(line: str) -> None:
    """Words, negative numbers and other units are no mass."""
    reading = part(line)
    assert ("part_mass", 0) not in values(reading)
    assert "part_mass" in reading.missing
    assert any("expected the mass of part 1" in warning for warning in reading.warnings)


@pytest.mark.parametrize("version", ['"OKH-LOSHv1.0"', '"2.0"', '"2.4"', "2"])
def test_every_version_is_read(version: str) -> None:
    """The version is noted and never looked up in a list."""
    reading = read(f"# comment\n\nokhv = {version}\nname = 'x'\ntsdc-id = '3DP'\n".encode())
    assert values(reading) == {("design_name", None): "x"}
    assert {"design_licence", "part_mass"} <= set(reading.missing)


def test_mail_addresses_stay_out() -> None:
    """A licensor is named, not written to."""
    reading = read(b'okhv = "2.0"\nlicensor = "Ada Maker <ada@example.org>"\n')
    assert values(reading)["design_licensor", None] == "Ada Maker"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('okhv = "1"\nname = "a"\nname = "b"\n', "not TOML"),
        ('okhv = "1"\nname = "a\n', "not TOML"),
        ('okhv = "1"\n' + "[[part]]\nname = 'x'\n" * 1001, "at most 1000 parts"),
        ('okhv = "1"\n' + "#" * 300_000, "at most"),
        ('okhv = "1"\n' + "a." * 1000 + "b = 1", "short keys"),
        ('okhv = "1"\na = ' + "[" * 5000, "not TOML"),
        ('okhv = "1"\na = ' + "9" * 5000, "not TOML"),
    ],
)
def test_manifests_that_are_none_are_refused(data: str, message: str) -> None:
    """Doubled keys, open quotes, depth and length are named."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        read(data.encode())
    assert caught.value.hint


TOML = st.text(alphabet="[]part.mass=value\"unit{},0123456789e-_ \n#'", max_size=80)


@given(TOML)
def test_any_manifest_ends_in_facts_or_a_named_error(text: str) -> None:
    """Nonsense behind the mark leads to no traceback and no zero."""
    try:
        reading = read(f'okhv = "2.0"\n{text}'.encode())
    except UnreadableFile as error:
        assert error.hint  # noqa: PT017 - either outcome is right
    else:
        assert all(fact.value != "0" for fact in reading.facts)
