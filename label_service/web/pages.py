"""Public pages as HTML text: pure functions of documents and plain values, readable without JavaScript.

Text from documents is untrusted and escaped by the templates; pages hold no inline script or style, so they keep
`SECURITY_POLICY`, or one that allows scripts of ours and nothing else. The look is a small style sheet for all pages,
one more for all but label pages, and one for forms.
"""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from label_service.factors.release import Release
from label_service.grade import SCALE
from label_service.web import categories, languages, numbers, sections, tables, telling, variants, words
from label_service.web.languages import message
from label_service.web.scripts import script_href, style_href
from label_service.web.structured import structured_text
from label_service.web.views import DataSheetView, HomeView, LabelView, MethodView

SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

FORM_POLICY = SECURITY_POLICY + "; script-src 'self'; connect-src 'self'"
LABEL_POLICY = FORM_POLICY  # the label page checks itself with a script of ours, and fetches its own bundle

Place = tuple[str, str]  # path and name
PRODUCER_PLACES: tuple[Place, ...] = (
    ("/workshop", message("Work")),
    ("/declare", message("Declare")),
    ("/profiles", message("Profiles")),
    ("/workshop/together", message("Together")),
)


def label_page(view: LabelView) -> str:
    """Give the page behind the QR code of a label: verdict first, then grade, figure, reference and proof."""
    assessment, inventory = view.assessment, view.inventory
    return render(
        "label.html",
        view=view,
        script=script_href("label.js"),
        basis=script_href("verify/basis.js"),
        verifier=script_href("verify/page.js"),
        structured=structured_text(view),
        demo=assessment.demo,
        result=sections.result(assessment, inventory, view.release),
        auditor=view.auditor,
        improvements=view.improvements,
    )


def data_sheet_page(view: DataSheetView, template: str = "data_sheet.html", **context: Any) -> str:
    """Give the neutral sheet of a declaration without a label: figures, no letter, and what is missing.

    Args:
        view: the declaration.
        template: one that extends the sheet for who is signed in.
        context: what that one shows more.
    """
    result = None
    if view.inventory and view.assessment:
        result = sections.result(view.assessment, view.inventory, view.release)
    return render(
        template,
        view=view,
        demo=view.demo,
        result=result,
        findings=sections.findings(view.findings),
        improvements=view.improvements,
        **context,
    )


def label_method_page(view: MethodView, offered: tuple[languages.Language, ...]) -> str:
    """Give how one result came about: every flow with factor and source, the references, other categories.

    Args:
        view: the label or declaration.
        offered: the languages a reader may switch to.
    """
    inventory, assessment = view.inventory, view.assessment
    unit = sections.page_unit(assessment)
    factors = tables.Factors(inventory, view.release)
    computed = [item.reference for item in assessment.comparisons if item.ratio]
    return render(
        "label_method.html",
        view=view,
        offered=offered,
        demo=assessment.demo,
        result=sections.result(assessment, inventory, view.release),
        product=tables.product(inventory, factors, unit),
        references=tables.references(inventory, computed, factors, unit),
        factors=factors.lines(),
        others=categories.other_categories(inventory, view.release),
        auditor=view.auditor,
    )


def home_page(view: HomeView) -> str:
    """Give the start page: what this is, the labels and examples, and where everything can be checked."""
    return render("home.html", view=view, demo=view.demo)


def method_page(release: Release, scheme: str, *, demo: bool) -> str:
    """Give the method in short with the sources of a release."""
    sources = [release.row("sources", key) for key in release.keys("sources")]
    return render(
        "method.html",
        scheme=scheme,
        demo=demo,
        release=release,
        scale=SCALE,
        sources=[(row, words.web_address(row.get("url"))) for row in sources],
    )


def declare_page(view: Any) -> str:
    """Give the page where a maker drops files, answers what they do not say, and submits."""
    return render("declare.html", view=view, demo=view.demo, script=script_href("declare.js"))


def problem_page(problem: dict[str, Any]) -> str:
    """Give an error as a page that says what was expected, what was found and what to do."""
    return render("problem.html", problem=problem, demo=False)


def render(template: str, **context: Any) -> str:
    """Give a page of a template of this package; every page has its own small function or desk that calls this."""
    return _environment().get_template(template).render(**context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("label_service.web"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    styles = {"style": "style.css", "site_style": "site.css", "form_style": "workspace.css"}
    environment.globals |= {name: style_href(file) for name, file in styles.items()}
    environment.globals |= {"words": words, "numbers": numbers}
    environment.globals["role_words"] = {
        "lead": message("lead"),
        "member": message("member"),
        "reader": message("reader"),
    }
    environment.globals["party_words"] = {
        "producer": message("Producer"),
        "verifier": message("Verification body"),
        "operator": message("Owner of the scheme"),
    }
    own = (
        ("/cases", message("Cases")),
        ("/notices", message("Notices")),
        ("/tokens", message("Tokens")),
        ("/account", message("Account")),
    )
    environment.globals["producer_places"] = (*PRODUCER_PLACES, *own)
    environment.install_gettext_callables(languages.gettext, languages.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"speaking": languages.speaking, "languages": languages.languages}
    environment.globals["workspace_languages"] = languages.WORKSPACE_LANGUAGES
    environment.filters["translated"] = languages.gettext
    environment.filters["visible"] = words.visible
    environment.filters["told"] = telling.told
    environment.filters["measured"] = telling.measured
    environment.filters["told_sentence"] = telling.told_sentence
    environment.filters["sentence"] = words.sentence
    environment.filters["day"] = numbers.day
    environment.filters["moment"] = numbers.moment
    environment.filters["web_address"] = words.web_address
    environment.filters["varying"] = variants.varying
    environment.filters["bounded"] = variants.bounded
    return environment
