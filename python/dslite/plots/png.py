"""PNG files by the standard library alone, for installations without matplotlib."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dslite.plots.views import View

Pixels = npt.NDArray[np.uint8]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
EIGHT_BITS, RGB = 8, 2
#: Pixels of white between pictures.
GAP = 8


def encode(pixels: Pixels) -> bytes:
    """Encode (height, width, 3) as PNG (ISO/IEC 15948): one stream of rows, none of them filtered."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # a row's first byte names its filter
    rows[:, 1:] = pixels.reshape(height, 3 * width)
    header = struct.pack(">IIBBBBB", width, height, EIGHT_BITS, RGB, 0, 0, 0)
    data = zlib.compress(rows.tobytes(), 9)
    return SIGNATURE + _part(b"IHDR", header) + _part(b"IDAT", data) + _part(b"IEND", b"")


def _part(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def pixels_of(picture: npt.NDArray[np.float32]) -> Pixels:
    """The pixels of a core's picture; raw values, which have one channel, as shades of gray."""
    if picture.shape[2] == 3:
        return np.rint(picture).clip(0, 255).astype(np.uint8)
    low, high = picture.min(), picture.max()
    shades = np.rint(255 * (picture - low) / (high - low if high > low else 1))
    pixels: Pixels = shades.astype(np.uint8).repeat(3, axis=2)
    return pixels


def sheet(views: Sequence[View], chunks: Sequence[int]) -> Pixels:
    """The bare pictures of some chunks side by side: a column per view, a row per chunk."""
    rows = [
        [pixels_of(view.picture(chunk)) for view in views if chunk < len(view.spans_s)] for chunk in chunks
    ]
    return _joined([_joined(row, axis=1) for row in rows], axis=0)


def _joined(parts: Sequence[Pixels], axis: int) -> Pixels:
    other = 1 - axis
    longest = max(part.shape[other] for part in parts)
    padded = []
    for index, part in enumerate(parts):
        room = [(0, 0)] * 3
        room[other] = (0, longest - part.shape[other])
        room[axis] = (GAP if index else 0, 0)
        padded.append(np.pad(part, room, constant_values=255))
    return np.concatenate(padded, axis=axis)
