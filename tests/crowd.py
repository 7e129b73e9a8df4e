"""A crowd of workshops with labels, for the open statistics."""

from collections.abc import Sequence

from tests.stage import Stage, example

NEIGHBOURS = ("P1", "P2", "P3", "P4", "P5", "P6")


def crowd(stage: Stage, names: Sequence[str] = NEIGHBOURS, region: str = "DE300", far: str = "P7") -> None:
    """Issue a label for the hook of each workshop in one region; with the first, for one of a workshop elsewhere."""
    places = dict.fromkeys(names, region) | ({far: "DE212"} if names == NEIGHBOURS else {})
    for number, (name, place) in enumerate(places.items()):
        producer = {"id": f"https://{name.lower()}.example", "name": name, "country": "DEU"}
        sites = [site | {"region": place} for site in example()["sites"]]
        salt = f"{number:030x}{len(stage.labels):02x}"
        stage.labels[name] = stage.issue(producer=producer, sites=sites, salt=salt, demo=False).id
