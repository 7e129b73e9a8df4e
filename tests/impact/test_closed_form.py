"""The closed form of the uncertainty: laws, exact cases, edges, and an independent second implementation."""

from math import exp, inf, isfinite, log, nan, sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from label_service.errors import InvalidAmount
from label_service.impact.closed_form import Distribution, Term, distribution, ratio
from label_service.quantity import figure
from tests.impact.matrix_form import log_quantiles

Z95 = 1.6448536269514722
TEN_DIGITS = 1e-10


def term(value: float, **gsds: float) -> Term:
    """A term with its variables by GSD."""
    return Term(value, tuple(sorted((name, log(gsd)) for name, gsd in gsds.items())))


def terms(largest_gsd: float = 2.0) -> st.SearchStrategy[list[Term]]:
    """One to six terms of up to three of six variables; the others are on both sides or on one."""
    load = st.floats(0.01, log(largest_gsd))
    loads = st.dictionaries(st.sampled_from([f"v{i}" for i in range(6)]), load, max_size=3)
    return st.lists(
        st.builds(lambda v, named: Term(v, tuple(sorted(named.items()))), st.floats(1e-3, 1e3), loads),
        min_size=1,
        max_size=6,
    )


def same(left, right, tolerance: float = TEN_DIGITS) -> bool:
    """Tell whether two results agree in their figures."""
    return all(a == pytest.approx(b, rel=tolerance) for a, b in zip(left[:3], right[:3], strict=True))


def larger(side: list[Term], index: int, factor: float) -> list[Term]:
    """A side in which one term has grown."""
    index %= len(side)
    return [*side[:index], side[index]._replace(value=side[index].value * factor), *side[index + 1 :]]


# Laws


@given(terms(10), terms(10))
def test_the_upper_bound_is_never_below_the_median(product, reference) -> None:
    """Whatever the uncertainty, also outside the proven range: p05 <= median <= p95, for sums and ratios."""
    for result in (ratio(product, reference), distribution(product)):
        assert 0 < result.p05 <= result.median <= result.p95


@given(terms(), terms(), st.floats(1e-3, 1e3))
def test_a_product_k_times_as_large_has_k_times_the_ratio(product, reference, k) -> None:
    """Scaling all of a product scales every quantile and leaves what makes it uncertain alone."""
    scaled = [item._replace(value=k * item.value) for item in product]
    before, after = ratio(product, reference), ratio(scaled, reference)
    assert same(after, [k * part for part in before[:3]])
    assert [name for name, _ in after.narrow] == [name for name, _ in before.narrow]
    assert same(distribution(scaled), [k * part for part in distribution(product)])


@given(terms(), terms(), st.randoms(use_true_random=False))
def test_the_order_of_terms_does_not_matter(product, reference, random) -> None:
    """Another order gives the same figures to ten digits and the same list of what is uncertain."""
    before = ratio(product, reference)
    shuffled = random.sample(product, len(product)), random.sample(reference, len(reference))
    after = ratio(*shuffled)
    assert same(before, after)
    assert after.p_better == pytest.approx(before.p_better, abs=1e-9)
    assert same(distribution(product), distribution(shuffled[0]))


@given(terms(), terms(), st.integers(0, 5), st.floats(0.01, 0.99))
def test_splitting_a_term_changes_nothing(product, reference, index, share) -> None:
    """Two lines of a bill of materials with the same variables are worth one."""
    whole = product[index % len(product)]
    parts = [whole._replace(value=share * whole.value), whole._replace(value=(1 - share) * whole.value)]
    split = [*product[: index % len(product)], *parts, *product[index % len(product) + 1 :]]
    assert same(ratio(split, reference), ratio(product, reference))
    assert same(distribution(split), distribution(product))


@given(terms(), terms())
def test_the_inverse_ratio_has_the_inverse_quantiles(product, reference) -> None:
    """Exchanging product and reference exchanges the bounds and the probabilities."""
    there, back = ratio(product, reference), ratio(reference, product)
    assert same(there, (1 / back.p95, 1 / back.median, 1 / back.p05))
    assume(there.p05 < there.p95)
    assert there.p_better == pytest.approx(1 - back.p_better, abs=1e-9)


@given(terms(), terms(), st.floats(0.01, log(2)))
def test_a_factor_common_to_all_terms_of_both_sides_cancels(product, reference, load) -> None:
    """What both sides depend on in the same way makes the ratio no wider."""
    common = ("common", load)
    sides = [[item._replace(loads=(common, *item.loads)) for item in side] for side in (product, reference)]
    with_factor, without = ratio(*sides), ratio(product, reference)
    assert same(with_factor, without, 1e-9)
    assert "common" not in dict(with_factor.narrow)


@given(terms(), st.randoms(use_true_random=False))
def test_a_side_compared_with_itself_is_exactly_one(product, random) -> None:
    """The reference made by the producer's own process is neither better nor worse, without any range."""
    result = ratio(product, product)
    assert result == (1.0, 1.0, 1.0, 0.0, (), True)
    shuffled = ratio(product, random.sample(product, len(product)))
    assert [figure(part) for part in shuffled[:4]] == ["1", "1", "1", "0"]


@given(terms(1.35), terms(1.35), st.integers(0, 5), st.floats(1, 10))
def test_more_of_anything_never_makes_a_product_look_better(product, reference, index, factor) -> None:
    """At GSDs up to 1.35 no quantile of the ratio falls when a term of the product grows."""
    before, after = ratio(product, reference), ratio(larger(product, index, factor), reference)
    assume(before.is_proven and after.is_proven)
    assert all(new >= old * (1 - 1e-9) for old, new in zip(before[:3], after[:3], strict=True))


@given(terms(), terms(), st.integers(0, 5), st.floats(1, 10))
def test_more_of_anything_hardly_ever_lowers_the_bound_in_the_whole_proven_range(
    product, reference, index, factor
) -> None:
    """At GSDs up to 2 the error of the closed form can hide a growth of U95, by less than the error itself."""
    before, after = ratio(product, reference), ratio(larger(product, index, factor), reference)
    assume(before.is_proven and after.is_proven)
    assert after.p95 >= before.p95 * 0.99


@given(terms(), terms())
def test_probability_and_bounds_tell_the_same_story(product, reference) -> None:
    """P(better) is at least 95 % exactly where U95 is at most 1, and at most 5 % where the 5 % bound is above 1."""
    result = ratio(product, reference)
    assume(result.p05 < result.p95)
    assume(all(abs(part - 1) > 1e-9 for part in result[:3]))
    assert (result.p95 < 1) == (result.p_better > 0.95)
    assert (result.median < 1) == (result.p_better > 0.5)
    assert (result.p05 < 1) == (result.p_better > 0.05)


@given(terms(), terms())
def test_shares_of_the_variance_add_up(product, reference) -> None:
    """What would narrow the range is listed with shares of a whole, largest first."""
    shares = [share for _, share in ratio(product, reference).narrow]
    steps = [int(share * 1e9 + 0.5) for share in shares]
    assert steps == sorted(steps, reverse=True)
    assert not shares or sum(shares) == pytest.approx(1, abs=1e-7)


@given(terms(), terms())
def test_a_second_implementation_in_matrices_agrees(product, reference) -> None:
    """Scalar products of sparse loads give what vectors and matrices give."""
    result = ratio(product, reference)
    assume(result.p95 > result.p05 * (1 + 1e-4))
    assert same([log(part) + 100 for part in result[:3]], [part + 100 for part in log_quantiles(product, reference)])


@given(terms())
def test_a_second_implementation_agrees_on_sums(product) -> None:
    """A sum is a ratio to nothing uncertain."""
    result = distribution(product)
    assume(result.p05 < result.p95)
    assert same([log(part) + 100 for part in result[:3]], [part + 100 for part in log_quantiles(product, [])])


@given(
    st.lists(
        st.builds(
            lambda value, loads: Term(value, tuple(sorted(loads.items()))),
            st.floats(1e-300, 1e300),
            st.dictionaries(st.sampled_from("abc"), st.floats(0, 30)),
        ),
        max_size=4,
    ),
    terms(),
)
def test_absurd_uncertainty_ends_in_figures_or_a_named_error(product, reference) -> None:
    """No GSD and no magnitude that an inventory can carry ends in a bare error of the arithmetic."""
    for compute in (
        lambda: ratio(product, reference),
        lambda: ratio(reference, product),
        lambda: distribution(product),
    ):
        try:
            result = compute()
        except InvalidAmount:
            continue
        assert all(isfinite(part) for part in result[:3])


# Exact cases


def test_a_single_term_is_log_normal() -> None:
    """One term has the quantiles of a log-normal distribution: median times or by GSD to the power of 1.645."""
    spread = exp(Z95 * sqrt(log(1.5) ** 2 + log(1.2) ** 2))
    assert distribution([term(3, a=1.5, b=1.2)]) == pytest.approx((3 / spread, 3, 3 * spread), rel=1e-14)


def test_a_ratio_of_single_terms_is_log_normal_in_what_they_do_not_share() -> None:
    """A shared variable counts with the difference of its loads."""
    result = ratio([term(2, shared=1.5, own=1.2)], [term(4, shared=1.3)])
    spread = exp(Z95 * sqrt((log(1.5) - log(1.3)) ** 2 + log(1.2) ** 2))
    assert result[:3] == pytest.approx((0.5 / spread, 0.5, 0.5 * spread), rel=1e-13)
    assert dict(result.narrow).keys() == {"shared", "own"}


@given(terms(), st.floats(1e-3, 1e3))
def test_terms_with_the_same_loads_are_one_log_normal_term(product, value) -> None:
    """Where all terms move together the closed form is exact."""
    together = [item._replace(loads=product[0].loads) for item in product]
    total = sum(item.value for item in product)
    assert same(distribution(together), distribution([Term(total, product[0].loads)]))


def test_constants_have_no_range() -> None:
    """Default amounts and factors without uncertainty give one figure, and a certain answer."""
    assert distribution([term(1), term(2)]) == pytest.approx((3, 3, 3), rel=1e-15)
    assert ratio([term(1)], [term(2), term(2)])[:4] == pytest.approx((0.25, 0.25, 0.25, 1.0))
    assert ratio([term(5)], [term(2), term(2)]).p_better == 0.0
    assert ratio([term(4)], [term(2), term(2)])[:4] == (1.0, 1.0, 1.0, 0.0)


def test_a_variable_with_gsd_one_is_no_variable() -> None:
    """A load of zero neither counts nor shows."""
    assert ratio([term(1, a=1.3, b=1.0)], [term(2)]) == ratio([term(1, a=1.3)], [term(2)])


def test_no_terms_are_nothing() -> None:
    """A stage without flows weighs zero."""
    assert distribution([]) == Distribution(0.0, 0.0, 0.0)


def test_a_ratio_whose_gradient_vanishes_still_has_a_range() -> None:
    """Two sides that react alike to a small step but not to a large one: the shared direction is followed instead."""
    product = [term(0.5, energy=2), term(0.5)]
    reference = [term(1, energy=sqrt(2))]
    result = ratio(product, reference)
    z = 1.959964  # |Z| is below it with 95 %; ln R = ln cosh(Z ln 2 / 2) is even in Z
    assert result.p95 == pytest.approx((2 ** (z / 2) + 2 ** (-z / 2)) / 2, rel=0.02)
    assert result.p95 > result.median >= 1


# Edges


@pytest.mark.parametrize("value", [0.0, -1.0, nan, inf])
def test_a_term_without_a_positive_value_is_refused(value) -> None:
    """A zero, negative or unbounded impact never enters a comparison."""
    for compute in (distribution, lambda side: ratio(side, [term(1)]), lambda side: ratio([term(1)], side)):
        with pytest.raises(InvalidAmount, match="positive finite"):
            compute([term(1, a=1.2), Term(value, ())])
        with pytest.raises(InvalidAmount, match="positive finite"):
            compute([Term(value, ())])


@pytest.mark.parametrize("sides", [([], [term(1)]), ([term(1)], []), ([], [])])
def test_a_ratio_needs_two_sides(sides) -> None:
    """A missing side is an error that says so, never a ratio of zero."""
    with pytest.raises(InvalidAmount, match="at least one term"):
        ratio(*sides)


def test_the_proven_range_ends_above_a_gsd_of_two() -> None:
    """A GSD of exactly 2 is graded, one above is not."""
    assert ratio([term(1, a=2)], [term(1)]).is_proven
    assert not ratio([term(1, a=2.0001)], [term(1)]).is_proven
    assert not ratio([term(1)], [term(1, a=2.0001)]).is_proven


def test_a_strongly_skewed_ratio_is_outside_the_proven_range() -> None:
    """A nearly constant product with one wildly uncertain trifle has figures but no grade."""
    result = ratio([term(1), term(0.02, a=2, b=2, c=2)], [term(2)])
    assert not result.is_proven
    assert result.p05 <= result.median <= result.p95 < 1


def test_ties_are_listed_by_name() -> None:
    """Equal shares come in the order of their names, whatever the order of the terms."""
    product = [term(1, z=1.3), term(1, a=1.3), term(1, m=1.3)]
    for side in (product, product[::-1]):
        assert [name for name, _ in ratio(side, [term(1)]).narrow] == ["a", "m", "z"]


def test_the_probability_never_claims_certainty_about_what_is_uncertain() -> None:
    """Far from 1 the probability stays at four standard deviations."""
    assert ratio([term(1, a=1.02)], [term(1000)]).p_better == pytest.approx(0.99996833, abs=1e-8)
    assert ratio([term(1000, a=1.02)], [term(1)]).p_better == pytest.approx(0.00003167, abs=1e-8)
