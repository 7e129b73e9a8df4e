"""The keys of an auditor: made in her browser, from which they cannot be taken, or handed in as a public file."""

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service.accounts.rights import Actor, Right
from label_service.certification.auditorkeys import KEYS_PAGE, AuditorKeys
from label_service.errors import InvalidKey, LabelServiceError
from label_service.trust.encoding import from_base64url
from label_service.trust.trust_list import read_root
from label_service.web.auditor.signing import SCRIPT
from label_service.web.guard import Guard
from label_service.web.scripts import script_href
from label_service.web.uploads import see, text_of
from label_service.web.workspace import Workspace

_MAX_PUBLIC_BYTES = 4096


class KeyDesk:
    """Takes public keys of auditors, shows which count, and takes them out of use."""

    def __init__(self, keys: AuditorKeys, workspace: Workspace, guard: Guard) -> None:
        self._keys = keys
        self._workspace = workspace
        self._guard = guard

    def routes(self) -> list[Route]:
        """Give the routes of the page."""
        action = self._guard.action
        return [
            Route(KEYS_PAGE, self._guard.page(Right.AUDIT, self._show), methods=["GET"]),
            Route(KEYS_PAGE, action(Right.AUDIT, self._hand_in, max_files=1), methods=["POST"]),
            Route(f"{KEYS_PAGE}/give-up", action(Right.AUDIT, self._give_up), methods=["POST"]),
        ]

    def _show(self, _: Request, actor: Actor, problem: LabelServiceError | None = None) -> Response:
        handed, signing = self._keys.of(actor), self._keys.signing(actor)
        known = {item.thumbprint for item in handed}
        return self._workspace.page(
            "audit_keys.html",
            actor,
            problem.status if problem else 200,
            keys=handed,
            others=[item for item in signing if item.thumbprint not in known],
            in_use={item.thumbprint for item in signing},
            problem=problem,
            script=script_href(SCRIPT),
        )

    def _hand_in(self, request: Request, actor: Actor, form: FormData) -> Response:
        try:
            self._keys.hand_in(actor, text_of(form, "name"), public_key_of(form))
        except LabelServiceError as error:
            return self._show(request, actor, error)
        return see(KEYS_PAGE)

    def _give_up(self, request: Request, actor: Actor, form: FormData) -> Response:
        try:
            self._keys.give_up(actor, text_of(form, "key"), is_stolen=text_of(form, "how") == "stolen")
        except LabelServiceError as error:
            return self._show(request, actor, error)
        return see(KEYS_PAGE)


def public_key_of(form: FormData) -> bytes:
    """Give the 32 bytes that the browser filled in, or those of a public file.

    Raises:
        InvalidKey: neither is there.
    """
    upload = form.get("file")
    if isinstance(upload, UploadFile) and upload.filename:
        data = upload.file.read(_MAX_PUBLIC_BYTES + 1)
        if len(data) > _MAX_PUBLIC_BYTES:
            raise InvalidKey("expected the public file that `label-service keys new` writes")
        return read_root(data)[0]
    text = text_of(form, "public_key").strip()
    if not text:
        raise InvalidKey("expected a public key", hint="make one in this browser, or choose your .pub file")
    return from_base64url(text)
