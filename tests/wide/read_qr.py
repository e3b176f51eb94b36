"""Reads the QR codes in pictures with ZXing and OpenCV; prints a JSON object by file and reader.

OpenCV's other detector, QRCodeDetector, finds no finder patterns in some codes of certain sizes,
however large they are drawn: in a third of those of 65 modules.
"""

import json
import sys

import cv2
import zxingcpp


def read(name):
    picture = cv2.imread(name)
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return {
        "ZXing": found[0].text if found else None,
        "OpenCV": cv2.QRCodeDetectorAruco().detectAndDecode(picture)[0] or None,
    }


print(json.dumps({name: read(name) for name in sys.argv[1:]}))
