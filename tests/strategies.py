"""Domain strategies shared by the tests."""

from hypothesis import strategies as st

from label_service.canonical import MAX_INTEGER

integers = st.integers(-MAX_INTEGER, MAX_INTEGER)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
member_names = st.text(st.characters(max_codepoint=127), max_size=8)
leaves = st.none() | st.booleans() | integers | texts

# Every value that canonical JSON can carry.
json_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(member_names, inner, max_size=4),
    max_leaves=20,
)
json_objects = st.dictionaries(member_names, json_values, max_size=5)


@st.composite
def amounts(draw, *, max_whole: int = 10**12 - 1, places: int = 12) -> str:
    """Give an amount in its one spelling."""
    whole = draw(st.integers(0, max_whole))
    fraction = draw(st.text("0123456789", max_size=places)).rstrip("0")
    return f"{whole}.{fraction}" if fraction else str(whole)
