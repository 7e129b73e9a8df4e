"""What a buyer sees of goods that several parties made, and of a variant of an attested design."""

import re

import pytest
from starlette.datastructures import FormData

from label_service.document import validate
from label_service.errors import InvalidDocument
from label_service.label.attestation import Frame
from label_service.web import pages
from label_service.web.auditor.scope_form import frame_of
from tests.comade import co_made
from tests.examples import assessment_of, hooks, inventory_of
from tests.vectors.make_frame import BOUNDS
from tests.web.samples import label_view


def words_of(page: str) -> str:
    """Give the text of a page in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_the_page_says_who_did_what():
    """Each party stands with its place, the region it gave and what it did, under the name it signed."""
    document = co_made().as_json()
    view = label_view(document, inventory=inventory_of(document), assessment=assessment_of(document))
    text = words_of(pages.label_page(view))
    assert re.search(r"Made by Lab, Germany: [^:]* With Atelier, France \(FR10\): ", text)


def test_the_page_of_a_variant_says_what_may_vary():
    """A buyer reads that her own variant was not looked at alone, and between which bounds it may lie."""
    frame = Frame.model_validate({"name": "Parametric hook", "design": "9f" * 32, "bounds": BOUNDS[:2]})
    text = words_of(pages.label_page(label_view(hooks(), frame=frame)))
    assert "Variant of the attested design Parametric hook ; may vary: height 20–200 mm; mass 0.05–" in text
    assert "Variant" not in words_of(pages.label_page(label_view(hooks())))


def test_the_frame_of_a_form_is_that_of_the_attestation():
    """What an auditor types line by line becomes the bounds she signs; a line she left half is named."""
    typed = {"frame_name": "Hook", "frame_design": "9F" * 32, "frame_bounds": "height; 20; 200,5; mm\nnet_mass;0;1;kg"}
    frame = validate(Frame, frame_of(FormData(typed)))
    assert [(bound.quantity, bound.high) for bound in frame.bounds] == [("height", "200.5"), ("net_mass", "1")]
    assert frame_of(FormData({})) is None
    with pytest.raises(InvalidDocument, match="lowest; highest"):
        frame_of(FormData(typed | {"frame_bounds": "height; 20"}))
