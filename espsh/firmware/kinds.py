"""What kind of file this is, by its first bytes; and what to do instead with those that are no firmware."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """The files that can be flashed."""

    MERGED = "bootloader, partition table and application in one file"
    APP = "application alone"
    BOOTLOADER = "bootloader alone"
    TABLE = "partition table"
    ESP8266 = "ESP8266 firmware"
    ELF = "ELF"
    DATA = "data"


def refuse(name: str, data: bytes) -> None:
    """Raise FirmwareError for what is known to be no firmware: text, HTML, UF2, zip, an empty file."""
    raise NotImplementedError
