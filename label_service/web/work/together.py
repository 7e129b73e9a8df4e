"""Products made together: a producer invites by a link, each party signs its own steps, the producer combines them.

Keys stay in the browser or in a file of the party; the service sees public halves and signed tokens only.
"""

import secrets
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service import canonical
from label_service.accounts.rights import Actor, Right
from label_service.declaration import Declaration
from label_service.declaration.contributed import ContributedSteps, renamed, steps_from
from label_service.declaration.contribution import (
    CONTRIBUTION_TYP,
    Contribution,
    SignedSteps,
    combined,
    contribution_for,
)
from label_service.document import Party, Period, validate
from label_service.errors import InvalidDocument, LabelServiceError, NotFound
from label_service.issuance.setup import timestamp
from label_service.store.together_tables import PartyKeyRow
from label_service.trust import jws
from label_service.trust.encoding import from_base64url
from label_service.web.auditor.answers import whole_of
from label_service.web.auditor.keys import public_key_of
from label_service.web.scripts import script_href
from label_service.web.uploads import see, text_of
from label_service.web.work.desk import Page, Work, check_producer

PAGE: Final = "/workshop/together"
SCRIPT: Final = "audit.js"  # makes keys and signs in the browser, for whoever signs
_MOST_BYTES: Final = 700_000  # of a declaration, so that its steps fit a form


class TogetherDesk:
    """Shows batches that are made together, and takes what parties sign."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._together = work.scheme.together

    def routes(self) -> list[Route]:
        """Give the routes of the pages and forms."""
        post = self._work.post
        return [
            self._work.get(PAGE, self._list),
            post(PAGE, self._begin, self._list),
            self._uploading(f"{PAGE}/keys", self._add_key, self._list),
            post(f"{PAGE}/keys/end", self._end_key, self._list),
            post(f"{PAGE}/tokens", self._give, self._list),
            post(f"{PAGE}/take-back", self._take_back, self._list),
            self._work.get(f"{PAGE}/{{name:str}}", self._batch),
            self._uploading(f"{PAGE}/{{name:str}}/steps", self._draft, self._batch),
            self._uploading(f"{PAGE}/{{name:str}}/combine", self._combine, self._batch),
        ]

    def _uploading(self, path: str, act: Any, show: Page) -> Route:
        def told(request: Request, actor: Actor, form: FormData) -> Response:
            check_producer(actor)
            try:
                return act(request, actor, form)  # type: ignore[no-any-return]
            except LabelServiceError as error:
                return show(request, actor, problem=error)

        return Route(path, self._work.guard.action(Right.DECLARE, told, max_files=1), methods=["POST"])

    def _list(
        self, _: Request, actor: Actor, *, problem: LabelServiceError | None = None, typed: Any = None
    ) -> Response:
        return self._work.page(
            "work_together.html",
            actor,
            problem,
            begun=self._together.begun(actor.party_id),
            given=self._together.given_by(actor.party_id),
            keys=self._together.keys(actor.party_id),
            typed=typed or {},
            script=script_href(SCRIPT),
        )

    def _begin(self, _: Request, actor: Actor, form: FormData) -> Response:
        batch = self._together.begin(actor.party_id, text_of(form, "product"), whole_of(form, "quantity") or 0)
        return see(f"{PAGE}/{batch.name}")

    def _add_key(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._together.add_key(actor.party_id, text_of(form, "name"), public_key_of(form))
        return see(PAGE)

    def _end_key(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._together.end_key(actor.party_id, text_of(form, "key"))
        return see(PAGE)

    def _take_back(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._together.take_back(actor.party_id, text_of(form, "digest"))
        return see(PAGE)

    def _batch(
        self, request: Request, actor: Actor, *, problem: LabelServiceError | None = None, typed: Any = None
    ) -> Response:
        del typed
        batch = self._together.batch(request.path_params["name"])
        is_own = batch.producer.id == actor.party_id
        found = [item for item in self._together.begun(actor.party_id) if item.batch.name == batch.name]
        return self._work.page(
            "work_batch.html",
            actor,
            problem,
            batch=batch,
            is_own=is_own,
            given=found[0].given if found else (),
            link=f"{self._work.scheme.identity.origin}{PAGE}/{batch.name}",
            keys=[key for key in self._together.keys(actor.party_id) if key.ended_at is None],
            declarations=self._work.certification.holdings.declarations(actor)[0],
            script=script_href(SCRIPT),
        )

    def _draft(self, request: Request, actor: Actor, form: FormData) -> Response:
        """Show what is to be signed: the steps of a declaration of one's own, or steps alone."""
        batch, document = self._together.batch(request.path_params["name"]), self._document(actor, form)
        if document.get("type") == SignedSteps.TYPE:  # signed by the command line
            self._together.give(actor.party_id, SignedSteps.from_json(document))
            return see(PAGE)
        steps, made = _steps(actor, document, form)
        party = Party(id=actor.party_id, name=actor.party_name, country=actor.country)
        key, at = self._key(actor, form), timestamp(self._work.scheme.bench.clock())
        said = contribution_for(batch, party, made, steps, key=from_base64url(key.public_key), at=at)
        return self._work.page(
            "work_sign.html",
            actor,
            batch=batch,
            thumbprint=key.thumbprint,
            payload=said.as_json(),
            steps=steps.to_bytes().decode(),
            signing_input=_signing_input(said, key.thumbprint),
            script=script_href(SCRIPT),
        )

    def _key(self, actor: Actor, form: FormData) -> PartyKeyRow:
        for key in self._together.keys(actor.party_id):
            if key.thumbprint == text_of(form, "key") and key.ended_at is None:
                return key
        raise NotFound("choose the key you sign with", hint=f"make one at {PAGE}")

    def _document(self, actor: Actor, form: FormData) -> dict[str, Any]:
        upload = form.get("file")
        if isinstance(upload, UploadFile) and upload.filename:
            found = canonical.decode_lenient(upload.file.read(_MOST_BYTES + 1)[:_MOST_BYTES])
        elif chosen := text_of(form, "declaration"):
            declaration = self._work.certification.holdings.declaration(actor, chosen).declaration
            found = canonical.decode(declaration.to_bytes())
        else:
            raise InvalidDocument("expected a declaration of yours", hint="choose one, or its file", where="file")
        if not isinstance(found, dict):
            raise InvalidDocument("expected the file of a declaration, or of steps", where="file")
        return found

    def _give(self, _: Request, actor: Actor, form: FormData) -> Response:
        steps = ContributedSteps.from_bytes(text_of(form, "steps").encode())
        signed = SignedSteps(token="".join(text_of(form, "token").split()), steps=steps)
        self._together.give(actor.party_id, signed)
        return see(PAGE)

    def _combine(self, request: Request, actor: Actor, form: FormData) -> Response:
        """Submit what the producer declares together with what the others signed."""
        contributions = self._together.signed(actor.party_id, request.path_params["name"])
        wanted = set(form.getlist("contribution"))
        chosen = [item for item in contributions if canonical.digest(item.token.encode()) in wanted]
        own = Declaration.from_json(self._document(actor, form))
        found = self._work.scheme.declarations.submit(combined(own, chosen), party=actor.party_id)
        return see(f"/D/{found.id}")


def _steps(actor: Actor, document: dict[str, Any], form: FormData) -> tuple[ContributedSteps, Period]:
    """Read the steps, of a declaration under ids that nobody else has.

    Raises:
        InvalidDocument, UnsupportedVersion: neither a declaration nor steps.
    """
    if document.get("type") == ContributedSteps.TYPE:
        days = {"first": text_of(form, "first"), "last": text_of(form, "last")}
        return ContributedSteps.from_json(document), validate(Period, days)
    alone = Declaration.from_json(document)
    prefix = f"p{canonical.digest(actor.party_id.encode())[:6]}"
    return renamed(steps_from(alone, secrets.token_hex(16)), prefix), alone.made


def _signing_input(said: Contribution, kid: str) -> str:
    return jws.signing_input(said.as_json(), typ=CONTRIBUTION_TYP, kid=kid)
