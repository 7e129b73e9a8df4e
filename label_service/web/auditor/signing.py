"""Signing: the page shows what is to be signed, decoded from the very bytes; the token comes back by one way in."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from label_service import canonical
from label_service.accounts.rights import Actor, Right
from label_service.certification.auditorkeys import SigningKey
from label_service.certification.desk import Certification
from label_service.certification.drafts import Draft
from label_service.errors import InvalidDocument, NotFound
from label_service.trust import encoding
from label_service.web.guard import Guard
from label_service.web.scripts import script_href
from label_service.web.uploads import see, text_of
from label_service.web.workspace import Workspace

SCRIPT: Final = "audit.js"
LEADING: Final = ("kind", "credentialSubject", "text", "findings", "reason", "subject", "validFrom", "validUntil")
DONE: Final = {
    "attestation": "Your attestation was taken and logged.",
    "scope": "The scope was taken and logged; goods inside it are labelled from now on.",
    "refusal": "Your refusal was taken and logged.",
    "withdrawal": "Your withdrawal was taken; what rested on it is suspended.",
    "sample_result": "The result of the sample was taken and logged.",
    "reveal": "The value was taken and the sample of the week drawn.",
}


class SigningDesk:
    """Shows drafts to auditors and takes back what they signed."""

    def __init__(self, certification: Certification, workspace: Workspace, guard: Guard) -> None:
        self._certification = certification
        self._workspace = workspace
        self._guard = guard

    def routes(self) -> list[Route]:
        """Give the route by which tokens come back."""
        return [Route("/audit/tokens", self._guard.action(Right.AUDIT, self._take), methods=["POST"])]

    def key_of(self, actor: Actor, form: FormData) -> SigningKey:
        """Give the key that was chosen on a form.

        Raises:
            NotFound: none of the actor's organisation is chosen.
        """
        for key in self._certification.auditor_keys.signing(actor):
            if key.thumbprint == text_of(form, "key"):
                return key
        raise NotFound("choose the key you sign with", hint="hand in a key at /audit/keys, the operator confirms it")

    def page(self, actor: Actor, draft: Draft, back: str) -> Response:
        """Give the page on which a draft is signed."""
        payload = _leading(canonical.decode(encoding.from_base64url(draft.signing_input.partition(".")[2])))
        return self._workspace.page(
            "audit_sign.html", actor, draft=draft, payload=payload, back=back, script=script_href(SCRIPT)
        )

    def _take(self, _: Request, actor: Actor, form: FormData) -> Response:
        token = "".join(text_of(form, "token").split())
        if not token:
            raise InvalidDocument("expected a signed token", hint="sign in the browser, or paste what your tool wrote")
        taken = self._certification.intake.take(actor, token)
        return see(f"{taken.link}?done={taken.kind}")


def _leading(value: Any) -> Any:
    """Put what matters most first, as the script does when it decodes the same bytes."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: LEADING.index(name) if name in LEADING else len(LEADING))
        return {name: _leading(value[name]) for name in names}
    return [_leading(item) for item in value] if isinstance(value, list) else value


def done_words(request: Request) -> str:
    """Give what was just done, where the browser comes back from a signature."""
    return DONE.get(request.query_params.get("done", ""), "")
