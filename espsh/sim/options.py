"""What a ``sim:`` URL says, as typed values.

``sim:PROFILE[/NAME][?key=value&...]``; ``sim://...`` means the same. This module is pure: text in, values or one
clear error out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from espsh.errors import UsageError
from espsh.sim.board_uart import QUIRKS
from espsh.sim.faults import FaultSpec, parse_faults
from espsh.sim.profiles import PROFILES
from espsh.sim.units import read_size, read_time
from espsh.sim.wiring import WIRINGS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_TRUTH = {"1": True, "yes": True, "on": True, "true": True, "0": False, "no": False, "off": False, "false": False}
FLASH_SIZES = tuple(megabytes << 20 for megabytes in (2, 4, 8, 16, 32, 64))
DISKS = ("rw", "ro", "full")
APPS = ("micropython", "chatter", "silent", "bootloop")


@dataclass(frozen=True)
class Options:
    """One virtual board as asked for; sizes in bytes, times in seconds."""

    profile: str = "esp32"
    name: str = ""
    baud: int = 115200
    uart: str = "works"
    maxbaud: int = 5_000_000
    latency: float = 0.001
    rxbuf: int = 260
    erase: float = 0.030
    write: float = 0.0004
    stall: tuple[float, float] | None = None
    fault: tuple[FaultSpec, ...] = ()
    seed: int = 0
    disk: str = "rw"
    size: int = 0
    romfs: int = 0
    without: frozenset[str] = frozenset()
    fresh: bool = False
    image: Path | None = None
    dir: Path | None = None
    psram: bool = False
    flash: int = 4 * 1024 * 1024
    blank: bool = False
    ota: bool = False
    secure: bool = False
    encrypted: bool = False
    secure_download: bool = False
    stub: bool = True
    wiring: str = "auto"
    heap: int = 0
    app: str = "micropython"

    @property
    def board(self) -> str:
        """The board this is, without its options: ``esp32`` or ``esp32/kitchen``."""
        return f"{self.profile}/{self.name}" if self.name else self.profile

    @property
    def key(self) -> str:
        """What makes two URLs mean the same board: its image where one is named, else profile and name."""
        return f"{self.board}@{self.image}" if self.image else self.board


def _read_stall(text: str) -> tuple[float, float] | None:
    if text in ("", "0"):
        return None
    halt, _, period = text.partition("/")
    pair = read_time(halt), read_time(period or "500ms")
    if not 0 < pair[0] < pair[1]:
        raise ValueError(f"'{text}' is no stall: the halt has to be shorter than the period (example: 40ms/500ms)")
    return pair


def _read_truth(text: str) -> bool:
    if text.lower() not in _TRUTH:
        raise ValueError(f"'{text}' is neither yes nor no (use 1 or 0)")
    return _TRUTH[text.lower()]


def _read_count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"'{text}' is no whole number")
    return int(text)


def _read_path(text: str) -> Path:
    if not text:
        raise ValueError("a path is missing")
    return Path(text).expanduser().absolute()


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"'{text}' is none of {', '.join(choices)}")
        return text

    return read


_READERS: dict[str, Callable[[str], Any]] = {
    "baud": _read_count,
    "uart": _one_of(tuple(QUIRKS)),
    "maxbaud": _read_count,
    "latency": read_time,
    "rxbuf": read_size,
    "erase": read_time,
    "write": read_time,
    "stall": _read_stall,
    "fault": parse_faults,
    "seed": _read_count,
    "disk": _one_of(DISKS),
    "size": read_size,
    "romfs": read_size,
    "without": lambda text: frozenset(word.strip() for word in text.split(",") if word.strip()),
    "fresh": _read_truth,
    "image": _read_path,
    "dir": _read_path,
    "psram": _read_truth,
    "flash": read_size,
    "blank": _read_truth,
    "ota": _read_truth,
    "secure": _read_truth,
    "encrypted": _read_truth,
    "secure_download": _read_truth,
    "stub": _read_truth,
    "wiring": _one_of(tuple(WIRINGS)),
    "heap": read_size,
    "app": _one_of(APPS),
}


def parse_url(url: str) -> Options:
    """Return what ``url`` asks for; a UsageError names the part that cannot be meant."""
    scheme, colon, rest = url.partition(":")
    if not colon or scheme.lower() != "sim":
        raise UsageError(f"'{url}' is no sim: port", "write sim:esp32 or sim:esp32/kitchen?baud=0")
    return parse_board(rest.removeprefix("//"))


def parse_board(text: str) -> Options:
    """Return what ``PROFILE[/NAME][?key=value...]`` asks for."""
    if "#" in text:
        raise UsageError(f"sim:{text}: '#' cannot be part of it", "write it as %23 in a path")
    where, _, query = text.partition("?")
    profile, _, name = where.rstrip("/").partition("/")
    if profile not in PROFILES:
        raise UsageError(f"sim: no profile '{profile}'", f"there is {', '.join(sorted(PROFILES))}")
    name = unquote(name)
    if name and not _NAME.fullmatch(name):
        raise UsageError(f"sim: '{name}' is no board name", "letters, digits, '_', '-' and '.'")
    values: dict[str, Any] = {"profile": profile, "name": name}
    for key, value in parse_qsl(query.replace("+", "%2B"), keep_blank_values=True):
        values[key] = _read_value(key, value)
    options = Options(**values)
    _check(options)
    return options


def _read_value(key: str, value: str) -> Any:
    if key not in _READERS:
        near = get_close_matches(key, _READERS, 1)
        known = f"did you mean {near[0]}?" if near else f"there is {', '.join(_READERS)}"
        raise UsageError(f"sim: no option '{key}'", known)
    try:
        return _READERS[key](value)
    except ValueError as error:
        raise UsageError(f"sim: {key}: {error}") from None


def _check(options: Options) -> None:
    if options.baud and not 300 <= options.baud <= 5_000_000:
        raise UsageError(f"sim: baud: {options.baud} is no line rate", "300 to 5000000, or 0 for an unpaced USB board")
    if options.maxbaud < 300:
        raise UsageError(f"sim: maxbaud: {options.maxbaud} is no line rate", "300 or more")
    if options.rxbuf < 2:
        raise UsageError("sim: rxbuf: a ring needs at least 2 bytes")
    if options.size and not 16 * 4096 <= options.size <= 64 << 20:
        raise UsageError(f"sim: size: {options.size} bytes is no filesystem", "64k to 64M")
    if options.romfs:
        _check_romfs(options)
    if options.flash not in FLASH_SIZES:
        raise UsageError(f"sim: flash: no flash has {options.flash} bytes", "2MB, 4MB, 8MB, 16MB, 32MB or 64MB")
    if options.heap and options.heap < 4096:
        raise UsageError(f"sim: heap: {options.heap} bytes is too small for MicroPython", "4k or more")
    esp = PROFILES[options.profile].esp
    if options.ota and (esp is None or esp.recipe.silicon.fixed_vfs is not None or options.flash < 4 << 20):
        raise UsageError("sim: ota: this board has no room for two apps", "an ESP32 with flash=4MB or more has")
    if options.secure_download and (esp is None or not esp.recipe.silicon.has_security_info):
        raise UsageError(f"sim: secure_download: {options.profile} has none", "esp32s3, esp32c3 and esp32c6 have")
    if options.dir and not options.dir.is_dir():
        raise UsageError(f"sim: dir: {options.dir} is no directory")


def _check_romfs(options: Options) -> None:
    esp = PROFILES[options.profile].esp
    if esp is None or esp.recipe.silicon.fixed_vfs is not None:
        raise UsageError(
            f"sim: romfs: {options.profile} has no partition table", "esp32, esp32s3, esp32c3, esp32c6 have"
        )
    if options.romfs % 4096 or not 4096 <= options.romfs <= 1 << 20:
        raise UsageError(f"sim: romfs: {options.romfs} bytes is no such partition", "whole sectors, 4k to 1M")


assert set(_READERS) == {field.name for field in fields(Options)} - {"profile", "name"}
