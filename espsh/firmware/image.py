"""Images as esptool makes them: a header, segments, a checksum, mostly a SHA-256; bootloader and application alike.

Sources: ESP-IDF's ``esp_app_format.h``, ``esp_app_desc.h`` and ``esp_bootloader_desc.h``; for the ESP8266 esptool's
``bin_image.py``.
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import NamedTuple

from espsh.errors import FirmwareError
from espsh.firmware.chips import Chip, chip_by_id, chip_named

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
    version of a bootloader that tells it. ``damage`` says in half a sentence what is wrong; it is empty for a whole one.
    """

    chip: Chip | None
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


def is_image(data: bytes, at: int = 0) -> bool:
    """Return whether an image may start at ``at``."""
    raise NotImplementedError


def read_image(data: bytes, at: int = 0) -> Image:
    """Read the image that starts at ``at``; what follows it is none of its business.

    Raises FirmwareError where no image starts; a damaged one is a value that says so.
    """
    raise NotImplementedError
