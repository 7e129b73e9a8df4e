"""The page of API tokens: make one for a program, see when it was used, end it at once."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.accounts import Accounts
from label_service.accounts.rights import FOR_PROGRAMS, Actor, Right
from label_service.accounts.tokens import MAX_DAYS
from label_service.errors import LabelServiceError
from label_service.web.guard import Guard
from label_service.web.languages import message
from label_service.web.uploads import see, text_of
from label_service.web.workspace import Workspace

PATH: Final = "/tokens"
WORDS: Final = {
    Right.READ_OWN: message("read what is yours"),
    Right.DECLARE: message("declare: profiles, evidence, declarations, labels, audit requests"),
    Right.ANSWER: message("answer complaints, appeal"),
    Right.AUDIT: message("audit: read what is assigned, attest, refuse, reveal"),
    Right.RUN_SCHEME: message("run the scheme"),
}


class TokenDesk:
    """Shows, makes and ends tokens; for people at a browser, so that no token makes another."""

    def __init__(self, accounts: Accounts, workspace: Workspace, guard: Guard) -> None:
        self._accounts = accounts
        self._workspace = workspace
        self._guard = guard

    def routes(self) -> list[Route]:
        """Give the routes of the page."""
        guard = self._guard
        return [
            Route(PATH, guard.page(Right.READ_OWN, self._page, by_person=True), methods=["GET"]),
            Route(PATH, guard.action(Right.READ_OWN, self._issue, by_person=True), methods=["POST"]),
            Route("/tokens/revoke", guard.action(Right.READ_OWN, self._revoke, by_person=True), methods=["POST"]),
        ]

    def _page(self, _: Request, actor: Actor, **more: Any) -> Response:
        problem = more.get("problem")
        now = self._workspace.scheme.bench.clock()
        tokens = self._accounts.tokens.of(actor)
        return self._workspace.page(
            "tokens.html",
            actor,
            problem.status if problem else 200,
            going=[item for item in tokens if item.revoked_at is None and item.expires_at > now],
            over=[item for item in tokens if item.revoked_at is not None or item.expires_at <= now],
            choices=[(right, words) for right, words in WORDS.items() if right in actor.rights & FOR_PROGRAMS],
            words_of=WORDS,
            max_days=MAX_DAYS,
            **{"problem": None, "token": "", "name": "", "chosen": {Right.READ_OWN}, "days": "90", **more},
        )

    def _issue(self, request: Request, actor: Actor, form: FormData) -> Response:
        name, days = text_of(form, "name"), text_of(form, "days")
        chosen = frozenset(right for right in Right if right in form.getlist("right"))
        try:
            token = self._accounts.tokens.issue(actor, name, chosen, _whole(days))
        except LabelServiceError as error:
            return self._page(request, actor, problem=error, name=name, chosen=chosen, days=days)
        return self._page(request, actor, token=token)

    def _revoke(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._accounts.tokens.revoke(actor, text_of(form, "id"))
        return see(PATH)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
