"""Files as makers and attackers upload them, made when a test needs one."""

import io
import zipfile

from PIL import Image

TEXT = "Kontrollwägung am 3. Mai: 0,0631 kg\n".encode()
PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"


def photograph(size=(1200, 900), file_format="JPEG", colour=(180, 40, 40), **options):
    """Give a picture of one colour."""
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, file_format, **options)
    return target.getvalue()


def photograph_with_place(size=(1200, 900)):
    """Give a JPEG that says where and with what it was taken, and that it has to be turned."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif[0x010F] = "SECRET CAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 20.0, 20.0), 3: "E", 4: (12.0, 22.0, 30.0)})
    return photograph(size, exif=exif, comment=b"SECRET COMMENT")


def archive(**entries):
    """Give a zip archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as zipped:
        for name, data in entries.items():
            zipped.writestr(name, data)
    return target.getvalue()
