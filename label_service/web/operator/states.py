"""States of labels and scopes: found by their id, suspended, reinstated, revoked, with reason and public words."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor
from label_service.certification.sanctions import DONE
from label_service.errors import InvalidDocument, LabelServiceError
from label_service.web.operator.console import Console
from label_service.web.uploads import see, text_of

PATH: Final = "/operate/states"


class StateDesk:
    """Shows and changes the state of a label or a scope."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def routes(self) -> list[Route]:
        """Give the routes of the pages."""
        one = f"{PATH}/{{about:str}}"
        return [
            self._console.get(PATH, self._find),
            self._console.get(one, self._page),
            self._console.post(one, self._decide, self._page),
        ]

    def _find(self, request: Request, actor: Actor) -> Response:
        wanted = request.query_params.get("id", "").strip()
        wanted = wanted.rpartition("/")[2].partition("#")[0]  # a scanned address is as good as the id
        if wanted:
            return see(f"{PATH}/{wanted.upper() if len(wanted) == 13 else wanted.lower()}")
        register = self._console.certification.register
        return self._console.page(
            "operate_states.html",
            actor,
            labels=register.withdrawn_labels().items,
            scopes=register.scopes().items,
        )

    def _page(
        self,
        request: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        about = request.path_params["about"]
        return self._console.page(
            "operate_state.html",
            actor,
            problem,
            item=self._console.certification.register.standing(about),
            acts=self._console.certification.acts.newest(actor, about),
            typed=typed or {},
        )

    def _decide(self, request: Request, actor: Actor, form: FormData) -> Response:
        about, action = request.path_params["about"], text_of(form, "action")
        if action not in DONE:
            raise InvalidDocument(f"expected one of {', '.join(DONE)}", where="action")
        self._console.certification.sanctions.decide(
            actor,
            about,
            action,
            reason=text_of(form, "reason"),
            words=text_of(form, "words"),
        )
        return see(f"{PATH}/{about}")
