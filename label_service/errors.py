"""The exception tree: every failure a caller can meet is one of these.

LabelServiceError
├── InvalidDocument          bytes or JSON that break a format rule
│   ├── NotCanonical         a second spelling of the same document
│   └── UnsupportedVersion   type or version this build does not know
├── InvalidAmount            not an amount, wrong unit, out of range
├── InvalidKey               a public key or private key file that must not be used
├── UnreadableFile           a maker file no reader understands
├── MissingInput             the declaration leaves out something without a default
├── MissingFactor            the release has no row for a flow; never taken as zero
├── Implausible              a hard bound is violated
├── NotGradable              asked to label what has no grade
├── NotAttested              asked to label what no auditor attested
├── ConsentMissing           steps are named that their party did not sign, or not any more
├── NotFound                 no such document, label or row
├── Conflict                 the state does not allow this step
├── Refused                  a rule of the scheme or of safety forbids it
├── AccountNeeded            a step that needs an account
├── TooManyRequests          more than one sender, or all of them, may send in a while
├── TooSlow                  a body that trickles
├── Overloaded               more is asked than can be done now
├── BackupTooOld             the log has signed more than a backup holds
├── LogFault                 the log would fork, shrink or is damaged
└── VerificationError        a numbered verification step does not hold
    └── PartFault            what stands behind a part of a product does not hold, by a named result
"""

from typing import Any, ClassVar


class LabelServiceError(Exception):
    """Base of all errors: a stable code, what was found, and what to do next.

    Attributes:
        code: stable kebab-case name, also the last part of the problem type on the web.
        status: HTTP status the web shell answers with.
        detail: what was expected and what was found.
        hint: what the user can do next; empty when nothing helps.
        where: JSON pointer, file line or step the error belongs to; empty when it is the whole input.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, detail: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = hint
        self.where = where

    def as_problem(self) -> dict[str, Any]:
        """Give the members of an RFC 9457 problem document, without secrets or traces."""
        problem: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.code.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
        }
        if self.hint:
            problem["hint"] = self.hint
        if self.where:
            problem["where"] = self.where
        return problem


class InvalidDocument(LabelServiceError):
    """Bytes or JSON break a rule of their format."""

    code = "invalid-document"
    status = 422


class NotCanonical(InvalidDocument):
    """The bytes are a second spelling: not canonical JSON, padded Base32, non-minimal CBOR."""

    code = "not-canonical"


class UnsupportedVersion(InvalidDocument):
    """The document names a type or version this build does not know."""

    code = "unsupported-version"


class InvalidAmount(LabelServiceError):
    """Not an amount in its one spelling, a wrong unit, or out of range."""

    code = "invalid-amount"
    status = 422


class InvalidKey(LabelServiceError):
    """A key that must not be used: small-order, non-canonical, wrong type or unreadable."""

    code = "invalid-key"
    status = 422


class UnreadableFile(LabelServiceError):
    """A maker file that no reader understands, or that is damaged.

    Attributes:
        unsaid: what a person can say about the file so that it may be read after all; `readers.Unsaid`.
    """

    code = "unreadable-file"
    status = 422
    unsaid: tuple[Any, ...] = ()


class MissingInput(LabelServiceError):
    """The declaration leaves out an input for which no default is tabulated."""

    code = "missing-input"
    status = 422


class MissingFactor(LabelServiceError):
    """The release has no loadable row for a flow; it is never taken as zero."""

    code = "missing-factor"
    status = 422


class Implausible(LabelServiceError):
    """A hard bound of physics or logic is violated."""

    code = "implausible"
    status = 422


class NotGradable(LabelServiceError):
    """A label was asked for a product that has no grade."""

    code = "not-gradable"
    status = 409


class NotAttested(LabelServiceError):
    """A label was asked for a declaration that no accredited auditor attested."""

    code = "not-attested"
    status = 409


class ConsentMissing(LabelServiceError):
    """Steps of a party are part of a product without its signature on these very steps, or it took its word back."""

    code = "consent-missing"
    status = 409


class NotFound(LabelServiceError):
    """No such document, label or row."""

    code = "not-found"
    status = 404


class Conflict(LabelServiceError):
    """The state of the document does not allow this step."""

    code = "conflict"
    status = 409


class Refused(LabelServiceError):
    """A rule of the scheme, of access or of safety forbids the step."""

    code = "refused"
    status = 403


class AccountNeeded(LabelServiceError):
    """The step needs an account, which was not shown or does not allow it."""

    code = "account-needed"
    status = 401


class TooManyRequests(LabelServiceError):
    """More was sent than is taken in a while; nothing of it was kept.

    Attributes:
        retry_after_s: seconds after which the next request is taken.
    """

    code = "too-many-requests"
    status = 429

    def __init__(self, detail: str, *, hint: str = "", where: str = "", retry_after_s: int = 60) -> None:
        super().__init__(detail, hint=hint, where=where)
        self.retry_after_s = retry_after_s


class TooSlow(LabelServiceError):
    """What a request announced did not come in time; nothing of it was kept."""

    code = "too-slow"
    status = 408


class Overloaded(LabelServiceError):
    """More is asked of the service than it can do now; nothing was begun.

    Attributes:
        retry_after_s: seconds after which it is worth asking again.
    """

    code = "overloaded"
    status = 503

    def __init__(self, detail: str, *, hint: str = "", where: str = "", retry_after_s: int = 5) -> None:
        super().__init__(detail, hint=hint, where=where)
        self.retry_after_s = retry_after_s


class BackupTooOld(LabelServiceError):
    """The log has signed more than a backup holds; with it the log would fork."""

    code = "backup-too-old"
    status = 409


class LogFault(LabelServiceError):
    """The log would fork or shrink, or a stored part of it is damaged."""

    code = "log-fault"
    status = 503


class VerificationError(LabelServiceError):
    """A verification step does not hold; `where` names the step as numbered in docs/verify-a-label.md."""

    code = "verification-failed"
    status = 422


class PartFault(VerificationError):
    """What stands behind a part of a product does not hold; the detail is the name of the result, a colon and why."""

    code = "part-fault"

    @property
    def result(self) -> str:
        """One of the names in docs/formats/bundle.md, such as `part_withdrawn`."""
        return self.detail.partition(":")[0]
