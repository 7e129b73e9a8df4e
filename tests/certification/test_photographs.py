import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from label_service.certification.filekinds import JPEG, PNG, WEBP
from label_service.certification.photographs import SHOWN_PIXELS, draw_again
from label_service.errors import UnreadableFile
from tests.certification import files


def drawn(data, kind=JPEG):
    """Draw a picture again and open the result."""
    return Image.open(io.BytesIO(draw_again(io.BytesIO(data), kind)))


def png_of(width, height):
    """Give a PNG that claims a size and holds next to nothing."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )


def test_place_and_camera_do_not_get_through():
    """What is shown has the pixels, turned upright, and nothing of where, when and with what it was taken."""
    original = files.photograph_with_place()
    assert b"SECRET" in original
    shown = draw_again(io.BytesIO(original), JPEG)
    picture = Image.open(io.BytesIO(shown))
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"SECRET" not in shown
    assert picture.width < picture.height


def test_what_hides_behind_a_picture_does_not_get_through():
    """Bytes after the picture, such as the film of a telephone, are left behind."""
    assert b"HIDDEN" not in draw_again(io.BytesIO(files.photograph() + b"HIDDEN"), JPEG)


@pytest.mark.parametrize(("file_format", "kind"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)])
def test_pictures_are_bounded(file_format, kind):
    """A large picture is shown at 1600 pixels, a small one as it is."""
    large = drawn(files.photograph((4000, 3000), file_format), kind)
    assert (large.width, large.height) == (SHOWN_PIXELS, SHOWN_PIXELS * 3 // 4)
    assert drawn(files.photograph((40, 30), file_format), kind).size == (40, 30)


def test_transparent_pictures_stand_on_white():
    """A screenshot with transparency is readable."""
    target = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(target, "PNG")
    assert drawn(target.getvalue(), PNG).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(60_000, 60_000), (8_000, 8_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_explodes_is_refused(size):
    """A few bytes that claim thousands of millions of pixels are refused before they are drawn."""
    with pytest.raises(UnreadableFile):
        drawn(png_of(*size), PNG)


@pytest.mark.parametrize("kind", [JPEG, PNG, WEBP])
def test_another_format_under_the_magic_is_refused(kind):
    """Only the format that the first bytes name is decoded."""
    other = files.photograph(file_format="BMP")
    with pytest.raises(UnreadableFile):
        draw_again(io.BytesIO(other), kind)


@settings(max_examples=40)
@given(st.data())
def test_a_damaged_picture_is_a_named_error(data):
    """However a picture is cut or changed, it is shown or refused by name."""
    kind, file_format = data.draw(st.sampled_from([(JPEG, "JPEG"), (PNG, "PNG"), (WEBP, "WEBP")]))
    whole = bytearray(files.photograph((60, 40), file_format))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(1, len(whole)))])
    with suppress(UnreadableFile):
        assert drawn(damaged, kind).format == "JPEG"
