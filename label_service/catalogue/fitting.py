"""Which machine, family and lot of the profiles a row means: named, or the only one that fits."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from label_service.catalogue.evidence import Proofs
from label_service.catalogue.rows import CatalogueRow, Line
from label_service.declaration import Machine
from label_service.declaration.profiles import MaterialLot, ProductProfile, Profiles
from label_service.errors import MissingInput, NotFound
from label_service.factors import lookup
from label_service.factors.release import Release
from label_service.workshop import process_of

_SHOWN = 8  # choices that an error names
Item = TypeVar("Item")


class Fitting:
    """The profiles of one producer, indexed for many rows; every error names its column."""

    def __init__(self, profiles: Profiles, release: Release) -> None:
        self._machines = profiles.machines
        self._release = release
        self._products = {product.sku: product for product in profiles.products if product.sku}
        self._families = {key: release.row("families", key) for key in release.keys("families")}
        self._lots = profiles.lots
        self._by_lot = _index(profiles.lots, lambda lot: (lot.id, lot.name, lot.lot or ""))
        self._by_word = _index(profiles.lots, lambda lot: (lot.id, lot.name, lot.material, *lot.words))

    def product(self, sku: str) -> ProductProfile | None:
        """Give the product of the profiles with this sku."""
        return self._products.get(sku)

    def machine(self, row: CatalogueRow, family: str, proofs: Proofs) -> Machine:
        """Give the machine that is named, else the only one that fits the process, the files or the family.

        Raises:
            NotFound: no machine of the profiles fits.
            MissingInput: several fit.
        """
        named, process = row.get("machine"), row.get("process")
        if named:
            fitting = [item for item in self._machines if _same(named, item.id) or _same(named, item.model)]
        elif process:
            fitting = [item for item in self._machines if item.process == process]
        else:
            fitting = self._able(family, proofs)
        column = "process" if process and not named else "machine"
        return _only(fitting, "machine of the profiles", column, [item.id for item in fitting or self._machines])

    def family(self, row: CatalogueRow) -> str:
        """Give the family that the row or its product names, or nothing.

        Raises:
            NotFound: the release has no such family.
        """
        product = self.product(row.sku)
        family = row.get("family") or (product.family if product else "")
        if family and family not in self._families:
            raise NotFound(
                f"expected a family of the release, found {family[:40]!r}",
                hint="docs/coverage.md lists the families",
                where="family",
            )
        return family

    def family_of(self, machine: Machine) -> str:
        """Give the only family the process of a machine belongs to.

        Raises:
            NotFound, MissingInput: there is none, or there are several.
        """
        fitting = [key for key in self._families if machine.process in self._processes(key)]
        return _only(fitting, f"family of the process {machine.process}", "family", fitting)

    def lot(self, line: Line, family: str, proofs: Proofs) -> MaterialLot | str:
        """Give the lot of a line, or the row of a material that no lot of the profiles has.

        Without a word for it, the lot is the one whose words the files use, else the only one that is worked this way.

        Raises:
            NotFound, MissingInput: none fits, or several do.
        """
        if name := line.cells.get("lot"):
            return _only(
                self._by_lot.get(_plain(name), []), "lot of the profiles", "lot", [lot.id for lot in self._lots]
            )
        if word := line.cells.get("material"):
            found = self._by_word.get(_plain(word), [])
            if not found and self._release.has("materials", word.lower()):
                return word.lower()
            return _only(
                found, f"lot or material {word[:40]!r}", "lot" if found else "material", [lot.id for lot in found]
            )
        words = proofs.texts("material_name")
        named = dict.fromkeys(lot for word in words for lot in self._by_word.get(_plain(word), []))
        fitting = list(named) or [lot for lot in self._lots if self._admits(family, lot)]
        return _only(fitting, "material", "material", [lot.id for lot in fitting or self._lots])

    def _able(self, family: str, proofs: Proofs) -> list[Machine]:
        """Give the machines the files name, else those of that kind, else those of the family."""
        words = proofs.texts("printer_model")
        named = [item for item in self._machines if any(_same(word, item.model) for word in words)]
        kinds = {process_of(word) for word in words} - {None}
        if named or kinds:
            return named or [item for item in self._machines if item.process in kinds]
        return [item for item in self._machines if not family or item.process in self._processes(family)]

    def _processes(self, family: str) -> list[str]:
        return str(self._families[family].get("process_ids", "")).split(";")

    def _admits(self, family: str, lot: MaterialLot) -> bool:
        if not family or not self._release.has("materials", lot.material):
            return False
        return lookup.admits(self._families[family], self._release.row("materials", lot.material))


def _index(
    lots: Iterable[MaterialLot], words_of: Callable[[MaterialLot], tuple[str, ...]]
) -> Mapping[str, list[MaterialLot]]:
    found: dict[str, list[MaterialLot]] = {}
    for lot in lots:
        for word in {_plain(word) for word in words_of(lot) if word}:
            found.setdefault(word, []).append(lot)
    return found


def _only(found: list[Item], what: str, column: str, choices: list[str]) -> Item:
    """Give the one that fits.

    Raises:
        NotFound: none does.
        MissingInput: several do.
    """
    if len(found) == 1:
        return found[0]
    shown = ", ".join(choices[:_SHOWN])
    if not found:
        hint = f"known are {shown}" if shown else "none is known yet: add one to the profiles"
        raise NotFound(f"expected a {what}, found none that fits", hint=hint, where=column)
    raise MissingInput(f"expected one {what}, several fit", hint=f"choose among {shown}", where=column)


def _plain(word: str) -> str:
    return "".join(word.casefold().split())


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)
