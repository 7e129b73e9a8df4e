"""The auditor's word behind a label: whose key signed it, and whether that counts now."""

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from label_service.document import Party
from label_service.errors import NotAttested, VerificationError
from label_service.label.attestation import Attestation, read_attestation, read_kept
from label_service.trust import jws
from label_service.trust.trust_list import Accreditation, Auditor, Issuer, TrustList, check_key_counts
from label_service.verify.attested import check_accredited, check_independent


class Attested(NamedTuple):
    """An attestation with the auditor who stands behind it."""

    token: jws.Token
    content: Attestation
    auditor: Auditor
    accreditation: Accreditation


class Present(NamedTuple):
    """What an attestation is held against.

    Attributes:
        issuer: this scheme.
        at: now.
        position: next index of the log.
    """

    trust_list: TrustList
    issuer: Issuer
    at: str
    position: int


class _Held:
    """Remembers which signatures held: bytes and key, by their digests, so that neither can be another one.

    One attestation of a workshop stands behind thousands of labels, and one of a declaration comes in soon before its
    label is asked for. Whether the key still counts, and all that can change, is checked each time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[tuple[str, bytes], None] = {}
        self._turn = Lock()

    def holds(self, token: jws.Token, raw_key: bytes) -> bool:
        """Tell whether a signature holds."""
        name = token.digest, raw_key
        if name in self._known:
            return True
        if not token.is_signed_by(raw_key):
            return False
        with self._turn:
            if len(self._known) >= self._most:
                del self._known[next(iter(self._known))]
            self._known[name] = None
        return True


_HELD = _Held(8192)
_read = lru_cache(maxsize=64)(read_kept)  # those of workshops, which are read for every label


def check_new(text: str, present: Present, parties: Sequence[Party]) -> Attested:
    """Check an attestation that comes in: its key must count today, whatever time it bears.

    `parties` are the producer, and the partners where there are some.

    Raises:
        InvalidDocument: not an attestation.
        VerificationError: signature, key or accreditation does not hold, or two of the parties are one.
        NotAttested: for another scheme, under another name, or outside its time.
    """
    token, content = read_attestation(text)
    check_key_counts(present.trust_list.auditor_of(token.kid)[1], present.at, None)
    return _check(token, content, present, parties)


def check_kept(text: str, present: Present, parties: Sequence[Party]) -> Attested:
    """Check one that was taken in before: a key retired since then still counts, a compromised one does not.

    Raises:
        InvalidDocument, VerificationError, NotAttested: as `check_new` does.
    """
    token, content = _read(text)
    check_key_counts(present.trust_list.auditor_of(token.kid)[1], content.valid_from, present.position)
    return _check(token, content, present, parties)


def _check(token: jws.Token, content: Attestation, present: Present, parties: Sequence[Party]) -> Attested:
    auditor, key = present.trust_list.auditor_of(token.kid)
    if not _HELD.holds(token, key.jwk.raw):
        raise VerificationError("the attestation's signature does not hold under the auditor's listed key")
    if content.auditor.name != auditor.name:
        raise NotAttested(f"expected the auditor's name {auditor.name!r}, found {content.auditor.name!r}")
    if content.origin != present.issuer.origin:
        raise NotAttested(f"expected an attestation for {present.issuer.origin}, found one for {content.origin}")
    accreditation = check_accredited(auditor, present.at)
    check_independent(auditor, present.issuer, parties[0], parties[1:])
    if not content.valid_from <= present.at < content.valid_until:
        raise NotAttested(f"the attestation counts from {content.valid_from} to {content.valid_until}")
    return Attested(token, content, auditor, accreditation)
