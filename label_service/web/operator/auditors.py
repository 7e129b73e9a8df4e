"""Auditors: keys confirmed by their thumbprint, accreditations, keys taken out of use."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.document import validate
from label_service.errors import InvalidDocument, LabelServiceError
from label_service.trust.keys import thumbprint
from label_service.trust.trust_list import Accreditation
from label_service.web.operator.console import Console
from label_service.web.uploads import see, text_of

PATH: Final = "/operate/auditors"
_COMPARED: Final = 8  # characters of a thumbprint that are typed; 48 bits
_ACCREDITATION: Final = ("standard", "body", "number", "valid_from", "valid_until")


class AuditorDesk:
    """Shows and changes who may attest."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._keys = console.certification.auditor_keys
        self._keeping = console.certification.keys

    def routes(self) -> list[Route]:
        """Give the routes of the page."""
        acts = {
            "confirm": self._confirm,
            "decline": self._decline,
            "accreditation": self._set_accreditation,
            "end": self._end_accreditation,
            "withdraw": self._withdraw,
        }
        posts = [self._console.post(f"{PATH}/{name}", act, self._page, Right.MANAGE_KEYS) for name, act in acts.items()]
        return [self._console.get(PATH, self._page), *posts]

    def _page(
        self,
        _: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        auditors = self._console.certification.register.auditors()
        return self._console.page(
            "operate_auditors.html",
            actor,
            problem,
            waiting=[key for key in self._keys.of(actor) if key.state == "waiting"],
            auditors=auditors,
            known={item.organisation_id for item in auditors},
            thumbprints={key.kid: thumbprint(key.jwk.raw) for item in auditors for key in item.keys},
            today=str(self._console.scheme.bench.clock().date()),
            typed=typed or {},
        )

    def _confirm(self, _: Request, actor: Actor, form: FormData) -> Response:
        """List a key whose thumbprint was compared: the operator types its first characters from the other channel."""
        print_, compared = text_of(form, "thumbprint"), "".join(text_of(form, "compared").split())
        if len(compared) < _COMPARED or not print_.startswith(compared):
            raise InvalidDocument(
                f"expected the first {_COMPARED} characters of the thumbprint, as the auditor told you on another way",
                hint="when they differ, decline the key",
                where="compared",
            )
        is_first = bool(text_of(form, "standard").strip())
        self._keys.confirm(actor, print_, _accreditation(form) if is_first else None)
        return see(PATH)

    def _decline(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._keys.decline(actor, text_of(form, "thumbprint"))
        return see(PATH)

    def _set_accreditation(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._keeping.set_accreditation(actor, text_of(form, "auditor"), _accreditation(form))
        return see(PATH)

    def _end_accreditation(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._keeping.end_accreditation(actor, text_of(form, "auditor"), text_of(form, "last_day"))
        return see(PATH)

    def _withdraw(self, _: Request, actor: Actor, form: FormData) -> Response:
        """Take a key of an auditor out of use: retired, or compromised from now on."""
        kid = text_of(form, "kid")
        if text_of(form, "how") == "compromised":
            self._keeping.compromise(actor, kid)
        else:
            self._keeping.retire(actor, kid)
        return see(PATH)


def _accreditation(form: FormData) -> Accreditation:
    return validate(Accreditation, {name: text_of(form, name).strip() for name in _ACCREDITATION})
