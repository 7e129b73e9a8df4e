"""The PDFs of labels against PDF/UA-1 (ISO 14289-1), as far as a machine can tell without the reference checker.

Checked: identifier and title in the metadata, language, title bar, tagging without suspects, tab order, roles that lead
to standard ones, alternative texts, every drawn thing tagged or marked as decoration, marks and tree that agree, fonts
that are embedded and map to Unicode, nothing that runs, asks or is locked. Not checked: whether the reading order and
the words make sense, which people judge.
"""

import io
from itertools import product

import pikepdf
import pytest

from label_service.artwork.orders import Order
from tests.artwork.faces import draw, face

SHOWS = {"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Tj", "TJ", "'", '"', "Do"}
STANDARD = {"/Document", "/Div", "/Part", "/Sect", "/P", "/Span", "/Figure", "/H1", "/H2", "/L", "/LI", "/Table"}
SIZES = ("single", "card", "sheet", "tiny")


@pytest.fixture(params=[*product(("colour", "mono", "kraft"), SIZES)], ids="-".join, scope="module")
def document(request):
    """Give the PDF of a label in each variant and size."""
    variant, size = request.param
    order = Order(kind="pdf", variant=variant, format=size, **({"count": 2} if size == "sheet" else {}))
    with pikepdf.open(io.BytesIO(draw(face(), order))) as found:
        yield found


def elements(item):
    """Give every element of the structure tree."""
    if isinstance(item, pikepdf.Array):
        for inner in item:
            yield from elements(inner)
    elif isinstance(item, pikepdf.Dictionary) and "/S" in item:
        yield item
        yield from elements(item.get("/K", pikepdf.Array()))


def marks(page):
    """Give the marked content identifiers of a page, and the number of things drawn outside of all marks."""
    open_marks, found, bare = [], set(), 0
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in {"BDC", "BMC"}:
            properties = operands[1] if name == "BDC" else {}
            open_marks.append(str(operands[0]))
            if "/MCID" in properties:
                found.add(int(properties["/MCID"]))
        elif name == "EMC":
            open_marks.pop()
        elif name in SHOWS and not open_marks:
            bare += 1
    assert not open_marks
    return found, bare


def test_it_says_what_it_is(document):
    """Identifier of PDF/UA-1, title shown in the title bar, language; tagged throughout (7.1, 7.2)."""
    root = document.Root
    with document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Climate label ABCDEFGHIJ234: Wall hook"
    assert root.ViewerPreferences.DisplayDocTitle
    assert str(root.Lang) == "en"
    assert root.MarkInfo.Marked
    assert not root.MarkInfo.get("/Suspects", False)
    assert all(page.obj.get("/Tabs") == pikepdf.Name.S for page in document.pages)


def test_it_has_a_tree_of_standard_roles_with_alternative_texts(document):
    """Every element has a standard role, and every figure says what it shows (7.1, 7.3)."""
    tree = document.Root.StructTreeRoot
    roles = tree.get("/RoleMap", pikepdf.Dictionary())
    found = list(elements(tree.K))
    assert found
    for element in found:
        assert str(roles.get(str(element.S), element.S)) in STANDARD
    figures = [str(element.get("/Alt", "")) for element in found if str(element.S) == "/Figure"]
    assert any(text.startswith("Grade B on a scale from A") for text in figures)
    assert any(text.startswith("QR code of localhost") for text in figures)
    assert all(figures)


def test_everything_drawn_is_tagged_or_decoration(document):
    """Nothing is drawn outside of a mark, and each mark on a page stands in the tree (7.1, 7.20)."""
    parents = document.Root.StructTreeRoot.ParentTree.Nums
    by_number = {int(parents[at]): parents[at + 1] for at in range(0, len(parents), 2)}
    for page in document.pages:
        found, bare = marks(page)
        assert bare == 0
        assert found == set(range(len(by_number[int(page.obj.StructParents)])))


def test_its_fonts_come_along_and_can_be_read_aloud(document):
    """Every font is embedded and maps its signs to Unicode (7.21)."""
    fonts = [font for page in document.pages for font in page.Resources.Font.values()]
    assert fonts
    for font in fonts:
        (inner,) = font.DescendantFonts
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner.FontDescriptor.keys())
        assert "/ToUnicode" in font


def test_nothing_runs_asks_or_is_locked(document):
    """No script, form, attachment or encryption keeps anybody or her reader out (7.16, 7.19)."""
    root = document.Root
    assert not document.is_encrypted
    assert not {"/OpenAction", "/AA", "/AcroForm", "/AF"} & set(root.keys())
    assert not {"/JavaScript", "/EmbeddedFiles"} & set(root.get("/Names", pikepdf.Dictionary()).keys())
