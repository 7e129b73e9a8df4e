"""Parties: admitted with their entry in a public register, invited, suspended, ended."""

from collections.abc import Mapping
from typing import Final, cast

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.invitations import check_invited
from label_service.accounts.parties import check_party
from label_service.accounts.rights import Actor, Kind, PartyState
from label_service.errors import InvalidDocument, LabelServiceError
from label_service.web.languages import message
from label_service.web.operator.console import Console
from label_service.web.uploads import see, text_of

PATH: Final = "/operate/parties"
KINDS: Final[Mapping[str, str]] = {
    "producer": message("producer"),
    "verifier": message("verification body of auditors"),
}
STATES: Final[Mapping[str, str]] = {
    "active": message("take part again"),
    "suspended": message("suspend"),
    "closed": message("end its participation, for good"),
}


class PartyDesk:
    """Shows and changes the parties of the scheme."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._parties = console.accounts.parties

    def routes(self) -> list[Route]:
        """Give the routes of the pages."""
        post, one = self._console.post, f"{PATH}/{{code:str}}"
        return [
            self._console.get(PATH, self._page),
            post(PATH, self._admit, self._page, by_person=True),  # makes a link, which a token must not get
            self._console.get(one, self._party),
            post(f"{one}/invite", self._invite, self._party, by_person=True),
            post(f"{one}/state", self._change_state, self._party),
        ]

    def _page(
        self,
        _: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        return self._console.page(
            "operate_parties.html", actor, problem, parties=self._parties.all(), kinds=KINDS, typed=typed or {}
        )

    def _admit(self, request: Request, actor: Actor, form: FormData) -> Response:
        """Take an organisation in, and make the link for its first lead; nothing is kept where one of both is wrong."""
        kind, name, country, registration, email = (
            text_of(form, field).strip() for field in ("kind", "name", "country", "registration", "email")
        )
        if kind not in KINDS:
            raise InvalidDocument(f"expected one of {', '.join(KINDS)}", where="kind")
        check_party(cast("Kind", kind), name, country, registration)
        check_invited(email, "lead")
        party = self._parties.admit(actor, cast("Kind", kind), name, country, registration)
        link = self._console.accounts.invitations.invite(actor, email, "lead", party.id)
        return self._party(request, actor, code=party.code, link=link, whom=email)

    def _party(
        self,
        request: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
        code: str = "",
        link: str = "",
        whom: str = "",
    ) -> Response:
        party = self._parties.by_code(code or request.path_params["code"])
        return self._console.page(
            "operate_party.html",
            actor,
            problem,
            party=party,
            people=self._console.accounts.people.active(party.id),
            terms=self._console.certification.publications.newest("terms"),
            acts=self._console.certification.acts.newest(actor, party.id),
            kinds={**KINDS, "operator": message("owner of the scheme")},
            states={state: words for state, words in STATES.items() if state != party.state},
            typed=typed or {},
            link=link,
            whom=whom,
        )

    def _invite(self, request: Request, actor: Actor, form: FormData) -> Response:
        party, email = self._parties.by_code(request.path_params["code"]), text_of(form, "email").strip()
        link = self._console.accounts.invitations.invite(actor, email, "lead", party.id)
        return self._party(request, actor, link=link, whom=email)

    def _change_state(self, request: Request, actor: Actor, form: FormData) -> Response:
        party, state = self._parties.by_code(request.path_params["code"]), text_of(form, "state")
        if state not in STATES:
            raise InvalidDocument(f"expected one of {', '.join(STATES)}", where="state")
        self._console.certification.sanctions.change_party(
            actor,
            party.id,
            cast("PartyState", state),
            reason=text_of(form, "reason"),
            words=text_of(form, "words"),
        )
        return see(f"{PATH}/{party.code}")
