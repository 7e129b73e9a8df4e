"""Every text that is printed on a label: what belongs to one label, and the fixed words around it."""

from collections.abc import Mapping
from decimal import Decimal

from label_service.artwork.face import Bar, Brief, Face
from label_service.assessment import Range
from label_service.errors import NotGradable
from label_service.issuance.scheme import Scheme
from label_service.label.qr import link_text
from label_service.web import sections
from label_service.web.languages import plural, say
from label_service.web.numbers import THIN, day, per_cent
from label_service.web.references import Compared
from label_service.web.views import LabelView
from label_service.web.words import Words, sentence, visible

_ROOM = Decimal("1.04")  # the axis goes a little further than what lies on it


def face_of(view: LabelView, scheme: Scheme) -> Face:
    """Put a label into the words and figures it is printed with, in the language of the page.

    Raises:
        NotGradable: there is no grade; then there is no label either.
    """
    assessment, inventory = view.assessment, view.inventory
    result = sections.result(assessment, inventory, view.release)
    graded = assessment.graded()
    if assessment.grade is None or result.graded is None:
        raise NotGradable("there is no artwork without a grade")
    reference = graded.side.kgco2e if graded and graded.side else None
    words = Words(view.release, inventory.year, inventory.parts)
    return Face(
        label_id=view.label_id,
        scheme=visible(view.scheme),
        name=visible(inventory.name),
        maker=f"{visible(inventory.producer.name)}, {words.country(inventory.producer.country)}, {inventory.year}",
        grade=assessment.grade,
        meaning=result.meaning,
        figure=result.figure,
        spread=f"{result.spread}{THIN}{result.unit.name.partition(' ')[0]}",
        reference=say("mass-produced: %(figure)s", figure=result.unit.text(reference.median)) if reference else "",
        bar=_bar(assessment.product.kgco2e, reference),
        compared=_compared(result.graded),
        verified=_verified(view),
        issued=_issued(view),
        brief=Brief(result.graded.title, visible(view.auditor.organisation), _issued_briefly(view)),
        address=f"{view.origin.partition('://')[2]}/L/{view.label_id}",
        code=scheme.labels.get(view.label_id).qr_text,
        link=link_text(view.origin, view.label_id),
        demo=assessment.demo,
    )


def texts_of(face: Face) -> Mapping[str, str]:
    """Give the fixed words by the names that the drawing knows them by, in the language of the page."""
    return {
        "title": say("Climate label"),
        "demo": say("DEMO, not a certificate"),
        "A": say("at most %(share)s", share=per_cent(64)),
        "B": say("at most %(share)s", share=per_cent(80)),
        "C": say("at most %(share)s", share=per_cent(100)),
        "D": say("no advantage shown"),
        "E": say("worse"),
        "asks": say("Climate impact compared with mass production"),
        "each": say("per item"),
        "per_item": say("per item, range %(spread)s", spread=face.spread),
        "product": say("this product: median and range"),
        "compared": say("Compared with:"),
        "verified": say("Verified by:"),
        "issued": say("Issued by:"),
        "covered": say("Covered:"),
        "covers": say("climate only, from materials to end of life, without use."),
        "scale": say("Grade %(grade)s on a scale from A, best, to E", grade=face.grade),
        "code": say("QR code of %(address)s", address=face.address),
        "picture": say("Climate impact of one item: %(figure)s", figure=f"{face.figure} ({face.spread})"),
        "cut": say("Cut along the marks. Print at 100 %% of the size, not fitted to the page."),
    }


def _bar(product: Range, reference: Range | None) -> Bar:
    guide = Decimal(reference.median) if reference else None
    whole = max(Decimal(product.p95), guide or Decimal(0)) * _ROOM or Decimal(1)
    low, mark, high = (float(Decimal(value) / whole) for value in (product.p05, product.median, product.p95))
    return Bar(low, mark, high, None if guide is None else float(guide / whole))


def _compared(graded: Compared) -> str:
    provisional = say("The reference is provisional.") if graded.provisional else ""
    return " ".join(part for part in (f"{graded.title}.", sentence(graded.statement), provisional) if part)


def _verified(view: LabelView) -> str:
    auditor = view.auditor
    looked = say("workshop visited") if auditor.level == "site_visit" else say("files checked")
    return f"{visible(auditor.organisation)}, {visible(auditor.name)}; {auditor.standard}, {auditor.number}; {looked}."


def _issued(view: LabelView) -> str:
    until = say("valid until %(day)s", day=day(view.valid_until))
    method = say("method %(version)s", version=view.assessment.method)
    return f"{visible(view.scheme)}, {method}; {_batch(view.inventory.quantity)}; {until}."


def _issued_briefly(view: LabelView) -> str:
    method = say("method %(version)s", version=view.assessment.method)
    return f"{_batch(view.inventory.quantity)}, {method}, {visible(view.scheme)}"


def _batch(quantity: int) -> str:
    return plural("batch of %(count)s item", "batch of %(count)s items", quantity)
