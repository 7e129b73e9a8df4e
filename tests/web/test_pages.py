from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from label_service.errors import MissingFactor
from label_service.improvement import Improvement
from label_service.label.content import ScopePlace
from label_service.web import pages, words
from label_service.web.languages import languages
from label_service.web.scripts import script_href, style, style_href
from label_service.web.views import Card
from tests.examples import (
    EVIDENCE,
    RELEASE,
    assessment_of,
    bare_hooks,
    boxes,
    changed,
    entry,
    hooks,
    panels,
    racks,
    shirts,
)
from tests.strategies import texts
from tests.web.outline import Outline
from tests.web.samples import (
    AUDITOR,
    LABEL_ID,
    failed_sheet_view,
    home_view,
    label_view,
    method_view,
    sheet_view,
)

HOSTILE = "</bdi><script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{ 7*7 }}\u202e"
STATUSES = ("valid", "suspended", "revoked", "expired", "superseded")


def lamps():
    """Give printed goods with labelled printed parts, handles and lacquer of suppliers."""
    return hooks() | {"parts": racks()["parts"]}


@cache
def every_page() -> dict[str, str]:
    """Give one page of each kind and state."""
    problem = MissingFactor("no row for unobtainium", hint="choose another material").as_problem()
    labels = {status: pages.label_page(label_view(boxes(), status=status, reason="why")) for status in STATUSES}
    return labels | {
        "evidenced": pages.label_page(label_view(hooks())),
        "bare": pages.label_page(label_view(bare_hooks())),
        "shirts": pages.label_page(label_view(shirts(), improvements=(Improvement("meter it", 70, "B"),))),
        "sheet": pages.data_sheet_page(sheet_view(panels())),
        "sheet with comparison": pages.data_sheet_page(sheet_view(boxes())),
        "attested sheet": pages.data_sheet_page(sheet_view(panels(), state="attested", auditor=AUDITOR)),
        "labelled sheet": pages.data_sheet_page(sheet_view(boxes(), state="labelled", label_id=LABEL_ID)),
        "failed sheet": pages.data_sheet_page(failed_sheet_view(panels(), problem)),
        "method of a label": pages.label_method_page(method_view(boxes()), languages()),
        "method of a sheet": pages.label_method_page(method_view(panels(), auditor=None), languages()),
        "method of goods with parts": pages.label_method_page(method_view(lamps()), languages()),
        "home": pages.home_page(home_view(cards=(Card("Box", "Lab", "/L/X", "B"), Card("Panel", "Lab", "/D/X", None)))),
        "empty home": pages.home_page(home_view()),
        "method": pages.method_page(RELEASE, "Scheme", demo=True),
        "problem": pages.problem_page({"title": "Not found", "status": 404}),
    }


def text_of(page: str) -> str:
    """Give what people read, with plain spaces."""
    return Outline(page).text.replace("\u202f", " ")


def between(page: str, start: str, end: str) -> str:
    """Give the piece of a page from its first `start` to the `end` after it."""
    return start + page.partition(start)[2].partition(end)[0] + end


@pytest.mark.parametrize("name", every_page())
def test_page_is_sound(name):
    """Every page nests its tags, has one main heading, unique ids, and names its picture; links inside it arrive."""
    outline = Outline(every_page()[name])
    assert outline.tags.count("h1") == outline.tags.count("main") == 1
    ids = outline.values("id")
    assert len(ids) == len(set(ids))
    named = [part for value in outline.values("aria-labelledby") for part in value.split()]
    linked = [value[1:] for value in outline.values("href") if value.startswith("#")]
    assert {*named, *linked} <= set(ids)


@pytest.mark.parametrize("name", every_page())
def test_page_keeps_the_security_policy(name):
    """A page loads nothing but the style sheet, its own code and the icon; only a label runs a script, from a file."""
    outline = Outline(every_page()[name])
    assert not {"style", "iframe", "form"} & set(outline.tags)
    scripts = [value for tag, name, value in outline.attributes if (tag, name) == ("script", "src")]
    data = outline.attributes.count(("script", "type", "application/ld+json"))  # data blocks run nothing
    assert outline.tags.count("script") == len(scripts) + data
    assert scripts == ([script_href("label.js")] if "checked" in outline.values("id") else [])
    assert not [name for _, name, _ in outline.attributes if name == "style" or name.startswith("on")]
    loaded = outline.values("src") + [
        value for tag, name, value in outline.attributes if (tag, name) == ("link", "href")
    ]
    own = (style_href("style.css"), style_href("site.css"), f"/L/{LABEL_ID}/qr.svg", "data:image/svg+xml,", *scripts)
    linked = [value for value in loaded if "/oembed?url=" in value]  # only named, for systems that embed
    assert all(value.startswith(own) for value in loaded if value not in linked)
    assert len(linked) == data


@pytest.mark.parametrize("name", every_page())
def test_no_generic_claims(name):
    """No page of ours uses words the law reserves: climate is the only thing measured."""
    text = text_of(every_page()[name]).lower()
    words_of_law = ("eco-friendly", "environment", "sustainable", "climate neutral", "green ")
    if "method" not in name:  # there, sources are named by their own titles
        assert not [word for word in words_of_law if word in text]


@pytest.mark.parametrize("name", [name for name in every_page() if name != "problem"])
def test_demo_says_so(name):
    """Whatever the demo shows says so in the title and before anything else."""
    page = every_page()[name]
    assert "<title>DEMO: " in page
    assert text_of(between(page, "<body", "</html>").removesuffix("</html>")).startswith(
        "Skip to the content DEMO, not a certificate."
    )


def test_scheme_does_not_say_demo():
    """A label of a real scheme is not marked as a demo."""
    assert "DEMO" not in pages.label_page(label_view(changed(boxes(), "/demo", False)))


@pytest.mark.parametrize("status", STATUSES)
def test_verdict_comes_first(status):
    """Verdict with its time stands before the name, and only a valid label shows its grade in colour."""
    page = pages.label_page(label_view(boxes(), status=status, reason="why it is so", successor="A" * 13))
    text = text_of(page)
    assert text.index(status.capitalize()) < text.index("Status as of 23 November 2026, 10:00 UTC")
    assert text.index("Status as of") < text.index("Thing made by Lab")
    assert ("answer void" in page) == (status != "valid")
    assert ("Verified by Anna Beispiel" in text) == (status == "valid")
    assert "why it is so" in text


@pytest.mark.parametrize("product", [hooks, bare_hooks, boxes, shirts])
def test_label_answers(product):
    """The first screen has the letter on the whole scale, the figure with its range, the reference and the bound."""
    assessment = assessment_of(product())
    graded = assessment.graded()
    page = pages.label_page(label_view(product()))
    answer = text_of(between(page, '<section class="answer', "</section>"))
    assert "A B C D E" in answer
    assert f'class="{assessment.grade.lower()} is" aria-current="true"' in page
    assert page.count("aria-current") == 1
    assert "per item (range" in answer
    assert f"{assessment.grade}: " in answer
    assert ("provisional" in answer) == graded.provisional
    bound = graded.score if graded.score <= 100 else int(Decimal(graded.ratio.p05) * 100)
    assert (f"{bound} %" in answer) or assessment.grade == "D"


def test_label_is_complete():
    """The label says how sure, against what, from what, where, what is covered, on what it rests, how to check it."""
    text = text_of(pages.label_page(label_view(boxes())))
    for part in (
        "Compared with what",
        "Function",
        "Made in China",
        "22 240 km (ship)",
        "Provisional: the reference rests on fewer than 5 weighed samples (0).",
        "Compared with the same design, mass-produced. Not possible yet. Missing: kWh/kg of industrial panel sizing",
        "Most likely",
        "Chance to be better",
        "What would make the range narrower",
        "The three largest contributions",
        "Plywood (Materials)",
        "Transport to the workshop",
        "CO2 laser cutter/engraver",
        "Electricity data Germany 2024",
        "One label stands for a batch of 2 items. A scan cannot tell a copied sticker from the original.",
        "no social effects",
        "No offsets",
        "of the impact rests on fixed unfavourable values",
        "visited the workshop",
        "inner volume measured with water",
        f"label-service recompute {LABEL_ID}.json",
        "entry 7",
    ):
        assert part in text


def test_a_label_of_a_scope_says_its_numbers():
    """Which of the items attested these are stands on the page, beside the scope they were issued in."""
    digest = "ab" * 32
    one = pages.label_page(label_view(boxes(), scope=ScopePlace(digest=digest, position=15, of=40)))
    assert f'/register/scopes/{digest}"' in one
    assert "Numbers 14 to 15 of 40" in one
    four = pages.label_page(label_view(hooks(), scope=ScopePlace(digest=digest, position=20, of=40)))
    assert "Numbers 17 to 20 of 40" in four
    assert "of 40" not in pages.label_page(label_view(hooks()))


def test_label_links():
    """Bundle, signed label, code, method of this label and log checkpoint are one tap away."""
    links = Outline(pages.label_page(label_view(boxes()))).values("href")
    label = f"/L/{LABEL_ID}"
    assert {f"{label}.json", f"{label}.jwt", f"{label}/method", "/log/checkpoint"} <= set(links)


def test_what_rests_on_defaults_is_not_called_shown():
    """An E that rests on defaults says so; with everything evidenced it is called shown."""
    bare = assessment_of(bare_hooks())
    assert bare.grade == "E"
    assert "E: worse when what is not evidenced counts with its fixed value" in text_of(every_page()["bare"])
    measured = label_view(bare_hooks(), assessment=bare.model_copy(update={"default_share": "0"}))
    assert "E: shown to be worse than the mass-produced reference" in text_of(pages.label_page(measured))


def test_caps_are_explained():
    """A letter held back says that it is, and why."""
    capped = assessment_of(boxes()).model_copy(update={"caps": ("proxy_share",), "grade": "C", "score": 70})
    text = text_of(pages.label_page(label_view(boxes(), assessment=capped)))
    assert "C: held at C" in text
    assert "What limits the grade" in text
    assert words.CAPS["proxy_share"] in text


@pytest.mark.parametrize("name", [name for name in every_page() if "sheet" in name and "method" not in name])
def test_data_sheet_cannot_be_taken_for_a_label(name):
    """A data sheet has its heading, and neither scale nor letter nor grade colour nor code nor verdict."""
    page = every_page()[name]
    outline = Outline(page)
    assert "Calculated from the maker's own data" in outline.text
    assert '<body class="sheet">' in page
    classes = {part for value in outline.values("class") for part in value.split()}
    assert not classes & {"scale", "letter", "verdict", "answer", "valid", *"abcde"}
    assert "img" not in outline.tags
    assert "Verified" not in outline.text
    assert "Grade" not in outline.text


def test_data_sheet_says_whether_anyone_looked():
    """Not verified, attested without a label, and labelled are told apart."""
    assert "own data, not verified" in text_of(every_page()["sheet"])
    attested = text_of(every_page()["attested sheet"])
    assert "without a label An auditor attested the inputs. Auditor: Anna Beispiel" in attested
    assert f"Go to the label {LABEL_ID}" in text_of(every_page()["labelled sheet"])


def test_data_sheet_names_what_is_missing():
    """Without a reference the sheet gives figures and says what is missing; an error stands as the error it is."""
    text = text_of(every_page()["sheet"])
    assert "kg CO₂e per item" in text
    assert "Missing: kWh/kg of industrial panel sizing or routing." in text
    assert words.REASONS["no_reference"] in text
    failed = text_of(every_page()["failed sheet"])
    assert "Missing factor No row for unobtainium." in failed
    assert "What to do: Choose another material." in failed


def test_data_sheet_shows_findings_and_what_evidence_would_give():
    """The producer sees what was found implausible, and what each proof would change."""
    document = changed(panels(), "/steps/0/energy", entry("0.001", "kWh"))
    document = changed(document, "/steps/0/duration", entry("3", "h"))
    view = sheet_view(document, improvements=(Improvement("weigh the material taken for body", 88, "C"),))
    text = text_of(pages.data_sheet_page(view))
    assert view.findings
    assert all(f"(rule {finding.rule})" in text for finding in view.findings)
    assert "weigh the material taken for body 88 C" in text


@pytest.mark.parametrize("product", [hooks, boxes, panels, shirts, lamps])
def test_method_page_lists_every_flow_with_a_source(product):
    """Each flow stands with amount, factor and result, and each factor with title and place of its source."""
    view = method_view(product())
    page = pages.label_method_page(view, languages())
    text = text_of(page)
    factors = between(page, '<ol class="factors">', "</ol>")
    assert page.split("</table>")[0].count('<tr><th scope="row">') == len(view.inventory.flows)
    sourced = factors.count('<p lang="en"><a href=') + factors.count(": SHA-256 ")
    assert factors.count("<li id=") == factors.count(", GSD ") == sourced
    assert f"SHA-256 {RELEASE.digest}" in text
    assert all(licence["attribution"] in text for licence in RELEASE.licences)


def test_method_page_shows_what_a_part_weighs_on_both_sides():
    """A labelled part has its own figure beside that of the mass process; a supplier's has one, in its unit."""
    factors = between(every_page()["method of goods with parts"], '<ol class="factors">', "</ol>")
    digests = {letter: factors.count(f"SHA-256 {letter * 32}") for letter in ("ab", "cd", "ef")}
    assert digests == {"ab": 3, "cd": 1, "ef": 1}  # gate and end of life of its own, gate of the mass process
    assert factors.count("/piece, GSD ") == 4
    assert "the same design, mass-produced" in factors
    assert "2.4 kg CO\u2082e/kg, GSD 1.3" in factors


def test_method_page_shows_what_another_category_would_have_given():
    """The box sees its letter in the other category of boxes, and the criteria that keep it from choosing."""
    text = text_of(every_page()["method of a label"])
    other = assessment_of(changed(boxes(), "/product/category", "storage_box_washable"))
    assert f"Storage box, washable and moisture-proof {other.score} {other.grade} Storage box 45 L" in text
    assert "Storage box for dry goods as entered" in text
    assert "Checked by Anna Beispiel for this product: inner volume measured with water" in text
    assert "holds 1 L of water for 24 h without leaking" in text


def test_home_leads_to_everything():
    """The start page shows each example with its grade or that it has none, and where to check."""
    page = pages.home_page(
        home_view(
            cards=(Card("Box", "Lab", "/L/AAAAAAAAAAAAA", "B", "metered"), Card("Panel", "Lab", "/D/1", None)),
            schemas=("declaration-1.json",),
        )
    )
    outline = Outline(page)
    assert "Grade B · metered" in outline.text
    assert "No label: data sheet, not verified" in outline.text
    assert {
        "/L/AAAAAAAAAAAAA",
        "/D/1",
        "/method",
        "/log/checkpoint",
        "/trust-list.jwt",
        "/.well-known/did.json",
        f"/releases/{RELEASE.digest}/rows",
        "/schemas/declaration-1.json",
        "/api/v1/openapi.json",
    } <= set(outline.values("href"))


@pytest.mark.parametrize(
    "problem",
    [
        {},
        {"title": "Not found", "status": 404, "detail": "no label has this id", "type": "/problems/not-found"},
        {"title": "Log fault", "status": 503, "detail": "the log is closed.", "hint": "wait", "where": "/log"},
    ],
)
def test_problem_page_says_what_to_do(problem):
    """An error is a page for people, whatever members it has."""
    text = text_of(pages.problem_page(problem))
    assert "What to do" in text
    assert problem.get("title", "Error") in text
    assert "Go to the start page" in text


@settings(max_examples=25)
@given(name=texts.map(str.strip) | st.just(HOSTILE) | st.text("W\u0301\u05d0", min_size=300, max_size=300))
def test_text_never_changes_the_structure_of_a_page(name):
    """Whatever people write into their documents is text: tags and attributes of the pages stay as they are."""
    assert _shapes(name) == _shapes("Name")


def _shapes(name: str) -> list[list[str]]:
    """Give the tags and attribute names of a label page and a data sheet with this text in every place."""
    design = {"name": "Design", "digest": EVIDENCE, "licence": "MIT", "url": "https://design.example/hook"}
    view = label_view(changed(hooks(), "/product/design", design))
    party = view.inventory.producer.model_copy(update={"name": name})
    inventory = view.inventory.model_copy(
        update={
            "name": name,
            "producer": party,
            "partners": (party,),
            "design": view.inventory.design.model_copy(update={"name": name, "licence": name or "x"}),
        }
    )
    auditor = type(AUDITOR)(name, name, name, name, name, "desk", (name,))
    members = {"inventory": inventory, "improvements": (Improvement(name, None, None),), "auditor": auditor}
    label = label_view(hooks(), scheme=name, reason=name or "x", **members)
    sheet = sheet_view(hooks(), name=name, producer=name, scheme=name, **members)
    outlines = [Outline(pages.label_page(label)), Outline(pages.data_sheet_page(sheet))]
    return [outline.tags + [name for _, name, _ in outline.attributes] for outline in outlines]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://lab.example/x"])
def test_only_web_addresses_are_linked(url):
    """An address in a document becomes a link only when it leads to the web."""
    design = {"name": "Design", "digest": EVIDENCE, "url": url}
    assert url not in pages.label_page(label_view(changed(hooks(), "/product/design", design)))
    design["url"] = "https://design.example/hook"
    page = pages.label_page(label_view(changed(hooks(), "/product/design", design)))
    assert "https://design.example/hook" in Outline(page).values("href")


def test_invisible_names_are_named():
    """A name of zero-width characters does not leave a heading empty."""
    inventory = label_view(hooks()).inventory.model_copy(update={"name": "\u200b\u200d"})
    assert "(no visible name)" in text_of(pages.label_page(label_view(hooks(), inventory=inventory)))


def test_scan_page_is_small():
    """Label page and style sheet together stay below 30 kB before compression."""
    assert len(every_page()["valid"].encode()) + len(style("style.css")) < 30_000
