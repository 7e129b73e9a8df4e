"""A second reader of QR codes that shares no code with ours."""

import cv2
import numpy as np


def scan(png: bytes) -> set[str]:
    """Give what OpenCV reads in a picture: as it is, and a little out of focus, as the next frame would be."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    frames = (picture, cv2.GaussianBlur(picture, (5, 5), 0))
    readers = (cv2.QRCodeDetector(), cv2.QRCodeDetectorAruco())
    return {reader.detectAndDecode(frame)[0] for reader in readers for frame in frames} - {""}
