"""Scopes that an auditor attested: what is used up, values to reveal, samples to audit again, and their withdrawal."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.certification.desk import Certification
from label_service.certification.drafts import Drafts
from label_service.errors import LabelServiceError, NotFound
from label_service.issuance.reasons import AUDITOR_REASONS
from label_service.tlog.leaf import StatementKind
from label_service.web.auditor.answers import lines_of, words_of
from label_service.web.auditor.requests import RequestDesk
from label_service.web.auditor.signing import SCRIPT, SigningDesk, done_words
from label_service.web.guard import Guard
from label_service.web.scripts import script_href
from label_service.web.uploads import text_of
from label_service.web.workspace import Workspace


class ScopeDesk:
    """Shows an auditor her scopes and samples, and makes the drafts of what she says about them."""

    def __init__(
        self,
        certification: Certification,
        workspace: Workspace,
        guard: Guard,
        signing: SigningDesk,
        requests: RequestDesk,
    ) -> None:
        self._certification = certification
        self._workspace = workspace
        self._guard = guard
        self._signing = signing
        self._requests = requests
        self._drafts = Drafts(workspace.scheme.identity)

    def routes(self) -> list[Route]:
        """Give the routes of scopes, samples and withdrawals."""
        page, action = self._guard.page, self._guard.action
        return [
            Route("/audit/scopes/{digest:str}", page(Right.AUDIT, self._show), methods=["GET"]),
            Route("/audit/scopes/{digest:str}/reveal", action(Right.AUDIT, self._reveal), methods=["POST"]),
            Route("/audit/scopes/{digest:str}/withdraw", action(Right.AUDIT, self._withdraw_scope), methods=["POST"]),
            Route("/audit/samples/{id:str}", page(Right.AUDIT, self._sample), methods=["GET"]),
            Route("/audit/samples/{id:str}/result", action(Right.AUDIT, self._result), methods=["POST"]),
            Route("/audit/requests/{id:str}/withdraw", action(Right.AUDIT, self._withdraw), methods=["POST"]),
        ]

    def _show(self, request: Request, actor: Actor, problem: LabelServiceError | None = None) -> Response:
        scope = self._certification.duties.scope(actor, request.path_params["digest"])
        owed = [item for item in self._certification.duties.of(actor).reveals if item.scope_digest == scope.digest]
        samples = [item for item in self._certification.duties.of(actor).samples if item.scope_digest == scope.digest]
        return self._workspace.page(
            "audit_scope.html",
            actor,
            problem.status if problem else 200,
            scope=scope,
            owed=owed,
            samples=samples,
            problem=problem,
            keys=self._certification.auditor_keys.signing(actor),
            reasons=AUDITOR_REASONS["withdrawal"],
            done=done_words(request),
            script=script_href(SCRIPT),
        )

    def _reveal(self, request: Request, actor: Actor, form: FormData) -> Response:
        scope = self._certification.duties.scope(actor, request.path_params["digest"])
        subject = {
            "scope_digest": scope.digest,
            "week": text_of(form, "week"),
            "value": text_of(form, "value").strip().lower(),
        }
        text = f"The value of {subject['week']}, from which the samples of this week are drawn."
        try:
            key, now = self._signing.key_of(actor, form), self._workspace.scheme.bench.clock()
            draft = self._drafts.statement(key, "reveal", subject, reason="week-closed", text=text, now=now)
        except LabelServiceError as error:
            return self._show(request, actor, error)
        return self._signing.page(actor, draft, f"/audit/scopes/{scope.digest}")

    def _withdraw_scope(self, request: Request, actor: Actor, form: FormData) -> Response:
        scope = self._certification.duties.scope(actor, request.path_params["digest"])
        try:
            return self._said(
                actor, form, "withdrawal", {"scope_digest": scope.digest}, f"/audit/scopes/{scope.digest}"
            )
        except LabelServiceError as error:
            return self._show(request, actor, error)

    def _withdraw(self, request: Request, actor: Actor, form: FormData) -> Response:
        """Withdraw the attestation of a declaration that answered a request."""
        asked = self._certification.audits.get(actor, request.path_params["id"])
        if asked.state != "attested" or asked.kind != "declaration" or asked.result_digest is None:
            raise NotFound("this request was not answered with an attestation of a declaration")
        subject = {"attestation_digest": asked.result_digest}
        return self._said(actor, form, "withdrawal", subject, f"/audit/requests/{asked.id}")

    def _sample(self, request: Request, actor: Actor, problem: LabelServiceError | None = None) -> Response:
        row, found = self._certification.duties.sample(actor, request.path_params["id"])
        return self._workspace.page(
            "audit_sample.html",
            actor,
            problem.status if problem else 200,
            sample=row,
            problem=problem,
            keys=self._certification.auditor_keys.signing(actor),
            reasons=AUDITOR_REASONS["sample_result"],
            script=script_href(SCRIPT),
            **self._requests.declaration_context(found),
        )

    def _result(self, request: Request, actor: Actor, form: FormData) -> Response:
        row, _ = self._certification.duties.sample(actor, request.path_params["id"])
        subject = {"label_id": row.label_id, "scope_digest": row.scope_digest, "outcome": text_of(form, "outcome")}
        try:
            return self._said(actor, form, "sample_result", subject, f"/audit/samples/{row.label_id}")
        except LabelServiceError as error:
            return self._sample(request, actor, error)

    def _said(self, actor: Actor, form: FormData, kind: StatementKind, subject: dict[str, str], back: str) -> Response:
        """Give the page on which a statement is signed that a form makes."""
        draft = self._drafts.statement(
            self._signing.key_of(actor, form),
            kind,
            subject,
            reason=text_of(form, "reason"),
            text=words_of(form, "text"),
            findings=lines_of(form, "findings"),
            now=self._workspace.scheme.bench.clock(),
        )
        return self._signing.page(actor, draft, back)
