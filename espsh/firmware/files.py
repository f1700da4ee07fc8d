"""What a firmware file holds, read without a board."""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from espsh.chips.chip import EspChip
from espsh.errors import FirmwareError
from espsh.firmware.chips import APP_OFFSET, TABLE_OFFSET, esp_chips
from espsh.firmware.image import Image, is_image, read_image
from espsh.firmware.kinds import refuse_strangers
from espsh.firmware.micropython import MicroPython, find_micropython
from espsh.firmware.partitions import APP, PartitionTable
from espsh.firmware.table_files import is_table, read_table

_ELF = b"\x7fELF"
_ELF_MACHINES = {94: "Xtensa", 243: "RISC-V"}


class Kind(Enum):
    """What can be flashed."""

    MERGED = "bootloader, partition table and application"
    APP = "application alone"
    BOOTLOADER = "bootloader alone"
    TABLE = "partition table"
    ESP8266 = "ESP8266 firmware"
    ELF = "ELF"
    DATA = "data"


class FirmwareFile(NamedTuple):
    """A file and what is in it.

    ``chip`` is what it is for, None where it does not tell (ELF, table, data). ``origin`` is the flash offset that the
    file's first byte belongs to, None where that is not the file's to say. ``bootloader`` and ``app`` are its images,
    ``app_at`` is where in the file the application starts. ``damage`` has what is wrong, each as a sentence's end.
    """

    name: str
    data: bytes
    kind: Kind
    chip: EspChip | None = None
    origin: int | None = None
    bootloader: Image | None = None
    table: PartitionTable | None = None
    app: Image | None = None
    app_at: int = 0
    micropython: MicroPython | None = None
    damage: tuple[str, ...] = ()


def read_firmware(name: str, data: bytes) -> FirmwareFile:
    """Return what the file holds; raises FirmwareError that says what it is where it is no firmware."""
    refuse_strangers(name, data)
    found = _known(name, data)
    if found is None:
        hint = "take a .bin for ESP32 boards; to write any bytes to a place in flash: flash OFFSET FILE"
        raise FirmwareError(f"{name} is no firmware: it starts with {data[:4].hex(' ')}, not as an image does", hint)
    return found


def read_data(name: str, data: bytes) -> FirmwareFile:
    """Return what a file that comes with an offset holds; bytes of no known kind are data."""
    if data.strip(b"\xff"):
        refuse_strangers(name, data)
    return _known(name, data) or FirmwareFile(name, data, Kind.DATA)


def _known(name: str, data: bytes) -> FirmwareFile | None:
    for start, read in _READERS:
        if start(data):
            return read(name, data)
    origin = _dump_origin(data)
    return None if origin is None else _merged(name, data, origin)


def _read_elf(name: str, data: bytes) -> FirmwareFile:
    machine = struct.unpack_from("<H", data, 18)[0] if len(data) >= 20 else None
    if machine not in _ELF_MACHINES:
        raise FirmwareError(f"{name} is an ELF for another kind of processor (machine {machine})", "build it for ESP32")
    return FirmwareFile(name, data, Kind.ELF)


def _read_table(name: str, data: bytes) -> FirmwareFile:
    return FirmwareFile(name, data, Kind.TABLE, origin=TABLE_OFFSET, table=read_table(data))


def _read_image(name: str, data: bytes) -> FirmwareFile:
    """Read a file that starts with an image: alone, or the bootloader with all that comes behind it."""
    image = read_image(data)
    if image.chip_id is None:
        return FirmwareFile(
            name, data, Kind.ESP8266, image.chip, 0, app=image, micropython=find_micropython(data),
            damage=_damage("the image", image),
        )  # fmt: skip
    origins = (image.chip.bootloader,) if image.chip else _origins()
    for origin in origins:
        if image.app is None and is_table(data, TABLE_OFFSET - origin):
            return _merged(name, data, origin)
    origin = origins[0]
    if image.app is None and image.size <= TABLE_OFFSET - origin:
        damage = _damage("the bootloader", image)
        # Two bytes of a table would have told.
        if image.size < len(data) < TABLE_OFFSET - origin + 2 and not damage:
            damage = ("the file is cut short: a bootloader is followed by no partition table",)
        return FirmwareFile(name, data, Kind.BOOTLOADER, image.chip, origin, image, damage=damage)
    return FirmwareFile(
        name, data, Kind.APP, image.chip, app=image, micropython=find_micropython(data),
        damage=_damage("the application", image),
    )  # fmt: skip


def _merged(name: str, data: bytes, origin: int) -> FirmwareFile:
    """Read a file whose first byte belongs to ``origin``, with bootloader, table and application at their places."""
    bootloader = _image_at(data, _bootloader_offset(data, origin) - origin)
    table, table_damage = _table_at(data, TABLE_OFFSET - origin)
    places = [p.offset - origin for p in (table.partitions if table else ()) if p.type == APP]
    at = next((place for place in places if is_image(data, place)), min(places, default=APP_OFFSET - origin))
    app = _image_at(data, at)
    first = bootloader or app
    return FirmwareFile(
        name, data, Kind.MERGED, first.chip if first else None, origin, bootloader, table, app, at,
        find_micropython(data),
        (*_damage("the bootloader", bootloader), *table_damage, *_damage("the application", app)),
    )  # fmt: skip


def _table_at(data: bytes, at: int) -> tuple[PartitionTable | None, tuple[str, ...]]:
    try:
        return read_table(data, at), ()
    except FirmwareError as error:
        return None, (error.message,)


def _dump_origin(data: bytes) -> int | None:
    """Return 0 for bytes of a flash from its beginning, with the bootloader where its chip wants it."""
    return 0 if is_table(data, TABLE_OFFSET) and _bootloader_offset(data, 0) else None


def _bootloader_offset(data: bytes, origin: int) -> int:
    """Return the flash offset of the bootloader in a file whose first byte belongs to ``origin``."""
    for offset in _origins():
        image = _image_at(data, offset - origin) if offset >= origin else None
        if image is not None and (image.chip is None or image.chip.bootloader == offset):
            return offset
    return origin


def _origins() -> tuple[int, ...]:
    """Return where bootloaders can lie."""
    return tuple(sorted({chip.bootloader for chip in esp_chips()}))


def _image_at(data: bytes, at: int) -> Image | None:
    try:
        return read_image(data, at)
    except FirmwareError:
        return None


def _damage(what: str, image: Image | None) -> tuple[str, ...]:
    if image is None:
        return (f"{what} is missing: the file ends before it, or holds something else in its place",)
    return (f"{what} is damaged: {image.damage}",) if image.damage else ()


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[str, bytes], FirmwareFile]], ...] = (
    (lambda data: data.startswith(_ELF), _read_elf),
    (is_table, _read_table),
    (is_image, _read_image),
)
