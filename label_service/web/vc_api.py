"""The test profile: issue and verify credentials for public conformance suites, with a key that vouches for nothing.

In no scheme: only a demo has it, when `LABEL_SERVICE_VC_API_KEY` names the file of a key. What it signs is neither a
label nor logged, by a did:key that no trust list may name. What it takes and answers: docs/exports.md.
Source: W3C CCG Verifiable Credentials API 0.3, /credentials/issue and /credentials/verify.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from label_service import canonical
from label_service.document import Model, validate
from label_service.errors import InvalidDocument, LabelServiceError, Refused, VerificationError
from label_service.issuance.keys import create_key, load_key
from label_service.issuance.scheme import Scheme
from label_service.issuance.setup import timestamp
from label_service.label.credential import ENVELOPE, enveloped
from label_service.label.vocabulary import VC_CONTEXT, VC_CTY, VC_TYP
from label_service.trust import jws
from label_service.trust.data_integrity import DateTimeStamp, add_proof, check_proof
from label_service.trust.keys import Signer, did_key, raw_from_did_key
from label_service.trust.trust_list import Auditor, Issuer, Log, Witness

_Credential = dict[str, Any]
_Clock = Callable[[], datetime]
_Parties = tuple[Issuer | Auditor | Log | Witness, ...]
_JSON: Final = "application/json"


class _Times(Model):
    """When a credential counts."""

    validFrom: DateTimeStamp | None = None  # noqa: N815 - a member of the credential
    validUntil: DateTimeStamp | None = None  # noqa: N815


class _Issue(Model):
    """Body of /credentials/issue; options are for suites, none is needed."""

    context: Any = Field(default=None, alias="@context")
    credential: _Credential
    options: dict[str, Any] | None = None


class _Verify(Model):
    """Body of /credentials/verify."""

    context: Any = Field(default=None, alias="@context")
    verifiableCredential: _Credential  # noqa: N815 - as the API names it
    options: dict[str, Any] | None = None


def profile_key(file: Path, scheme: Scheme) -> Signer:
    """Give the key of the test profile, made at the first start.

    Raises:
        Refused: in a scheme, or with a key of the trust list.
    """
    if not scheme.identity.is_demo:
        raise Refused(
            "the test profile is for demos: a scheme signs labels and nothing else",
            hint="unset LABEL_SERVICE_VC_API_KEY, or set LABEL_SERVICE_MODE=demo",
        )
    key = load_key(file) if file.exists() else create_key(file)
    listed = scheme.register.current()
    parties: _Parties = (*listed.issuers, *listed.auditors, *listed.logs, *listed.witnesses)
    if key.public_key in {known.jwk.raw for party in parties for known in party.keys}:
        raise Refused("the key of the test profile is on the trust list", hint="name another file for it")
    return key


def vc_api(key: Signer, clock: _Clock) -> Router:
    """Give the program that issues with an embedded proof or as a token, and verifies both."""
    issuers: dict[str, Callable[[_Credential], _Credential]] = {
        "di": lambda credential: add_proof(credential, created=timestamp(clock()), signer=key),
        "jose": lambda credential: _token(credential, key),
    }

    def issuing(form: str) -> Callable[[Request], Any]:
        def made(body: bytes) -> tuple[int, _Credential]:
            credential = _owned(validate(_Issue, canonical.decode_lenient(body)).credential, did_key(key.public_key))
            return 201, {"verifiableCredential": issuers[form](credential)}

        return _answering(made)

    def verified(body: bytes) -> tuple[int, _Credential]:
        given = validate(_Verify, canonical.decode_lenient(body)).verifiableCredential
        return 200, {"verified": True, "credential": _verify(given, clock())}

    routes = [Route(f"/{form}/credentials/issue", issuing(form), methods=["POST"]) for form in issuers]
    return Router([*routes, Route("/credentials/verify", _answering(verified), methods=["POST"])])


def _answering(made: Callable[[bytes], tuple[int, _Credential]]) -> Callable[[Request], Any]:
    """Give a route that answers 400 to whatever cannot be issued or does not verify, as the API wants it."""

    async def answer(request: Request) -> Response:
        try:
            status, found = await run_in_threadpool(made, await request.body())
        except LabelServiceError as error:
            detail = {"type": f"/problems/{error.code}", "title": error.code, "detail": error.detail}
            status, found = 400, {"verified": False, "problemDetails": [detail]}
        return Response(canonical.encode(found), status, media_type=_JSON, headers={"Cache-Control": "no-store"})

    return answer


def _token(credential: _Credential, key: Signer) -> _Credential:
    did = did_key(key.public_key)
    kid = f"{did}#{did.removeprefix('did:key:')}"
    return enveloped(jws.sign(credential, typ=VC_TYP, cty=VC_CTY, kid=kid, signer=key))


def _owned(credential: _Credential, did: str) -> _Credential:
    """Give a credential that the key may sign: of its own did, or of no issuer yet.

    Raises:
        InvalidDocument: another issuer, or not a credential of the data model 2.0.
    """
    owned = {"issuer": did, **credential}
    _check_credential(owned)
    if _issuer(owned) != did:
        raise InvalidDocument(f"expected a credential of {did}, found one of another issuer")
    return owned


def _check_credential(credential: _Credential) -> None:
    contexts, kinds = credential.get("@context"), _as_list(credential.get("type"))
    if not isinstance(contexts, list) or contexts[:1] != [VC_CONTEXT]:
        raise InvalidDocument(f"expected contexts that begin with {VC_CONTEXT}")
    if "VerifiableCredential" not in kinds or not all(isinstance(kind, str) for kind in kinds):
        raise InvalidDocument("expected a type VerifiableCredential")
    subjects = _as_list(credential.get("credentialSubject"))
    if not subjects or not all(isinstance(subject, dict) and subject for subject in subjects):
        raise InvalidDocument("expected a credentialSubject with members")
    _check_times(credential)


def _check_times(credential: _Credential) -> None:
    times = validate(_Times, {name: credential[name] for name in _Times.model_fields if name in credential})
    if times.validFrom and times.validUntil:
        start, end = datetime.fromisoformat(times.validFrom), datetime.fromisoformat(times.validUntil)
        if start >= end:
            raise InvalidDocument("expected a validFrom before validUntil")


def _verify(given: _Credential, at: datetime) -> _Credential:
    """Check signature, issuer and time of a credential in either form, and give it without its envelope.

    Raises:
        LabelServiceError: of the kind that says what does not hold.
    """
    text = given.get("id")
    if given.get("type") == "EnvelopedVerifiableCredential" and isinstance(text, str):
        credential, did = _opened(text)
    else:
        credential, did = given, check_proof(given, at)
    _check_credential(credential)
    if _issuer(credential) != did:
        raise VerificationError(f"expected a signature by the issuer, found one by {did}")
    times = _Times(validFrom=credential.get("validFrom"), validUntil=credential.get("validUntil"))
    if times.validFrom and at < datetime.fromisoformat(times.validFrom):
        raise VerificationError(f"the credential counts from {times.validFrom}")
    if times.validUntil and at >= datetime.fromisoformat(times.validUntil):
        raise VerificationError(f"the credential ended at {times.validUntil}")
    return credential


def _opened(text: str) -> tuple[_Credential, str]:
    token = jws.parse(text.removeprefix(ENVELOPE), typ=VC_TYP, cty=VC_CTY)
    did = token.kid.partition("#")[0]
    if not token.is_signed_by(raw_from_did_key(did)):
        raise VerificationError("the signature of the token does not hold")
    credential = token.claims()
    if not isinstance(credential, dict):
        raise InvalidDocument("expected a credential in the token")
    return credential, did


def _issuer(credential: _Credential) -> Any:
    issuer = credential.get("issuer")
    return issuer.get("id") if isinstance(issuer, dict) else issuer


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
