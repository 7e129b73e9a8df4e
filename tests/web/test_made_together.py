"""What a buyer sees of goods that several parties made, and of a variant of an attested design."""

import re

from label_service.web import pages
from tests.comade import co_made
from tests.examples import assessment_of, inventory_of
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
