"""What the workspace offers, for programs with a token: requests, labels, scopes, notices, cases; and the intake.

Bodies are parsed by our own strict parser, as everywhere; what is not the party's own is not found.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Path, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from label_service import canonical
from label_service.accounts.rights import Actor, Right
from label_service.certification.audits import AuditRequest
from label_service.certification.cases import Case
from label_service.certification.corrections import OwnReason
from label_service.certification.desk import Certification
from label_service.certification.holdings import HeldLabel, HeldSample
from label_service.certification.intake import Taken
from label_service.certification.notices import Notice
from label_service.document import Model, validate
from label_service.errors import InvalidDocument
from label_service.issuance.scheme import Scheme
from label_service.issuance.scopes import Scope
from label_service.web.guard import Guard
from label_service.web.openapi import token_body

Part = Annotated[int, Query(ge=1, le=100_000)]
LabelId = Annotated[str, Path(pattern=r"^[A-Z2-7]{13}$")]
AnyModel = TypeVar("AnyModel", bound=Model)


class AuditWanted(Model):
    """Whom to ask; `verifier` is the id of the party."""

    verifier: str


class Correction(Model):
    """Which later label replaces one, and in public words why."""

    successor: str
    words: str


class Withdrawal(Model):
    """Why a label is taken back, for good."""

    reason: OwnReason
    words: str


class Said(Model):
    """Words in a case."""

    text: str


class Appeal(Model):
    """Against what, by its id, and why."""

    about: str
    text: str


class VerifierShown(BaseModel):
    """A body that can be asked."""

    id: str
    name: str
    auditors: list[str]


class ScopeShown(BaseModel):
    """A scope of the party: n of N, and where its public page is."""

    digest: str
    site_name: str
    used: int
    quantity: int
    valid_until: str
    is_revoked: bool
    is_suspended: bool
    status_reason: str
    status_at: datetime | None
    page: str


class WorkApi:
    """Adds the routes of the workspace to the API of a scheme."""

    def __init__(self, scheme: Scheme, certification: Certification, guard: Guard) -> None:
        self._scheme = scheme
        self._desk = certification
        self._guard = guard

    def add_to(self, program: FastAPI) -> None:
        """Add all routes."""
        self._add_audits(program)
        self._add_labels(program)
        self._add_cases(program)

    def _reader(self, request: Request) -> Actor:
        return self._guard.require(request, Right.READ_OWN)

    async def _act(
        self, request: Request, right: Right, model: type[AnyModel], act: Callable[[Actor, AnyModel], Any]
    ) -> Any:
        """Check the right, read the body, and do it in a thread."""
        actor = await run_in_threadpool(self._guard.require, request, right)
        wanted = validate(model, canonical.decode_lenient(await request.body()))
        return await run_in_threadpool(act, actor, wanted)

    def _add_audits(self, program: FastAPI) -> None:
        audits = self._desk.audits

        @program.get("/verifiers")
        def verifiers(request: Request) -> list[VerifierShown]:
            """List the verifiers that can be asked."""
            self._reader(request)
            found = audits.verifiers()
            return [VerifierShown(id=v.id, name=v.name, auditors=[a.name for a in v.auditors]) for v in found]

        @program.get("/audit-requests")
        def requests(request: Request) -> list[AuditRequest]:
            """List the audit requests that your party made or received."""
            return audits.of(self._reader(request))

        @program.post("/declarations/{identifier}/audit-request", status_code=201, openapi_extra=body_of(AuditWanted))
        async def ask(identifier: str, request: Request) -> AuditRequest:
            """Ask a verifier to look at a declaration of yours."""

            def asked(actor: Actor, wanted: AuditWanted) -> AuditRequest:
                return audits.request_declaration(actor, identifier, wanted.verifier)

            found: AuditRequest = await self._act(request, Right.DECLARE, AuditWanted, asked)
            return found

        @program.post("/audit-requests/{identifier}/cancel")
        def cancel(identifier: str, request: Request) -> AuditRequest:
            """Take a request back, or give it back unanswered."""
            actor = self._reader(request)
            audits.cancel(actor, identifier)
            return audits.get(actor, identifier)

        @program.post("/intake", status_code=201, openapi_extra=token_body("application/jwt"))
        async def take(request: Request) -> Taken:
            """Hand in what an auditor signed: an attestation of a declaration or scope, or a statement."""
            actor = await run_in_threadpool(self._guard.require, request, Right.AUDIT)
            return await run_in_threadpool(self._desk.intake.take, actor, token_of(await request.body()))

    def _add_labels(self, program: FastAPI) -> None:
        holdings, corrections = self._desk.holdings, self._desk.corrections

        @program.get("/labels")
        def labels(request: Request, page: Part = 1) -> list[HeldLabel]:
            """List the labels of your party, newest first, 50 a page."""
            return holdings.labels(self._reader(request), page)[0]

        @program.post("/labels/{label_id}/supersede", openapi_extra=body_of(Correction))
        async def supersede(label_id: LabelId, request: Request) -> HeldLabel:
            """Put a later label in the place of one with a mistake."""

            def done(actor: Actor, wanted: Correction) -> HeldLabel:
                corrections.supersede(actor, label_id, wanted.successor, wanted.words)
                return holdings.label(actor, label_id)

            found: HeldLabel = await self._act(request, Right.DECLARE, Correction, done)
            return found

        @program.post("/labels/{label_id}/withdraw", openapi_extra=body_of(Withdrawal))
        async def withdraw(label_id: LabelId, request: Request) -> HeldLabel:
            """Take a label back, for good."""

            def done(actor: Actor, wanted: Withdrawal) -> HeldLabel:
                corrections.withdraw(actor, label_id, wanted.reason, wanted.words)
                return holdings.label(actor, label_id)

            found: HeldLabel = await self._act(request, Right.DECLARE, Withdrawal, done)
            return found

        @program.get("/scopes")
        def scopes(request: Request) -> list[ScopeShown]:
            """List the scopes of your party, newest first."""
            return [_scope(item) for item in self._scheme.scopes.of(self._reader(request).party_id)]

        @program.get("/samples")
        def samples(request: Request) -> list[HeldSample]:
            """List the labels of your party that were drawn to be audited again."""
            return holdings.samples(self._reader(request))

    def _add_cases(self, program: FastAPI) -> None:
        cases, notices = self._desk.cases, self._desk.notices

        @program.get("/notices")
        def told(request: Request) -> list[Notice]:
            """List what needs your party."""
            return notices.of(self._reader(request), is_open_only=True)

        @program.get("/cases")
        def all_cases(request: Request) -> list[Case]:
            """List complaints and appeals that your party is a side of."""
            return cases.of(self._reader(request))

        @program.post("/cases/{identifier}/answer", openapi_extra=body_of(Said))
        async def answer(identifier: str, request: Request) -> Case:
            """Say something in a case."""

            def said(actor: Actor, wanted: Said) -> Case:
                cases.answer(actor, identifier, wanted.text)
                return cases.get(actor, identifier)

            found: Case = await self._act(request, Right.READ_OWN, Said, said)
            return found

        @program.post("/appeals", status_code=201, openapi_extra=body_of(Appeal))
        async def appeal(request: Request) -> Case:
            """Appeal against a refusal, a suspension or a revocation."""

            def begun(actor: Actor, wanted: Appeal) -> Case:
                return cases.get(actor, cases.appeal(actor, wanted.about, wanted.text))

            found: Case = await self._act(request, Right.ANSWER, Appeal, begun)
            return found


def token_of(data: bytes) -> str:
    """Give the text of a signed token.

    Raises:
        InvalidDocument: other characters than a token has.
    """
    try:
        return data.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise InvalidDocument("expected a compact token (vc+jwt or statement+jwt)") from error


def body_of(model: type[Model]) -> dict[str, Any]:
    """Describe a JSON body that our own parser reads."""
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _scope(scope: Scope) -> ScopeShown:
    subject = scope.subject
    return ScopeShown(
        digest=scope.digest,
        site_name=subject.site_name,
        used=scope.used,
        quantity=subject.quantity,
        valid_until=scope.attestation.valid_until,
        is_revoked=scope.is_revoked,
        is_suspended=scope.is_suspended,
        status_reason=scope.status_reason,
        status_at=scope.status_at,
        page=f"/register/scopes/{scope.digest}",
    )
