"""The step all verifications begin with: a trust list that a pinned root stands behind."""

from collections.abc import Mapping

from label_service.trust.trust_list import Opened, TrustList, open_trust_list
from label_service.verify.report import Unsure

Roots = Mapping[bytes, str]  # raw public key to name


class Trust:
    """A trust list under verification."""

    def __init__(self, text: str | None, roots: Roots, at: str) -> None:
        self._text = text
        self._roots = roots
        self._at = at
        self._opened: Opened | None = None

    def check(self) -> str:
        """Open the list.

        Raises:
            Unsure: no list, no pinned root behind it, or outside its time.
            VerificationError, InvalidDocument: it does not hold.
        """
        if self._text is None:
            raise Unsure("no trust list at hand; give one with --trust-list")
        self._opened = opened = open_trust_list(self._text, self._roots, self._at)
        if opened.root is None:
            raise Unsure(f"no pinned root stands behind {opened.trust_list.name!r}; pin it with --root")
        if not opened.is_fresh:
            raise Unsure(
                f"the trust list of {opened.root} counts from {opened.trust_list.issued_at} to "
                f"{opened.trust_list.expires_at}, not at {self._at}"
            )
        return f"{opened.trust_list.name}, number {opened.trust_list.sequence}, under {opened.root}"

    @property
    def trust_list(self) -> TrustList:
        """The opened list, whether fresh or not.

        Raises:
            Unsure: there is none.
        """
        if self._opened is None:
            raise Unsure("cannot be checked without a trust list")
        return self._opened.trust_list
