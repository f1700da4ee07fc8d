"""UF2 files as makers of firmware write them, for tests."""

from __future__ import annotations

import struct
from collections.abc import Iterable

RP2040, RP2350, ABSOLUTE, NRF51 = 0xE48BFF56, 0xE48BFF59, 0xE48BFF57, 0x1B57745F


def block(
    number: int, total: int, address: int, data: bytes = bytes(256), family: int | None = RP2040, flags: int = 0
) -> bytes:
    flags |= 0x2000 if family is not None else 0
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, len(data), number, total, family or 0)
    return head + data.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


def uf2(blocks: int = 3, family: int | None = RP2040, start: int = 0x10000000) -> bytes:
    return b"".join(block(n, blocks, start + 256 * n, bytes([n & 0xFF]) * 256, family) for n in range(blocks))


def joined(numbers: Iterable[int], total: int) -> bytes:
    return b"".join(block(n, total, 0x10000000 + 256 * n) for n in numbers)
