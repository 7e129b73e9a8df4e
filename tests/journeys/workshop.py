"""Next chapters: the producer describes her workshop and asks for a scope, the auditor attests it in her browser."""

import json
import re
from pathlib import Path

from tests.journeys.acting import Person

PDF = b"%PDF-1.7\n% protocol: inner volume measured with water, 45.2 L\n%%EOF\n"
CRITERIA = ("inner volume 20-60 L, measured", "carries 10 kg when lifted by hand")
LOT = "MDF-2026-11"
KWH_PER_KG, SCRAP = "0.2", "0.1"
ITEMS = 60


def describe(pia: Person) -> None:
    """Site, laser, material lot and product are told once, on four forms."""
    pia.open("/workshop", "Nothing at the moment")
    pia.follow("Tell once")
    _add(pia, "sites", name="Box workshop", country="DEU", region="DED51")
    _add(pia, "machines", model="Laser 100 W", process="laser_co2")
    _add(pia, "lots", material="mdf", name="MDF sheet, 4 mm", lot=LOT, bought="500")
    product = {"name": "Box 45 L", "sku": "BOX-45", "family": "laser_cut_wood_panel", "category": "storage_box_dry"}
    protocol = _file(pia, "volume.pdf", PDF)
    packaging = {"packaging_material": "corrugated-board", "packaging_per_item": "100"}
    _add(pia, "products", function="45", function_proof=protocol, **product, **packaging)
    pia.open("/profiles", "Box workshop", "Laser 100 W", "MDF sheet, 4 mm", "Box 45 L (BOX-45)")


def ask_for_a_scope(pia: Person) -> None:
    """What the profiles say is put together and laid before an accredited verifier of her choice."""
    pia.open("/workshop")
    pia.follow("Ask for an audit or a scope")
    pia.follow("Propose a scope", "Box workshop")
    pia.page.get_by_label("Laser 100 W").check()
    pia.page.get_by_label("Box 45 L").check()
    pia.page.get_by_label("MDF sheet, 4 mm").check()
    pia.page.select_option("#verifier", label="Independent inspectors (ISO/IEC 17065)")
    days = {"first": pia.world.at[:10], "last": "2027-05-31"}
    pia.send("/workshop/audits/scope", "Ask for the audit", quantity=str(ITEMS), remarks="Come on a Tuesday.", **days)
    pia.sees("Box workshop, for a scope waits")


def attest(vera: Person) -> str:
    """The auditor sets bounds from what she measured, makes her hash chain, reads what she signs; give the scope."""
    vera.open("/audit", "workshop, for a scope, of Box workshop")
    vera.follow("Box workshop", "Come on a Tuesday.", "volume.pdf", "45 L", "Laser 100 W")
    request = vera.path
    with vera.page.expect_download() as saved:
        vera.page.get_by_role("button", name="Make a chain here and save its file").click()
    chain = json.loads(Path(saved.value.path()).read_text(encoding="utf-8"))
    floors = {"kwh_floor__laser_co2": KWH_PER_KG, "scrap_floor__laser_co2": SCRAP}
    vera.send(f"{request}/scope", "Go on to sign", criterion=list(CRITERIA), sampling_rate="0.3", **floors)
    vera.sees(chain["commitment"], LOT, *CRITERIA)
    sign(vera)
    vera.sees("The scope was taken and logged", f"0 of {ITEMS} items are labelled")
    digest = vera.path.partition("?")[0].rpartition("/")[2]
    assert re.fullmatch("[0-9a-f]{64}", digest)
    return digest


def see_the_scope(pia: Person, scope: str) -> None:
    """The producer is told, and anybody reads what was attested, by whom and within which limits."""
    pia.open("/workshop", "Independent inspectors attested your workshop", f"0 of {ITEMS} items used")
    anybody = pia.world.anybody()
    anybody.open("/register", "Box workshop", "Independent inspectors", f"0 of {ITEMS}")
    anybody.open(f"/register/scopes/{scope}", "Vera Auditor; workshop visited", KWH_PER_KG, *CRITERIA)


def sign(vera: Person) -> None:
    """What she reads was decoded from the bytes in her browser; the key that is shut in there signs them."""
    vera.sees("Read what you sign", "decoded by your browser")
    vera.press(vera.page.get_by_role("button", name="Sign and hand in"))


def _add(pia: Person, section: str, **answers: str | Path) -> None:
    pia.open(f"/profiles/{section}/new")
    pia.send(pia.find(rf'action="(/profiles/{section}/[\w-]+)"'), "Save", **answers)
    assert "Not saved yet" not in pia.text


def _file(person: Person, name: str, content: bytes) -> Path:
    file = person.world.folder / name
    file.write_bytes(content)
    return file
