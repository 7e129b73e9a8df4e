"""Lengths and bounds of lines, and SVG drawings."""

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_service.errors import UnreadableFile
from label_service.readers import Reading, ReadingOptions, read
from label_service.readers.drawings.outline import LARGEST_MM, Budget, Matrix, Outline, Pen, cubic_length

SAMPLES = Path(__file__).parent / "samples"
BOX = (SAMPLES / "box.svg").read_text()
SIDES = ("bounding_width", "bounding_height")


def values(reading: Reading) -> dict[tuple[str, int | None], str]:
    """Give facts and texts by quantity and item."""
    return {(entry.quantity, entry.item): entry.value for entry in (*reading.facts, *reading.texts)}


def svg(inside: str, page: str = 'width="100mm" height="100mm" viewBox="0 0 100 100"', stroke: str = "red") -> str:
    """Give a drawing whose lines are red."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" {page}><g stroke="{stroke}">{inside}</g></svg>'


def measured(inside: str, **page: str) -> tuple[float, float, float]:
    """Give length, width and height of the lines in mm; zero for none."""
    found = values(read(svg(inside, **page).encode()))
    length, width, height = (float(found.get((name, None), "0")) * 1000 for name in ("cut_length", *SIDES))
    return length, width, height


def pen(matrix: Matrix | None = None) -> tuple[Pen, Outline]:
    """Give a pen and what it draws on."""
    outline = Outline(Budget())
    return Pen(outline, matrix or Matrix()), outline


def ellipse_length(a: float, b: float) -> float:
    """Give the circumference of an ellipse by the arithmetic-geometric mean (Abramowitz and Stegun, 17.6)."""
    x, y, total, power = max(a, b), min(a, b), 0.0, 0.5
    total = power * (x * x - y * y)
    while abs(x - y) > 1e-12 * x:
        x, y, previous = (x + y) / 2, math.sqrt(x * y), x - y
        power *= 2
        total += power * (previous / 2) ** 2
    return 2 * math.pi * (max(a, b) ** 2 - total) / x


# lengths and bounds


def test_a_circle_is_two_pi_r() -> None:
    """A circle of 50 mm measures 314.16 mm and reaches 100 mm."""
    draws, outline = pen(Matrix.scale(10))
    draws.ellipse(3 + 2j, 5, 5)
    assert math.isclose(outline.length_mm, 100 * math.pi, rel_tol=1e-5)
    assert math.isclose(outline.right - outline.left, 100, rel_tol=1e-5)
    assert math.isclose(outline.top, -30, rel_tol=1e-5)


@given(st.floats(1, 500), st.floats(1, 500))
def test_ellipses_agree_with_the_arithmetic_geometric_mean(a: float, b: float) -> None:
    """The circumference of any ellipse is right to 0.1 %."""
    draws, outline = pen()
    draws.ellipse(0j, a, b)
    assert math.isclose(outline.length_mm, ellipse_length(a, b), rel_tol=1e-3)


POINT = st.complex_numbers(max_magnitude=200, allow_nan=False, allow_infinity=False)


@given(POINT, POINT, POINT, POINT)
def test_curves_agree_with_many_short_lines(a: complex, b: complex, c: complex, d: complex) -> None:
    """Length and bounds of any curve agree with 1000 chords of it."""
    points = [
        (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t * t * c + t**3 * d
        for t in (step / 1000 for step in range(1001))
    ]
    chords = sum(abs(q - p) for p, q in pairwise(points))
    assert math.isclose(cubic_length(a, b, c, d), chords, rel_tol=2e-3, abs_tol=1e-2)
    _, outline = pen()
    outline.cubic(a, b, c, d)
    assert math.isclose(outline.left, min(p.real for p in points), abs_tol=1e-2)
    assert math.isclose(outline.bottom, max(p.imag for p in points), abs_tol=1e-2)


@given(POINT, POINT, POINT, POINT, st.floats(-math.pi, math.pi))
def test_turning_a_curve_does_not_change_its_length(
    a: complex, b: complex, c: complex, d: complex, turn: float
) -> None:
    """Rotation, mirroring and moving keep lengths."""
    cos, sin = math.cos(turn), math.sin(turn)
    draws, outline = pen(Matrix(cos, sin, sin, -cos, 10, -20))
    draws.move(a)
    draws.cubic(b, c, d)
    assert math.isclose(outline.length_mm, cubic_length(a, b, c, d), rel_tol=1e-9, abs_tol=1e-6)


@given(POINT, POINT, st.floats(1, 300), st.floats(-180, 180), st.tuples(st.booleans(), st.booleans()))
def test_a_round_arc_has_the_length_of_its_angle(
    start: complex, end: complex, radius: float, turn: float, flags: tuple[bool, bool]
) -> None:
    """An arc of a circle is radius x angle, the short or the long way, and ends where it should."""
    chord, (is_large, is_sweep) = abs(end - start), flags
    if chord < 1:
        return
    draws, outline = pen()
    draws.move(start)
    draws.arc(complex(radius, radius), turn, end, is_large=is_large, is_sweep=is_sweep)
    reached = max(radius, chord / 2)
    angle = 2 * math.asin(min(1, chord / 2 / reached))
    expected = reached * (math.tau - angle if is_large else angle)
    assert math.isclose(outline.length_mm, expected, rel_tol=1e-3)
    assert draws.at == end


@given(st.lists(st.tuples(*[st.floats(-3, 3)] * 6), min_size=3, max_size=3), POINT)
def test_maps_are_done_one_after_the_other(numbers: list[tuple[float, ...]], p: complex) -> None:
    """The product of maps does the last first, in any bracketing."""
    one, two, three = (Matrix(*six) for six in numbers)
    assert abs((one @ two)(p) - one(two(p))) < 1e-6
    assert abs(((one @ two) @ three)(p) - (one @ (two @ three))(p)) < 1e-6


# drawings


def test_a_drawing_gives_lengths_of_each_colour() -> None:
    """Length of each stroke colour, bounds and page; hidden groups, texts and definitions do not count."""
    reading = read(BOX.encode())
    found = values(reading)
    assert reading.kind == "svg"
    # red, twice as large: 2 x (40 + 20), 2 holes of 5 pi, and 10 + 5 pi/2 + 10 + a parabola of 8.12 + 10 + 20 mm
    arc = 5 * (math.sqrt(2) + math.log(1 + math.sqrt(2))) / math.sqrt(2)
    red = 2 * (120 + 10 * math.pi + 10 + 2.5 * math.pi + 10 + arc + 10 + 20)
    assert abs(float(found["cut_length", 0]) * 1000 - red) < 0.06
    assert found["layer_name", 0] == "#ff0000"
    assert found["layer_name", 1] == "#0000ff"
    assert found["sheet_area", None] == "0.06"
    assert {fact.basis for fact in reading.facts} == {"design"}
    assert any("1 x text" in warning for warning in reading.warnings)
    assert any("2 layers" in warning for warning in reading.warnings)
    assert reading.missing == ()
    assert reading.facts[0].source.line == 8


@pytest.mark.parametrize(
    ("inside", "length", "width", "height"),
    [
        ('<rect x="5" y="5" width="40" height="20"/>', 120, 40, 20),
        ('<rect width="40" height="20" rx="5"/>', 80 + 10 * math.pi, 40, 20),
        ('<rect width="40" height="20" rx="99" ry="10"/>', 40 + 0 + 2 * 0 + 48.4422 * 2 - 40, 40, 20),
        ('<rect width="0" height="20"/>', 0, 0, 0),
        ('<circle cx="9" cy="9" r="10"/>', 20 * math.pi, 20, 20),
        ('<ellipse rx="20" ry="10"/>', 96.8845, 40, 20),
        ('<line x1="0" y1="0" x2="30" y2="40"/>', 50, 30, 40),
        ('<polyline points="0,0 30,0 30,40"/>', 70, 30, 40),
        ('<polygon points="0 0 30 0 30 40"/>', 120, 30, 40),
        ('<path d="M0,0 H30 V40 Z"/>', 120, 30, 40),
        ('<path d="m10 10h30v40zl0 5"/>', 125, 30, 40),
        ('<path d="M0 0L10 0 10 10M20 20l5 0"/>', 25, 25, 20),
        ('<path d="M0 0a5 5 0 0110 0"/>', 5 * math.pi, 10, 5),
        ('<path d="M0 0a5 5 0 1 0 .1-.1z"/>', 10 * math.pi, 10, 10),
        ('<path d="M0 0A2 2 0 0 1 10 0"/>', 5 * math.pi, 10, 5),
        ('<path d="M0 0A0 9 0 0 1 10 0"/>', 10, 10, 0),
        ('<path d="M0 0Q10 0 10 10T20 20"/>', 2 * 16.2323, 20, 20),
        ('<path d="M0 0C0 5.5228 4.4772 10 10 10s10-4.4772 10-10"/>', 10 * math.pi, 20, 10),
        ('<path d="M-1.5e1-2.5.5.5"/>', 15.788, 15.5, 3),
        ('<path d=""/>', 0, 0, 0),
        ('<g transform="translate(5)scale(2,3)"><rect width="10" height="10"/></g>', 100, 20, 30),
        ('<rect width="10" height="10" transform="rotate(45 5 5)"/>', 40, 14.1, 14.1),
        ('<line x2="10" transform="skewY(45)"/>', 14.1421, 10, 10),
        ('<line y2="10" transform="matrix(1 0 1 1 0 0), translate(3)"/>', 14.1421, 10, 10),
        ('<line x2="10mm"/>', 37.8, 37.8, 0),
        ('<line x2="50%" y2="25%"/>', 55.9017, 50, 25),
        ('<svg x="10" width="50" height="50" viewBox="0 0 10 10"><line x2="10"/></svg>', 50, 50, 0),
        ('<symbol id="s" viewBox="0 0 2 2"><line x2="2"/></symbol><use href="#s" width="30" height="30"/>', 30, 30, 0),
        ('<defs><g id="d"><line x2="7"/></g></defs><use href="#d" x="5"/><use href="#d" y="5"/>', 14, 12, 5),
    ],
)
def test_shapes(inside: str, length: float, width: float, height: float) -> None:
    """Every shape, path command and transform has the length that geometry gives it."""
    found = measured(inside)
    assert found == pytest.approx((length, width, height), abs=0.06)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('<line x2="9" style="display:none"/>', 0),
        ('<g visibility="hidden"><line x2="9"/><line x2="5" visibility="visible"/></g>', 5),
        ('<line x2="9" stroke="none"/>', 0),
        ('<line x2="9" style="stroke : NONE"/>', 9),
        ('<g style="stroke:none"><line x2="9"/><line x2="5" stroke="#123"/></g>', 5),
        ('<style>.a,.b{stroke:none}</style><line class="b c" x2="9"/><line x2="5"/>', 5),
        ('<style><![CDATA[ /* cut & fold */ line{display:none} #k{display:inline}]]></style><line id="k" x2="9"/>', 9),
        ('<style>@media print{.a{stroke:none}} g line{stroke:none}</style><line class="a" x2="9"/>', 9),
        ('<clipPath><line x2="9"/></clipPath><mask><line x2="9"/></mask><pattern><line x2="9"/></pattern>', 0),
        ("<text><tspan>lid</tspan></text>", 0),
        ('<use href="#missing"/><line x2="5"/>', 5),
        ('<use href="other.svg#part"/><line x2="5"/>', 5),
    ],
)
def test_only_lines_that_are_seen_count(inside: str, expected: float) -> None:
    """Hidden lines, lines without colour, clip paths and texts are not cut."""
    assert measured(inside)[0] == pytest.approx(expected, abs=0.06)


def test_one_colour_in_all_spellings_is_one_layer() -> None:
    """#f00, #FF0000, red and rgb() are the same."""
    lines = "".join(f'<line x2="9" stroke="{name}"/>' for name in ("#f00", "#FF0000", "red", "rgb(255, 0,0)", " Red "))
    reading = read(svg(lines).encode())
    assert values(reading)["layer_name", None] == "#ff0000"
    assert values(reading)["cut_length", None] == "0.045"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('width="100mm" height="100mm" viewBox="0 0 100 100"', "0.01"),
        ('width="10cm" height="10cm" viewBox="0 0 100 100"', "0.01"),
        ('width="4in" height="4in" viewBox="0 0 101.6 101.6"', "0.01"),
        ('width="288pt" height="288pt" viewBox="0 0 288 288"', "0.0035"),
        ('width="100mm" height="100mm" viewBox="0 0 1000 1000"', "0.001"),
        ('width="100mm" height="200mm" viewBox="0 0 100 100"', "0.01"),
        ('width="100mm" height="200mm" viewBox="0 0 100 100" preserveAspectRatio="xMidYMid slice"', "0.02"),
        ('width="300mm" height="100mm" viewBox="0 0 100 100" preserveAspectRatio="none"', "0.03"),
        ('width="100mm" height="100mm"', "0.0026"),
    ],
)
def test_a_page_with_a_physical_size_gives_lengths(page: str, expected: str) -> None:
    """The view box decides how long ten units are, not 96 pixels for an inch."""
    assert values(read(svg('<line x2="10"/>', page=page).encode()))["cut_length", None] == expected


@pytest.mark.parametrize(
    "page",
    [
        "",
        'viewBox="0 0 100 100"',
        'width="100" height="100" viewBox="0 0 100 100"',
        'width="378px" height="378px" viewBox="0 0 100 100"',
        'width="100%" height="100%" viewBox="0 0 100 100"',
        'width="100mm" viewBox="0 0 100 100"',
        'width="0mm" height="0mm" viewBox="0 0 100 100"',
        'width="100mm" height="100mm" xmlns:inkscape="i" inkscape:version="0.48.4 r9939"',
    ],
)
def test_a_page_without_a_physical_size_asks(page: str) -> None:
    """Pixels have no size: nothing is measured, the unit is asked for, and the answer is used."""
    data = svg('<line x2="10"/>', page=page).encode()
    reading = read(data)
    assert not [fact for fact in reading.facts if fact.quantity != "sheet_area"]
    assert {"cut_length", *SIDES} <= set(reading.missing)
    assert any("name the unit" in warning for warning in reading.warnings)
    for unit, expected in (("mm", "0.01"), ("cm", "0.1"), ("in", "0.254"), ("px", "0.0026"), ("pt", "0.0035")):
        assert values(read(data, options=ReadingOptions(unit=unit)))["cut_length", None] == expected
    assert read(data, options=ReadingOptions(unit="kWh")) == reading


def test_the_unit_of_a_person_does_not_replace_that_of_the_page() -> None:
    """Where the page has a size, nobody needs to say it."""
    data = svg('<line x2="10"/>').encode()
    assert read(data, options=ReadingOptions(unit="in")) == read(data)


def test_many_colours_are_a_picture() -> None:
    """Above 64 colours only the total is given, with a question."""
    lines = "".join(f'<line x2="1" stroke="#{n:06x}"/>' for n in range(65))
    reading = read(svg(lines).encode())
    assert [fact.item for fact in reading.facts if fact.quantity == "cut_length"] == [None]
    assert any("picture" in warning for warning in reading.warnings)


def test_the_program_is_named_where_it_says_so() -> None:
    """Inkscape writes its version."""
    page = 'width="1mm" height="1mm" viewBox="0 0 1 1" xmlns:inkscape="i" inkscape:version="1.2.2 (b0a84865541)"'
    producer = read(svg("", page=page).encode()).producer
    assert producer is not None
    assert (producer.program, producer.version) == ("Inkscape", "1.2.2")


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ('<path d="M0 0L1"/>', "a number"),
        ('<path d="L0 0"/>', "M first|begins with M"),
        ('<path d="M0 0 X5"/>', "letter of path data"),
        ('<path d="M0 0a5 5 0 2 0 1 1"/>', "a flag"),
        ('<path d="M0 0 5 5 nan"/>', "letter of path data"),
        ('<polyline points="0 0 a b"/>', "a number"),
        ('<line x2="2em"/>', "a length"),
        ('<rect width="1_0" height="5"/>', "a length"),
        ('<g transform="rotate(1 2)"/>', "transforms"),
        ('<g transform="spin(3)"/>', "transforms"),
        ('<svg viewBox="0 0 0 0"/>', "viewBox"),
        ('<line x2="1e999"/>', "larger ones"),
        (f'<line x2="{LARGEST_MM}"/>', "larger ones"),
        ('<line x2="10" transform="scale(1e300) scale(1e300)"/>', "larger ones"),
        ('<path d="M0 0a1e300 1e300 9 0 1 5 5"/>', "larger ones|no sizes"),
        ('<g transform="rotate(1e999)"><line x2="1"/></g>', "no sizes"),
        ('<g id="a"><use href="#a"/></g>', "8 deep"),
        ("&hidden;", "not XML"),
    ],
)
def test_shapes_that_are_none_are_refused(inside: str, message: str) -> None:
    """What a drawing program would not write is named with its line, never skipped in silence."""
    with pytest.raises(UnreadableFile, match=message) as caught:
        read(svg(inside).encode())
    assert caught.value.hint


def test_a_document_type_may_be_named_but_not_filled() -> None:
    """The empty document type of SVG 1.1 is harmless; entities in it, and any other, are refused."""
    empty = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
    reading = read((empty + svg('<line x2="9"/>')).encode())
    assert values(reading)["cut_length", None] == "0.009"
    assert reading.facts[0].source.line == 3
    laughs = '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    for head in (laughs, '<!DOCTYPE html PUBLIC "x" "y">', empty + empty):
        with pytest.raises(UnreadableFile):
            read((head + svg("&b;")).encode())


def test_uses_of_uses_do_not_multiply_without_end() -> None:
    """Eight levels of ten uses each would be a hundred million lines: refused at the limit."""
    levels = '<g id="l0"><line x2="1"/></g>' + "".join(
        f'<g id="l{level}">' + f'<use href="#l{level - 1}"/>' * 10 + "</g>" for level in range(1, 8)
    )
    with pytest.raises(UnreadableFile, match="more than"):
        read(svg(f"<defs>{levels}</defs>" + '<use href="#l7"/>').encode())


NUMBER = st.floats(-50, 50).map(lambda x: f"{x:.3f}")


@given(
    st.lists(
        st.sampled_from("MLHVCSQTAZmlhvcsqtaz").flatmap(
            lambda letter: st.lists(NUMBER, min_size=7, max_size=7).map(
                lambda n: (
                    letter
                    + " ".join(
                        {"Z": [], "H": n[:1], "V": n[:1], "S": n[:4], "Q": n[:4], "C": n[:6]}.get(
                            letter.upper(), [*n[:3], "01"[n[3] > "1"], "1", *n[5:]] if letter in "aA" else n[:2]
                        )
                    )
                )
            )
        ),
        max_size=8,
    ),
    st.floats(0.1, 4),
)
def test_twice_as_large_is_twice_as_long(commands: list[str], factor: float) -> None:
    """Any path data is read, and its length grows with its scale."""
    data = "M0 0" + "".join(commands)
    small = measured(f'<path d="{data}"/>')[0]
    large = measured(f'<g transform="scale({factor})"><path d="{data}"/></g>')[0]
    assert large == pytest.approx(small * factor, rel=1e-3, abs=0.1 * (1 + factor))


@given(st.text(alphabet="MmLlHhVvCcSsQqTtAaZz0123456789.,-+e \n", max_size=60))
def test_any_path_data_ends_in_a_length_or_a_named_error(data: str) -> None:
    """Nonsense in path data leads to no traceback."""
    try:
        read(svg(f'<path d="{data}"/>').encode())
    except UnreadableFile as error:
        assert error.hint  # noqa: PT017 - either outcome is right
