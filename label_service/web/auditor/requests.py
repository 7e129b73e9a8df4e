"""The desk of one audit request: a declaration beside its evidence, or a workshop beside what it made so far."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.certification.audits import AuditRequest
from label_service.certification.checking import Checked, check_declaration
from label_service.certification.desk import Certification
from label_service.certification.drafts import Drafts
from label_service.certification.similar import CLIMATE, ENERGY, FEWEST, MASS, SCORE, SCRAP, Compared, compared
from label_service.errors import LabelServiceError, NotFound
from label_service.factors.release import find_release
from label_service.issuance.reasons import AUDITOR_REASONS
from label_service.issuance.submission import Submission
from label_service.store.database import reading
from label_service.web import sections
from label_service.web.auditor.answers import chosen, lines_of, whole_of, words_of
from label_service.web.auditor.dossier import dossier_file
from label_service.web.auditor.scope_form import RATE, bound_lines, bounds_of, lot_line, subject_of, weeks_of
from label_service.web.auditor.signing import SCRIPT, SigningDesk, done_words
from label_service.web.guard import Guard
from label_service.web.languages import message, say
from label_service.web.places import places
from label_service.web.scripts import script_href
from label_service.web.uploads import see, text_of
from label_service.web.words import BASES, Words
from label_service.web.workspace import Workspace

DAYS: Final = 365
_FULL: Final = 100.0
_FIGURES: Final = {
    ENERGY: message("Energy"),
    SCRAP: message("Scrap"),
    CLIMATE: message("Climate impact for a kilogram"),
    MASS: message("Weight of an item"),
    SCORE: message("Score"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A figure among those of peers, with its place in a small picture, in per cent of the width.

    Attributes:
        name: what is compared.
        thin, thick: start and width of the middle four fifths and of the middle half of the peers.
    """

    compared: Compared
    name: str
    own: str
    middle: str = ""
    thin: tuple[str, str] = ("", "")
    thick: tuple[str, str] = ("", "")


class RequestDesk:
    """Shows an auditor what she was asked to look at, and lets her answer."""

    def __init__(self, certification: Certification, workspace: Workspace, guard: Guard, signing: SigningDesk) -> None:
        self._certification = certification
        self._workspace = workspace
        self._guard = guard
        self._signing = signing
        self._scheme = workspace.scheme
        self._drafts = Drafts(workspace.scheme.identity)

    def routes(self) -> list[Route]:
        """Give the routes of the desk."""
        page, action = self._guard.page, self._guard.action
        path = "/audit/requests/{id:str}"
        return [
            Route(path, page(Right.AUDIT, self._show), methods=["GET"]),
            Route(f"{path}/dossier.zip", page(Right.AUDIT, self._dossier), methods=["GET"]),
            Route(f"{path}/attest", action(Right.AUDIT, self._attest), methods=["POST"]),
            Route(f"{path}/scope", action(Right.AUDIT, self._attest_scope), methods=["POST"]),
            Route(f"{path}/refuse", action(Right.AUDIT, self._refuse), methods=["POST"]),
            Route(f"{path}/give-back", action(Right.AUDIT, self._give_back), methods=["POST"]),
        ]

    def checked(self, found: Submission) -> Checked:
        """Check a declaration with the files of its producer."""
        return check_declaration(found, self._certification.evidence.of_goods(found.declaration))

    def declaration_context(self, found: Submission) -> dict[str, Any]:
        """Give everything a page shows of a declaration under audit."""
        checked, release = self.checked(found), find_release(found.inventory.release_digest)
        words = Words(release, found.inventory.year)
        with reading(self._scheme.bench.engine) as session:
            lines = tuple(_line(item, words) for item in compared(session, found))
        category = found.inventory.category
        row = release.row("categories", category) if category else {}
        return {
            "found": found,
            "checked": checked,
            "noted": sections.findings(checked.findings),
            "open_rules": checked.open_rules,
            "place": places(found.declaration, words),
            "bases": BASES,
            "named": words,
            "result": sections.result(found.assessment, found.inventory, release),
            "lines": lines,
            "fewest": FEWEST,
            "category": row,
            "clauses": _clauses(row),
        }

    def _show(
        self, request: Request, actor: Actor, problem: LabelServiceError | None = None, form: FormData | None = None
    ) -> Response:
        asked = self._request(request, actor)
        context = self._scope_context(actor, asked, form) if asked.kind == "scope" else self._context(actor, asked)
        return self._workspace.page(
            "audit_scope_request.html" if asked.kind == "scope" else "audit_declaration.html",
            actor,
            problem.status if problem else 200,
            request=asked,
            problem=problem,
            form=form if form is not None else FormData(),
            keys=self._certification.auditor_keys.signing(actor),
            reasons=AUDITOR_REASONS["refusal"],
            withdrawal_reasons=AUDITOR_REASONS["withdrawal"],
            days=DAYS,
            done=done_words(request),
            script=script_href(SCRIPT),
            **context,
        )

    def _context(self, actor: Actor, asked: AuditRequest) -> dict[str, Any]:
        return self.declaration_context(self._found(actor, asked))

    def _scope_context(self, actor: Actor, asked: AuditRequest, form: FormData | None) -> dict[str, Any]:
        proposal = self._certification.audits.proposal(actor, asked.id)
        observed = self._certification.duties.observed(asked.producer_id, proposal.site.id)
        release = self._scheme.releases.current()
        row = release.row("categories", proposal.category) if proposal.category else {}
        return {
            "proposal": proposal,
            "bounds": bounds_of(proposal, observed, form),
            "lots": "\n".join(lot_line(lot) for lot in proposal.lots),
            "frame_lines": bound_lines(proposal.frame),
            "category": row,
            "clauses": _clauses(row),
            "rate": RATE,
            "weeks": weeks_of(proposal.period),
            "named": Words(release, 0),
        }

    def _dossier(self, request: Request, actor: Actor) -> Response:
        found = self._found(actor, self._request(request, actor))
        return dossier_file(found, actor, self._certification.evidence, self.checked(found), self._scheme.parts)

    def _attest(self, request: Request, actor: Actor, form: FormData) -> Response:
        asked = self._request(request, actor)
        try:
            draft = self._drafts.declaration(
                self._signing.key_of(actor, form),
                self.checked(self._found(actor, asked)),
                criteria=(*chosen(form, "criterion"), *lines_of(form, "criteria")),
                released=chosen(form, "release"),
                level=text_of(form, "level"),
                days=whole_of(form, "days") or DAYS,
                now=self._scheme.bench.clock(),
            )
        except LabelServiceError as error:
            return self._show(request, actor, error, form)
        return self._signing.page(actor, draft, f"/audit/requests/{asked.id}")

    def _attest_scope(self, request: Request, actor: Actor, form: FormData) -> Response:
        asked = self._request(request, actor)
        try:
            proposal = self._certification.audits.proposal(actor, asked.id)
            key, now = self._signing.key_of(actor, form), self._scheme.bench.clock()
            subject = subject_of(form, proposal)
            draft = self._drafts.scope(key, subject, days=whole_of(form, "days") or DAYS, now=now)
        except LabelServiceError as error:
            return self._show(request, actor, error, form)
        return self._signing.page(actor, draft, f"/audit/requests/{asked.id}")

    def _refuse(self, request: Request, actor: Actor, form: FormData) -> Response:
        asked = self._request(request, actor)
        try:
            draft = self._drafts.statement(
                self._signing.key_of(actor, form),
                "refusal",
                self._subject(actor, asked),
                reason=text_of(form, "reason"),
                text=words_of(form, "text"),
                findings=lines_of(form, "findings"),
                now=self._scheme.bench.clock(),
            )
        except LabelServiceError as error:
            return self._show(request, actor, error, form)
        return self._signing.page(actor, draft, f"/audit/requests/{asked.id}")

    def _give_back(self, request: Request, actor: Actor, _: FormData) -> Response:
        self._certification.audits.cancel(actor, request.path_params["id"])
        return see("/audit")

    def _subject(self, actor: Actor, asked: AuditRequest) -> dict[str, str]:
        if asked.kind == "scope":
            return {"request": asked.id}
        return {"declaration_digest": self._found(actor, asked).declaration.digest}

    def _request(self, request: Request, actor: Actor) -> AuditRequest:
        """Give the request of a page; one that was given back is closed to the auditor."""
        asked = self._certification.audits.get(actor, request.path_params["id"])
        if asked.verifier_id != actor.party_id or asked.state == "cancelled":
            raise NotFound("there is no such audit request")
        return asked

    def _found(self, actor: Actor, asked: AuditRequest) -> Submission:
        if asked.declaration_id is None or asked.verifier_id != actor.party_id:
            raise NotFound("this request is about a workshop")
        return self._scheme.declarations.get(asked.declaration_id)


def _clauses(category: Any) -> tuple[str, ...]:
    """Give the admission criteria of a category one by one, for the auditor to tick."""
    return tuple(part.strip() for part in category.get("admission_en", "").split(";") if part.strip())


def _line(item: Compared, words: Words) -> Line:
    name = say(_FIGURES[item.kind]) + (f": {words.name('processes', item.process)}" if item.process else "")
    spread = item.spread
    if spread is None:
        return Line(item, name, "")
    top = max(item.own, spread.p90) * 1.1 or 1.0
    thin, thick = (spread.p10, spread.p90), (spread.p25, spread.p75)
    bars = [(_percent(low / top), _percent((high - low) / top)) for low, high in (thin, thick)]
    return Line(item, name, _percent(item.own / top), _percent(spread.median / top), *bars)


def _percent(share: float) -> str:
    return f"{_FULL * share:.1f}%"
