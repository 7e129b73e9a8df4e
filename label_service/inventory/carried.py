"""What somebody else made, on its way into the flows of a product. Method page: docs/method.md, section 4."""

from collections.abc import Mapping

from label_service.declaration import PartUse
from label_service.document import Basis
from label_service.errors import Implausible, MissingInput
from label_service.inventory.amounts import Counting, Quantity, weakest
from label_service.inventory.parts import Part

# A label rests on an auditor's word for what was measured, a record on that of its supplier.
_BASIS: Mapping[str, Basis] = {"label": "derived", "record": "asserted"}


def carried(use: PartUse, known: Mapping[str, Part], counting: Counting) -> tuple[Part, Quantity]:
    """Give what a part weighs and how many units of it are used; neither is ever assumed.

    Raises:
        MissingInput: nobody handed in what stands behind its digest, or an amount or material lacks.
        Implausible: a fraction of a piece of a labelled part.
    """
    where = f"/parts/{use.id}"
    part = known.get(use.digest)
    if part is None or part.kind != use.kind:
        raise MissingInput(
            f"part_missing: expected the {use.kind} {use.digest[:12]}\u2026 behind the part {use.id}",
            hint="hand in its bundle or record first, or choose a label of this scheme",
            where=where,
        )
    units = counting.required(use.amount, part.unit, f"part/{use.id}", f"{where}/amount")
    if part.kind == "label" and units.value % 1:
        raise Implausible(f"expected whole pieces of the part {use.id}", where=f"{where}/amount")
    if part.kind == "record" and use.material is None:
        raise MissingInput(
            f"expected the material of the part {use.id}, by which it is disposed of",
            hint="name the material of the release that the part is mostly made of",
            where=f"{where}/material",
        )
    return part, Quantity(units.value, weakest(units.basis, _BASIS[part.kind]), units.loads)
