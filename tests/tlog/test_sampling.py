"""The draw of samples: fixed by root and chain value, fair, and chosen by nobody."""

import json
from fractions import Fraction
from hashlib import sha256
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import InvalidDocument
from label_service.tlog.leaf import parse_leaf
from label_service.tlog.sampling import Labelled, chain_value, commitment_of, draw, is_drawn
from label_service.tlog.scopes import Books, Head
from tests.vectors import make_sampling

from . import oracle

VECTORS = json.loads(make_sampling.FILE.read_text("utf-8"))
SECRETS = st.binary(min_size=32, max_size=32)
INDICES = st.integers(0, 2**63 - 1)
RATES = (
    st.integers(0, 1_000_000)
    .map(lambda millionths: str(Fraction(millionths, 1_000_000)))
    .map(lambda text: f"{float(Fraction(text)):.6f}".rstrip("0").rstrip("."))
)


def test_the_file_is_what_the_script_makes():
    """The published vectors are what their script makes today."""
    assert json.loads(json.dumps(make_sampling.build())) == VECTORS


# chains


@given(SECRETS, st.integers(1, 60), st.data())
def test_every_value_proves_itself(seed, weeks, data):
    """The value of week k gives the commitment after k hashes, and no other week's value does."""
    number, other = data.draw(st.integers(1, weeks)), data.draw(st.integers(1, weeks))
    value = chain_value(seed, weeks, number)
    commitment = commitment_of(seed, weeks)
    assert (commitment_of(value, other) == commitment) == (number == other)
    assert chain_value(seed, weeks, weeks) == seed


@given(SECRETS, st.integers(2, 60))
def test_a_later_value_gives_the_earlier_ones(seed, weeks):
    """Whoever skips a week cannot hide its draw once she reveals a later value."""
    for number in range(1, weeks):
        assert sha256(chain_value(seed, weeks, number + 1)).digest() == chain_value(seed, weeks, number)


@pytest.mark.parametrize(("length", "number"), [(31, 1), (33, 1), (32, 0), (32, 6), (32, -1)])
def test_a_chain_has_its_weeks_and_no_others(length, number):
    """There is no value before the first week or after the last, nor from a short seed."""
    with pytest.raises(InvalidDocument, match="expected a seed"):
        chain_value(bytes(length), 5, number)


def test_the_published_chain_holds_without_our_code():
    """Hashing the seed again and again gives the published values and the commitment."""
    chain = VECTORS["chain"]
    value, values = bytes.fromhex(chain["seed"]), []
    for _ in range(chain["weeks"]):
        values.append(value.hex())
        value = sha256(value).digest()
    assert (values[::-1], value.hex()) == (chain["values"], chain["commitment"])


# draws


@pytest.mark.parametrize("vector", VECTORS["draws"], ids=lambda vector: f"{vector['rate']}-{vector['index']}")
def test_the_published_draws_hold_without_our_code(vector):
    """A label is drawn when the digest, as a fraction of all, is below the rate."""
    index = vector["index"].to_bytes(8, "big")
    digest = sha256(bytes.fromhex(vector["root"]) + bytes.fromhex(vector["value"]) + index).hexdigest()
    assert digest == vector["digest"]
    assert (Fraction(int(digest, 16), 2**256) < Fraction(vector["rate"])) == vector["drawn"]
    found = is_drawn(bytes.fromhex(vector["root"]), bytes.fromhex(vector["value"]), vector["index"], vector["rate"])
    assert found == vector["drawn"]


@given(SECRETS, SECRETS, INDICES)
def test_rate_zero_draws_none_and_one_draws_all(root, value, index):
    """The ends of the range mean what they say."""
    assert not is_drawn(root, value, index, "0")
    assert is_drawn(root, value, index, "1")


@given(SECRETS, SECRETS, INDICES, RATES, RATES)
def test_a_higher_rate_never_drops_a_label(root, value, index, one, other):
    """Whoever is drawn at a rate is drawn at every higher one, and asking twice gives the same."""
    low, high = sorted((one, other), key=Fraction)
    assert is_drawn(root, value, index, low) <= is_drawn(root, value, index, high)
    assert is_drawn(root, value, index, low) == is_drawn(root, value, index, low)


@given(SECRETS, SECRETS, RATES, st.lists(INDICES, unique=True, max_size=30))
def test_a_label_is_drawn_by_itself(root, value, rate, indices):
    """Neither the other labels nor their order decide whether a label is drawn."""
    labels = [Labelled(index, f"{index}") for index in indices]
    drawn = draw(labels, root, value, rate)
    assert set(drawn) == {item.label_id for item in labels if is_drawn(root, value, item.index, rate)}
    assert draw(labels[::-1], root, value, rate) == drawn[::-1]


@pytest.mark.parametrize("rate", ["0.01", "0.05", "0.5", "0.9"])
def test_the_share_drawn_is_the_rate(rate):
    """Over many labels and weeks as many are drawn as the rate says, within what chance allows once in a million."""
    drawn = [
        is_drawn(sha256(b"root %d" % week).digest(), sha256(b"value %d" % week).digest(), index, rate)
        for week in range(20)
        for index in range(1000)
    ]
    spread = NormalDist(0, 1).inv_cdf(1 - 5e-7) * (float(rate) * (1 - float(rate)) / len(drawn)) ** 0.5
    assert abs(sum(drawn) / len(drawn) - float(rate)) < spread


@given(SECRETS, SECRETS, SECRETS)
def test_neither_side_alone_fixes_the_sample(root, value, other):
    """Another root or another value gives another sample: who knows one of the two knows nothing."""
    labels = [Labelled(index, f"{index}") for index in range(200)]
    sample = draw(labels, root, value, "0.5")
    if other not in {root, value}:
        assert draw(labels, other, value, "0.5") != sample
        assert draw(labels, root, other, "0.5") != sample


def test_the_published_log_holds_without_our_tree():
    """Roots recomputed by the definition of the RFC give the published draws, also of the week that was skipped."""
    log, chain = VECTORS["log"], VECTORS["chain"]
    entries = [entry.encode() for entry in log["entries"]]
    hashes = [oracle.leaf(entry) for entry in entries]
    assert [oracle.root(hashes[: head["size"]]).hex() for head in log["checkpoints"]] == [
        head["root"] for head in log["checkpoints"]
    ]
    parsed = [json.loads(entry) for entry in entries]
    closings = [(index, leaf["week"]) for index, leaf in enumerate(parsed) if leaf["type"] == "week"]
    start = 0
    for number, (closing, week) in enumerate(closings, 1):
        root = bytes.fromhex(next(head["root"] for head in log["checkpoints"] if head["size"] > closing))
        value = bytes.fromhex(chain["values"][number - 1])
        labels = {
            index: parsed[index]["label_id"] for index in range(start, closing) if parsed[index]["type"] == "label"
        }
        below = Fraction("0.3") * 2**256
        drawn = [
            label_id
            for index, label_id in labels.items()
            if int(sha256(root + value + index.to_bytes(8, "big")).hexdigest(), 16) < below
        ]
        assert log["draws"][number - 1] == {"week": week, "labels": list(labels.values()), "drawn": drawn}
        start = closing
    books = Books(pytest.fail)
    for index, entry in enumerate(entries):
        books.see(index, parse_leaf(entry))
    heads = [Head(head["size"], bytes.fromhex(head["root"])) for head in log["checkpoints"]]
    assert [list(item.drawn or ()) for item in books.draws(heads, "2026-12-10T00:00:00Z")] == [
        item["drawn"] for item in log["draws"]
    ]
