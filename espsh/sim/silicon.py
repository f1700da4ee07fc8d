"""The chips, as a host tool sees them through their ROM loader: ids, offsets, eFuses and registers.

Addresses are those of the technical reference manuals; the eFuse fields are the ones esptool reads (checked against
esptool 5.6, which is no part of this package).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

KB, MB = 1024, 1024 * 1024
_SIZES = {1 * MB: 0, 2 * MB: 1, 4 * MB: 2, 8 * MB: 3, 16 * MB: 4, 32 * MB: 5, 64 * MB: 6}
_SIZES_8266 = {512 * KB: 0, 256 * KB: 1, 1 * MB: 2, 2 * MB: 3, 4 * MB: 4, 8 * MB: 8, 16 * MB: 9}


class Field(NamedTuple):
    """Where a fact about one chip stands: ``bits`` from ``shift`` on, of the word at ``address``."""

    fact: str
    address: int
    shift: int = 0
    bits: int = 32


class SpiFlashRegisters(NamedTuple):
    """The SPI peripheral that the flash is on: a command is put into ``usr2``, its answer stands in ``w0``."""

    base: int
    address: int
    usr2: int
    w0: int
    msb_address: bool = False


@dataclass(frozen=True, eq=False)
class Silicon:
    """One kind of chip.

    ``image_id`` is None where images have no extended header. ``bootloader`` is its offset in the flash, ``sizes`` the
    code of a flash size in an image's header. ``fixed_vfs`` (offset, bytes kept free at the end of the flash) is where
    the file system is on a chip without partition table. ``rom_extended``: the ROM knows compressed writes, other
    rates and the like. ``watchdog`` is the register whose top bit lets the watchdog bite, ``stub_hook`` the pointer
    through which a stub is started where secure boot is on.
    """

    name: str
    image_id: int | None
    bootloader: int
    revision: tuple[int, int]
    spi: SpiFlashRegisters
    fields: tuple[Field, ...]
    fixed: dict[int, int] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=lambda: dict(_SIZES))
    has_security_info: bool = True
    rom_extended: bool = True
    rom_status: int = 4
    fixed_vfs: tuple[int, int] | None = None
    erases_head_twice: bool = False
    stub_hook: int = 0
    watchdog: int = 0

    @property
    def full_revision(self) -> int:
        """The revision as images state it: 301 is v3.1."""
        return self.revision[0] * 100 + self.revision[1]


_MAGIC = 0x4000_1000


def _newer_efuses(base: int) -> tuple[Field, ...]:
    """Return the fields that the chips from the C3 on have in common; ``base`` is that of the eFuse controller."""
    return (
        Field("crypt_count", base + 0x34, 18, 3),
        Field("secure", base + 0x38, 20, 1),
        Field("mac_low", base + 0x44),
        Field("mac_high", base + 0x48, 0, 16),
    )


def _revision_of_c3_and_s3(base: int) -> tuple[Field, ...]:
    return (Field("minor", base + 0x50, 18, 3), Field("major", base + 0x58, 24, 2))


ESP32 = Silicon(
    name="ESP32",
    image_id=0,
    bootloader=0x1000,
    revision=(3, 1),
    spi=SpiFlashRegisters(0x3FF4_2000, 0x04, 0x24, 0x80, msb_address=True),
    has_security_info=False,
    fields=(
        Field("crypt_count", 0x3FF5_A000, 20, 7),
        Field("mac_low", 0x3FF5_A004),
        Field("mac_high", 0x3FF5_A008, 0, 16),
        Field("minor", 0x3FF5_A014, 24, 2),
        Field("secure", 0x3FF5_A018, 5, 1),
    ),
    fixed={
        _MAGIC: 0x00F0_1D83,
        0x3FF5_A00C: 1 << 15 | 1 << 13 | 1 << 9,  # revision 3 (first bit), rated for 240 MHz, package D0WD
        0x3FF5_A010: 128,  # the 8 MHz clock; with the calibration below a crystal of exactly 40 MHz
        0x3FF5_A014: 1 << 20,  # revision 3 (second bit)
        0x3FF6_607C: 1 << 31,  # revision 3 (third bit)
        0x3FF5_F06C: 800 << 7,
        0x3FF4_0014: 40_000_000 // 115_200,
    },
)
ESP32C3 = Silicon(
    name="ESP32-C3",
    image_id=5,
    bootloader=0,
    revision=(0, 4),
    spi=SpiFlashRegisters(0x6000_2000, 0x04, 0x20, 0x58),
    fields=(*_newer_efuses(0x6000_8800), *_revision_of_c3_and_s3(0x6000_8800)),
    fixed={0x6000_0014: 40_000_000 // 115_200},
    watchdog=0x6000_8090,
)
ESP32S3 = Silicon(
    name="ESP32-S3",
    image_id=9,
    bootloader=0,
    revision=(0, 2),
    spi=SpiFlashRegisters(0x6000_2000, 0x04, 0x20, 0x58),
    fields=(
        *_newer_efuses(0x6000_7000),
        *_revision_of_c3_and_s3(0x6000_7000),
        Field("psram", 0x6000_7054, 7, 2),  # its maker
        Field("psram", 0x6000_7058, 19, 1),  # the top bit of its size: 4 MB
    ),
    fixed={0x6000_0014: 40_000_000 // 115_200},
    stub_hook=0x3FCE_F688,
    watchdog=0x6000_8098,
)
ESP32C6 = Silicon(
    name="ESP32-C6",
    image_id=13,
    bootloader=0,
    revision=(0, 1),
    spi=SpiFlashRegisters(0x6000_3000, 0x04, 0x20, 0x58),
    fields=(
        *_newer_efuses(0x600B_0800),
        Field("minor", 0x600B_0850, 18, 4),
        Field("major", 0x600B_0850, 22, 2),
    ),
    fixed={0x6000_0014: 40_000_000 // 115_200, 0x600B_0848: 0xFFFE << 16, 0x600B_0850: 1 << 24, 0x600B_0854: 1},
)
ESP8266 = Silicon(
    name="ESP8266",
    image_id=None,
    bootloader=0,
    revision=(0, 0),
    spi=SpiFlashRegisters(0x6000_0200, 0x04, 0x24, 0x40, msb_address=True),
    sizes=_SIZES_8266,
    has_security_info=False,
    rom_extended=False,
    rom_status=2,
    fixed_vfs=(1 * MB, 0x5000),
    erases_head_twice=True,
    fields=(
        Field("mac_last", 0x3FF0_0050, 24, 8),
        Field("mac_middle", 0x3FF0_0054, 0, 16),
        Field("oui", 0x3FF0_005C, 0, 24),
    ),
    fixed={_MAGIC: 0xFFF0_C101, 0x6000_0014: 2 * 26_000_000 // 115_200},
)
