"""Pictures as pages show them: drawn again from their pixels, so that nothing else of the file gets through.

Place, time, camera, comments and whatever hides behind the picture stay in the original, which keeps its digest.
"""

import io
import warnings
from threading import Lock
from typing import IO, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from label_service.certification.filekinds import FileKind
from label_service.errors import UnreadableFile

MAX_PIXELS: Final = 50_000_000  # a telephone's largest mode that is in daily use; 200 MB while it is drawn
SHOWN_PIXELS: Final = 1600  # longer side of what is shown
_QUALITY: Final = 85
_WHITE: Final = (255, 255, 255)
_FORMATS: Final = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_DRAWING = Lock()  # one large picture in memory at a time


def draw_again(stream: IO[bytes], kind: FileKind) -> bytes:
    """Give a picture as JPEG of at most 1600 pixels, without any of its metadata.

    Raises:
        UnreadableFile: damaged, cut off, or of more than 50 million pixels.
    """
    stream.seek(0)
    with _DRAWING, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(stream, formats=[_FORMATS[kind.media_type]]) as picture:
                return _jpeg(_drawn(picture))
        except UnreadableFile:
            raise
        except (
            UnidentifiedImageError,
            Image.DecompressionBombError,
            Image.DecompressionBombWarning,
            OSError,
            SyntaxError,  # what Pillow raises for broken PNG chunks
            ValueError,
            TypeError,
            IndexError,
            KeyError,
            EOFError,
        ) as error:
            raise UnreadableFile(
                f"the {kind.name} is damaged or cut off", hint="take or save the picture again"
            ) from error


def _drawn(picture: Image.Image) -> Image.Image:
    if picture.width * picture.height > MAX_PIXELS:
        raise UnreadableFile(
            f"expected a picture of at most {MAX_PIXELS} pixels, found {picture.width} × {picture.height}",
            hint="save the picture smaller",
        )
    picture.draft("RGB", (SHOWN_PIXELS, SHOWN_PIXELS))  # JPEG is decoded at a fraction of its size
    turned = ImageOps.exif_transpose(picture)
    turned.thumbnail((SHOWN_PIXELS, SHOWN_PIXELS))
    if turned.mode in {"RGBA", "LA", "PA", "P"}:
        with_alpha = turned.convert("RGBA")
        turned = Image.new("RGB", with_alpha.size, _WHITE)
        turned.paste(with_alpha, mask=with_alpha)
    return turned.convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    Image.frombytes("RGB", picture.size, picture.tobytes()).save(target, "JPEG", quality=_QUALITY)
    return target.getvalue()
