"""Suppliers on the trust list: whose signed records count, and which of them were taken back."""

from label_service.document import validate
from label_service.errors import NotFound
from label_service.issuance.changes import Change, Moment, key_leaf, new_key
from label_service.issuance.register import Register
from label_service.trust.keys import did_key
from label_service.trust.trust_list import Supplier, TrustList


class Suppliers:
    """Changes whose records count; each is a new trust list."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def add(self, identifier: str, name: str, public_key: bytes) -> None:
        """Put a supplier on the trust list, or another key of one that is there.

        Raises:
            InvalidKey: an unsafe key.
            InvalidDocument: id or name break the format of the list.
            Conflict: the key is on the list already.
        """

        def change(content: TrustList, moment: Moment) -> Change:
            key = new_key(content, did_key(public_key), public_key, "record", moment.at)
            known = next((item for item in content.suppliers or () if item.id == identifier), None)
            kept = {"keys": known.keys, "withdrawn": known.withdrawn} if known else {"keys": (), "withdrawn": ()}
            members = {"id": identifier, "name": name, **kept, "keys": (*kept["keys"], key)}
            return Change(_with(content, validate(Supplier, members)), [key_leaf(key, moment)])

        self._register.edit(lambda _, content, moment: change(content, moment))

    def withdraw(self, identifier: str, record_digest: str) -> None:
        """Say that a supplier took a record back; products made with it show so from now on.

        Raises:
            NotFound: no such supplier.
            InvalidDocument: not a digest.
        """

        def change(content: TrustList) -> Change | None:
            known = next((item for item in content.suppliers or () if item.id == identifier), None)
            if known is None:
                raise NotFound(f"the trust list has no supplier {identifier[:200]!r}")
            if record_digest in known.withdrawn:
                return None
            members = known.as_json() | {"withdrawn": (*known.withdrawn, record_digest)}
            return Change(_with(content, validate(Supplier, members)))

        self._register.edit(lambda _, content, __: change(content))


def _with(content: TrustList, changed: Supplier) -> TrustList:
    others = tuple(item for item in content.suppliers or () if item.id != changed.id)
    return content.model_copy(update={"suppliers": (*others, changed)})
