"""Makes firmware files for tests, by code of its own: nothing here comes from ``espsh.firmware``."""

from __future__ import annotations

import hashlib
import struct
from functools import reduce
from operator import xor

CHIP_IDS = {"ESP32": 0, "ESP32-S2": 2, "ESP32-C3": 5, "ESP32-S3": 9, "ESP32-C6": 13, "ESP32-P4": 18}
BOOTLOADER_OFFSETS = {"ESP32": 0x1000, "ESP32-S2": 0x1000, "ESP32-P4": 0x2000}  # the others: 0
RAM = {"ESP32": 0x3FFB0000, "ESP32-S2": 0x3FFB0000}  # the others: 0x3FC80000
# Where flash is mapped for constants; the others: 0x3C000020
CONSTANTS = {"ESP32": 0x3F400020, "ESP32-S2": 0x3F000020, "ESP32-C6": 0x42000020, "ESP32-P4": 0x40000020}

NVS = ("nvs", 1, 2, 0x9000, 0x6000)
PHY = ("phy_init", 1, 1, 0xF000, 0x1000)
FACTORY = ("factory", 0, 0, 0x10000, 0x1F0000)
VFS = ("vfs", 1, 0x81, 0x200000, 0x200000)
USUAL = (NVS, PHY, FACTORY, VFS)
OTA = (
    ("nvs", 1, 2, 0x9000, 0x4000),
    ("otadata", 1, 0, 0xD000, 0x2000),
    PHY,
    ("ota_0", 0, 0x10, 0x10000, 0x180000),
    ("ota_1", 0, 0x11, 0x190000, 0x180000),
    ("vfs", 1, 0x81, 0x310000, 0xF0000),
)

# MicroPython since 1.26: the files are behind the last partition.
WITHOUT_VFS = (NVS, PHY, ("factory", 0, 0, 0x10000, 0x210000))

Entry = tuple[str, int, int, int, int]


def image(
    *segments: bytes,
    chip: str | int = "ESP32",
    size: int = 2,
    mode: int = 2,
    frequency: int = 0,
    revisions: tuple[int, int] = (0, 0xFFFF),
    old_revision: int = 0,
    hashed: bool = True,
    address: int = 0x3FC80000,
) -> bytes:
    """Return an image whose segments lie from ``address`` on.

    ``size`` and ``frequency`` are header nibbles, ``chip`` is a name or an id.
    """
    number = chip if isinstance(chip, int) else CHIP_IDS[chip]
    made = struct.pack("<BBBBI", 0xE9, len(segments), mode, size << 4 | frequency, 0x40080000)
    made += struct.pack("<B3xHBHH4xB", 0xEE, number, old_revision, *revisions, hashed)
    made = _with_segments(made, segments, address)
    return made + hashlib.sha256(made).digest() if hashed else made


def image_8266(*segments: bytes) -> bytes:
    """Return an ESP8266's image, without hash and extended header."""
    return _with_segments(struct.pack("<BBBBI", 0xE9, len(segments), 0, 0x40, 0x40100004), segments, 0x40100000)


def _with_segments(made: bytes, segments: tuple[bytes, ...], address: int) -> bytes:
    for data in segments:
        made += struct.pack("<II", address, len(data)) + data
        address += len(data)
    made += bytes(15 - len(made) % 16)
    return made + bytes([reduce(xor, b"".join(segments), 0xEF)])


def bootloader(chip: str = "ESP32", idf: str = "v5.5.1", **header: object) -> bytes:
    """Return a bootloader of some 300 bytes."""
    said = struct.pack("<B2xBI32s24s16x", 0x50, 0, 1, idf.encode(), b"Aug  1 2026 10:00:00")
    header = {"address": RAM.get(chip, 0x3FC80000), **header}
    return image(said + bytes(range(200)), b"code" * 20, chip=chip, **header)  # type: ignore[arg-type]


def app(
    chip: str = "ESP32",
    *,
    version: str = "v1.29.0",
    board: str = "Generic ESP32 module",
    project: str = "micropython",
    text: bytes = b"",
    filling: int = 3000,
    **header: object,
) -> bytes:
    """Return an application; MicroPython's banner is in it unless ``project`` is another."""
    said = struct.pack(
        "<II8x32s32s16s16s32s32sHHB3x72x", 0xABCD5432, 0, version.encode(), project.encode(), b"10:00:00",
        b"Aug  1 2026", b"v5.5.1", bytes(range(32)), 0, 199, 16,
    )  # fmt: skip
    banner = f"MicroPython {version} on 2026-08-01\0; {board} with {chip.replace('-', '')}\0".encode()
    constants = b"\0first\0" + (banner if project == "micropython" else b"") + text + b"\0"
    constants += bytes(-len(constants) % 4)
    header = {"address": CONSTANTS.get(chip, 0x3C000020), **header}
    return image(said + constants, b"\x5a" * filling, chip=chip, **header)  # type: ignore[arg-type]


def table(entries: tuple[Entry, ...] = USUAL, *, md5: bool = True) -> bytes:
    """Return a binary partition table of 0xC00 bytes."""
    made = b"".join(
        struct.pack("<2sBBII16sI", b"\xaa\x50", kind, subtype, offset, size, name.encode(), 0)
        for name, kind, subtype, offset, size in entries
    )
    if md5:
        made += b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(made).digest()
    return made.ljust(0xC00, b"\xff")


def otadata(*entries: tuple[int, int] | None) -> bytes:
    """Return an otadata partition of two entries (number, state), each None for a blank one."""
    from binascii import crc32

    sectors = [
        b"" if entry is None
        else struct.pack("<I20sII", entry[0], b"\xff" * 20, entry[1], crc32(struct.pack("<I", entry[0]), 0xFFFFFFFF))
        for entry in entries
    ]  # fmt: skip
    return b"".join(sector.ljust(0x1000, b"\xff") for sector in sectors)


def merged(
    chip: str = "ESP32",
    *,
    entries: tuple[Entry, ...] = USUAL,
    first: bytes | None = None,
    application: bytes | None = None,
    from_zero: bool = False,
    **about: object,
) -> bytes:
    """Return a firmware as MicroPython ships it: from the bootloader's offset on, or from 0 as a backup is."""
    origin = 0 if from_zero else BOOTLOADER_OFFSETS.get(chip, 0)
    pieces = {
        BOOTLOADER_OFFSETS.get(chip, 0): bootloader(chip) if first is None else first,
        0x8000: table(entries),
        0x10000: app(chip, **about) if application is None else application,  # type: ignore[arg-type]
    }
    made = b""
    for offset, data in pieces.items():
        made = made.ljust(offset - origin, b"\xff") + data
    return made


def backup(firmware: bytes, size: int, pieces: dict[int, bytes] | None = None) -> bytes:
    """Return a flash of ``size`` bytes with a firmware that starts at 0, and ``pieces`` by offset."""
    made = bytearray(firmware.ljust(size, b"\xff"))
    for offset, data in (pieces or {}).items():
        made[offset : offset + len(data)] = data
    return bytes(made)


LITTLEFS = struct.pack("<II8s", 1, 0xF0000FFF, b"littlefs")


def elf(machine: int = 94) -> bytes:
    """Return the head of an ELF: Xtensa is 94, RISC-V 243."""
    return b"\x7fELF\x01\x01\x01".ljust(16, b"\0") + struct.pack("<HH", 2, machine) + bytes(64)


def uf2(family: int | None) -> bytes:
    """Return a block of a UF2 file for a family of chips."""
    flags = 0 if family is None else 0x2000
    head = struct.pack("<4sIIIIIII", b"UF2\n", 0x9E5D5157, flags, 0x1000, 256, 0, 1, family or 0)
    return head.ljust(508, b"\0") + struct.pack("<I", 0x0AB16F30)
