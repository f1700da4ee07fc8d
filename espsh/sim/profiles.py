"""The boards a virtual board can be, as data."""

from __future__ import annotations

from dataclasses import dataclass

from espsh.sim import rom_texts
from espsh.sim.firmware import RECIPES, Recipe
from espsh.sim.rom_texts import RomTexts


@dataclass(frozen=True)
class Esp:
    """What makes a board one of Espressif's: the firmware it comes with, and its ROM's texts."""

    recipe: Recipe
    texts: RomTexts


@dataclass(frozen=True)
class Profile:
    """One kind of board; ``heap`` is what a program finds free, in bytes. Without ``esp`` it just runs MicroPython."""

    name: str
    machine: str
    sysname: str
    heap: int
    freq: int
    oui: bytes
    esp: Esp | None = None
    without: frozenset[str] = frozenset()
    uarts: int = 3


_ALL = (
    Profile(
        name="esp32",
        machine="Generic ESP32 module with ESP32",
        sysname="esp32",
        heap=165_000,
        freq=160_000_000,
        oui=bytes.fromhex("30aea4"),
        esp=Esp(RECIPES["esp32"], rom_texts.ESP32),
    ),
    Profile(
        name="esp32c3",
        machine="ESP32C3 module with ESP32C3",
        sysname="esp32",
        heap=165_000,
        freq=160_000_000,
        uarts=2,
        oui=bytes.fromhex("a0764e"),
        esp=Esp(RECIPES["esp32c3"], rom_texts.ESP32C3),
    ),
    Profile(
        name="esp32c6",
        machine="Generic ESP32C6 module with ESP32C6",
        sysname="esp32",
        heap=200_000,
        freq=160_000_000,
        uarts=2,
        oui=bytes.fromhex("6055f9"),
        esp=Esp(RECIPES["esp32c6"], rom_texts.ESP32C6),
    ),
    Profile(
        name="esp32s3",
        machine="Generic ESP32S3 module with ESP32S3",
        sysname="esp32",
        heap=200_000,
        freq=240_000_000,
        oui=bytes.fromhex("7cdfa1"),
        esp=Esp(RECIPES["esp32s3"], rom_texts.ESP32S3),
    ),
    Profile(
        name="esp8266",
        machine="ESP module with ESP8266",
        sysname="esp8266",
        heap=60_000,
        freq=80_000_000,
        uarts=2,
        oui=bytes.fromhex("5ccf7f"),
        without=frozenset({"esp32"}),
        esp=Esp(RECIPES["esp8266"], rom_texts.ESP8266),
    ),
    # A board with 16 kB of heap: 8.5 kB of it are free, which hold as much as this does where pointers have 64 bits.
    # What an nRF port of that size lacks is not there.
    Profile(
        name="small",
        machine="small virtual board with VM16",
        sysname="small",
        heap=15_000,
        freq=64_000_000,
        oui=bytes.fromhex("c0ffee"),
        without=frozenset(
            {"stdin.buffer", "UART", "deflate", "hashlib", "errno", "select", "json", "uctypes", "esp", "esp32"}
            | {"binascii.hexlify", "binascii.unhexlify", "binascii.crc32"}
        ),
    ),
)

PROFILES: dict[str, Profile] = {profile.name: profile for profile in _ALL}
