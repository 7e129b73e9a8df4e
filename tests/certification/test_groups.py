"""Nobody is singled out by open statistics: not by a group, and not by what is left when groups are subtracted."""

from collections import defaultdict
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from label_service.certification.groups import FEWEST, Group, assign

FINEST = Group("fdm_3d_print", "pla", "DEU", "DE300", 2026)
REGIONS = ("", "DE3", "DE30", "DE300", "DE301", "DE212", "DE21")

groups = st.builds(
    Group,
    process=st.sampled_from(["fdm_3d_print", "sewing"]),
    material=st.sampled_from(["pla", "petg"]),
    country=st.just("DEU"),
    region=st.sampled_from(REGIONS),
    year=st.sampled_from([2025, 2026]),
) | st.builds(
    Group,
    process=st.just("sewing"),
    material=st.just("cotton"),
    country=st.just("NLD"),
    region=st.just(""),
    year=st.just(2026),
)
members = st.lists(st.tuples(groups, st.integers(0, 11).map("P{}".format)), max_size=60)


def crowd(group, number, first=0):
    """Give a group with some producers."""
    return [(group, f"P{first + index}") for index in range(number)]


def counted(found):
    """Give the producers of every group that is told, and the labels in it: here each producer's part of a group."""
    parts = defaultdict(set)
    for group, target in assign(found).items():
        parts[target] |= {(group, producer) for member, producer in found if member == group}
    return parts


def widened(group):
    """Give a group with all wider ones."""
    return [] if group is None else [group, *widened(group.wider())]


@given(members)
def test_no_sum_and_no_difference_tells_of_fewer_than_five(found):
    """Whatever groups are added up and subtracted, what is known of it is nothing or about five producers."""
    parts = counted(found)
    few = list(parts)[:5]
    unions = [set().union(*(parts[group] for group in some)) for size in (1, 2, 3) for some in combinations(few, size)]
    for one in unions:
        for other in unions:
            left = {producer for _, producer in one - other}
            assert not left or len(left) >= FEWEST


@given(members)
def test_groups_do_not_overlap(found):
    """Each label is counted once at most, so no two groups tell of the same one."""
    parts = list(counted(found).values())
    assert sum(map(len, parts)) == len(set().union(*parts))


@given(members)
def test_a_group_is_as_fine_as_five_producers_allow(found):
    """A finest group with five producers is told as it is; every other is told in a wider one that holds it, or not."""
    assigned = assign(found)
    producers = defaultdict(set)
    for group, producer in found:
        producers[group].add(producer)
    for group, names in producers.items():
        assert assigned.get(group) in {None, *widened(group)}
        assert len(names) < FEWEST or assigned[group] == group


@given(members)
def test_order_does_not_matter(found):
    """The same labels give the same groups, whatever order the database reads them in."""
    assert assign(found) == assign(reversed(found)) == assign(found + found)


@given(members)
def test_what_is_withheld_are_fewer_than_five_producers_of_a_process(found):
    """Nothing is withheld without need: what is left of a process is of fewer than five producers."""
    left = defaultdict(set)
    assigned = assign(found)
    for group, producer in found:
        if group not in assigned:
            left[group.process].add(producer)
    assert all(len(names) < FEWEST for names in left.values())


def test_a_small_group_is_not_the_rest_of_a_larger_one():
    """Four in one district beside many in another: no total of the region gives the four away."""
    neighbour = FINEST._replace(region="DE301")
    assert set(assign(crowd(FINEST, 4) + crowd(neighbour, 9, 10))) == {neighbour}


def test_two_small_groups_are_told_together():
    """Three and three of one region make a group of the region that says nothing of its districts."""
    neighbour = FINEST._replace(region="DE301")
    found = assign(crowd(FINEST, 3) + crowd(neighbour, 3, 10))
    assert found == dict.fromkeys((FINEST, neighbour), FINEST._replace(region="DE30"))


def test_one_producer_with_many_labels_is_one():
    """What is counted are producers, not labels."""
    assert assign(crowd(FINEST, 1) * 100) == {}


def test_groups_widen_one_step_at_a_time():
    """District, region, larger region, country; then materials, countries and years are put together."""
    assert widened(FINEST)[1:] == [
        FINEST._replace(region="DE30"),
        FINEST._replace(region="DE3"),
        FINEST._replace(region=""),
        Group("fdm_3d_print", "", "DEU", "", 2026),
        Group("fdm_3d_print", "", "", "", 2026),
        Group("fdm_3d_print"),
    ]
