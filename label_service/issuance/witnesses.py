"""Witnesses on the trust list: who they are, where they take checkpoints, and how many of them a verifier asks for."""

from label_service.document import validate
from label_service.errors import Conflict, NotFound, Refused
from label_service.fetch import is_loopback
from label_service.issuance import listing
from label_service.issuance.changes import Change, Moment, key_leaf, new_key
from label_service.issuance.register import Register
from label_service.tlog.note import check_name
from label_service.trust.keys import did_key
from label_service.trust.trust_list import ListedKey, TrustList, Witness


class Witnesses:
    """Changes who witnesses the log; each is a new trust list and an entry of the log."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def add(self, name: str, url: str, public_key: bytes) -> None:
        """Put a witness on the trust list, or another key of one that is there.

        Raises:
            InvalidKey: an unsafe key.
            InvalidDocument: name or address break the format of the list.
            Refused: the address is not one of https.
            Conflict: the key is on the list already.
        """
        check_name(name)
        if not url.startswith("https://") and not is_loopback(url):
            raise Refused(f"expected an https address of the witness, found {url[:80]!a}")

        def change(content: TrustList, moment: Moment) -> Change:
            key = new_key(content, did_key(public_key), public_key, "witness", moment.at)
            before = next((item.keys for item in content.witnesses if item.name == name), ())
            members = {"name": name, "url": url.rstrip("/"), "keys": (*before, key)}
            others = (item for item in content.witnesses if item.name != name)
            added = content.model_copy(update={"witnesses": (*others, validate(Witness, members))})
            return Change(added, [key_leaf(key, moment)])

        self._register.edit(lambda _, content, moment: change(content, moment))

    def remove(self, name: str) -> None:
        """Ask a witness no more; what it cosigned until now keeps counting.

        Raises:
            NotFound: there is no such witness in service.
            Conflict: fewer than the quorum would be left.
        """

        def change(content: TrustList, moment: Moment) -> Change:
            keys = [key for item in content.witnesses if item.name == name for key in active(item)]
            if not keys:
                raise NotFound(f"no witness {name[:200]!r} is in service", hint="`label-service keys list` names them")
            _check_quorum(content.witness_quorum, in_service(content) - 1)
            leaves = []
            for key in keys:
                gone = validate(ListedKey, key.as_json() | {"state": "retired", "since": moment.stamp})
                content = listing.with_changed_key(content, gone)
                leaves.append(key_leaf(gone, moment))
            return Change(content, leaves)

        self._register.edit(lambda _, content, moment: change(content, moment))

    def set_quorum(self, quorum: int) -> None:
        """Say how many witnesses must have seen a checkpoint before verifiers have no doubt; 0 asks for none.

        Raises:
            Conflict: there are not so many witnesses in service.
        """

        def change(content: TrustList) -> Change:
            _check_quorum(quorum, in_service(content))
            return Change(content.model_copy(update={"witness_quorum": quorum}))

        self._register.edit(lambda _, content, __: change(content))


def active(witness: Witness) -> list[ListedKey]:
    """Give the keys with which a witness cosigns now."""
    return [key for key in witness.keys if key.use == "witness" and key.state == "active"]


def in_service(content: TrustList) -> int:
    """Count the witnesses that cosign now."""
    return sum(bool(active(item)) for item in content.witnesses)


def _check_quorum(quorum: int, count: int) -> None:
    if not 0 <= quorum <= count:
        raise Conflict(
            f"expected a quorum from 0 to the {count} witnesses in service, found {quorum}",
            hint="add witnesses first, or ask for fewer: label-service keys witness-quorum",
        )
