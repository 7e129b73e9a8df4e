"""The producer's own program: reads profiles, hands in evidence and declares, with an API token."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from label_service.canonical import digest

PER_UPLOAD = 20


@dataclass(frozen=True)
class Batch:
    """A box with files of its own: what the meter, the scale and the delivery note say."""

    number: int
    made_on: str
    energy_kwh: str = "0.6"

    @property
    def files(self) -> dict[str, bytes]:
        """Give the evidence by its name."""
        start = 1000 + 2 * self.number
        readings = [
            {"at": f"{self.made_on}T08:00:00Z", "value": f"{start}"},
            {"at": f"{self.made_on}T09:00:00Z", "value": f"{start + float(self.energy_kwh):.1f}"},
        ]
        meter = {"type": "meter-readings", "meter": "socket of laser and fan", "unit": "kWh", "readings": readings}
        scale = {
            "box": self.number,
            "sheet_kg": "2",
            "product_kg": "1.7",
            "packaging_kg": "0.1",
            "inner_volume_l": "45",
        }
        note = {"inbound": "lorry, 300 km", "distribution": "van, 20 km", "papers": "delivery note 1041"}
        named = {"meter": meter, "scale": scale, "note": note}
        return {f"{name}-{self.number:02}.json": json.dumps(content).encode() for name, content in named.items()}

    def declaration(self, profiles: dict[str, Any]) -> dict[str, Any]:
        """Give what is declared of it."""
        (site,), (machine,), (lot,), (product,) = (profiles[name] for name in ("sites", "machines", "lots", "products"))
        (meter, scale, note), papers = self._papers()
        packaging = {"material": product["packaging_material"], "mass": _amount("0.1", "kg", "weighed", scale)}
        sheet = {
            "id": "sheet",
            "role": "made",
            "material": lot["material"],
            "lot": lot["lot"],
            "gross": _amount("2", "kg", "weighed", scale),
            "net": _amount("1.7", "kg", "weighed", scale),
            "bought_in": [],
        }
        cut = {
            "id": "cut",
            "machine": machine["id"],
            "materials": ["sheet"],
            "carrier": "electricity",
            "source": "grid",
            "energy": _amount(self.energy_kwh, "kWh", "metered", meter),
        }
        return {
            "type": "declaration",
            "version": "1",
            "demo": False,
            "salt": f"{self.number:032x}",
            "producer": profiles["producer"],
            "partners": [],
            "parts": [],
            "product": {
                "name": f"{product['name']}, no. {self.number}",
                "sku": product["sku"],
                "family": product["family"],
                "category": product["category"],
                "function": _amount("45", "L", "derived", scale),
            },
            "quantity": 1,
            "made": {"first": self.made_on, "last": self.made_on},
            "sites": [site],
            "machines": [machine],
            "materials": [sheet],
            "steps": [cut],
            "packaging": [packaging],
            "inbound": [{"mode": "hgv-average", "distance": _amount("300", "km", "derived", note)}],
            "distribution": [{"mode": "van-average", "distance": _amount("20", "km", "derived", note)}],
            "evidence": papers,
        }

    def _papers(self) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
        kinds = ("meter_reading", "scale_reading", "delivery_note")
        papers = [
            {"digest": digest(content), "kind": kind, "name": name, "size_bytes": len(content)}
            for (name, content), kind in zip(self.files.items(), kinds, strict=True)
        ]
        papers[0] |= {"importer": "meter-readings", "importer_version": "1"}
        return tuple(str(paper["digest"]) for paper in papers), papers


@dataclass(frozen=True)
class Program:
    """What shows a token."""

    client: httpx.Client

    def profiles(self) -> dict[str, Any]:
        """Read what the producer told once."""
        return _read(self.client.get("/api/v1/profiles"), 200)  # type: ignore[no-any-return]

    def hand_in(self, batches: list[Batch]) -> None:
        """Upload the evidence of batches."""
        files = [("files", item) for batch in batches for item in batch.files.items()]
        for start in range(0, len(files), PER_UPLOAD):
            answer = self.client.post("/api/v1/evidence", files=files[start : start + PER_UPLOAD])
            assert all("digest" in item for item in _read(answer, 200))

    def make(self, *batches: Batch) -> list[dict[str, Any]]:
        """Hand in evidence and declare, and give how far each batch has come."""
        self.hand_in(list(batches))
        profiles = self.profiles()
        answers = [self.client.post("/api/v1/declarations", json=batch.declaration(profiles)) for batch in batches]
        return [_read(answer, 201) for answer in answers]


def _amount(value: str, unit: str, basis: str, paper: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "basis": basis, "evidence": [paper]}


def _read(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()
