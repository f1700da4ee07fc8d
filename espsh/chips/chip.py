"""What is known of a kind of chip: one value, for ours and for those that plugins add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

_MB = 1024 * 1024
SIZES = MappingProxyType({nibble: _MB << nibble for nibble in range(8)})
"""Bytes of flash by the nibble in an image's header."""
UP_TO_80 = MappingProxyType({0xF: 80, 0: 40, 1: 26, 2: 20})
"""MHz of flash by the nibble in an image's header."""


class Psram(Enum):
    """Where a chip's PSRAM can be, which decides whether anyone can know of it."""

    NEVER = "the chip has no interface for it"
    PACKAGE = "in the chip's package, as its eFuses say"
    OUTSIDE = "a chip of its own, which nothing tells of before firmware looks for it"


@dataclass(frozen=True)
class Chip:
    """A kind of chip; what is not known of it is left out.

    ``name`` is as its maker writes it, ``aliases`` are other names that a board's ``os.uname().machine`` may have; both
    count in any spelling (``ESP32-S3``, ``esp32s3``). ``arch`` is the native code that it runs, as the compiler's
    ``-march`` has it, for firmware before 1.19, which does not tell. ``build`` is the board on micropython.org whose
    firmware is for any board with it. ``uf2_families`` mark its UF2 files, ``image_id`` its images (Espressif's; None
    for the ESP8266, whose have no mark).
    """

    name: str
    aliases: tuple[str, ...] = field(default=(), kw_only=True)
    arch: str = field(default="", kw_only=True)
    build: str = field(default="", kw_only=True)
    uf2_families: tuple[int, ...] = field(default=(), kw_only=True)
    image_id: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True, kw_only=True)
class EspChip(Chip):
    """A chip that esptool writes to.

    ``bootloader`` is the flash offset of what boots first. ``sizes`` and ``frequencies`` say what the nibbles in an
    image's header mean, in bytes and MHz. ``watchdog`` says that the chip in download mode can restart itself, for a
    port without lines (esptool's ``watchdog_reset``). ``old_revision`` is what 1 means in the byte by which images
    before ESP-IDF 4.4 name a lowest revision. ``partitioned`` ones have a partition table.
    """

    bootloader: int
    psram: Psram = Psram.NEVER
    native_usb: bool = False
    frequencies: Mapping[int, int] = field(default_factory=lambda: UP_TO_80)
    sizes: Mapping[int, int] = field(default_factory=lambda: SIZES)
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
