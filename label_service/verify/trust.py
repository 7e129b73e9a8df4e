"""The step all verifications begin with: a trust list that names the issuer and that a pinned root stands behind.

Of several lists one is judged by; they are never mixed. docs/formats/trust-list.md, rules 29 to 31.
"""

from collections.abc import Callable, Mapping, Sequence

from label_service.trust.trust_list import Opened, TrustList, open_trust_list
from label_service.verify.report import Unsure

Roots = Mapping[bytes, str]  # raw public key to name
Names = Callable[[TrustList], bool]


class Trust:
    """Trust lists under verification.

    Args:
        lists: texts of the lists at hand; of equal ones the first is preferred.
        names: tells whether a list names the issuer in question.
    """

    def __init__(self, lists: Sequence[str], roots: Roots, at: str, names: Names) -> None:
        self._lists = lists
        self._roots = roots
        self._at = at
        self._names = names
        self._opened: Opened | None = None

    def check(self) -> str:
        """Open the lists and choose one.

        Raises:
            Unsure: no list, no pinned root behind it, or outside its time.
            VerificationError, InvalidDocument: one of them does not hold.
        """
        if not self._lists:
            raise Unsure("no trust list at hand; give one with --trust-list")
        opened = [open_trust_list(text, self._roots, self._at) for text in self._lists]
        self._opened = found = max(_newest(opened), key=self._rank)
        if found.root is None:
            raise Unsure(f"no pinned root stands behind {found.trust_list.name!r}; pin it with --root")
        if not found.is_fresh:
            raise Unsure(
                f"the trust list of {found.root} counts from {found.trust_list.issued_at} to "
                f"{found.trust_list.expires_at}, not at {self._at}"
            )
        return f"{found.trust_list.name}, number {found.trust_list.sequence}, under {found.root}"

    def _rank(self, opened: Opened) -> tuple[bool, bool, bool]:
        return self._names(opened.trust_list), opened.root is not None, opened.is_fresh

    @property
    def trust_list(self) -> TrustList:
        """The chosen list, whether fresh or not.

        Raises:
            Unsure: there is none.
        """
        if self._opened is None:
            raise Unsure("cannot be checked without a trust list")
        return self._opened.trust_list


def names_issuer(issuer_id: str) -> Names:
    """Give what tells whether a list names an issuer."""
    return lambda trust_list: any(issuer.id == issuer_id for issuer in trust_list.issuers)


def _newest(lists: Sequence[Opened]) -> list[Opened]:
    """Give the newest list of each root: an older one hides what the owner has changed since."""
    newest: dict[str, Opened] = {}
    for opened in lists:
        kept = newest.setdefault(opened.root_thumbprint, opened)
        if opened.trust_list.sequence > kept.trust_list.sequence:
            newest[opened.root_thumbprint] = opened
    return list(newest.values())
