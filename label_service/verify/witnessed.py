"""Who has seen a checkpoint: cosignatures of listed witnesses, and whether they are as many as the list asks for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from label_service.errors import VerificationError
from label_service.tlog.note import COSIGNATURE, Note, VerifierKey, verify_signatures
from label_service.trust.trust_list import ListedKey, TrustList, check_key_counts
from label_service.verify.report import Unsure

MAX_AHEAD = timedelta(minutes=5)  # the clock of a witness may be so much ahead of the one who asks
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_LAST_S = 4102444799  # end of 2099, the last time that documents can name


def check_witnessed(note: Note, trust_list: TrustList, at: str) -> str:
    """Say how many witnesses have seen a checkpoint at a time.

    Raises:
        LogFault: a line in the name of a listed witness does not hold.
        Unsure: fewer than the quorum of the list; the log may show others another tree.
    """
    seen = len(seen_by(note, trust_list, at))
    words = f"seen by {seen} of {len(trust_list.witnesses)} witnesses (quorum {trust_list.witness_quorum})"
    if seen < trust_list.witness_quorum:
        raise Unsure(f"{words}: too new, or a log that shows others another tree; ask again with a new bundle")
    return words


def seen_by(note: Note, trust_list: TrustList, at: str) -> set[str]:
    """Give the names of the witnesses whose cosignatures count at a time.

    Raises:
        LogFault: a line in the name of a listed witness does not hold.
    """
    listed = {VerifierKey(name, key.jwk.raw, COSIGNATURE): key for name, key in _keys(trust_list)}
    signed = verify_signatures(note, listed)
    return {key.name for key, time_s in signed.items() if time_s is not None and _counts(listed[key], time_s, at)}


def _keys(trust_list: TrustList) -> Iterator[tuple[str, ListedKey]]:
    for witness in trust_list.witnesses:
        yield from ((witness.name, key) for key in witness.keys if key.use == "witness")


def _counts(key: ListedKey, time_s: int, at: str) -> bool:
    """Tell whether a cosignature was made while its key counted, and not after the time asked for."""
    latest = datetime.fromisoformat(at) + MAX_AHEAD
    if key.state == "compromised" or time_s > min(_LAST_S, latest.timestamp()):
        return False
    try:
        check_key_counts(key, datetime.fromtimestamp(time_s, UTC).strftime(_STAMP), None)
    except VerificationError:
        return False
    return True
