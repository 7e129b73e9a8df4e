"""Keys of the scheme: made anew, retired, declared compromised; each with what follows from it."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.errors import InvalidDocument, LabelServiceError, NotFound, Refused
from label_service.issuance.keyring import ONLINE_USES, keys_of
from label_service.issuance.setup import LIST_DAYS, timestamp
from label_service.trust.keys import thumbprint
from label_service.web.languages import message
from label_service.web.operator.console import Console
from label_service.web.operator.rotation import rotation_of
from label_service.web.uploads import see, text_of

PATH: Final = "/operate/keys"
USES: Final[Mapping[str, str]] = {
    "label": message("signs labels and QR codes"),
    "status": message("signs status lists and statements"),
    "log": message("signs checkpoints"),
}

NAMES: Final[Mapping[str, str]] = {"label": message("Labels"), "status": message("Status"), "log": message("Log")}


class KeyDesk:
    """Shows and changes the keys of the scheme."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._register = console.scheme.register
        self._keeping = console.certification.keys

    def routes(self) -> list[Route]:
        """Give the routes of the page."""
        post, right = self._console.post, Right.MANAGE_KEYS
        return [
            self._console.get(PATH, self._page, right),
            self._console.get(f"{PATH}/rotation/{{use:str}}", self._rotation, right),
            post(f"{PATH}/rotate", self._rotate, self._page, right),
            post(f"{PATH}/retire", self._retire, self._page, right),
            post(f"{PATH}/compromise", self._compromise, self._page, right),
            post(f"{PATH}/reissue", self._reissue, self._page, right),
        ]

    def _page(
        self,
        _: Request,
        actor: Actor,
        *,
        problem: LabelServiceError | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        current, scheme = self._register.current(), self._console.scheme
        keys = keys_of(current, scheme.identity.did)
        return self._console.page(
            "operate_keys.html",
            actor,
            problem,
            keys=sorted(keys, key=lambda key: (key.use, key.not_before), reverse=True),
            thumbprints={key.kid: thumbprint(key.jwk.raw) for key in keys},
            uses=USES,
            names=NAMES,
            trust_list=current,
            delegation=self._register.delegation(),
            log_size=scheme.bench.sequencer.size,
            cut_off=scheme.labels.cut_off(),
            typed=typed or {},
        )

    def _rotation(self, request: Request, actor: Actor) -> Response:
        use = next((known for known in ONLINE_USES if known == request.path_params["use"]), None)
        if use is None:
            raise NotFound("the scheme has no keys for that", hint=f"there are keys for {', '.join(ONLINE_USES)}")
        current, scheme = self._register.current(), self._console.scheme
        keys = keys_of(current, scheme.identity.did)
        rotation = rotation_of(keys, use, scheme.bench.clock())
        retired = [key for key in keys if key.use == use and key.state == "retired"]
        return self._console.page(
            "operate_rotation.html",
            actor,
            rotation=rotation,
            words_of_use=USES[use],
            thumbprint=thumbprint(rotation.newest.jwk.raw),
            settled_at=timestamp(rotation.settled_at),
            retired=max(retired, key=lambda key: key.since or "", default=None),
            trust_list=current,
            list_days=LIST_DAYS,
        )

    def _rotate(self, _: Request, actor: Actor, form: FormData) -> Response:
        use = text_of(form, "use")
        if use not in ONLINE_USES:
            raise InvalidDocument(f"expected one of {', '.join(ONLINE_USES)}", where="use")
        self._keeping.rotate(actor, use)
        return _next(form)

    def _retire(self, _: Request, actor: Actor, form: FormData) -> Response:
        _check_sure(form)
        self._keeping.retire(actor, text_of(form, "kid"))
        return _next(form)

    def _compromise(self, _: Request, actor: Actor, form: FormData) -> Response:
        _check_sure(form)
        index = text_of(form, "since_index").strip()
        if index and not (index.isascii() and index.isdigit() and len(index) <= 15):
            raise InvalidDocument(
                "expected a log index, or nothing for the present end of the log", where="since_index"
            )
        self._keeping.compromise(actor, text_of(form, "kid"), int(index) if index else None)
        return see(PATH)

    def _reissue(self, _: Request, actor: Actor, form: FormData) -> Response:
        self._keeping.reissue(actor, text_of(form, "label"))
        return see(PATH)


def _next(form: FormData) -> Response:
    """Go back to the page a form was sent from: the steps of a rotation, or all keys."""
    use = text_of(form, "then")
    return see(f"{PATH}/rotation/{use}" if use in ONLINE_USES else PATH)


def _check_sure(form: FormData) -> None:
    if text_of(form, "sure") != "yes":
        raise Refused("nothing was changed", hint="tick that you read what follows from it")
