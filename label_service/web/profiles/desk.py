"""The pages of profiles: an overview, one form per item, and undo. Every step is a plain form."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from re import compile as pattern_of

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.certification.evidence import Evidence
from label_service.declaration.profiles import Profiles
from label_service.document import Design, Party
from label_service.errors import LabelServiceError, NotFound
from label_service.issuance.clock import now
from label_service.issuance.scheme import Scheme
from label_service.web import pages
from label_service.web.forms import Answers, Field, FormView, Hidden
from label_service.web.languages import message, say
from label_service.web.producers import ProducerOf, sent, shown
from label_service.web.profiles import SECTIONS
from label_service.web.profiles.editing import put, take_out, told_changes
from label_service.web.profiles.importing import ProfileImport
from label_service.web.profiles.papers import PaperDrawer
from label_service.web.profiles.sections import Section, Workshop, read_item
from label_service.web.uploads import page, see

CARRY = "carry"
_ID = pattern_of(r"(?!new$)[a-z0-9][a-z0-9_-]{0,63}")

Back = Callable[[FormData, Party], Response]


@dataclass(frozen=True, slots=True)
class ProfilesView:
    """The overview.

    Attributes:
        lists: each section with its items: id, what it is, and more about it.
        changes: what the last change was, in words.
    """

    scheme: str
    demo: bool
    producer: Party
    lists: tuple[tuple[Section, tuple[tuple[str, str, str], ...]], ...]
    changes: tuple[str, ...]
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """An item on its way through the form.

    Attributes:
        carried: what another page wants back when the item is saved.
    """

    section: Section
    item_id: str
    answers: Answers
    workshop: Workshop
    carried: Hidden = ()

    @property
    def is_new(self) -> bool:
        """Whether it is not in the profiles yet."""
        return self.section.item(self.workshop.profiles, self.item_id) is None

    def fields(self) -> tuple[Field, ...]:
        """Give the questions with their answers."""
        answers = self.answers
        return tuple(
            replace(
                field,
                value=answers.values.get(field.name, ""),
                papers=answers.papers.get(field.name, ()),
                problem=answers.problems.get(field.name, ""),
            )
            for field in self.section.fields(self.workshop)
        )


_ADD, _CHANGE = message("Add a %(one)s"), message("Change a %(one)s")


class ProfileDesk:
    """Shows and changes the profiles of the producer of a request.

    `back` continues what another page carried through a form.
    """

    def __init__(self, scheme: Scheme, producer_of: ProducerOf, back: Back) -> None:
        self._scheme = scheme
        self._producer_of = producer_of
        self._back = back

    def routes(self) -> list[Route]:
        """Give the routes of the pages, and of the documents behind them."""
        of = self._producer_of
        item = "/profiles/{section}/{item}"
        return [
            Route("/profiles", shown(of, self._overview), methods=["GET"]),
            Route("/profiles/undo", sent(of, self._undo), methods=["POST"]),
            *ProfileImport(self._scheme, of).routes(),
            Route(item, shown(of, self._form), methods=["GET"]),
            Route(item, sent(of, self._save), methods=["POST"]),
            Route(f"{item}/remove", sent(of, self._remove), methods=["POST"]),
        ]

    def open_form(self, name: str, producer: Party, carried: Hidden = ()) -> Response:
        """Give the empty form of a section; a machine needs a site first.

        Raises:
            NotFound: no such section.
        """
        profiles = self._scheme.profiles.of(producer)
        section = _section("sites" if name == "machines" and not profiles.sites else name)
        item_id = f"{section.one}-{secrets.token_hex(4)}"  # made here, so that sending the form twice is one item
        workshop = self._workshop(profiles, item_id)
        return self._form_page(Draft(section, item_id, Answers(section.start(workshop)), workshop, carried))

    def _overview(self, _: Request, producer: Party) -> Response:
        profiles, before = self._scheme.profiles.of(producer), self._scheme.profiles.before(producer)
        workshop = self._workshop(profiles)
        lists = tuple(
            (section, tuple((item.id, *section.words(item, workshop)) for item in section.items(profiles)))
            for section in SECTIONS.values()
        )
        changes = told_changes(before, profiles, SECTIONS.values(), workshop) if before else []
        identity = self._scheme.identity
        shown_name = identity.display_name
        view = ProfilesView(shown_name, identity.is_demo, producer, lists, tuple(changes), before is not None)
        return page(pages.render("profiles.html", view=view, demo=view.demo))

    def _form(self, request: Request, producer: Party) -> Response:
        section, item_id = _section(request.path_params["section"]), request.path_params["item"]
        if item_id == "new":
            return self.open_form(section.name, producer)
        profiles = self._scheme.profiles.of(producer)
        item = section.item(profiles, item_id)
        if item is None:
            raise NotFound(f"there is no {section.one} {item_id[:40]!r}", hint="it may have been removed")
        drawer = PaperDrawer(Evidence(self._scheme).of_party(producer.id), profiles)
        papers = {name: tuple(map(drawer.paper, digests)) for name, digests in section.evidence(item).items()}
        answers = Answers({name: text or "" for name, text in section.values(item).items()}, papers)
        return self._form_page(Draft(section, item_id, answers, self._workshop(profiles, item_id)))

    def _save(self, request: Request, producer: Party, form: FormData) -> Response:
        """Put an item; what is wrong is said at its field, and everything typed stands as it was."""
        section, item_id = _section(request.path_params["section"]), request.path_params["item"]
        if not _ID.fullmatch(item_id):
            raise NotFound(f"there is no {section.one} {item_id[:40]!r}")
        profiles = self._scheme.profiles.of(producer)
        drawer = PaperDrawer(Evidence(self._scheme).of_party(producer.id), profiles)
        answers = drawer.answers(form, section.fields(self._workshop(profiles)))
        draft = Draft(
            section, item_id, answers, self._workshop(profiles, item_id, drawer.designs(answers)), _carried(form)
        )
        try:
            changed = self._put(draft, producer)
        except LabelServiceError as error:
            return self._form_page(draft, error)
        return self._next(draft, changed, producer) if changed else self._form_page(draft)

    def _put(self, draft: Draft, producer: Party) -> Profiles | None:
        """Give the changed profiles; None when an answer is wrong.

        Raises:
            LabelServiceError: the item breaks a rule that no field foresaw.
        """
        section, answers = draft.section, draft.answers
        before = section.item(draft.workshop.profiles, draft.item_id)
        item = read_item(section, draft.item_id, answers, draft.workshop, before)
        if item is None:
            return None
        evidence = [paper.evidence(kind) for name, kind in section.papers.items() for paper in answers.papers[name]]
        return self._scheme.profiles.change(producer, lambda newest: put(newest, section, item, evidence))

    def _next(self, draft: Draft, profiles: Profiles, producer: Party) -> Response:
        """Go on where the maker came from; after the first site comes the first machine."""
        is_first_site = draft.section.name == "sites" and not profiles.machines
        if draft.carried and is_first_site:
            return self.open_form("machines", producer, draft.carried)
        if draft.carried:
            return self._back(FormData([(name, value) for name, value in draft.carried]), producer)
        return see("/profiles/machines/new" if is_first_site else f"/profiles#{draft.section.name}")

    def _remove(self, request: Request, producer: Party, _: FormData) -> Response:
        section, item_id = _section(request.path_params["section"]), request.path_params["item"]
        self._scheme.profiles.change(producer, lambda newest: take_out(newest, section, item_id))
        return see("/profiles")

    def _undo(self, _: Request, producer: Party, __: FormData) -> Response:
        self._scheme.profiles.restore(producer)
        return see("/profiles")

    def _form_page(self, draft: Draft, problem: LabelServiceError | None = None) -> Response:
        """Show a form; a problem that belongs to a field is said there."""
        fields = draft.fields()
        place = problem.where.strip("/").partition("/")[0] if problem else ""
        if problem and place in {field.name for field in fields}:
            fields = tuple(replace(field, problem=problem.detail) if field.name == place else field for field in fields)
            problem = None
        view = FormView(
            self._scheme.identity.display_name,
            self._scheme.identity.is_demo,
            title=say(_ADD if draft.is_new else _CHANGE, one=say(draft.section.one)),
            lead=draft.section.lead,
            action=f"/profiles/{draft.section.name}/{draft.item_id}",
            button=message("Save and go back to the batch") if draft.carried else message("Save"),
            fields=fields,
            hidden=tuple((CARRY, f"{name}={value}") for name, value in draft.carried),
            problem=problem,
        )
        return page(
            pages.render("form.html", view=view, demo=view.demo),
            422 if problem or any(field.problem for field in fields) else 200,
        )

    def _workshop(self, profiles: Profiles, item_id: str = "", designs: Mapping[str, Design] | None = None) -> Workshop:
        return Workshop(profiles, self._scheme.releases.current(), now().year, item_id, designs or {})


def _section(name: str) -> Section:
    if name not in SECTIONS:
        raise NotFound(f"there are {', '.join(SECTIONS)}, not {name[:40]!r}")
    return SECTIONS[name]


def _carried(form: FormData) -> Hidden:
    """Give what another page carries through this one, as pairs of field and value."""
    pairs = (text.partition("=") for text in form.getlist(CARRY) if isinstance(text, str))
    return tuple((name, value) for name, _, value in pairs)
