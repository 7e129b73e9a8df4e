"""Products made together, for programs: begin a batch, hand in what was signed, read and combine it, take it back."""

from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from label_service import canonical
from label_service.accounts.rights import Right
from label_service.declaration.contribution import SignedSteps
from label_service.document import Model, Text, validate
from label_service.issuance.together import Given, Together
from label_service.web.guard import Guard
from label_service.web.openapi import json_body
from label_service.web.work.api import body_of


class BatchWanted(Model):
    """What is made together: the product as its declaration will name it, and how many items."""

    product: Text
    quantity: int


class ContributionShown(BaseModel):
    """Who signed what for a batch, and whether it still stands."""

    digest: str
    party: str
    name: str
    steps: list[str]
    given_at: datetime
    withdrawn_at: datetime | None
    is_used: bool


class TogetherApi:
    """Adds the routes to the API of a scheme."""

    def __init__(self, together: Together, guard: Guard) -> None:
        self._together = together
        self._guard = guard

    def add_to(self, program: FastAPI) -> None:
        """Add all routes."""
        together, guard = self._together, self._guard

        @program.post("/batches", status_code=201, openapi_extra=body_of(BatchWanted))
        async def begin(request: Request) -> dict[str, Any]:
            """Begin a batch; the answer is the document that is handed to whom is invited."""
            actor = await run_in_threadpool(guard.require, request, Right.DECLARE)
            wanted = validate(BatchWanted, canonical.decode_lenient(await request.body()))
            batch = await run_in_threadpool(together.begin, actor.party_id, wanted.product, wanted.quantity)
            return batch.as_json()

        @program.get("/batches/{name}")
        def read(name: str, request: Request) -> dict[str, Any]:
            """Read a batch that one was invited to."""
            guard.require(request, Right.READ_OWN)
            return together.batch(name).as_json()

        @program.get("/batches/{name}/contributions")
        def contributions(name: str, request: Request) -> list[dict[str, Any]]:
            """Read what was signed for a batch of one's own and not taken back, to be combined."""
            actor = guard.require(request, Right.READ_OWN)
            return [item.as_json() for item in together.signed(actor.party_id, name)]

        @program.post("/contributions", status_code=201, openapi_extra=json_body(SignedSteps))
        async def give(request: Request) -> ContributionShown:
            """Hand in signed steps for a batch."""
            actor = await run_in_threadpool(guard.require, request, Right.DECLARE)
            signed = SignedSteps.from_json(canonical.decode_lenient(await request.body()))
            return _shown(await run_in_threadpool(together.give, actor.party_id, signed))

        @program.get("/contributions")
        def given(request: Request) -> list[ContributionShown]:
            """Read what one's own party signed for others."""
            actor = guard.require(request, Right.READ_OWN)
            return [_shown(item) for item in together.given_by(actor.party_id)]

        @program.post("/contributions/{digest}/withdrawal", status_code=204)
        def take_back(digest: str, request: Request) -> None:
            """Take signed steps back, as long as no label rests on them."""
            actor = guard.require(request, Right.DECLARE)
            together.take_back(actor.party_id, digest)


def _shown(item: Given) -> ContributionShown:
    return ContributionShown(
        digest=item.digest,
        party=item.said.party.id,
        name=item.said.party.name,
        steps=[run.step for run in item.said.runs],
        given_at=item.given_at,
        withdrawn_at=item.withdrawn_at,
        is_used=item.is_used,
    )
