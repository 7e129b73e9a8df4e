"""A row becomes a declaration: proven where it names a file, asserted where not, and the same every time."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service.catalogue import Files, row_salt, source_file
from label_service.declaration import Declaration
from tests.catalogue.samples import (
    BOX_METER,
    BOX_ROW,
    EVIDENCE,
    HOOK,
    HOOK_ROW,
    KEY,
    METER,
    checked,
    declared,
    in_memory,
)
from tests.proposal.samples import PHOTO, PROFILES, meter, profiles


def one(row, **options):
    """Give the declaration of a row."""
    (outcome,) = declared(row, **options)
    assert outcome.error is None, outcome.error
    return outcome.declaration


def refused(row, **options):
    """Give column, code and message of a row that is no declaration."""
    (outcome,) = checked(row, **options)
    assert outcome.declaration is None
    assert outcome.error.detail
    return outcome.error.column, outcome.error.code, f"{outcome.error.detail} {outcome.error.hint}"


# what proves what


def test_files_prove_what_they_can_show():
    """The photo proves masses, the meter file electricity, the sliced file machine time."""
    found = one(HOOK_ROW)
    (material,), (step,) = found.materials, found.steps
    assert (material.net.value, material.net.basis, material.net.evidence) == ("0.2538", "weighed", (PHOTO.digest,))
    assert (material.gross.value, material.gross.basis) == ("0.263", "weighed")
    assert (step.energy.value, step.energy.basis, step.energy.evidence) == ("0.256", "metered", (METER.digest,))
    assert (step.duration.basis, step.duration.evidence) == ("estimated", (HOOK.digest,))
    assert {item.digest for item in found.evidence} >= {HOOK.digest, METER.digest, PHOTO.digest}


def test_without_a_file_every_amount_is_a_word():
    """A number in a sheet proves nothing: it is asserted, whatever it is."""
    row = {name: text for name, text in HOOK_ROW.items() if name != "evidence"}
    found = one(
        row
        | {
            "machine": "printer",
            "energy_kwh": "0.2",
            "duration_h": "2",
            "packaging_material": "ldpe",
            "packaging_g": "5",
        }
    )
    (material,), (step,) = found.materials, found.steps
    entries = [material.net, material.gross, step.energy, step.duration, found.packaging[0].mass]
    assert {(entry.basis, entry.evidence) for entry in entries} == {("asserted", ())}


def test_a_meter_proves_no_mass_and_a_photo_no_electricity():
    """Naming any file does not make every number true."""
    photo_only = one(HOOK_ROW | {"evidence": "scale.jpg", "machine": "printer", "energy_kwh": "0.2"})
    assert photo_only.steps[0].energy.basis == "asserted"
    meter_only = one(HOOK_ROW | {"evidence": "meter.json", "machine": "printer"})
    assert meter_only.materials[0].net.basis == "asserted"


def test_a_file_is_found_by_its_digest_as_well():
    """The SHA-256 of a file is as good as its name."""
    named, digested = one(HOOK_ROW), one(HOOK_ROW | {"evidence": f"{HOOK.digest};{METER.digest}; {PHOTO.digest}"})
    assert named == digested


def test_evidence_of_the_profiles_can_be_named():
    """A paper that the profiles list needs no file again, and counts by its kind."""
    paper = next(item for item in PROFILES.evidence if item.name == "delivery.json")
    for word in (paper.name, paper.digest):
        found = one(HOOK_ROW | {"evidence": word, "machine": "printer"}, files=Files([], {}))
        assert (found.materials[0].net.basis, found.materials[0].net.evidence) == ("weighed", (paper.digest,))


def test_a_name_that_means_two_papers_is_named():
    """The profiles list two scale protocols of one name: neither is guessed."""
    column, code, words = refused(HOOK_ROW | {"evidence": "scale.json", "machine": "printer"}, files=Files([], {}))
    assert (column, code) == ("evidence", "conflict")
    assert "SHA-256" in words


def test_the_folder_of_a_sku_holds_its_evidence():
    """A folder named as the product saves typing names of files."""
    files = Files([], {"HOOK-4": [HOOK, METER, PHOTO]})
    row = {name: text for name, text in HOOK_ROW.items() if name != "evidence"}
    assert one(row, files=files) == one(HOOK_ROW)


def test_an_unknown_file_is_named():
    """A row that names a file nobody gave is no declaration."""
    column, code, words = refused(HOOK_ROW | {"evidence": "scale.jpg|nothing.jpg"})
    assert (column, code) == ("evidence", "not-found")
    assert "nothing.jpg" in words


def test_too_many_files_are_named():
    """An amount has at most twenty proofs."""
    files = [in_memory(f"{number}.pdf", f"{number:064x}") for number in range(21)]
    names = "|".join(file.name for file in files)
    assert refused(HOOK_ROW | {"evidence": names}, files=Files(files, {}))[:2] == ("evidence", "conflict")


# meters shared by rows


def hook(sku, kwh=""):
    """Give a row that takes some of the one meter file."""
    row = HOOK_ROW | {"sku": sku, "evidence": "meter.json|scale.jpg", "machine": "printer"}
    return row | {"energy_kwh": kwh}


def test_a_meter_is_shared_out_over_rows():
    """A share of what a meter counted is derived from it; the whole is metered."""
    whole = one(hook("A"))
    share = declared(hook("A", "0.156"), hook("B", "0.1"))
    assert whole.steps[0].energy.basis == "metered"
    assert [item.declaration.steps[0].energy.basis for item in share] == ["derived", "derived"]
    assert {item.declaration.steps[0].energy.evidence for item in share} == {(METER.digest,)}


@pytest.mark.parametrize("rows", [(hook("A"), hook("B")), (hook("A", "0.2"), hook("B", "0.1")), (hook("A", "0.3"),)])
def test_rows_never_use_more_than_a_meter_counted(rows):
    """The kWh of all rows of a meter file are at most what it shows; the row that goes beyond names both."""
    *fine, beyond = declared(*rows)
    assert all(item.error is None for item in fine)
    assert (beyond.error.column, beyond.error.code) == ("kwh", "conflict")
    assert "meter.json counted 0.256 kWh" in beyond.error.detail


def test_a_row_that_fails_takes_nothing_from_the_meter():
    """An error in one row does not cost another its electricity."""
    first, second = declared(hook("A") | {"machine": "lathe"}, hook("B"))
    assert first.error
    assert second.error is None


@given(st.lists(st.integers(1, 100), min_size=1, max_size=8))
def test_shares_of_two_meters_add_up_to_them(parts):
    """Printer and dryer together: however the rows share them out, no meter gives more than it counted."""
    files = Files([PHOTO, meter("printer", "0.5"), meter("dryer", "0.25")], {})
    total = sum(parts)
    shares = [f"{0.75 * part / total:.9f}" for part in parts]
    rows = [
        hook(f"A{number}", kwh) | {"evidence": "printer.json|dryer.json|scale.jpg"} for number, kwh in enumerate(shares)
    ]
    assert all(item.error is None for item in declared(*rows, files=files))
    (more,) = declared(*rows, hook("more", "0.01") | {"evidence": "dryer.json|scale.jpg"}, files=files)[-1:]
    assert more.error.column == "kwh"


# what the profiles add


def test_a_row_of_a_known_product_needs_next_to_nothing():
    """Sku, mass and files: everything else follows from profiles and files."""
    found = one({"sku": "HOOK-4", "net_g": "253.8", "evidence": "hook.gcode|meter.json|scale.jpg"})
    assert found.product.name == "Wall hook (DEMO)"
    assert found.machines[0].id == "printer"
    assert found.materials[0].lot == "PLA-2026-31"
    assert found.materials[0].gross.basis == "estimated"  # the sliced file says what was taken
    assert found.made.first == "2026-11-02"  # so does the meter file
    assert found.quantity == 1
    assert found.inbound == PROFILES.inbound


def test_packaging_of_a_product_is_for_all_items():
    """3 g of board for one hook are 12 g for four."""
    assert one(HOOK_ROW).packaging[0].mass.value == "0.012"


def test_category_and_function_come_from_the_product_or_the_row():
    """A row may say how much of the category's function it gives."""
    assert one(BOX_ROW).product.function.value == "45"
    row = BOX_ROW | {"sku": "NEW", "name": "Box", "machine": "laser", "family": "laser_cut_wood_panel"}
    found = one(row | {"category": "storage_box_dry", "function": "24"})
    assert (found.product.function.value, found.product.function.unit, found.product.function.basis) == (
        "24",
        "L",
        "derived",
    )


def test_several_lines_of_material():
    """Further rows of a product become lines of its bill of materials, each with its own lot."""
    (outcome,) = declared(
        BOX_ROW
        | {"sku": "LAMP", "name": "Lamp", "machine": "laser", "family": "laser_cut_wood_panel", "material": "MDF"},
        {"sku": "LAMP", "material": "steel-wire", "role": "bought part", "net_g": "30"},
    )
    first, second = outcome.declaration.materials
    assert (first.id, first.material, first.role) == ("line1", "mdf", "made")
    assert (second.id, second.material, second.role, second.net.value) == ("line2", "steel-wire", "bought_part", "0.03")
    assert outcome.declaration.steps[0].materials == ("line1",)


SHEETS = {
    "an unknown machine": ({"machine": "lathe"}, "machine", "not-found"),
    "a process without a machine": ({"process": "waterjet_abrasive"}, "process", "not-found"),
    "an unknown family": ({"family": "magic"}, "family", "not-found"),
    "an unknown material": ({"material": "unobtainium"}, "material", "not-found"),
    "an unknown lot": ({"lot": "L-0"}, "lot", "not-found"),
    "an unknown category": ({"category": "spoons", "function": "1"}, "category", "not-found"),
    "a function without a category": ({"function": "1"}, "category", "not-found"),
    "a category without a function": ({"category": "storage_box_dry"}, "", "invalid-document"),
    "half a packaging": ({"packaging_g": "3"}, "packaging_material", "missing-input"),
    "the other half": ({"packaging_material": "ldpe"}, "packaging", "missing-input"),
    "an unknown packaging": ({"packaging_material": "gold", "packaging_g": "3"}, "", "missing-factor"),
    "no mass": ({"net_g": ""}, "net", "missing-input"),
    "a consumable without a mass": (
        {
            "role": "consumable",
            "net_g": "",
            "gross_g": "",
            "material": "pla",
            "evidence": "scale.jpg",
            "machine": "printer",
        },
        "gross",
        "missing-input",
    ),
    "an unknown role": ({"role": "glued"}, "role", "invalid-document"),
    "more net than gross": ({"gross_g": "200"}, "", "implausible"),
    "more energy than any printer takes": (
        {"energy_kwh": "3000", "evidence": "scale.jpg", "machine": "printer"},
        "kwh",
        "implausible",
    ),
    "no day": ({"made": "", "evidence": "scale.jpg", "machine": "printer"}, "made", "missing-input"),
    "making ends before it begins": ({"made_until": "2026-11-01"}, "made", "invalid-document"),
    "no evidence of the mass": ({"evidence": "meter.json", "machine": "printer"}, "net", "missing-input"),
}


@pytest.mark.parametrize("case", SHEETS)
def test_what_is_wrong_is_named_with_its_column(case):
    """Every row that is no declaration says column, code, what was expected and what to do."""
    change, column, code = SHEETS[case]
    row = {name: text for name, text in (HOOK_ROW | {"sku": "NEW"} | change).items() if text}
    found = refused(row)
    assert found[:2] == (column, code), found


def test_the_wrong_line_is_named():
    """An error in the second material of a product names the row it stands in."""
    lamp = BOX_ROW | {
        "sku": "LAMP",
        "name": "Lamp",
        "machine": "laser",
        "family": "laser_cut_wood_panel",
        "material": "mdf",
    }
    (outcome,) = checked(lamp, {"sku": "LAMP", "material": "mdf", "net_g": "5", "gross_g": "1"})
    assert outcome.error.number == 3
    (outcome,) = checked(lamp, {"sku": "LAMP", "material": "mdf", "role": "consumable", "net_g": "5"})
    assert (outcome.error.number, outcome.error.column) == (3, "gross")


def test_several_machines_that_fit_are_listed():
    """A row that could mean two machines asks which."""
    words = refused({"sku": "NEW", "name": "Thing", "made": "2026-11-02", "net_g": "5", "evidence": "scale.jpg"})
    assert words[:2] == ("machine", "missing-input")
    assert "printer, laser, mill" in words[2]


def test_two_lots_of_a_material_are_listed():
    """A row that says PLA only, where two spools are known, asks which."""
    lots = [lot.as_json() for lot in PROFILES.lots]
    known = profiles(lots=[*lots, lots[0] | {"id": "pla-2", "name": "PLA, another lot"}])
    column, code, words = refused(HOOK_ROW | {"sku": "NEW", "material": "PLA"}, profiles=known)
    assert (column, code) == ("lot", "missing-input")
    assert "pla, pla-2" in words
    assert one(HOOK_ROW | {"lot": "pla-2"}, profiles=known).materials[0].material == "pla"


# warnings


def test_a_scale_that_disagrees_with_the_slicer_is_said():
    """Both are named, and what was weighed counts."""
    (outcome,) = declared(HOOK_ROW | {"gross_g": "400"})
    (warning,) = outcome.warnings
    assert "0.4 kg" in warning
    assert "hook.gcode" in warning


def test_an_item_heavier_than_the_shop_sends_is_said():
    """A mass above the shipping weight is probably for several items."""
    (outcome,) = declared(HOOK_ROW | {"shop_weight_g": "50"})
    assert any("heavier" in text for text in outcome.warnings)


# the same row is the same declaration


def test_the_same_row_is_the_same_declaration_whatever_stands_around_it():
    """Sending a catalogue again, sorted otherwise or longer, changes no declaration."""
    first = {item.row.sku: item.declaration.digest for item in declared(HOOK_ROW, BOX_ROW)}
    again = {
        item.row.sku: item.declaration.digest
        for item in declared(
            BOX_ROW
            | {"sku": "OTHER", "name": "x", "machine": "laser", "family": "laser_cut_wood_panel", "energy_kwh": "0.1"},
            HOOK_ROW,
        )
    }
    assert again["HOOK-4"] == first["HOOK-4"]


@pytest.mark.parametrize("change", [{"net_g": "253.9"}, {"sku": "HOOK-5", "name": "Wall hook"}, {"made": "2026-11-03"}])
def test_a_changed_row_is_another_declaration_under_another_salt(change):
    """No two contents share a salt."""
    usual, other = one(HOOK_ROW), one(HOOK_ROW | change)
    assert usual.salt != other.salt
    assert usual.digest != other.digest


def test_the_salt_needs_the_key():
    """Whoever guesses the content of a declaration cannot compute its salt, so cannot confirm the guess."""
    usual, other = one(HOOK_ROW), one(HOOK_ROW, key=b"another key")
    assert usual.salt != other.salt
    content = usual.model_copy(update={"salt": "0" * 32})
    assert usual.salt == row_salt(KEY, "https://fablab.example", "HOOK-4", content.digest)


def test_declarations_of_rows_read_back():
    """What a row becomes is a document like any other."""
    for outcome in declared(HOOK_ROW, BOX_ROW):
        assert Declaration.from_bytes(outcome.declaration.to_bytes()) == outcome.declaration
        assert json.loads(outcome.declaration.to_bytes())["salt"] == outcome.declaration.salt


# whatever stands in the rows

texts = st.text(st.sampled_from("abcPLA 0159.,;|-='é/"), max_size=8)
known = st.sampled_from(
    ["printer", "laser", "pla", "mdf", "fdm", "made", "bought_part", "scale.jpg", "meter.json", "45", "2026-11-02"]
)
CHANGEABLE = [
    "name", "made", "made_until", "quantity", "machine", "process", "family", "energy_kwh", "duration_h", "material",
    "lot", "role", "net_g", "gross_g", "category", "function", "packaging_material", "packaging_g", "evidence",
]  # fmt: skip


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(CHANGEABLE), texts | known, max_size=5))
def test_every_row_ends_in_an_assessment_or_a_named_error(change):
    """Whatever cells hold, a row is assessed or says why not; nothing else happens."""
    from label_service.catalogue import dry_run, read_catalogue
    from tests.catalogue.samples import sheet
    from tests.proposal.samples import RELEASE

    found = read_catalogue(sheet(HOOK_ROW | change))
    for outcome in dry_run(found.rows, PROFILES, RELEASE, files=EVIDENCE):
        assert (outcome.assessment is None) == (outcome.error is not None)
    assert len(found.rows) + len(found.errors) > 0
    assert BOX_METER.reading


def test_a_file_that_needs_an_answer_is_named_and_proves_nothing():
    """A meter's table without its unit is no paper that shows a mass; the row says what the file leaves open."""
    table = source_file("meter.csv", b"at,value\n2026-11-02T08:00:00Z,1\n2026-11-02T09:00:00Z,2\n")
    files = Files([HOOK, table], {})
    column, code, words = refused(HOOK_ROW | {"evidence": "hook.gcode; meter.csv"}, files=files)
    assert (column, code) == ("evidence", "unreadable-file")
    assert "meter.csv leaves open: In which unit does it count?" in words
