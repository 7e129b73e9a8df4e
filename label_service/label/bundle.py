"""The bundle: everything an offline verifier needs for one label, in one file. Format page: docs/formats/bundle.md.

A bundle never brings the root it is judged by; trust list and status lists inside it are those of its making and can
be replaced by newer ones.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StrictInt

from label_service.document import Digest, Document, Identifier, Model, Text
from label_service.inventory import Inventory

Token = Annotated[str, Field(min_length=10, max_length=1024 * 1024)]


class ReleaseHead(Model):
    """The release the rows come from; its digest is the root of the tree over all rows."""

    digest: Digest
    name: Identifier
    release: Text
    size: Annotated[StrictInt, Field(ge=1)]


class Bundle(Document):
    """Label, attestation, inventory, assessment, used rows with paths, status and trust lists, log proof.

    `rows` are entries of `factors.rows.ProvenRow`; `parts` are the bundles or signed records of labelled inputs.
    """

    TYPE: ClassVar[str] = "bundle"

    type: Literal["bundle"]
    version: Literal["1"]
    label: Token
    attestation: Token
    inventory: dict[str, Any]
    assessment: dict[str, Any]
    release: ReleaseHead
    rows: tuple[Any, ...]
    status: Annotated[tuple[Token, Token], Field()]
    trust_list: Token
    log_proof: Annotated[str, Field(min_length=10, max_length=65536)]
    parts: tuple[Any, ...] = ()

    def read_inventory(self) -> Inventory:
        """Check the inventory against its model."""
        return Inventory.from_json(self.inventory)
