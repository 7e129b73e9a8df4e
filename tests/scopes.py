"""Scopes that just hold some goods: the tightest bounds an auditor could attest."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any

from label_service.inventory import Inventory
from label_service.inventory.runs import made_masses, recycled_shares, run_figures
from label_service.label.attestation import ScopeAttestation
from label_service.quantity import amount, plain

STEP = Decimal("1e-12")  # the smallest step of an amount


def _below(value: Fraction) -> str:
    return amount(_decimal(value).quantize(STEP, ROUND_FLOOR))


def _above(value: Fraction) -> str:
    return amount(_decimal(value).quantize(STEP, ROUND_CEILING))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def limits(inventory: Inventory) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Give floors and ceilings that the goods just meet."""
    floors, ceilings = [], []
    masses = made_masses(inventory)
    for process in inventory.processes:
        energies = [item.energy_kwh / item.mass_kg for item in run_figures(inventory) if item.run.process == process]
        gross, net = masses[process]
        scrap = 1 - net / gross
        floors.append({"process": process, "kwh_per_kg": _below(min(energies)), "scrap_fraction": _below(scrap)})
        ceilings.append({"process": process, "kwh_per_kg": _above(max(energies)), "scrap_fraction": _above(scrap)})
    return floors, ceilings


def scope_around(inventory: Inventory, **changes: Any) -> ScopeAttestation:
    """Give the scope of a workshop that holds these goods and hardly any others."""
    floors, ceilings = limits(inventory)
    shares: dict[str, Fraction] = {}
    for material, share in recycled_shares(inventory):
        shares[material] = max(shares.get(material, Fraction(0)), share)
    members = {
        "demo": inventory.demo,
        "producer": inventory.producer.id,
        "category": inventory.category,
        "criteria": ("checked on site",) if inventory.category else (),
        "functions": (inventory.function,) if inventory.function else (),
        "level": "site_visit",
        "site": inventory.runs[0].site,
        "site_name": "The workshop",
        "country": inventory.countries[0],
        "carriers": tuple(sorted({item.carrier for item in run_figures(inventory) if item.carrier})),
        "family": inventory.family,
        "machines": tuple(sorted({run.machine for run in inventory.runs})),
        "processes": inventory.processes,
        "lots": tuple(
            {"lot": f"lot of {material}", "material": material, "mass_kg": "1000"}
            | ({"recycled_share": _above(share)} if share else {})
            for material, share in sorted(shares.items())
        ),
        "floors": tuple(floors),
        "ceilings": tuple(ceilings),
        "quantity": inventory.quantity,
        "max_quantity_per_label": inventory.quantity,
        "period": inventory.made.as_json(),
        "sampling_rate": "0.05",
        "chain_commitment": "c0" * 32,
        "chain_weeks": 52,
    }
    return ScopeAttestation.model_validate(members | changes)


def shifted(value: str, steps: int) -> str:
    """Give an amount that is some of the smallest steps larger or smaller."""
    return plain(Decimal(value) + steps * STEP)
