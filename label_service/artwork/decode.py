"""Reading a picture of a QR code, for `label-service verify label.png`. Needs the extra `image`."""

import io

from label_service.errors import UnreadableFile

_MAX_PIXELS = 40_000_000


def decode_image(data: bytes) -> str:
    """Give the text of the one QR code in a picture.

    Raises:
        UnreadableFile: no picture, too large, or not exactly one readable QR code.
    """
    try:
        import zxingcpp  # noqa: PLC0415 - of the extra `image`, which a verifier of files can do without
        from PIL import Image  # noqa: PLC0415 - the same
    except ImportError as error:
        raise UnreadableFile(
            "reading a picture needs the extra `image`", hint="pip install label-service[image]"
        ) from error
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                raise UnreadableFile(f"expected a picture of at most {_MAX_PIXELS} pixels")
            codes = zxingcpp.read_barcodes(
                picture.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
            )
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableFile(f"this is not a readable picture: {error}", hint="give a PNG or JPEG") from error
    texts = {str(code.text) for code in codes}
    if len(texts) != 1:
        raise UnreadableFile(
            f"expected one QR code in the picture, found {len(texts)}", hint="photograph the code alone, flat and sharp"
        )
    return texts.pop()
