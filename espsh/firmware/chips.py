"""Espressif's chips as data: what their images are marked with, and where those lie in flash.

Sources: esptool's ``targets/*.py`` (ids, offsets, header nibbles, UF2 families) and ESP-IDF's ``esp_app_format.h``;
the partition table is at 0x8000 and the application at 0x10000 in every firmware of MicroPython.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

TABLE_OFFSET = 0x8000
TABLE_SIZE = 0xC00
APP_OFFSET = 0x10000

_MB = 1024 * 1024
_SIZES = MappingProxyType({nibble: _MB << nibble for nibble in range(8)})
_SIZES_8266 = MappingProxyType(
    {0: _MB // 2, 1: _MB // 4, 2: _MB, 3: 2 * _MB, 4: 4 * _MB, 5: 2 * _MB, 6: 4 * _MB, 8: 8 * _MB, 9: 16 * _MB}
)
_80 = MappingProxyType({0xF: 80, 0: 40, 1: 26, 2: 20})
_60 = MappingProxyType({0xF: 60, 0: 30, 1: 20, 2: 15})
_48 = MappingProxyType({0xF: 48, 0: 24, 1: 16, 2: 12})
_NEWER_80 = MappingProxyType({0xF: 80, 0: 40, 2: 20})
_NEWER_48 = MappingProxyType({0xF: 48, 0: 24})
# The C6's ROM divides by a wrong value: an image for 80 MHz is marked as one for 40.
_C6 = MappingProxyType({0: 80, 2: 20})


class Psram(Enum):
    """Where a chip's PSRAM can be, which decides whether anyone can know of it."""

    NEVER = "the chip has no interface for it"
    PACKAGE = "in the chip's package, as its eFuses say"
    OUTSIDE = "a chip of its own, which nothing tells of before firmware looks for it"


class Chip(NamedTuple):
    """A kind of chip.

    ``image_id`` marks its images, None for the ESP8266, whose have no mark. ``bootloader`` is the flash offset of what
    boots first. ``sizes`` and ``frequencies`` say what the nibbles in an image's header mean, in bytes and MHz.
    ``watchdog`` says that the chip in download mode can restart itself, for a port without lines (esptool's
    ``watchdog_reset``). ``old_revision`` is what 1 means in the byte by which images before ESP-IDF 4.4 name a lowest
    revision.
    """

    name: str
    image_id: int | None
    bootloader: int
    uf2_family: int
    psram: Psram = Psram.NEVER
    native_usb: bool = False
    frequencies: Mapping[int, int] = _80
    sizes: Mapping[int, int] = _SIZES
    partitioned: bool = True
    watchdog: bool = False
    old_revision: int = 100

    def psram_size(self, in_package: int | None) -> int | None:
        """Return the bytes of PSRAM, 0 for none, None for unknown, where eFuses tell of ``in_package`` bytes."""
        if in_package:
            return in_package
        if self.psram is Psram.NEVER:
            return 0
        return in_package if self.psram is Psram.PACKAGE else None


CHIPS = (
    Chip("ESP8266", None, 0x0, 0x7EAB61ED, sizes=_SIZES_8266, partitioned=False),
    Chip("ESP32", 0, 0x1000, 0x1C5F21B0, Psram.OUTSIDE),
    # The S2-WROVER carries its PSRAM beside the chip.
    Chip("ESP32-S2", 2, 0x1000, 0xBFDD4EEE, Psram.OUTSIDE, native_usb=True, watchdog=True),
    Chip("ESP32-C3", 5, 0x0, 0xD42BA06C, native_usb=True, watchdog=True, old_revision=1),
    Chip("ESP32-S3", 9, 0x0, 0xC47E5767, Psram.PACKAGE, native_usb=True, watchdog=True),
    Chip("ESP32-C2", 12, 0x0, 0x2B88D29C, frequencies=_60, watchdog=True),
    Chip("ESP32-C6", 13, 0x0, 0x540DDF62, native_usb=True, frequencies=_C6),
    Chip("ESP32-H2", 16, 0x0, 0x332726F6, native_usb=True, frequencies=_48),
    Chip("ESP32-P4", 18, 0x2000, 0x3D308E94, Psram.OUTSIDE, native_usb=True, watchdog=True),
    Chip("ESP32-C61", 20, 0x0, 0x77D850C4, Psram.PACKAGE, native_usb=True, frequencies=_NEWER_80, watchdog=True),
    Chip("ESP32-C5", 23, 0x2000, 0xF71C0343, Psram.PACKAGE, native_usb=True, frequencies=_NEWER_80, watchdog=True),
    Chip("ESP32-H21", 25, 0x0, 0xB6DD00AF, native_usb=True, frequencies=_NEWER_48),
    Chip("ESP32-H4", 28, 0x2000, 0x9E0BAA8A, Psram.PACKAGE, native_usb=True, frequencies=_NEWER_48),
    Chip("ESP32-S31", 32, 0x2000, 0x3101F7C1, Psram.PACKAGE, native_usb=True, frequencies=_NEWER_80, watchdog=True),
)

_BY_WORD = {chip.name.replace("-", "").lower(): chip for chip in CHIPS}
_BY_ID = {chip.image_id: chip for chip in CHIPS if chip.image_id is not None}
_BY_FAMILY = {chip.uf2_family: chip for chip in CHIPS}


def chip_named(name: str) -> Chip | None:
    """Return the chip called ``name`` in any spelling: ``ESP32-S3``, ``esp32s3``, ``esp32_s3``."""
    return _BY_WORD.get("".join(filter(str.isalnum, name)).lower())


def chip_by_id(image_id: int) -> Chip | None:
    """Return the chip whose images are marked with ``image_id``."""
    return _BY_ID.get(image_id)


def chip_by_uf2_family(family: int) -> Chip | None:
    """Return the chip whose UF2 files are marked with ``family``."""
    return _BY_FAMILY.get(family)


def revision_text(revision: int) -> str:
    """Return a revision as Espressif writes it: ``v3.1`` for 301."""
    return f"v{revision // 100}.{revision % 100}"
