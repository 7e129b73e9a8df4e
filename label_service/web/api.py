"""The API for programs: submit a declaration, read what follows from it, attest, issue. Errors are problem documents.

Bodies are parsed by our own strict parser, because a framework's JSON parser lets duplicate members through.
"""

from asyncio import wrap_future
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Path, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from label_service import canonical
from label_service.accounts.rights import Actor, Right
from label_service.assessment import Assessment
from label_service.certification.desk import Certification
from label_service.certification.holdings import HeldDeclaration
from label_service.declaration import Declaration
from label_service.errors import LabelServiceError, NotAttested
from label_service.grade import Grade
from label_service.inventory import Inventory
from label_service.issuance.labels import IssuedLabel
from label_service.issuance.scheme import Scheme
from label_service.issuance.submission import Submission
from label_service.label.attestation import DeclarationAttestation, read_attestation
from label_service.label.bundle import Bundle
from label_service.plausibility import Finding
from label_service.store.tables import DeclarationRow
from label_service.web import problems
from label_service.web.guard import Guard
from label_service.web.openapi import DOCUMENT, PROBLEMS, Program, json_body, token_body
from label_service.web.work.api import WorkApi, token_of
from label_service.web.work.together_api import TogetherApi

Identifier = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
_BEARER = HTTPBearer(auto_error=False, description="an API token, made on the page /tokens")


class Summary(BaseModel):
    """How far a declaration has come, and where to read on."""

    id: str
    state: str
    name: str
    grade: Grade | None
    score: int | None
    graded_against: str | None
    findings: list[Finding]
    label_id: str | None
    waits_for: list[str]
    links: dict[str, str]


class Labelled(BaseModel):
    """The label of a declaration, which is durably in the log at this index."""

    id: str
    state: Literal["labelled"]
    label_id: str
    grade: Grade | None
    score: int | None
    log_index: int
    links: dict[str, str]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what: in a scheme what her rights and her party allow, in a demo, which has no guard, everything."""

    scheme: Scheme
    certification: Certification
    guard: Guard | None

    def allowed(self, request: Request, right: Right) -> Actor | None:
        """Give who asks, if she has a right; None in a demo.

        Raises:
            AccountNeeded, Refused: as the guard says.
        """
        return self.guard.require(request, right) if self.guard else None

    def submit(self, request: Request, data: bytes) -> Submission:
        """Take a declaration of the producer who asks; a program of a stranger is turned away before it is read."""
        actor = self.allowed(request, Right.DECLARE)
        declaration = Declaration.from_json(canonical.decode_lenient(data))
        return self.scheme.declarations.submit(declaration, party=actor.party_id if actor else None)

    def take_part(self, request: Request, data: bytes) -> dict[str, Any]:
        """Keep what stands behind a part, of a producer who asks."""
        self.allowed(request, Right.DECLARE)
        return self.scheme.parts.take(data).as_json()

    def read(self, request: Request, identifier: str, right: Right = Right.READ_OWN) -> Submission:
        """Give a declaration to who may see it and has a right; to others it is not there."""
        return self._seen(self.allowed(request, right), identifier)

    def attest(self, request: Request, identifier: str, data: bytes) -> Submission:
        """Take the attestation of a declaration, in a scheme of an auditor who was asked for it.

        Raises:
            InvalidDocument: not the text of a token.
            NotAttested: it is about something else.
        """
        actor = self.allowed(request, Right.AUDIT)
        found = self._seen(actor, identifier)
        token = token_of(data)
        if actor is None:
            self.scheme.attestations.add(identifier, token)
        else:
            _check_about(token, found)
            self.certification.intake.take(actor, token)
        return self.scheme.declarations.get(identifier)

    async def issue(self, request: Request, identifier: str) -> IssuedLabel:
        """Issue the label of an attested declaration of the producer who asks; no thread waits for the log."""
        actor = await run_in_threadpool(self._may_issue, request, identifier) if self.guard else None
        label = await wrap_future(self.scheme.labels.ask(identifier))
        if actor:
            await run_in_threadpool(self.certification.notices.settle_page, actor, f"/D/{identifier}")
        return label

    def _may_issue(self, request: Request, identifier: str) -> Actor | None:
        actor = self.allowed(request, Right.DECLARE)
        self._seen(actor, identifier)
        return actor

    def recent(self, request: Request) -> Iterable[DeclarationRow | HeldDeclaration]:
        """Give the newest declarations that who asks may see."""
        actor = self.allowed(request, Right.READ_OWN)
        return self.certification.holdings.declarations(actor)[0] if actor else self.scheme.declarations.recent()

    def _seen(self, actor: Actor | None, identifier: str) -> Submission:
        if actor is None:
            return self.scheme.declarations.get(identifier)
        return self.certification.holdings.declaration(actor, identifier)


def build_api(access: Access) -> FastAPI:
    """Give the API of a scheme."""
    program = Program(
        title="Label service",
        version="1",
        docs_url=None,
        redoc_url=None,
        dependencies=[Security(_BEARER)] if access.guard else [],
        responses=PROBLEMS,
    )
    program.add_exception_handler(LabelServiceError, problems.on_label_service_error)
    program.add_exception_handler(RequestValidationError, problems.on_validation_error)
    program.add_exception_handler(HTTPException, problems.on_http_error)
    program.add_exception_handler(Exception, problems.on_unexpected)

    @program.post("/declarations", status_code=201, openapi_extra=json_body(Declaration))
    async def submit(request: Request) -> Summary:
        """Submit a declaration; it is checked, turned into an inventory and assessed."""
        data = await request.body()
        return _summary(await run_in_threadpool(access.submit, request, data))

    @program.get("/declarations")
    def recent(request: Request) -> list[dict[str, str | None]]:
        """List the newest declarations that are yours to see: your own, or those you were asked to look at."""
        return [
            {"id": row.id, "state": row.state, "name": row.name, "label_id": row.label_id}
            for row in access.recent(request)
        ]

    @program.get("/declarations/{identifier}")
    def read(identifier: Identifier, request: Request) -> Summary:
        """Read how far a declaration has come."""
        return _summary(access.read(request, identifier))

    @program.get("/declarations/{identifier}/declaration", response_class=Response, responses=DOCUMENT)
    def read_declaration(identifier: Identifier, request: Request) -> Response:
        """Read the declaration in canonical bytes."""
        return _document(access.read(request, identifier).declaration)

    @program.get("/declarations/{identifier}/inventory", response_class=Response, responses=DOCUMENT)
    def read_inventory(identifier: Identifier, request: Request) -> Response:
        """Read the public inventory in canonical bytes."""
        return _document(access.read(request, identifier).inventory)

    @program.get("/declarations/{identifier}/assessment", response_class=Response, responses=DOCUMENT)
    def read_assessment(identifier: Identifier, request: Request) -> Response:
        """Read the assessment in canonical bytes."""
        return _document(access.read(request, identifier).assessment)

    @program.post("/declarations/{identifier}/attestation", openapi_extra=token_body("application/vc+jwt"))
    async def attest(identifier: Identifier, request: Request) -> Summary:
        """Hand in the auditor's attestation, signed on her side."""
        return _summary(await run_in_threadpool(access.attest, request, identifier, await request.body()))

    @program.post("/declarations/{identifier}/label", status_code=201)
    async def issue(identifier: Identifier, request: Request) -> Labelled:
        """Issue the label of an attested declaration; the answer comes when it is durably in the log."""
        return _labelled(identifier, await access.issue(request, identifier))

    @program.post("/parts", status_code=201, openapi_extra=json_body(Bundle))
    async def take_part(request: Request) -> dict[str, Any]:
        """Hand in what stands behind a part: the bundle of a label, or a supplier's signed record; give its weight."""
        return await run_in_threadpool(access.take_part, request, await request.body())

    @program.get("/parts/{reference}")
    def read_part(reference: str, request: Request) -> dict[str, Any]:
        """Read what a part weighs, by the id of a label of this scheme or by the digest of a label or record."""
        access.allowed(request, Right.DECLARE)
        return access.scheme.parts.of(reference).as_json()

    if access.guard:
        WorkApi(access.scheme, access.certification, access.guard).add_to(program)
        TogetherApi(access.scheme.together, access.guard).add_to(program)
    return program


def _check_about(token: str, found: Submission) -> None:
    subject = read_attestation(token)[1].subject
    if not isinstance(subject, DeclarationAttestation) or subject.declaration_digest != found.declaration.digest:
        raise NotAttested("the attestation is about another declaration")


def _document(document: Declaration | Inventory | Assessment) -> Response:
    return Response(document.to_bytes(), media_type="application/json")


def _links(identifier: str, label_id: str | None) -> dict[str, str]:
    base = f"/api/v1/declarations/{identifier}"
    links = {name: f"{base}/{name}" for name in ("declaration", "inventory", "assessment", "attestation", "label")}
    links["data_sheet"] = f"/D/{identifier}"
    if label_id:
        links |= {"page": f"/L/{label_id}", "bundle": f"/L/{label_id}.json"}
    return links


def _labelled(identifier: str, label: IssuedLabel) -> Labelled:
    return Labelled(
        id=identifier,
        state="labelled",
        label_id=label.id,
        grade=label.assessment.grade,
        score=label.assessment.score,
        log_index=label.log_index,
        links=_links(identifier, label.id),
    )


def _summary(found: Submission) -> Summary:
    return Summary(
        id=found.id,
        state=found.state,
        name=found.declaration.product.name,
        grade=found.assessment.grade,
        score=found.assessment.score,
        graded_against=found.assessment.graded_against,
        findings=list(found.findings),
        label_id=found.label_id,
        waits_for=list(found.waits_for),
        links=_links(found.id, found.label_id),
    )
