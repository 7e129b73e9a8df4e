"""The last step: whether the label is revoked or suspended, and as of when that is known."""

from collections.abc import Iterable
from functools import lru_cache

from label_service.errors import VerificationError
from label_service.label.content import LabelContent, StatusEntry
from label_service.label.status import Purpose, StatusList, read_status_list
from label_service.trust import jws
from label_service.trust.trust_list import Issuer, Log, TrustList, check_key_counts, find_key
from label_service.verify.report import Unsure

EXPIRED = "expired"


def check_statuses(
    content: LabelContent, trust_list: TrustList, tokens: Iterable[str], at: str, counts_at: str = ""
) -> str:
    """Check both bits of a label in signed, fresh lists; a set bit counts even in a stale list.

    Args:
        content: of the label.
        trust_list: whose keys count.
        tokens: status lists at hand.
        at: the time asked for.
        counts_at: when the label must count, where that is another time: for a part, when it was built in.

    The lists that an issuer signed when it closed count without end; what is revoked later stands on the trust list.

    Raises:
        Unsure: a list is absent or stale.
        VerificationError: revoked, suspended, or expired, as `where` says; or a list's signature or identity does
            not hold.
    """
    issuer = trust_list.issuer(content.issuer.id)
    log = trust_list.log(issuer.log) if issuer.ended else None
    if issuer.ended and content.label_id in issuer.ended.revoked:
        words = f"this label was revoked after its issuer had ended (by {trust_list.name})"
        raise VerificationError(words, where="revoked")
    lists = [_read(token) for token in tokens]
    doubts = []
    since = []
    states: tuple[tuple[Purpose, StatusEntry, str], ...] = (
        ("revocation", content.status.revocation, "revoked"),
        ("suspension", content.status.suspension, "suspended"),
    )
    for purpose, entry, word in states:
        found = _find(lists, purpose, entry)
        if found is None:
            doubts.append(f"no {purpose} list at hand")
            continue
        token, status_list = found
        _check_signed(token, status_list, issuer)
        if status_list.is_set(entry.index):
            raise VerificationError(f"this label is {word} (list of {status_list.valid_from})", where=word)
        if at < status_list.valid_from or (at > status_list.valid_until and not _is_last(status_list, issuer, log)):
            doubts.append(f"the {purpose} list counts until {status_list.valid_until}")
        since.append(status_list.valid_from)
    counts_at = counts_at or at
    if not content.valid_from <= counts_at <= content.valid_until:
        words = f"this label counts from {content.valid_from} to {content.valid_until}, not at {counts_at}"
        raise VerificationError(words, where=EXPIRED)
    if doubts:
        raise Unsure("; ".join(doubts))
    return f"neither revoked nor suspended, as of {min(since)}"


# The labels of a scheme share their lists, so their text is read once.
_read = lru_cache(maxsize=64)(read_status_list)


def _find(
    lists: list[tuple[jws.Token, StatusList]], purpose: Purpose, entry: StatusEntry
) -> tuple[jws.Token, StatusList] | None:
    """Give the newest list of this purpose at this address."""
    fitting = [item for item in lists if item[1].purpose == purpose and item[1].id == entry.url]
    return max(fitting, key=lambda item: item[1].valid_from, default=None)


def _is_last(status_list: StatusList, issuer: Issuer, log: Log | None) -> bool:
    """Tell whether a list was signed when its issuer closed, so that none follows and it counts without end."""
    return bool(issuer.ended and log and log.final and status_list.valid_from >= issuer.ended.at)


def _check_signed(token: jws.Token, status_list: StatusList, issuer: Issuer) -> None:
    key = find_key(issuer.keys, token.kid, "status")
    if status_list.issuer != issuer.id or not jws.is_list_signed_by(token, key.jwk.raw):
        raise VerificationError(f"the signature of the {status_list.purpose} list does not hold under the issuer's key")
    check_key_counts(key, status_list.valid_from, None)
