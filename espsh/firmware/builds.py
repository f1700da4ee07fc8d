"""The firmware that a download site offers: its boards, their files, and which of these a version means.

A file says in its name what it is: ``ESP32_GENERIC-SPIRAM-20260406-v1.28.0.bin`` is MicroPython 1.28.0 of that day for
the board ESP32_GENERIC, variant SPIRAM. The plain build of a board has no variant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from espsh.errors import UsageError

LATEST, PREVIEW = "latest", "preview"
"""What may stand for a version: the newest release, and the newest build of what comes after it."""

_NAME = re.compile(
    r"(?P<board>[A-Za-z0-9_]{1,64})(?:-(?P<variant>[A-Za-z0-9_]{1,64}))?-(?P<date>\d{8})-(?P<unstable>unstable-)?"
    r"v(?P<version>\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:-[0-9A-Za-z.-]{1,48}?)?)"
    r"\.(?P<kind>bin|app-bin|uf2|dfu|hex|elf|map|meta\.zip)",
    re.ASCII,
)
_WORD = re.compile(r"([A-Za-z0-9_]{1,64})(?:-([A-Za-z0-9_]{1,64}))?")
_RELEASE = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?", re.ASCII)
_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:-preview\.(\d+)|-(\d+)-)?", re.ASCII)
_KINDS = ("bin", "uf2", "dfu", "hex")
"""What is flashed, the usual first; ``app-bin`` updates an application in place, the rest is for debuggers."""


class Board(NamedTuple):
    """A kind of board that firmware is built for: its ``id`` on the site, its name, who makes it."""

    id: str
    product: str
    vendor: str


class Build(NamedTuple):
    """One file of a board's firmware.

    ``version`` is as ``1.28.0`` or ``1.29.0-preview.678.g5f2181f938``, ``date`` as ``2026-04-06``, ``kind`` the file
    name's ending (``bin``). ``about`` is what the site says of the variant, ``sha256`` 64 hex digits; "" where it says
    nothing.
    """

    board: str
    variant: str
    version: str
    date: str
    kind: str
    url: str
    name: str
    preview: bool = False
    about: str = ""
    sha256: str = ""

    @property
    def full_id(self) -> str:
        """The board with its variant: ``ESP32_GENERIC-SPIRAM``."""
        return full_id(self.board, self.variant)


def full_id(board: str, variant: str) -> str:
    """Return the board with its variant: ``ESP32_GENERIC-SPIRAM``, or the board alone for the plain one."""
    return f"{board}-{variant}" if variant else board


def read_full_id(word: str) -> tuple[str, str]:
    """Return the board and the variant that ``word`` names; raise UsageError for what is no board's name."""
    found = _WORD.fullmatch(word)
    if found is None:
        raise UsageError(f"'{word}' is no board's name", "one is ESP32_GENERIC or ESP32_GENERIC-SPIRAM")
    return found[1], found[2] or ""


def read_name(name: str, url: str, about: str = "", sha256: str = "") -> Build | None:
    """Return what a file's name says, or None where it is no firmware's."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    day, version = found["date"], found["version"]
    return Build(
        board=found["board"],
        variant=found["variant"] or "",
        version=version,
        date=f"{day[:4]}-{day[4:6]}-{day[6:]}",
        kind=found["kind"],
        url=url,
        name=name,
        preview="-" in version or found["unstable"] is not None,
        about=about,
        sha256=sha256,
    )


def flashable(builds: Iterable[Build]) -> list[Build]:
    """Return the files to flash, one for each variant and version, the newest first."""
    usual = sorted((b for b in builds if b.kind in _KINDS), key=lambda build: _KINDS.index(build.kind), reverse=True)
    best = {(build.full_id, build.version): build for build in sorted(usual, key=_age)}
    return sorted(best.values(), key=_age, reverse=True)


def matching(builds: Iterable[Build], version: str) -> Build | None:
    """Return the newest of ``builds`` that ``version`` means, or None.

    ``latest``, ``preview``, ``1.27.1``, ``1.27`` (the newest 1.27), ``v`` in front or not, or a preview's full name.
    Raises UsageError for what is none of these.
    """
    wanted = version.removeprefix("v")
    release = _RELEASE.fullmatch(wanted)
    if release is None and wanted not in (LATEST, PREVIEW) and not _NUMBERS.match(wanted):
        raise UsageError(f"'{version}' is no MicroPython version", "one is 1.27.0, v1.27, latest or preview")
    fits = [build for build in builds if _fits(build, wanted, release)]
    return max(fits, key=_age, default=None)


def _fits(build: Build, wanted: str, release: re.Match[str] | None) -> bool:
    if wanted in (LATEST, PREVIEW):
        return build.preview == (wanted == PREVIEW)
    if release is None:
        return build.version == wanted or build.version.startswith(f"{wanted}.")
    numbers = [int(part) for part in release.groups() if part]
    return not build.preview and list(_order(build.version)[: len(numbers)]) == numbers


def _age(build: Build) -> tuple[tuple[int, ...], str]:
    return _order(build.version), build.date


def _order(version: str) -> tuple[int, ...]:
    """Return what sorts versions by age; between a release and its previews the one that is built later."""
    found = _NUMBERS.match(version)
    major, minor, patch, preview, later = (int(part or 0) for part in found.groups()) if found else (0,) * 5
    # 1.29.0-preview.678 comes before 1.29.0, and 1.19.1-240 after 1.19.1.
    return major, minor, patch, 0 if "preview" in version else 1, preview or later
