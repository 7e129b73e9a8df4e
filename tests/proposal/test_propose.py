"""What files say is not asked, what they do not say is asked once, and where they disagree both are named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.proposal import propose
from label_service.readers import Fact, Reading, Source
from tests.proposal.samples import (
    PHOTO,
    PROFILES,
    RELEASE,
    file,
    meter,
    open_fields,
    profiles,
    proposal,
    question,
)

HOOK, METER = file("hook/hook.gcode"), file("hook/meter.json")


def test_a_sliced_file_and_a_meter_fill_what_they_say():
    """Mass and time come from the slicer, energy and day from the meter, machine and lot from the words of both."""
    found = proposal(HOOK, METER, PHOTO)
    assert (found.gross.text, found.gross.basis) == ("0.25586", "estimated")
    assert (found.energy.text, found.energy.basis) == ("0.256", "metered")
    assert found.duration.unit == "h"
    assert found.day == "2026-11-02"
    assert found.machine.id == "printer"
    assert found.lot.id == "pla"


def test_nothing_at_all_asks_everything():
    """Without files every question is open, and nothing is made up."""
    found = proposal()
    assert {"name", "quantity", "net", "machine", "lot", "day"} <= set(open_fields(found))
    assert found.gross is found.energy is found.duration is None
    assert not found.is_complete
    assert len(found.missing) == 3


def test_a_missing_photo_is_named_with_what_it_costs():
    """Without a photo of the scale nothing can be assessed, and the maker is told before submitting."""
    assert any("photo of the scale" in text for text in proposal(HOOK, METER).missing)
    assert not any("photo of the scale" in text for text in proposal(HOOK, METER, PHOTO).missing)


def test_files_of_one_kind_add_up():
    """Two plates and two meters of one batch are added, and each is named."""
    found = proposal(file("hook/hook.gcode"), meter("printer", "0.5"), meter("dryer", "0.25"))
    assert found.energy.text == "0.75"
    assert "printer.json" in found.energy.words
    assert "dryer.json" in found.energy.words
    assert found.conflicts == ()


def as_made(mass_kg: str):
    """Give the record of a printer that weighed differently from the forecast."""
    fact = Fact(quantity="filament_mass", value=mass_kg, unit="kg", basis="as_made", source=Source(key="used", line=3))
    record = Reading(kind="job-history", producer=None, importer="history", facts=(fact,))
    return PHOTO.__class__("history.json", "0b" * 32, 900, record)


def test_a_record_counts_before_a_forecast_and_both_sources_are_named():
    """What the machine recorded beats what the slicer expected; a difference names file and place of both."""
    found = proposal(HOOK, as_made("0.32"))
    assert (found.gross.text, found.gross.basis) == ("0.32", "as_made")
    (conflict,) = found.conflicts
    for part in ("history.json, used, line 3", "hook.gcode, filament used [g]", "disagrees"):
        assert part in conflict.words


def test_a_small_difference_is_no_conflict():
    """A forecast may be a tenth off without a word."""
    assert proposal(HOOK, as_made("0.27")).conflicts == ()


def test_warnings_of_readers_name_their_file():
    """What a reader found odd reaches the maker with the name of the file."""
    reading = HOOK.reading.model_copy(update={"warnings": ("look here",)})
    odd = HOOK.__class__(HOOK.name, HOOK.digest, HOOK.size_bytes, reading)
    assert proposal(odd).warnings == ("hook.gcode: look here",)


# answers


@pytest.mark.parametrize(
    ("typed", "kg"), [("253.8", "0.2538"), ("253,8", "0.2538"), (" 7 ", "0.007"), ("0,5", "0.0005")]
)
def test_decimal_comma_and_point_are_the_same(typed, kg):
    """German and English spellings of a mass mean the same."""
    found = proposal(net=typed)
    assert str(found.net_kg) == kg


@pytest.mark.parametrize("typed", ["abc", "0", "-3", "1.234,5", "1e9", "NaN", "Infinity", "63 g", "10000000"])
def test_an_impossible_mass_is_asked_again(typed):
    """A wrong mass is named at its field and never taken."""
    found = proposal(net=typed)
    assert question(found, "net").problem
    assert found.net_kg is None
    assert not found.is_complete


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "four", "1000001", "9" * 50, "²", "٣"])
def test_an_impossible_count_is_asked_again(typed):
    """Only whole numbers from 1 on count items."""
    found = proposal(quantity=typed)
    assert question(found, "quantity").problem
    assert found.quantity is None


@pytest.mark.parametrize("typed", ["2026-02-30", "20261102", "02.11.2026", "yesterday"])
def test_an_impossible_day_is_asked_again(typed):
    """A day that does not exist, or stands in another spelling, is named."""
    assert question(proposal(day=typed), "day").problem


def test_a_choice_outside_the_list_is_asked_again():
    """Nobody can answer with a machine or lot that is not in the profiles."""
    found = proposal(machine="lathe", lot="gold")
    assert question(found, "machine").problem
    assert question(found, "lot").problem
    assert found.machine is found.lot is None


# choices


def test_a_product_of_the_profiles_needs_no_name_and_narrows_machine_and_lot():
    """Choosing the box leaves one machine and one material that can make it."""
    found = proposal(product="box")
    assert found.machine.id == "laser"
    assert found.lot.id == "mdf"
    assert "name" not in {item.field for item in found.questions}


def test_a_new_product_needs_a_name_and_a_family_only_where_the_machine_leaves_a_choice():
    """A printer makes one family, a laser several."""
    assert "family" not in {item.field for item in proposal(HOOK).questions}
    laser = proposal(machine="laser")
    assert len(question(laser, "family").choices) > 1


def test_without_products_there_is_nothing_to_choose():
    """A maker without product profiles is asked for the name alone."""
    fields = {item.field for item in proposal(HOOK, known=profiles(products=[])).questions}
    assert "product" not in fields
    assert "name" in fields


def test_a_known_printer_narrows_the_machines_by_its_kind():
    """A printer that slicers call otherwise than the profiles is still no laser."""
    text = HOOK.reading.texts[0].model_copy(update={"quantity": "printer_model", "value": "MK3S"})
    other = HOOK.__class__("a.gcode", "0c" * 32, 1, HOOK.reading.model_copy(update={"texts": (text,)}))
    assert proposal(other).machine.id == "printer"


def test_several_lots_of_one_word_are_all_offered():
    """Two spools of PLA are not mixed up: the maker chooses."""
    lots = [lot.as_json() for lot in PROFILES.lots]
    second = lots[0] | {"id": "pla-2", "name": "PLA, another lot"}
    found = proposal(HOOK, known=profiles(lots=[*lots, second]))
    assert [key for key, _ in question(found, "lot").choices] == ["pla", "pla-2"]
    assert question(found, "lot").value == ""


# how much typing


def answered_by_the_maker(found, **given):
    """Count the answers a maker had to type or choose herself."""
    return sum(1 for item in found.questions if item.field in given)


def test_one_print_needs_at_most_five_answers():
    """From a sliced file, a meter reading and a photo to a declaration: three answers, known product or not."""
    for answers in (
        {"product": "hook", "quantity": "4", "net": "253,8"},
        {"name": "Hook", "quantity": "4", "net": "253,8"},
    ):
        found = proposal(HOOK, METER, PHOTO, **answers)
        assert found.is_complete, open_fields(found)
        assert answered_by_the_maker(found, **answers) == 3


def test_a_laser_cut_batch_needs_at_most_five_answers():
    """From a meter reading and a photo to a declaration of cut boxes: four answers."""
    given = {"product": "box", "quantity": "1", "net": "2900", "gross": "4000"}
    found = proposal(file("box/meter.json"), PHOTO, **given)
    assert found.is_complete, open_fields(found)
    assert answered_by_the_maker(found, **given) == 4


# whatever is typed

words = st.text(max_size=30)
fields = st.sampled_from(["product", "name", "family", "quantity", "net", "gross", "machine", "lot", "day", "other"])


@given(st.dictionaries(fields, words))
def test_whatever_is_answered_ends_in_a_proposal(answers):
    """No answer makes the desk fall over; what is wrong stays a question."""
    found = propose((HOOK, METER), PROFILES, answers, RELEASE)
    assert found.is_complete == (not open_fields(found))


@given(st.permutations([HOOK, METER, PHOTO, as_made("0.32")]))
def test_the_order_of_files_does_not_matter(files):
    """Dropping the meter first says the same as dropping it last."""
    found, usual = propose(files, PROFILES, {}, RELEASE), proposal(HOOK, METER, PHOTO, as_made("0.32"))
    assert (found.gross, found.energy, found.duration, found.questions) == (
        usual.gross,
        usual.energy,
        usual.duration,
        usual.questions,
    )
