"""A supplier's signed record of what one unit of a part weighs. Format page: docs/formats/supplier-record.md."""

from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import StrictBool, model_validator

from label_service import canonical
from label_service.document import Document, Identifier, Party, Text, Timestamp
from label_service.errors import NotCanonical
from label_service.inventory.parts import PositiveFigure
from label_service.quantity import Amount
from label_service.trust import jws
from label_service.trust.keys import Signer

TYP = "supplier-record+jwt"
MIN_GSD = Decimal("1.05")  # of a derived amount (docs/method.md, section 3): no record is surer than that


class SupplierRecord(Document):
    """What a supplier says of one unit, in kg CO2e: median and geometric standard deviation.

    `boundary` and `method` are texts so that another one is read, and refused by its name; `source` is where the
    figures were published, such as the number of an EPD.
    """

    TYPE: ClassVar[str] = "supplier-record"

    type: Literal["supplier-record"]
    version: Literal["1"]
    demo: StrictBool
    supplier: Party
    name: Text
    unit: Literal["piece", "kg"]
    mass_kg: PositiveFigure
    kgco2e: PositiveFigure
    gsd: Amount
    boundary: Identifier
    method: Text
    valid_from: Timestamp
    valid_until: Timestamp
    source: Text | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.valid_from < self.valid_until:
            raise ValueError("a beginning before the end")
        return self

    @model_validator(mode="after")
    def _uncertain(self) -> Self:
        if Decimal(self.gsd) < MIN_GSD or (self.unit == "kg" and self.mass_kg != "1"):
            raise ValueError(f"a GSD of at least {MIN_GSD}, and a kilogram that weighs 1 kg")
        return self


def sign_record(record: SupplierRecord, *, kid: str, signer: Signer) -> str:
    """Sign a record with the key of its supplier."""
    return jws.sign(record.as_json(), typ=TYP, kid=kid, signer=signer)


def read_record(text: str) -> tuple[jws.Token, SupplierRecord]:
    """Read a record strictly; its signature is not verified yet.

    Raises:
        InvalidDocument: token or content break the format.
    """
    token = jws.parse(text, typ=TYP)
    record = SupplierRecord.from_json(token.claims())
    if canonical.encode(record.as_json()) != token.payload:
        raise NotCanonical("expected exactly the members of a supplier record, version 1")
    return token, record
