"""A complete proposal becomes a declaration whose amounts name the files behind them."""

import pytest

from label_service.assessment import assess
from label_service.declaration import Declaration
from label_service.errors import InvalidDocument, LabelServiceError, MissingInput, UnreadableFile
from label_service.examples import FOLDER
from label_service.inventory.build import build_inventory
from label_service.proposal import declare, open_source
from tests.proposal.samples import PHOTO, PROFILES, RELEASE, file, profiles, proposal

HOOK, METER = file("hook/hook.gcode"), file("hook/meter.json")
SALT = "5a" * 16
PRINT = {"product": "hook", "quantity": "4", "net": "253,8"}
CUT = {"product": "box", "quantity": "1", "net": "2900", "gross": "4000"}


def made(*files, known=PROFILES, **answers):
    """Declare what files and answers say."""
    return declare(proposal(*files, known=known, **answers), known, RELEASE, salt=SALT)


def test_every_amount_names_the_file_it_came_from():
    """Energy rests on the meter file, material and time on the sliced file, the weighed mass on the photo."""
    found = made(HOOK, METER, PHOTO, **PRINT)
    (material,), (step,) = found.materials, found.steps
    assert step.energy.evidence == (METER.digest,)
    assert material.gross.evidence == step.duration.evidence == (HOOK.digest,)
    assert (material.net.basis, material.net.evidence) == ("weighed", (PHOTO.digest,))
    listed = {item.digest: item for item in found.evidence}
    assert listed[HOOK.digest].importer == HOOK.reading.importer
    assert listed[PHOTO.digest].kind == "photo"


def test_profiles_add_what_no_file_says():
    """Supplier's figure, legs, packaging, lot and sku come from the profiles with their evidence."""
    found = made(HOOK, METER, PHOTO, **PRINT)
    assert found.materials[0].bought_in[0].energy_per_mass.value == "0.25"
    assert found.materials[0].lot == "PLA-2026-31"
    assert found.packaging[0].mass.value == "0.012"  # 3 g for each of four
    assert found.inbound == PROFILES.inbound
    assert found.product.sku == "HOOK-4"


def test_the_declaration_can_be_assessed():
    """From dropped files to score and letter without another step."""
    found = made(HOOK, METER, PHOTO, **PRINT)
    assert Declaration.from_bytes(found.to_bytes()) == found
    assert assess(build_inventory(found, RELEASE, RELEASE.digest), RELEASE).score


def test_a_laser_cut_batch_can_be_assessed():
    """A box from the profiles, a meter and a photo: graded against its market reference."""
    found = made(file("box/meter.json"), PHOTO, **CUT)
    assert found.product.category == "storage_box_dry"
    assert assess(build_inventory(found, RELEASE, RELEASE.digest), RELEASE).graded_against == "ref_crate_wood"


def test_without_a_photo_the_mass_is_a_claim():
    """A typed mass without anything to show is asserted, and the calculation refuses it by name."""
    found = made(HOOK, METER, **PRINT)
    assert (found.materials[0].net.basis, found.materials[0].net.evidence) == ("asserted", ())
    with pytest.raises(MissingInput, match="net mass"):
        build_inventory(found, RELEASE, RELEASE.digest)


@pytest.mark.parametrize("left_out", PRINT)
def test_an_open_question_is_named(left_out):
    """A declaration with a hole is never made; the question is said again."""
    answers = {name: value for name, value in PRINT.items() if name != left_out}
    with pytest.raises(MissingInput) as caught:
        made(HOOK, METER, PHOTO, **answers)
    assert caught.value.where


def test_a_wrong_answer_is_named():
    """An answer with a problem is no answer."""
    with pytest.raises(MissingInput, match="above 0 g"):
        made(HOOK, METER, PHOTO, **PRINT | {"net": "0"})


def test_a_machine_of_no_family_is_named():
    """A process that no family knows ends in a sentence, not in a traceback."""
    machines = [PROFILES.machines[0].as_json() | {"process": "injection_moulding"}]
    with pytest.raises(LabelServiceError):
        made(HOOK, METER, PHOTO, known=profiles(machines=machines), name="Hook", quantity="1", net="9")


def test_a_name_that_breaks_the_format_is_an_error_of_the_document():
    """Control characters in a typed name are refused with their place."""
    with pytest.raises(InvalidDocument) as caught:
        made(HOOK, METER, PHOTO, name="Ho\x07ok", quantity="4", net="9")
    assert caught.value.where == "/product/name"


def test_the_same_batch_under_the_same_salt_is_the_same_declaration():
    """Sending the form twice is one declaration."""
    first, second = (made(HOOK, METER, PHOTO, **PRINT) for _ in range(2))
    assert first.digest == second.digest


# opening files


def test_pictures_and_papers_are_taken_unread(tmp_path):
    """A photo of the scale and a delivery note as PDF are evidence without facts."""
    for name, start in (("scale.jpg", b"\xff\xd8\xff\xe0"), ("note.pdf", b"%PDF-1.7")):
        (tmp_path / name).write_bytes(start + bytes(20))
        assert open_source(tmp_path / name).reading is None
    assert open_source(tmp_path / "scale.jpg").kind == "photo"


def test_a_sliced_file_is_read(tmp_path):
    """What readers know is read, with the digest of the whole file."""
    assert open_source(FOLDER / "hook" / "hook.gcode") == HOOK


def test_anything_else_is_refused_unless_it_is_named_as_a_paper(tmp_path):
    """A file that says nothing is not taken for a proof by accident."""
    note = tmp_path / "scale.txt"
    note.write_text("hooks 0.2538 kg")
    with pytest.raises(UnreadableFile):
        open_source(note)
    assert open_source(note, is_paper=True).reading is None
    for is_paper in (False, True):
        with pytest.raises(UnreadableFile):
            open_source(tmp_path / "missing", is_paper=is_paper)
        with pytest.raises(UnreadableFile):
            open_source(tmp_path, is_paper=is_paper)
