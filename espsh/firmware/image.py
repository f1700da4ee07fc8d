"""Images as esptool makes them: a header, segments, a checksum, mostly a SHA-256; bootloader and application alike.

Sources: ESP-IDF's ``esp_app_format.h``, ``esp_app_desc.h`` and ``esp_bootloader_desc.h``; for the ESP8266 esptool's
``bin_image.py``.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import NamedTuple

from espsh.chips.chip import EspChip
from espsh.errors import FirmwareError
from espsh.firmware.chips import chip_by_id, chip_named, revision_text

MAGIC = 0xE9
ANY_REVISION = 0xFFFF

_HEADER = struct.Struct("<BBBBI")
_EXTENDED = struct.Struct("<B3sHBHH4sB")
_SEGMENT = struct.Struct("<II")
_APP = struct.Struct("<II8s32s32s16s16s32s32sHHB3s72s")
_APP_MAGIC = 0xABCD5432
_BOOTLOADER = struct.Struct("<B2sBI32s24s16s")
_BOOTLOADER_MAGIC = 0x50
_MOST_SEGMENTS = 16
_SMALLEST = _HEADER.size + _EXTENDED.size
_DESCRIPTION = _SMALLEST + _SEGMENT.size  # of the application or the bootloader: first in the first segment
_CHECKSUM_START = 0xEF
_MAGIC_8266_V2 = 0xEA
_MODES = {0: "qio", 1: "qout", 2: "dio", 3: "dout", 4: "fastread", 5: "slowread"}
# Where an ESP8266 loads segments: its data RAM and its instruction RAM.
_RAM_8266 = (range(0x3FFE8000, 0x40000000), range(0x40100000, 0x40110000))


class Segment(NamedTuple):
    """A piece of an image: where the chip wants it, where it starts in the image, and its bytes."""

    address: int
    offset: int
    size: int


class App(NamedTuple):
    """What an application says of itself. ``built`` is date and time as the compiler wrote them."""

    project: str
    version: str
    built: str
    idf: str
    elf_sha256: str
    secure_version: int
    efuse_revisions: tuple[int, int]


class Image(NamedTuple):
    """An image. ``chip`` is None for an id that no known chip has; the ESP8266's images have no id.

    ``flash`` is the flash size its header asks for in bytes, ``frequency`` is in MHz; None where the nibble is unknown.
    ``revisions`` are the lowest and highest revision it runs on (major * 100 + minor; ANY_REVISION is no limit).
    ``size`` is its bytes from header to hash. ``app`` is an application's description, ``bootloader`` the ESP-IDF
    version of a bootloader that tells it. ``damage`` says in half a sentence what is wrong, "" for a whole one.
    """

    chip: EspChip | None
    chip_id: int | None
    mode: str
    flash: int | None
    frequency: int | None
    entry: int
    revisions: tuple[int, int]
    segments: tuple[Segment, ...]
    size: int
    app: App | None = None
    bootloader: str | None = None
    hashed: bool = False
    damage: str = ""

    @property
    def made_for(self) -> str:
        """The chip with the id that the image is marked with: ``ESP32-S3 (chip id 9)``."""
        if self.chip is None:
            return f"an unknown chip (chip id {self.chip_id})"
        return self.chip.name if self.chip_id is None else f"{self.chip.name} (chip id {self.chip_id})"

    def unfit(self, chip: EspChip) -> str:
        """Return why ``chip`` cannot run it, as the end of a sentence; "" for an image of its kind."""
        return "" if self.chip == chip else f"is for {self.made_for}, this chip is {chip.name}"

    @property
    def revision_range(self) -> str:
        """The chip revisions it runs on: ``v3.0 or newer``, ``v0.0 to v1.99``; "" for any."""
        lowest, highest = self.revisions
        if highest != ANY_REVISION:
            return f"{revision_text(lowest)} to {revision_text(highest)}"
        return f"{revision_text(lowest)} or newer" if lowest else ""


def is_image(data: bytes, at: int = 0) -> bool:
    """Return whether an image may start at ``at``."""
    start = data[at : at + 2]
    return len(start) == 2 and start[0] in (MAGIC, _MAGIC_8266_V2) and 1 <= start[1] <= _MOST_SEGMENTS


def read_image(data: bytes, at: int = 0) -> Image:
    """Read the image that starts at ``at``; what follows it is none of its business.

    Raises FirmwareError where no image starts or its header is not whole; other damage is told in the value.
    """
    if not is_image(data, at):
        raise FirmwareError(f"no image starts at 0x{at:x}: found {data[at : at + 4].hex(' ') or 'nothing'}, not e9")
    if _is_8266(data, at):
        return _read_8266(data, at)
    if len(data) < at + _SMALLEST:
        raise FirmwareError(f"an image is cut short: {len(data) - at} bytes do not hold its header")
    _, _, chip_id, old_lowest, lowest, highest, _, hashed = _EXTENDED.unpack_from(data, at + _HEADER.size)
    image = _read_header(data, at, chip_by_id(chip_id))
    body = _read_segments(data, at, _HEADER.size + _EXTENDED.size, data[at + 1])
    size = body.end + 32 if hashed == 1 else body.end
    return image._replace(
        chip_id=chip_id,
        revisions=(lowest or old_lowest * (image.chip.old_revision if image.chip else 0), highest or ANY_REVISION),
        segments=body.segments,
        size=size,
        app=_app(data, at + _DESCRIPTION),
        bootloader=_bootloader(data, at + _DESCRIPTION),
        hashed=hashed == 1,
        damage=body.damage or (_hash_damage(data, at, body.end) if hashed == 1 else ""),
    )


class _Body(NamedTuple):
    segments: tuple[Segment, ...]
    end: int
    damage: str


def _is_8266(data: bytes, at: int) -> bool:
    """Return whether this is an ESP8266's image: those have no extended header, so a segment follows at once."""
    if data[at] == _MAGIC_8266_V2:
        return True
    if len(data) < at + _HEADER.size + _SEGMENT.size:
        return False
    address, _ = _SEGMENT.unpack_from(data, at + _HEADER.size)
    return any(address in ram for ram in _RAM_8266)


def _read_8266(data: bytes, at: int) -> Image:
    """Read an ESP8266's image; its second version starts with code that stays in flash, then goes on as the first."""
    start = at
    if data[at] == _MAGIC_8266_V2:
        if len(data) < at + _HEADER.size + _SEGMENT.size:
            raise FirmwareError(f"an image is cut short: {len(data) - at} bytes do not hold its header")
        start += _HEADER.size + _SEGMENT.size + _SEGMENT.unpack_from(data, at + _HEADER.size)[1]
    header = _read_header(data, at, chip_named("ESP8266"))
    if not is_image(data, start):
        return header._replace(size=start - at, damage="it is cut short, or damaged, behind its first segment")
    body = _read_segments(data, at, start - at + _HEADER.size, data[start + 1])
    return header._replace(segments=body.segments, size=body.end, damage=body.damage)


def _read_header(data: bytes, at: int, chip: EspChip | None) -> Image:
    _, _, mode, flash, entry = _HEADER.unpack_from(data, at)
    return Image(
        chip,
        None,
        _MODES.get(mode, str(mode)),
        chip.sizes.get(flash >> 4) if chip else None,
        chip.frequencies.get(flash & 0xF) if chip else None,
        entry,
        (0, ANY_REVISION),
        (),
        0,
    )


def _read_segments(data: bytes, at: int, start: int, count: int) -> _Body:
    """Read ``count`` segments from ``start``, an offset in the image; the checksum ends the last row of 16 bytes."""
    segments: list[Segment] = []
    checksum = _CHECKSUM_START
    position = start
    for number in range(count):
        if at + position + _SEGMENT.size > len(data):
            return _Body(tuple(segments), position, _cut_short(number, count))
        address, size = _SEGMENT.unpack_from(data, at + position)
        position += _SEGMENT.size
        if at + position + size > len(data):
            return _Body(tuple(segments), position, _cut_short(number, count))
        segments.append(Segment(address, position, size))
        checksum ^= _xor(data[at + position : at + position + size])
        position += size
    end = (position | 15) + 1
    if at + end > len(data):
        return _Body(tuple(segments), end, "it is cut short: its checksum is missing")
    wrong = f"its checksum is {checksum:02x}, it should be {data[at + end - 1]:02x}"
    return _Body(tuple(segments), end, "" if data[at + end - 1] == checksum else wrong)


def _cut_short(number: int, count: int) -> str:
    return f"it is cut short in segment {number + 1} of {count}"


def _hash_damage(data: bytes, at: int, end: int) -> str:
    found = data[at + end : at + end + 32]
    if len(found) < 32:
        return "it is cut short: its SHA-256 is missing"
    return "" if sha256(memoryview(data)[at : at + end]).digest() == found else "its SHA-256 does not match"


def _xor(data: bytes) -> int:
    """Return all bytes XORed, by folding them as one number: 1.5 MB take 8 ms instead of 150."""
    value, size = int.from_bytes(data), len(data)
    while size > 1:
        half = (size + 1) // 2
        value = (value >> 8 * half) ^ (value & ((1 << 8 * half) - 1))
        size = half
    return value


def _app(data: bytes, at: int) -> App | None:
    if len(data) < at + _APP.size:
        return None
    magic, secure, _, version, project, time, date, idf, elf, lowest, highest, *_ = _APP.unpack_from(data, at)
    if magic != _APP_MAGIC:
        return None
    built = f"{_text(date)} {_text(time)}".strip()
    return App(_text(project), _text(version), built, _text(idf), elf.hex(), secure, (lowest, highest))


def _bootloader(data: bytes, at: int) -> str | None:
    if len(data) < at + _BOOTLOADER.size:
        return None
    magic, _, _, _, idf, _, _ = _BOOTLOADER.unpack_from(data, at)
    version = _text(idf)
    return version if magic == _BOOTLOADER_MAGIC and version.isprintable() and version else None


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "replace")
