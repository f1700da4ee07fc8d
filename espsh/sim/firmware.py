"""Firmware of valid structure that does nothing: for new boards, tests and rehearsals without hardware.

Built as MicroPython's downloads are: bootloader, partition table and app in one file, which begins at the chip's
bootloader offset; the app alone is their ``.app-bin``. What the app is made for stands where a real one has it: chip,
revisions and flash size in the headers, version in the app description, the board's name among its strings. The virtual
board (``espsh/sim/bootloader.py``) reads the same places of a real firmware.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import lru_cache

from espsh.sim import espimage, partitions, silicon
from espsh.sim.espimage import Segment
from espsh.sim.partitions import Partition
from espsh.sim.silicon import MB, Silicon

APP_OFFSET = 0x1_0000
_ANY_EFUSES = struct.pack("<HH", 0, 9999)  # block revisions v0.0 to v99.99
DESCRIPTION_MAGIC = 0xABCD5432
DESCRIPTION = struct.Struct("<II8s32s32s16s16s32s32s72s")
ABORTS_WITHOUT_PSRAM = b"Failed to init external RAM!"
PANICS = b"espsh: this app panics"
_BOARD_TEXT = "MicroPython v{version} on {date}; {machine}"


@dataclass(frozen=True)
class Build:
    """What a firmware is made for and what it is; sizes in bytes.

    ``vfs_size`` 0 gives the file system all that the flash has left, ``app_size`` is about that of the app. ``psram``
    is "" for a build without, "needs" for one that aborts where there is none, as old ones do, "uses" for one that
    goes on. ``panics`` makes an app that never comes up. ``ota``: the table has two slots for apps.
    """

    version: str = "1.29.0-preview"
    date: str = "2026-07-05"
    psram: str = ""
    flash: int = 4 * MB
    vfs_size: int = 0
    app_size: int = 200_000
    min_revision: int = 0
    max_revision: int = espimage.ANY_REVISION
    panics: bool = False
    ota: bool = False


@dataclass(frozen=True, eq=False)
class Recipe:
    """How the firmware of one chip is made: addresses and lengths of the bootloader's segments, addresses of the app's.

    ``machine`` is the board's name without and with PSRAM. An empty ``loader`` means that the app begins the flash.
    """

    silicon: Silicon
    machine: tuple[str, str]
    rodata: int
    code: int
    loader: tuple[tuple[int, int], ...] = ()
    loader_entry: int = 0


# The bootloaders' segments are those of MicroPython 1.24.0 (ESP32) and 1.20.0 (C3); the S3's and C6's follow them.
RECIPES = {
    "esp32": Recipe(
        silicon.ESP32,
        ("Generic ESP32 module with ESP32", "Generic ESP32 module with SPIRAM with ESP32"),
        rodata=0x3F40_0020,
        code=0x400D_0020,
        loader=((0x3FFF_0030, 4892), (0x4007_8000, 14896), (0x4008_0400, 4), (0x4008_0404, 3372)),
        loader_entry=0x4008_05B0,
    ),
    "esp32c3": Recipe(
        silicon.ESP32C3,
        ("ESP32C3 module with ESP32C3", "ESP32C3 module with ESP32C3"),
        rodata=0x3C0C_0020,
        code=0x4200_0020,
        loader=((0x3FCD_5810, 0xE3C), (0x403C_C710, 0x6F4), (0x403C_E710, 0x28E4)),
        loader_entry=0x403C_C710,
    ),
    "esp32c6": Recipe(
        silicon.ESP32C6,
        ("Generic ESP32C6 module with ESP32C6", "Generic ESP32C6 module with ESP32C6"),
        rodata=0x420C_0020,
        code=0x4200_0020,
        loader=((0x4086_C410, 0xD48), (0x4086_E610, 0x2D68), (0x4087_5720, 0x1800)),
        loader_entry=0x4086_C410,
    ),
    "esp32s3": Recipe(
        silicon.ESP32S3,
        ("Generic ESP32S3 module with ESP32S3", "Generic ESP32S3 module with Octal-SPIRAM with ESP32S3"),
        rodata=0x3C0C_0020,
        code=0x4200_0020,
        loader=((0x3FCE_3810, 0xE3C), (0x403C_9700, 0x6F4), (0x403C_C700, 0x28E4)),
        loader_entry=0x403C_9880,
    ),
    "esp8266": Recipe(
        silicon.ESP8266,
        ("ESP module with ESP8266", "ESP module with ESP8266"),
        rodata=0x3FFE_8000,
        code=0x4010_0000,
    ),
}


def merged(recipe: Recipe, build: Build) -> bytes:
    """Return bootloader, table and app in one, from the chip's bootloader offset on."""
    if not recipe.loader:
        return app(recipe, build)
    table = partitions.write_table(table_of(build))
    first = bootloader(recipe, build).ljust(partitions.TABLE - recipe.silicon.bootloader, b"\xff")
    return (first + table).ljust(APP_OFFSET - recipe.silicon.bootloader, b"\xff") + app(recipe, build)


def table_of(build: Build) -> tuple[Partition, ...]:
    """Return the partitions that a build is made for."""
    table = partitions.ota_table if build.ota else partitions.micropython_table
    return table(build.flash, build.vfs_size)


@lru_cache(maxsize=16)
def bootloader(recipe: Recipe, build: Build) -> bytes:
    """Return the second-stage bootloader."""
    segments = [Segment(address, _filler(b"loader", length)) for address, length in recipe.loader]
    return _image(recipe, build, segments, recipe.loader_entry)


@lru_cache(maxsize=16)
def app(recipe: Recipe, build: Build) -> bytes:
    """Return the app."""
    strings = _strings(recipe, build)
    rodata = _description(build) if recipe.silicon.image_id is not None else b""
    rodata += b"\0".join(strings) + b"\0"
    room = max(0, build.app_size - len(rodata))
    segments = [
        Segment(recipe.rodata, _padded(rodata + _filler(b"data", room // 3))),
        Segment(recipe.code, _filler(b"code", room - room // 3)),
    ]
    return _image(recipe, build, segments, recipe.code + 0x80)


def _image(recipe: Recipe, build: Build, segments: list[Segment], entry: int) -> bytes:
    return espimage.build(
        segments,
        entry=entry,
        size_code=recipe.silicon.sizes[build.flash],
        chip_id=recipe.silicon.image_id,
        min_revision=build.min_revision,
        max_revision=build.max_revision,
    )


def _strings(recipe: Recipe, build: Build) -> list[bytes]:
    machine = recipe.machine[bool(build.psram)]
    texts = [_BOARD_TEXT.format(version=build.version, date=build.date, machine=machine).encode(), machine.encode()]
    return texts + [ABORTS_WITHOUT_PSRAM] * (build.psram == "needs") + [PANICS] * build.panics


def _description(build: Build) -> bytes:
    year, month, day = (int(part) for part in build.date.split("-"))
    name = "JanFebMarAprMayJunJulAugSepOctNovDec"[month * 3 - 3 : month * 3]
    return DESCRIPTION.pack(
        DESCRIPTION_MAGIC,
        0,
        b"",
        f"v{build.version}".encode(),
        b"micropython",
        b"12:00:00",
        f"{name} {day:2d} {year}".encode(),
        b"v5.5.1",
        hashlib.sha256(repr(build).encode()).digest(),
        _ANY_EFUSES,
    )


def _filler(seed: bytes, length: int) -> bytes:
    """Return bytes of ``length`` that deflate to about six tenths, as machine code does."""
    noise = hashlib.shake_128(seed).digest(length * 4 // 7 + 32)
    plain = b"".join(noise[at : at + 32] + bytes(12) + noise[at : at + 12] for at in range(0, len(noise), 32))
    return _padded(plain[:length])


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
