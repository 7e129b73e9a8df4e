"""Profiles on pages: asked once, added, changed, removed and undone with plain forms; nothing typed is lost."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from label_service.declaration import Machine, Site
from label_service.declaration.profiles import Profiles
from label_service.document import Party
from label_service.examples import shipped_profiles
from label_service.factors.release import load_release
from label_service.web.forms import Answers, Paper
from label_service.web.profiles import SECTIONS, Workshop, read_item
from label_service.workshop import machine_catalogue
from tests.serving import served
from tests.web.test_desk import FILES, carried

PDF = b"%PDF-1.7\n% a certificate\n%%EOF\n"
OKH = (Path(__file__).parents[1] / "readers" / "samples" / "okh.toml").read_bytes()
RELEASE = load_release()
PRODUCER = Party(id="https://atelier.example", name="Atelier", country="FRA")
EMPTY = Profiles(type="profiles", version="1", demo=True, producer=PRODUCER)
SPOOLS = [
    {"id": 1, "filament": {"id": 1, "name": "Galaxy", "material": "PLA", "diameter": 1.75, "vendor": {"name": "V"}}},
    {"id": 2, "filament": {"id": 2, "name": "Tough", "material": "PLA+", "diameter": 1.75, "vendor": {"name": "V"}}},
    {"id": 3, "filament": {"id": 3, "name": "Fibre", "material": "PA-CF", "diameter": 1.75, "vendor": {"name": "V"}}},
]


@pytest.fixture
def desk(tmp_path):
    """Give a client of a demo of its own, in which nothing is stored for anybody."""
    with served(tmp_path / "demo") as site:
        site.stage.scheme.profiles.change(shipped_profiles().producer, emptied)
        yield site


def emptied(profiles):
    """Give profiles without anything."""
    return Profiles(type="profiles", version="1", demo=profiles.demo, producer=profiles.producer)


def stored(served_site):
    """Give the profiles as they are kept."""
    return served_site.stage.scheme.profiles.of(shipped_profiles().producer)


def send(served_site, path, files=(), **fields):
    """Send a form as a browser without JavaScript does."""
    uploads = [(name, upload) for name, upload in dict(files).items()]
    return served_site.client.post(path, data=fields, files=uploads or {"none": ("", b"")}, follow_redirects=False)


def new(served_site, section):
    """Open an empty form, and give its address and text."""
    answer = served_site.client.get(f"/profiles/{section}/new")
    assert answer.status_code == 200
    return re.search(r'action="(/profiles/[^"]+)"', answer.text)[1], answer.text


def add(served_site, section, files=(), **fields):
    """Add an item, and give where the browser is sent."""
    answer = send(served_site, new(served_site, section)[0], files, **fields)
    assert answer.status_code == 303, re.findall(r'class="problem"[^>]*>([^<]+)', answer.text)
    return answer.headers["location"]


def problems(answer):
    """Give the problem at each field of a form."""
    assert answer.status_code == 422
    return {name: unescape(text) for name, text in re.findall(r'id="(\w+)-problem">([^<]+)<', answer.text)}


def test_a_workshop_is_described_with_four_forms(desk):
    """Site, machine, material and product are added one after the other; each is then found where it is used."""
    assert add(desk, "sites", name="FabLab", country="DEU", region="DE30") == "/profiles/machines/new"
    address, text = new(desk, "machines")
    assert "selected>FabLab" in text, "the only site is the suggestion"
    site_id = stored(desk).sites[0].id
    assert send(desk, address, known="Prusa MK4", site=site_id).status_code == 303
    proof = {"certificate": ("recycled.pdf", PDF)}
    add(desk, "lots", proof, material="pla", supplier="Filamentwerk", lot="17", bought="1,5", recycled_share="40")
    share = {"function_proof": ("volume.pdf", PDF + b"2"), "design": ("okh.toml", OKH)}
    add(
        desk,
        "products",
        share,
        name="Box",
        sku="B-1",
        family="fdm",
        category="storage_box_dry",
        function="45",
        packaging_material="corrugated-board",
        packaging_per_item="120",
    )
    found = stored(desk)
    assert found.sites == (Site(id=site_id, name="FabLab", country="DEU", region="DE30"),)
    assert (found.machines[0].model, found.machines[0].process) == ("Prusa MK4", "fdm_desktop")
    (lot,) = found.lots
    assert (lot.words, lot.supplier, lot.lot) == (("PLA",), "Filamentwerk", "17")
    assert (lot.bought.value, lot.bought.unit, lot.bought.basis) == ("1.5", "kg", "asserted")
    assert (lot.recycled_share.value, lot.recycled_share.basis) == ("0.4", "derived")
    assert [item.name for item in found.evidence if item.digest in lot.recycled_share.evidence] == ["recycled.pdf"]
    (product,) = found.products
    assert (product.function.value, product.function.unit, product.function.basis) == ("45", "L", "derived")
    assert (product.packaging_per_item.value, product.packaging_per_item.basis) == ("0.12", "asserted")
    assert (product.design.name, product.design.licence) == ("Wall hook", "CERN-OHL-S-2.0")
    page = unescape(desk.client.get("/profiles").text)
    shown = (
        "FabLab, Germany, DE30",
        "grid of DEU in",
        "About 120 W at work",
        "reliability low",
        "open design Wall hook",
    )
    for words in shown:
        assert words in page


def test_sending_a_form_twice_is_one_item(desk):
    """A reload or a second click adds nothing twice."""
    address, _ = new(desk, "sites")
    for _ in range(2):
        assert send(desk, address, name="FabLab", country="DEU").status_code == 303
    assert len(stored(desk).sites) == 1


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(desk):
    """All wrong answers are named at once; what was typed and dropped stands as it was, and nothing is kept."""
    address, _ = new(desk, "lots")
    files = {"certificate": ("recycled.pdf", PDF), "delivery_note": ("note.docx", b"PK\3\4 no paper")}
    answer = send(desk, address, files, material="", name="<b>Zwirn</b>", bought="-3", recycled_share="140")
    found = problems(answer)
    assert set(found) == {"material", "bought", "recycled_share", "delivery_note"}
    assert "PDF or a picture" in found["delivery_note"]
    assert 'value="&lt;b&gt;Zwirn&lt;/b&gt;"' in answer.text
    assert 'value="-3"' in answer.text
    kept = re.search(r'name="kept_certificate" value="([^"]+)" checked', answer.text)[1]
    assert stored(desk).lots == ()
    again = send(desk, address, material="pla", name="Zwirn", recycled_share="40", kept_certificate=kept)
    assert again.status_code == 303
    assert stored(desk).lots[0].recycled_share.is_evidenced


@pytest.mark.parametrize(
    ("section", "fields", "wrong"),
    [
        ("sites", {"name": "", "country": "XXX", "region": "somewhere"}, {"name", "country", "region"}),
        ("machines", {}, {"known", "site"}),
        ("machines", {"model": "M", "nameplate_power": "1e999"}, {"known", "site", "nameplate_power"}),
        ("lots", {"material": "unobtainium", "words": ",".join(map(str, range(21)))}, {"material", "words"}),
        ("products", {"name": "x" * 301, "family": "fdm", "category": "tshirt"}, {"name", "function"}),
        ("products", {"name": "P", "family": "fdm", "packaging_per_item": "NaN"}, {"packaging_per_item"}),
        ("products", {"name": "P\u202e", "family": ""}, {"name", "family"}),
    ],
)
def test_wrong_answers_are_named_by_their_field(section, fields, wrong):
    """No answer a form can carry goes through unread, and none ends in anything but a reason at its field."""
    answers = Answers(fields)
    assert read_item(SECTIONS[section], "new-1", answers, Workshop(EMPTY, RELEASE, 2026), None) is None
    assert set(answers.problems) == wrong


def test_a_second_product_of_a_number_is_refused_at_its_field(desk):
    """Two products of one SKU would make a catalogue ambiguous."""
    add(desk, "products", name="Box", sku="B-1", family="fdm")
    answer = send(desk, new(desk, "products")[0], name="Other", sku="B-1", family="fdm")
    assert "Box has this number already" in problems(answer)["sku"]


def test_a_certificate_without_its_share_is_asked_about():
    """A file that proves nothing stated is a mistake, not a proof."""
    answers = Answers({"material": "pla"}, {"certificate": (Paper("0" * 64, "c.pdf", 3),)})
    read_item(SECTIONS["lots"], "lot", answers, Workshop(EMPTY, RELEASE, 2026), None)
    assert "share" in answers.problems["recycled_share"]


def test_a_form_opened_and_saved_changes_nothing(tmp_path):
    """What the form does not ask, such as steps of a supplier, and how amounts were proven, survives an edit."""
    with served(tmp_path / "demo") as site:
        before = stored(site)
        assert before == shipped_profiles()
        for section in SECTIONS.values():
            for item in section.items(before):
                text = site.client.get(f"/profiles/{section.name}/{item.id}").text
                fields = dict(re.findall(r'<input id="\w+" name="(\w+)" value="([^"]*)"', text))
                fields |= dict(re.findall(r'name="(kept_\w+)" value="([^"]+)"', text))
                for select in re.findall(r"<select id=.*?</select>", text, re.DOTALL):
                    chosen = re.search(r'<option value="([^"]*)" selected', select)
                    fields[re.search(r'name="(\w+)"', select)[1]] = chosen[1] if chosen else ""
                fields = {name: unescape(value) for name, value in fields.items()}
                assert send(site, f"/profiles/{section.name}/{item.id}", **fields).status_code == 303
        assert stored(site) == before


def test_a_change_is_told_and_undone(desk):
    """The overview says what was changed last; one button brings the earlier version back, and back again."""
    add(desk, "lots", material="pla", name="Red PLA")
    assert "material added: Red PLA" in desk.client.get("/profiles").text
    (lot,) = stored(desk).lots
    assert send(desk, f"/profiles/lots/{lot.id}/remove").status_code == 303
    assert stored(desk).lots == ()
    assert "material removed: Red PLA" in desk.client.get("/profiles").text
    assert send(desk, "/profiles/undo").status_code == 303
    assert stored(desk).lots == (lot,)


def test_a_site_with_machines_is_not_removed(desk):
    """Machines would stand nowhere; the message names them."""
    add(desk, "sites", name="FabLab", country="DEU")
    site_id = stored(desk).sites[0].id
    add(desk, "machines", known="Prusa MK4", site=site_id)
    answer = send(desk, f"/profiles/sites/{site_id}/remove")
    assert answer.status_code == 409
    assert "Prusa MK4" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("machine", "told"),
    [(machine, bool(machine.power_active_w)) for machine in machine_catalogue()[::13]],
    ids=lambda value: value.name if hasattr(value, "name") else str(value),
)
def test_a_known_machine_brings_its_process_and_its_sourced_power(machine, told):
    """Picking a machine answers what it does; a power is shown only where a source states it, and is not declared."""
    site = Site(id="s", name="S", country="DEU")
    profiles = EMPTY.model_copy(update={"sites": (site,)})
    answers = Answers({"known": machine.name, "site": "s"})
    workshop = Workshop(profiles, RELEASE, 2026)
    found = read_item(SECTIONS["machines"], "m", answers, workshop, None)
    assert found == Machine(id="m", site="s", process=machine.process, model=machine.name)
    assert ("reliability" in SECTIONS["machines"].words(found, workshop)[1]) == told


def test_spools_are_imported_and_unclear_words_are_asked(desk):
    """Spoolman's answer becomes lots; a word that could mean several materials is asked, and may be left out."""
    spools = {"file": ("spool.json", json.dumps(SPOOLS).encode())}
    asked = send(desk, "/profiles/import", spools)
    assert asked.status_code == 200
    assert stored(desk).lots == ()
    assert "PLA+" in asked.text
    kept = re.search(r'name="kept" value="([^"]+)"', asked.text)[1]
    done = send(desk, "/profiles/import", kept=kept, chosen="yes", word0="pla", word1="")
    assert done.headers["location"] == "/profiles#lots"
    assert {(lot.id, lot.material) for lot in stored(desk).lots} == {("spool-1", "pla"), ("spool-2", "pla")}
    send(desk, "/profiles/lots/spool-1", material="pla", name="My name for it")
    send(desk, "/profiles/import", kept=kept, chosen="yes", word0="petg", word1="nylon-6")
    names = {lot.id: (lot.name, lot.material) for lot in stored(desk).lots}
    assert names["spool-1"] == ("My name for it", "pla"), "an import leaves alone what was edited"
    assert names["spool-2"][1] == "pla"
    assert names["spool-3"][1] == "nylon-6"


def test_profiles_go_out_and_come_back_as_one_document(desk):
    """What the pages made serves the command line, and the other way round; others' profiles are refused."""
    mine = shipped_profiles()
    put = desk.client.put("/api/v1/profiles", content=mine.to_bytes())
    assert put.json() == {"digest": mine.digest}
    got = desk.client.get("/api/v1/profiles")
    assert Profiles.from_bytes(got.content) == mine
    assert "attachment" in got.headers["content-disposition"]
    send(desk, "/profiles/undo")
    assert stored(desk) == emptied(mine)
    assert send(desk, "/profiles/import", {"file": ("profiles.json", mine.to_bytes())}).status_code == 303
    assert stored(desk) == mine
    other = mine.model_copy(update={"producer": PRODUCER})
    assert desk.client.put("/api/v1/profiles", content=other.to_bytes()).status_code == 403
    assert stored(desk) == mine


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", 422), (b"{}", 422), (b'{"type":"profiles"}', 422), (b"[1]", 422), (b"\xff" * 9, 422), (b"[" * 9999, 422)],
)
def test_files_that_are_no_profiles_are_refused(desk, data, status):
    """Whatever is dropped ends in a reason, never in half an import."""
    assert send(desk, "/profiles/import", {"file": ("x.json", data)}).status_code in {status, 403}
    assert stored(desk).lots == ()


@pytest.mark.parametrize(
    "path",
    ["/profiles/owners/new", "/profiles/sites/none", "/profiles/sites/UPPER", "/profiles/sites/" + "a" * 65],
)
def test_unknown_sections_and_items_are_not_found(desk, path):
    """No address outside the four sections opens or saves anything."""
    assert desk.client.get(path).status_code == 404
    if not path.endswith("none"):
        assert send(desk, path, name="x", country="DEU").status_code == 404


def test_evidence_that_was_never_dropped_is_not_attached(desk):
    """A digest typed into the form gives an error, not somebody's file."""
    answer = send(desk, new(desk, "lots")[0], material="pla", recycled_share="50", kept_certificate=f"{'0' * 64}:x.pdf")
    assert answer.status_code == 404


def test_another_site_cannot_change_profiles(desk):
    """A form that another site's page sends is refused."""
    for path in ("/profiles/undo", "/profiles/import", "/profiles/sites/a", "/profiles/sites/a/remove"):
        answer = desk.client.post(path, data={"name": "x"}, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/profiles"),
        ("GET", "/profiles/sites/new"),
        ("POST", "/profiles/sites/x"),
        ("POST", "/profiles/sites/x/remove"),
        ("POST", "/profiles/undo"),
        ("POST", "/profiles/import"),
        ("GET", "/api/v1/profiles"),
        ("PUT", "/api/v1/profiles"),
    ],
)
def test_profiles_need_an_account_in_a_scheme(closed, method, path):
    """Strangers neither read nor change what a workshop has."""
    answer = closed.client.request(method, path, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/account-needed"


def declare(served_site, files=(), **fields):
    """Send the form of the desk."""
    uploads = [("files", (name, data)) for name, data in dict(files).items()]
    return served_site.client.post("/declare", data=fields, files=uploads or [("files", ("", b""))])


def hidden(text):
    """Give what a page carries unseen."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text)
    fields = {}
    for name, value in found:
        fields.setdefault(name, []).append(unescape(value))
    return fields


def test_a_batch_of_a_new_producer_leads_to_the_forms_and_back(desk):
    """From nothing to a submitted declaration: what is missing is asked on the way, and no file or answer is lost."""
    read = declare(desk, FILES, action="read")
    assert "None yet; add: a machine" in read.text
    assert "None yet; add: a material" in read.text
    batch = {**hidden(read.text), "name": "Haken", "quantity": "4", "net": "253,8"}
    site_form = declare(desk, **batch, action="add:machines")
    assert "Add a site" in site_form.text, "a machine stands at a site"
    address = re.search(r'action="(/profiles/sites/[^"]+)"', site_form.text)[1]
    carried_on = hidden(site_form.text)
    machine_form = send(desk, address, **carried_on, name="FabLab", country="DEU")
    assert "Add a machine" in machine_form.text
    address = re.search(r'action="(/profiles/machines/[^"]+)"', machine_form.text)[1]
    wrong = send(desk, address, **hidden(machine_form.text), site=stored(desk).sites[0].id)
    assert set(problems(wrong)) == {"known"}
    answers = {"model": "demo printer, 1.2 mm nozzle", "process": "fdm_desktop", "site": stored(desk).sites[0].id}
    back = send(desk, address, **hidden(wrong.text), **answers)
    assert len(carried(back.text)) == len(FILES)
    assert 'value="253.8"' in back.text
    lot_form = declare(desk, **{**batch, **hidden(back.text)}, action="add:lots")
    address = re.search(r'action="(/profiles/lots/[^"]+)"', lot_form.text)[1]
    back = send(desk, address, **hidden(lot_form.text), material="pla")
    chosen = {
        name: re.search(rf'<select id="{name}".*?value="([^"]+)" selected', back.text, re.DOTALL)[1]
        for name in ("machine", "lot")
    }
    done = declare(desk, **{**batch, **hidden(back.text)}, **chosen, day="2026-11-02", action="submit")
    assert done.status_code == 303, done.text
    assert done.headers["location"].startswith("/D/")
