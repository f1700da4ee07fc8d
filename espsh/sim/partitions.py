"""The partition table at 0x8000: entries to bytes and back. Pure.

A table is 0xC00 bytes: entries of 32 bytes, then one with the MD5 of those before (ESP-IDF, "Partition Tables").
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from typing import NamedTuple

TABLE = 0x8000
TABLE_SIZE = 0xC00
APP, DATA = 0, 1
FACTORY, OTA_0, OTA_SLOTS = 0x00, 0x10, 16
OTA, PHY, NVS, FAT = 0x00, 0x01, 0x02, 0x81
_ENTRY = struct.Struct("<2sBBII16sI")
_MAGIC = b"\xaa\x50"
_MD5_MARK = b"\xeb\xeb" + b"\xff" * 14


class Partition(NamedTuple):
    """One partition; ``offset`` and ``size`` in bytes."""

    label: str
    type: int
    subtype: int
    offset: int
    size: int


class NoTableError(ValueError):
    """There is no partition table; the message is the bootloader's."""


def write_table(partitions: Iterable[Partition]) -> bytes:
    """Return the table's bytes."""
    entries = b"".join(
        _ENTRY.pack(_MAGIC, part.type, part.subtype, part.offset, part.size, part.label.encode(), 0)
        for part in partitions
    )
    return (entries + _MD5_MARK + hashlib.md5(entries).digest()).ljust(TABLE_SIZE, b"\xff")


def read_table(table: bytes, flash_size: int) -> tuple[Partition, ...]:
    """Return the partitions; NoTableError says what the bootloader says of a bad table."""
    found: list[Partition] = []
    for at in range(0, len(table) - _ENTRY.size + 1, _ENTRY.size):
        magic, kind, subtype, offset, size, label, _ = _ENTRY.unpack_from(table, at)
        if magic == _MD5_MARK[:2]:
            if hashlib.md5(table[:at]).digest() != table[at + 16 : at + 32]:
                raise NoTableError("MD5 checksum mismatch")
            return tuple(found)
        if magic == b"\xff\xff" and found:
            return tuple(found)
        if magic != _MAGIC:
            raise NoTableError(f"partition {len(found)} invalid magic number 0x{int.from_bytes(magic, 'little'):x}")
        if offset + size > flash_size:
            raise NoTableError(
                f"partition {len(found)} invalid - offset 0x{offset:x} size 0x{size:x}"
                f" exceeds flash chip size 0x{flash_size:x}"
            )
        found.append(Partition(label.rstrip(b"\0").decode(errors="replace"), kind, subtype, offset, size))
    return tuple(found)


def micropython_table(flash_size: int, vfs_size: int = 0) -> tuple[Partition, ...]:
    """Return MicroPython's partitions for a flash; ``vfs_size`` 0 gives the file system all that is left."""
    app = 0x18_0000 if flash_size < 4 << 20 else 0x1F_0000
    vfs = 0x1_0000 + app
    return (
        Partition("nvs", DATA, NVS, 0x9000, 0x6000),
        Partition("phy_init", DATA, PHY, 0xF000, 0x1000),
        Partition("factory", APP, FACTORY, 0x1_0000, app),
        Partition("vfs", DATA, FAT, vfs, vfs_size or flash_size - vfs),
    )


def ota_table(flash_size: int, vfs_size: int = 0) -> tuple[Partition, ...]:
    """Return the partitions of MicroPython's builds for OTA, with two slots: its ``partitions-4MiB-ota.csv``."""
    slot, vfs = 0x18_0000, 0x31_0000
    return (
        Partition("nvs", DATA, NVS, 0x9000, 0x4000),
        Partition("otadata", DATA, OTA, 0xD000, 0x2000),
        Partition("phy_init", DATA, PHY, 0xF000, 0x1000),
        Partition("ota_0", APP, OTA_0, 0x1_0000, slot),
        Partition("ota_1", APP, OTA_0 + 1, 0x1_0000 + slot, slot),
        Partition("vfs", DATA, FAT, vfs, vfs_size or flash_size - vfs),
    )
