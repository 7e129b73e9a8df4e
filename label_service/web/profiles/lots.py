"""Material lots: what was bought, how slicers call it, and what the supplier proved."""

from decimal import Decimal
from typing import Any

from label_service.declaration.profiles import MaterialLot
from label_service.quantity import plain
from label_service.web.forms import Answers, Field
from label_service.web.languages import message, say
from label_service.web.profiles.sections import Section, Workshop, chosen, entry_of, in_unit, material_groups
from label_service.workshop.spoolman import MATERIALS

_MOST_WORDS = 20  # of a lot
_LARGEST_KG = Decimal(1_000_000)
_HUNDRED = Decimal(100)


def _lot_fields(workshop: Workshop) -> tuple[Field, ...]:
    return (
        Field("material", message("Which material is it?"), "choice", groups=material_groups(workshop.release)),
        Field("name", message("Name"), hint=message("empty: made of material, supplier and lot"), is_optional=True),
        Field(
            "words",
            message("How do your slicers call it?"),
            hint=message(
                "such as PLA, PLA+; separated by commas; files that use one of these words then find it by themselves"
            ),
            is_optional=True,
        ),
        Field("supplier", message("Supplier"), is_optional=True),
        Field("lot", message("Lot"), hint=message("as on the spool or the delivery note"), is_optional=True),
        Field("bought", message("Mass bought, in kg"), "number", is_optional=True),
        Field("delivery_note", message("Delivery note"), "file", message("PDF or picture"), is_optional=True),
        Field(
            "recycled_share",
            message("Recycled share in per cent"),
            "number",
            message("Without a certificate it counts up to the share of the market only."),
            is_optional=True,
        ),
        Field(
            "certificate",
            message("Certificate of the recycled share"),
            "file",
            message("PDF or picture"),
            is_optional=True,
        ),
    )


def _read_lot(answers: Answers, workshop: Workshop) -> dict[str, Any]:
    names = workshop.names("materials")
    material = chosen(answers, "material", names)
    supplier, lot = answers.text("supplier"), answers.text("lot")
    made_up = " ".join(filter(None, (supplier, names.get(material, ""), f"lot {lot}" if lot else "")))
    share, papers = answers.number("recycled_share", _HUNDRED), answers.digests("certificate")
    if papers and share is None:
        answers.problems.setdefault("recycled_share", "expected the share that the certificate states")
    return {
        "material": material,
        "name": answers.text("name") or made_up[:300].strip() or "-",
        "words": _words_of(answers, material),
        "supplier": supplier,
        "lot": lot,
        "bought": entry_of(answers.number("bought", _LARGEST_KG), "kg", "weighed", answers.digests("delivery_note")),
        "recycled_share": entry_of(share / _HUNDRED if share else None, "1", "derived", papers),
    }


def _words_of(answers: Answers, material: str) -> list[str]:
    """Give the words of a lot; where none is typed, the word that names this polymer and no other."""
    text = answers.text("words")
    if text is None:
        return [word for word, row in MATERIALS.items() if row == material]
    words = list(dict.fromkeys(word for part in text.split(",") if (word := part.strip())))
    if len(words) > _MOST_WORDS:
        answers.problems["words"] = f"expected at most {_MOST_WORDS} words, found {len(words)}"
    return words


def _lot_values(lot: MaterialLot) -> dict[str, str | None]:
    share, bought = lot.recycled_share, lot.bought
    return {
        "material": lot.material,
        "name": lot.name,
        "words": ", ".join(lot.words),
        "supplier": lot.supplier,
        "lot": lot.lot,
        "bought": in_unit(bought.value, bought.unit, "kg") if bought else None,
        "recycled_share": plain(Decimal(share.value) * _HUNDRED) if share else None,
    }


def _lot_evidence(lot: MaterialLot) -> dict[str, tuple[str, ...]]:
    return {
        "delivery_note": lot.bought.evidence if lot.bought else (),
        "certificate": lot.recycled_share.evidence if lot.recycled_share else (),
    }


def _lot_words(lot: MaterialLot, workshop: Workshop) -> tuple[str, str]:
    share, bought = lot.recycled_share, lot.bought
    told = [workshop.names("materials").get(lot.material, lot.material)]
    if lot.words:
        told.append(say("found by %(words)s", words=", ".join(lot.words)))
    if bought:
        told.append(say("%(mass)s kg bought", mass=in_unit(bought.value, bought.unit, "kg")))
    if share:
        proof = (
            say("with a certificate") if share.is_evidenced else say("without a certificate: the market share counts")
        )
        told.append(say("%(share)s %% recycled, %(proof)s", share=plain(Decimal(share.value) * _HUNDRED), proof=proof))
    if lot.bought_in:
        told.append(say("with steps of the supplier"))
    return lot.name, "; ".join(told)


LOTS = Section(
    name="lots",
    title=message("Materials"),
    one=message("material"),
    lead=message("Spools, sheets, bolts of cloth as you bought them."),
    model=MaterialLot,
    fields=_lot_fields,
    start=lambda _: {},
    values=_lot_values,
    evidence=_lot_evidence,
    papers={"delivery_note": "delivery_note", "certificate": "certificate"},
    read=_read_lot,
    words=_lot_words,
)
