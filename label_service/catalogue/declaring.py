"""From one row of a catalogue to a declaration: what the row says, its files prove, and the profiles know.

An amount is `asserted` unless the row names a file that proves it: papers and photos prove masses, meter files prove
electricity, job files and records machine time. Electricity that a meter file states may be shared out over several
rows, but never more than the meter counted.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from label_service.catalogue.evidence import EvidenceFiles, Shelf
from label_service.catalogue.fitting import Fitting
from label_service.catalogue.rows import CatalogueRow, Line
from label_service.declaration import Declaration, Machine
from label_service.declaration.profiles import Profiles
from label_service.errors import Conflict, MissingInput, NotFound
from label_service.factors.release import Release
from label_service.proposal.agreement import ENERGY_TOLERANCE, MASS_TOLERANCE, TIME_TOLERANCE
from label_service.proposal.values import Total, best
from label_service.quantity import amount

_ROUNDING = Decimal("1.000001")  # shares typed with few digits may add up to a little more
_NO_SALT = "0" * 32
_GRAMS = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration made of a row, and what a person should look at."""

    declaration: Declaration
    warnings: tuple[str, ...]


def row_salt(salt_key: bytes, producer: str, sku: str, content_digest: str) -> str:
    """Give the salt of a row's declaration: random to everybody without the key, and the same for the same content.

    The salt keeps people from guessing private content from the public digest. A fresh one for every run would make
    a new declaration of the same row each time; HMAC-SHA-256 (RFC 2104) under a secret key of the installation gives
    one salt per producer, sku and content, so that sending a catalogue again changes nothing.
    """
    message = f"{producer}\0{sku}\0{content_digest}".encode()
    return hmac.new(salt_key, message, "sha256").hexdigest()[: len(_NO_SALT)]


class Declarer:
    """Makes declarations of rows with the profiles of one producer; it remembers what each meter has given."""

    def __init__(self, profiles: Profiles, release: Release, files: EvidenceFiles, salt_key: bytes) -> None:
        self.fitting = Fitting(profiles, release)
        self.shelf = Shelf(files, profiles.evidence)
        self.meters = Meters()
        self._profiles = profiles
        self._release = release
        self._salt_key = salt_key
        self._sites = {site.id: site.as_json() for site in profiles.sites}
        legs = (("inbound", profiles.inbound), ("distribution", profiles.distribution))
        self._legs = {name: [leg.as_json() for leg in known] for name, known in legs if known}

    def declare(self, row: CatalogueRow) -> Declared:
        """Give the declaration of a row.

        Raises:
            LabelServiceError: the row is no declaration; `where` names the column, or a member of the declaration.
        """
        return _RowDeclarer(self, row).declare()

    def unit_of(self, category: str) -> str:
        """Give the unit of a category's function.

        Raises:
            NotFound: no such category.
        """
        if not category or not self._release.has("categories", category):
            raise NotFound(
                f"expected a category of the release beside the function, found {category[:40]!r}",
                hint="docs/coverage.md lists the categories",
                where="category",
            )
        return str(self._release.row("categories", category)["scaling_unit"])

    def common(self, machine: Machine) -> dict[str, Any]:
        """Give what all declarations of a machine have in common."""
        return {
            "type": "declaration",
            "version": "1",
            "demo": self._profiles.demo,
            "salt": _NO_SALT,
            "producer": self._profiles.producer.as_json(),
            "sites": [self._sites[machine.site]],
            "machines": [machine.as_json()],
            **self._legs,
        }

    def salted(self, row: CatalogueRow, members: dict[str, Any]) -> Declaration:
        """Check the members, and give the declaration with its salt.

        Raises:
            InvalidDocument: a member breaks the format.
        """
        draft = Declaration.from_json(members)
        salt = row_salt(self._salt_key, self._profiles.producer.id, row.sku, draft.digest)
        return draft.model_copy(update={"salt": salt})


class Meters:
    """What each meter file has given to rows so far, in kWh by its digest."""

    def __init__(self) -> None:
        self._given: dict[str, Decimal] = {}

    def share(self, total: Total, kwh: Decimal) -> Mapping[str, Decimal]:
        """Give what each meter would have given once a row has its electricity; several give in proportion.

        Raises:
            Conflict: the rows would use more than a meter counted.
        """
        shares = {}
        for value in total.values:
            before = self._given.get(value.file.digest, Decimal(0))
            shares[value.file.digest] = before + kwh * value.value / total.value
            if shares[value.file.digest] > value.value * _ROUNDING:
                raise Conflict(
                    f"{value.file.name} counted {amount(value.value)} kWh, other rows have {amount(before)} kWh of it, "
                    f"found {amount(kwh)} kWh here",
                    hint="share out what the meter counted over the rows that name its file",
                    where="kwh",
                )
        return shares

    def note(self, shares: Mapping[str, Decimal]) -> None:
        """Remember the shares of a row that became a declaration."""
        self._given |= shares


class _RowDeclarer:
    """Puts one row together."""

    def __init__(self, declarer: Declarer, row: CatalogueRow) -> None:
        self._by = declarer
        self._row = row
        self._proofs = declarer.shelf.proofs(row)
        self._product = declarer.fitting.product(row.sku)
        self._quantity = int(row.get("quantity") or 1)
        self._warnings: list[str] = []
        self._shares: Mapping[str, Decimal] = {}

    def declare(self) -> Declared:
        family = self._by.fitting.family(self._row)
        machine = self._by.fitting.machine(self._row, family, self._proofs)
        family = family or self._by.fitting.family_of(machine)
        lines = [self._material(number, line, family) for number, line in enumerate(self._row.lines)]
        worked = [line["id"] for line in lines if line["role"] != "bought_part"]
        members = self._by.common(machine) | {
            "product": self._named_product(family),
            "quantity": self._quantity,
            "made": self._made(),
            "materials": lines,
            "steps": [{"id": "make", "machine": machine.id, "materials": worked, **self._run()}],
            **self._packaging(),
        }
        members["evidence"] = self._by.shelf.evidence(self._proofs, members)
        self._compare_with_shop(lines)
        declaration = self._by.salted(self._row, members)
        self._by.meters.note(self._shares)
        return Declared(declaration, tuple(self._warnings))

    def _made(self) -> dict[str, str]:
        """Give first and last day: of the row, else the first day a file names."""
        starts = [word[:10] for kind in ("interval_start", "job_start") for word in self._proofs.texts(kind)]
        first = self._row.get("made") or min(starts, default="")
        if not first:
            raise MissingInput("expected the day of making", hint="write it as 2026-11-23", where="made")
        return {"first": first, "last": self._row.get("made_until") or first}

    def _named_product(self, family: str) -> dict[str, Any]:
        known = self._product.as_json() if self._product else {}
        name = self._row.get("name") or known.get("name")
        if not name:
            raise MissingInput("expected a name", hint="name the product as buyers know it", where="name")
        kept = {member: known[member] for member in ("category", "function", "design") if member in known}
        members = {"name": name, "family": family, "sku": self._row.sku} | kept
        if category := self._row.get("category"):
            members["category"] = category
        if value := self._row.get("function"):
            unit = self._by.unit_of(members.get("category", ""))
            members["function"] = self._proven(Decimal(value), unit, "derived")
        return members

    def _material(self, number: int, line: Line, family: str) -> dict[str, Any]:
        """Give one line of the bill of materials."""
        role = "_".join(line.cells.get("role", "made").lower().split())
        lot = self._by.fitting.lot(line, family if role == "made" else "", self._proofs)
        found: dict[str, Any] = {"id": f"line{number + 1}" if self._row.further else "body", "role": role}
        if isinstance(lot, str):
            found["material"] = lot
        else:
            found |= lot.as_line()
        for column in ("net", "gross"):
            if value := line.cells.get(column):
                found[column] = self._proven(Decimal(value) / _GRAMS, "kg", "weighed")
        if not self._row.further:
            self._fill_gross(found)
        needed = "gross" if role == "consumable" else "net"
        if needed not in found:
            raise MissingInput(
                f"expected the {needed} mass of the {role.replace('_', ' ')} material",
                hint="weigh it, and name the photo of the scale as evidence",
                where=f"/materials/{number}/{needed}",
            )
        return found

    def _fill_gross(self, line: dict[str, Any]) -> None:
        """Take the material from the job file where the row leaves it open, else compare both."""
        total = self._best("filament_mass", MASS_TOLERANCE)
        if total and "gross" not in line:
            line["gross"] = total.entry()
        elif total:
            self._compare("gross", Decimal(line["gross"]["value"]), total, MASS_TOLERANCE)

    def _run(self) -> dict[str, Any]:
        """Give energy and duration of the one step, where something says them."""
        found = {"energy": self._energy(), "duration": self._duration()}
        return {name: entry for name, entry in found.items() if entry}

    def _energy(self) -> dict[str, Any] | None:
        """Give what the meter file says, or the share of it that the row takes; without a file what the row says."""
        total, typed = self._best("energy", ENERGY_TOLERANCE), self._row.get("kwh")
        if total:
            kwh = Decimal(typed) if typed else total.value
            self._shares = self._by.meters.share(total, kwh)
            return total.entry() if kwh == total.value else total.entry() | {"value": amount(kwh), "basis": "derived"}
        meters = self._proofs.of_kind("meter_reading")
        return _entry(Decimal(typed), "kWh", "metered", meters) if typed else None

    def _duration(self) -> dict[str, Any] | None:
        total, typed = self._best("print_duration", TIME_TOLERANCE), self._row.get("hours")
        if not typed:
            return total.entry() if total else None
        if total:
            self._compare("hours", Decimal(typed), total, TIME_TOLERANCE)
        records, jobs = self._proofs.of_kind("job_record"), self._proofs.of_kind("job_file")
        return _entry(Decimal(typed), "h", "as_made" if records else "estimated", records or jobs)

    def _packaging(self) -> dict[str, Any]:
        """Give the packaging of the row, else that of the product for all items."""
        material, mass = self._row.get("packaging_material"), self._row.get("packaging")
        if material and mass:
            entry = self._proven(Decimal(mass) / _GRAMS, "kg", "weighed")
            return {"packaging": [{"material": material, "mass": entry}]}
        if material or mass:
            missing = "packaging" if material else "packaging_material"
            raise MissingInput("expected material and mass of the packaging together", where=missing)
        known = self._product
        if known is None or known.packaging_material is None or known.packaging_per_item is None:
            return {}
        total = amount(Decimal(known.packaging_per_item.value) * self._quantity)
        mass_of_all = known.packaging_per_item.as_json() | {"value": total}
        return {"packaging": [{"material": known.packaging_material, "mass": mass_of_all}]}

    def _proven(self, value: Decimal, unit: str, basis: str) -> dict[str, Any]:
        return _entry(value, unit, basis, self._proofs.masses())

    def _best(self, quantity: str, tolerance: Decimal) -> Total | None:
        total, conflicts = best(self._proofs.files, quantity, tolerance)
        self._warnings += [conflict.words for conflict in conflicts]
        return total

    def _compare(self, column: str, value: Decimal, total: Total, tolerance: Decimal) -> None:
        if abs(value - total.value) > tolerance * max(value, total.value):
            said = f"{column} of {amount(value)} {total.unit}"
            self._warnings.append(f"{said} disagrees with {total.words} by more than {tolerance:%}")

    def _compare_with_shop(self, lines: list[dict[str, Any]]) -> None:
        """Warn when one item weighs more than the shop sends."""
        grams = self._row.get("shop_weight")
        net_kg = sum((Decimal(line["net"]["value"]) for line in lines if "net" in line), Decimal(0))
        if grams and net_kg * _GRAMS > Decimal(grams) * self._quantity:
            each = amount(net_kg * _GRAMS / self._quantity)
            self._warnings.append(f"an item of {each} g is heavier than the {grams} g that the shop sends")


def _entry(value: Decimal, unit: str, basis: str, digests: list[str]) -> dict[str, Any]:
    """Give a declared amount; without a file that proves it, it is asserted."""
    return {"value": amount(value), "unit": unit, "basis": basis if digests else "asserted", "evidence": digests}
