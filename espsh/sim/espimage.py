"""Espressif's image format: segments to bytes and back, with checksum and SHA-256. Pure.

Header, segments, padding, checksum, hash: ESP-IDF's ``esp_image_format.h``, and for the ESP8266 esptool's documentation
("Firmware Image Format"). The ESP8266's has neither an extended header nor a hash.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

MAGIC = 0xE9
ANY_REVISION = 0xFFFF
_HEAD = struct.Struct("<BBBBI")
_EXTENDED = struct.Struct("<B3sHBHH4xB")
_SEGMENT = struct.Struct("<II")
_MOST_SEGMENTS = 16
_DIO = 2


class Segment(NamedTuple):
    """Bytes that the loader puts at ``address``."""

    address: int
    data: bytes


class Image(NamedTuple):
    """What an image says. ``size_code`` is the flash size's, ``end`` where the image ends, counted from its start.

    ``chip_id`` and the revisions are None and the widest where the format has none. ``checksum`` and ``hash`` are
    (calculated, stored); the hash is () where there is none.
    """

    segments: tuple[Segment, ...]
    entry: int
    size_code: int
    chip_id: int | None
    min_revision: int
    max_revision: int
    checksum: tuple[int, int]
    hash: tuple[bytes, bytes] | tuple[()]
    end: int


class NoImageError(ValueError):
    """There is no image; ``header`` is its first word, ``why`` what the bootloader says."""

    def __init__(self, header: int, why: str) -> None:
        super().__init__(why)
        self.header = header


def build(
    segments: Sequence[Segment],
    *,
    entry: int,
    size_code: int,
    chip_id: int | None,
    min_revision: int = 0,
    max_revision: int = ANY_REVISION,
) -> bytes:
    """Return an image of ``segments``."""
    out = bytearray(_HEAD.pack(MAGIC, len(segments), _DIO, size_code << 4, entry))
    if chip_id is not None:
        out += _EXTENDED.pack(0xEE, bytes(3), chip_id, min_revision // 100, min_revision, max_revision, 1)
    for segment in segments:
        out += _SEGMENT.pack(segment.address, len(segment.data)) + segment.data
    out += bytes(15 - len(out) % 16)
    out.append(_checksum(segments))
    if chip_id is not None:
        out += hashlib.sha256(out).digest()
    return bytes(out)


def read(fetch: Callable[[int, int], bytes], *, extended: bool) -> Image:
    """Return the image that ``fetch(offset, length)`` reads; NoImageError when there is none."""
    magic, count, _, size_frequency, entry = _HEAD.unpack(fetch(0, _HEAD.size))
    word = int.from_bytes(fetch(0, 4), "little")
    if magic != MAGIC:
        raise NoImageError(word, "invalid magic byte (nothing flashed here?)")
    if count > _MOST_SEGMENTS:
        raise NoImageError(word, f"invalid segment count {count}")
    chip_id, lowest, highest, hashed, at = None, 0, ANY_REVISION, 0, _HEAD.size
    if extended:
        _, _, chip_id, _, lowest, highest, hashed = _EXTENDED.unpack(fetch(at, _EXTENDED.size))
        highest = highest or ANY_REVISION  # IDF's IS_MAX_REV_SET: images before 4.4 have 0 there
        at += _EXTENDED.size
    segments, at = _read_segments(fetch, at, count, word)
    at = at // 16 * 16 + 15
    checksum = _checksum(segments), fetch(at, 1)[0]
    at += 1
    digests: tuple[bytes, bytes] | tuple[()] = ()
    if hashed:
        digests = hashlib.sha256(fetch(0, at)).digest(), fetch(at, 32)
        at += 32
    return Image(segments, entry, size_frequency >> 4, chip_id, lowest, highest, checksum, digests, at)


def _read_segments(
    fetch: Callable[[int, int], bytes], at: int, count: int, word: int
) -> tuple[tuple[Segment, ...], int]:
    segments = []
    for number in range(count):
        address, length = _SEGMENT.unpack(fetch(at, _SEGMENT.size))
        if length > 16 << 20:
            raise NoImageError(word, f"segment {number} has invalid length 0x{length:x}")
        segments.append(Segment(address, fetch(at + _SEGMENT.size, length)))
        at += _SEGMENT.size + length
    return tuple(segments), at


def _checksum(segments: Sequence[Segment]) -> int:
    """Return the exclusive or of all bytes, from 0xEF on."""
    value = 0xEF
    for segment in segments:
        value ^= exclusive_or(segment.data)
    return value


def exclusive_or(data: bytes) -> int:
    """Return the exclusive or of the bytes of ``data``: halves folded onto each other, as one big number."""
    while len(data) > 64:
        half = (len(data) + 1) // 2
        folded = int.from_bytes(data[:half], "little") ^ int.from_bytes(data[half:], "little")
        data = folded.to_bytes(half, "little")
    value = 0
    for byte in data:
        value ^= byte
    return value
