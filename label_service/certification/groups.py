"""Groups of the open statistics: each as fine as at least five producers allow, and none that can be subtracted.

What labels say is put into groups that do not overlap. Where a group has fewer than five producers, it joins the next
wider one, together with the others that were too small; there is no total beside them. So whatever is added up or
subtracted is made of whole groups, and no difference says anything about fewer than five producers.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

FEWEST: Final = 5  # producers, below which nothing is told; as in `similar`
_COUNTRY_LETTERS: Final = 2  # of a NUTS code


class Group(NamedTuple):
    """What the labels of a group have in common; an empty member stands for all others, `year` 0 for all years."""

    process: str
    material: str = ""
    country: str = ""
    region: str = ""
    year: int = 0

    @property
    def depth(self) -> int:
        """How many steps of `wider` lead to the widest group."""
        return sum(map(bool, (self.material, self.country, self.year))) + len(self.region[_COUNTRY_LETTERS:])

    def wider(self) -> "Group | None":
        """Give the next wider group: a larger region, the country, all materials, all countries, all years."""
        if self.region:
            shorter = self.region[:-1]
            return self._replace(region=shorter if len(shorter) > _COUNTRY_LETTERS else "")
        if self.material:
            return self._replace(material="")
        if self.country:
            return self._replace(country="")
        if self.year:
            return self._replace(year=0)
        return None


class _Pool:
    """Producers of a group, as far as they matter, and the finest groups in it."""

    def __init__(self) -> None:
        self.producers: set[str] = set()
        self.origins: list[Group] = []

    def add(self, producers: Iterable[str], origins: Iterable[Group] = ()) -> None:
        self.origins += origins
        for producer in producers:
            if len(self.producers) >= FEWEST:
                return
            self.producers.add(producer)


def assign(members: Iterable[tuple[Group, str]]) -> dict[Group, Group]:
    """Give, for each finest group, the group it is counted in; one that is absent is not told at all.

    Args:
        members: each finest group with each producer in it, in any order; more than once does no harm.
    """
    finest: dict[Group, _Pool] = defaultdict(_Pool)
    for group, producer in members:
        finest[group].add((producer,))
    levels: dict[int, dict[Group, _Pool]] = {}
    for group, pool in finest.items():
        pool.origins.append(group)
        levels.setdefault(group.depth, {})[group] = pool
    assigned: dict[Group, Group] = {}
    for depth in range(max(levels, default=0), -1, -1):
        for group, pool in levels.get(depth, {}).items():
            wider = group.wider()
            if len(pool.producers) >= FEWEST:
                assigned |= dict.fromkeys(pool.origins, group)
            elif wider:
                joined = levels.setdefault(wider.depth, {}).setdefault(wider, _Pool())
                joined.add(pool.producers, pool.origins)
    return assigned
