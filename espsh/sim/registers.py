"""The registers of a chip that its loader reads and writes for a host, and the flash chip behind its SPI peripheral."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from espsh.sim.options import Options
from espsh.sim.silicon import Silicon

SPI_USER_COMMAND = 1 << 18
WINBOND, NOR = 0xEF, 0x40
READ_ID, READ_SFDP = 0x9F, 0x5A
SFDP = b"SFDP\x06\x01\x00\xff"
"""The head of the flash chip's own description (JESD216); the rest is left out."""
_SECURITY = struct.Struct("<IB7sII")
_SECURE_BOOT, _SECURE_DOWNLOAD = 1 << 0, 1 << 2


def facts(options: Options, silicon: Silicon, mac: bytes) -> dict[str, int]:
    """Return what the eFuses of this board's chip say, by the names that ``silicon`` uses."""
    major, minor = silicon.revision
    return {
        "mac_low": int.from_bytes(mac[2:], "big"),
        "mac_high": int.from_bytes(mac[:2], "big"),
        "oui": int.from_bytes(mac[:3], "big"),
        "mac_middle": int.from_bytes(mac[3:5], "big"),
        "mac_last": mac[5],
        "major": major,
        "minor": minor,
        "secure": int(options.secure),
        "crypt_count": int(options.encrypted),
        "psram": int(options.psram),
    }


def security_info(options: Options, silicon: Silicon) -> bytes:
    """Return the answer to GET_SECURITY_INFO: flags, crypt count, purposes of seven keys, chip id, version."""
    flags = options.secure * _SECURE_BOOT | options.secure_download * _SECURE_DOWNLOAD
    return _SECURITY.pack(flags, int(options.encrypted), bytes(7), silicon.image_id or 0, 0)


class Registers:
    """Words by address; one nobody has written and that means nothing is 0."""

    def __init__(self, silicon: Silicon, known: Mapping[str, int], flash_size: int) -> None:
        self._spi = silicon.spi
        self._flash_size = flash_size
        self._words = dict(silicon.fixed)
        for name, address, shift, bits in silicon.fields:
            value = (known[name] & ((1 << bits) - 1)) << shift
            self._words[address] = self._words.get(address, 0) | value

    def __getitem__(self, address: int) -> int:
        return self._words.get(address, 0)

    def write(self, address: int, value: int, mask: int = 0xFFFF_FFFF) -> None:
        """Set the bits of ``mask``. Starting a command of the SPI peripheral carries it out."""
        self._words[address] = self[address] & ~mask | value & mask
        if address == self._spi.base and value & SPI_USER_COMMAND:
            self._words[address] &= ~SPI_USER_COMMAND
            self._words[self._spi.base + self._spi.w0] = self._flash_chip(self[self._spi.base + self._spi.usr2] & 0xFF)

    def _flash_chip(self, command: int) -> int:
        """Return what the flash chip answers to a command; status registers are 0."""
        if command == READ_ID:
            return (self._flash_size.bit_length() - 1) << 16 | NOR << 8 | WINBOND
        if command == READ_SFDP:
            address = self[self._spi.base + self._spi.address] >> (8 if self._spi.msb_address else 0)
            return int.from_bytes(SFDP.ljust(256, b"\xff")[address : address + 4], "little")
        return 0
