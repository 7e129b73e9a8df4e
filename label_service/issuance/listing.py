"""Pure changes of a trust list: find a party or key, and give the list with it changed."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from label_service.document import validate
from label_service.errors import NotFound
from label_service.trust.trust_list import Accreditation, Auditor, Issuer, ListedKey, Log, Supplier, TrustList, Witness

_AnyParty = TypeVar("_AnyParty", Issuer, Auditor, Log, Witness, Supplier)
_PARTIES = ("issuers", "auditors", "logs", "witnesses", "suppliers")


def all_keys(content: TrustList) -> Iterator[ListedKey]:
    """Give every key on the list, whoever's it is."""
    for kind in _PARTIES:
        for party in getattr(content, kind) or ():
            yield from party.keys


def key(content: TrustList, kid: str) -> ListedKey:
    """Give the key with this kid.

    Raises:
        NotFound: it is not on the list.
    """
    for found in all_keys(content):
        if found.kid == kid:
            return found
    raise NotFound(f"the trust list has no key {kid[:300]!r}", hint="`label-service keys list` names all of them")


def auditor(content: TrustList, auditor_id: str) -> Auditor:
    """Give the auditor with this id, or with this key.

    Raises:
        NotFound: she is not on the list.
    """
    for found in content.auditors:
        if auditor_id == found.id or auditor_id in {item.kid for item in found.keys}:
            return found
    raise NotFound(f"the trust list has no auditor {auditor_id[:300]!r}", hint="`label-service keys list` names them")


def with_auditor(content: TrustList, changed: Auditor) -> TrustList:
    """Give the list with an auditor of the same id replaced."""
    auditors = tuple(changed if item.id == changed.id else item for item in content.auditors)
    return content.model_copy(update={"auditors": auditors})


def with_changed_key(content: TrustList, changed: ListedKey) -> TrustList:
    """Give the list with a key of the same kid replaced."""
    present = {kind: found for kind in _PARTIES if (found := getattr(content, kind)) is not None}
    parties = {kind: tuple(_replaced(party, changed) for party in found) for kind, found in present.items()}
    return content.model_copy(update=parties)


def _replaced(party: _AnyParty, changed: ListedKey) -> _AnyParty:
    keys = tuple(changed if item.kid == changed.kid else item for item in party.keys)
    return party.model_copy(update={"keys": keys})


def with_key(content: TrustList, issuer_id: str, added: ListedKey) -> TrustList:
    """Give the list with another key of a scheme; a log's key stands with its log."""
    if added.use == "log":
        origin = content.issuer(issuer_id).log
        logs = (_extended(item, added) if item.origin == origin else item for item in content.logs)
        return content.model_copy(update={"logs": tuple(logs)})
    issuers = (_extended(item, added) if item.id == issuer_id else item for item in content.issuers)
    return content.model_copy(update={"issuers": tuple(issuers)})


def with_scheme(content: TrustList, changed: Issuer, log: Log) -> TrustList:
    """Give the list with an issuer and its log, in the place of those of the same names."""
    return content.model_copy(
        update={
            "issuers": tuple(_with(content.issuers, changed, "id")),
            "logs": tuple(_with(content.logs, log, "origin")),
        }
    )


def _with(parties: tuple[_AnyParty, ...], changed: _AnyParty, name: str) -> Iterator[_AnyParty]:
    """Give parties with one replaced, or with a new one behind them."""
    wanted = getattr(changed, name)
    yield from (changed if getattr(item, name) == wanted else item for item in parties)
    if wanted not in {getattr(item, name) for item in parties}:
        yield changed


def withdrawn_keys(keys: tuple[ListedKey, ...], states: Mapping[str, dict[str, object]]) -> tuple[ListedKey, ...]:
    """Give keys with the members that change by their use; what counts no more already is never given more time."""
    return tuple(
        key if key.state == "compromised" else validate(ListedKey, _earliest(key.as_json(), states.get(key.use, {})))
        for key in keys
    )


def _earliest(key: dict[str, Any], state: dict[str, object]) -> dict[str, Any]:
    kept = {name: min(key[name], value) for name, value in state.items() if name != "state" and name in key}
    return key | state | kept


def _extended(party: _AnyParty, added: ListedKey) -> _AnyParty:
    return party.model_copy(update={"keys": (*party.keys, added)})


def accredited(listed: Auditor, accreditation: Accreditation) -> Auditor:
    """Give an auditor with another accreditation; the one before is kept unless it is the same, longer or shorter."""
    former = listed.former_accreditations
    if not accreditation.is_same_as(listed.accreditation):
        former = (*former, listed.accreditation)
    return listed.model_copy(update={"accreditation": accreditation, "former_accreditations": former})
