"""Which .mpy files a firmware loads.

Source of the tables: docs.micropython.org/en/latest/reference/mpyfiles.html, py/persistentcode.h and the ports'
mpconfigport.h.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from espsh.chips.known import chip_named
from espsh.errors import EspshError, UsageError

if TYPE_CHECKING:
    from espsh.board.identity import Abilities, Identity

_NEWEST_FIRST = (
    # (first release, (.mpy version, sub-version))
    ((1, 23), (6, 3)),
    ((1, 22), (6, 2)),
    ((1, 20), (6, 1)),
    ((1, 19), (6, 0)),
    ((1, 12), (5, 0)),
    ((1, 11), (4, 0)),
    ((1, 9, 3), (3, 0)),
    ((1, 9), (2, 0)),
)
_SAYS_MPY = (1, 19)
"""The release from which ``sys.implementation._mpy`` exists wherever .mpy files can be loaded."""
_LOADS_NATIVE = (1, 12)
"""The release from which a .mpy file may hold native code; until 1.19 the chip alone says which."""
_ARCHITECTURES = (
    *("", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp"),
    *("xtensa", "xtensawin", "rv32imc"),
)
ARCHITECTURES = _ARCHITECTURES[1:]
"""What native code can be for, as the compiler's ``-march`` has it."""
_RELEASE = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:-.*)?")
_BYTECODE = re.compile(r"v?(\d+)(?:\.(\d+))?")


class CompileError(EspshError):
    """A file that does not compile, or that no compiler makes for this firmware (exit code 1)."""


class Target(NamedTuple):
    """The .mpy files that a firmware loads: their ``version``, and what native code in them has to be.

    ``sub_version`` and ``arch``, MicroPython's number of the architecture (0: none), bind native code only.
    ``firmware`` is the release as it was said, "" where it was not.
    """

    version: int
    sub_version: int
    arch: int
    firmware: str

    @classmethod
    def of(cls, identity: Identity, abilities: Abilities) -> Target:
        """Return what a board loads. Raises CompileError where it loads none."""
        mpy = abilities.mpy
        if mpy:
            version = mpy & 0xFF
            return cls(version, _sub_version(version, mpy >> 8), mpy >> 10 & 0xF, identity.firmware)
        release = numbers_in(identity.firmware)
        if release is None or release >= _SAYS_MPY:
            raise CompileError(f"this board's MicroPython {identity.firmware} was built without support for .mpy files")
        chip = chip_named(identity.chip) if release >= _LOADS_NATIVE else None
        return _of_release(release, identity.firmware).running(chip.arch if chip else "")

    @classmethod
    def of_release(cls, release: str) -> Target:
        """Return what a release such as ``1.22`` loads, without native code.

        Raises UsageError for what is no version, CompileError for one before the first that a compiler is there for.
        """
        numbers = numbers_in(release)
        if numbers is None:
            raise UsageError(f"'{release}' is no MicroPython version", "one is 1.22 or 1.22.1")
        return _of_release(numbers, release.removeprefix("v"))

    @classmethod
    def of_bytecode(cls, version: str) -> Target:
        """Return what loads .mpy files of a version such as ``6`` (its newest sub-version) or ``6.1``.

        Raises UsageError for what is no such version, CompileError for one that no compiler makes.
        """
        found = _BYTECODE.fullmatch(version)
        if found is None:
            raise UsageError(f"'{version}' is no version of .mpy files", "one is 6 or 6.1")
        known = [pair for _, pair in _NEWEST_FIRST]
        wanted = int(found[1]), found[2] and int(found[2])
        for pair in known:
            if pair[0] == wanted[0] and wanted[1] in (None, pair[1]):
                return cls(*pair, 0, "")
        raise CompileError(
            f"no compiler here makes .mpy version {version}", f"known are {', '.join(f'{v}.{s}' for v, s in known)}"
        )

    @classmethod
    def newest(cls) -> Target:
        """Return what the newest known release loads, without native code."""
        return cls(*_NEWEST_FIRST[0][1], 0, "")

    def running(self, native: str) -> Target:
        """Return the same with native code for ``native``, one of :data:`ARCHITECTURES`; "" for none.

        Raises UsageError for another.
        """
        if native not in _ARCHITECTURES:
            raise UsageError(f"'{native}' is no architecture", f"one of: {', '.join(ARCHITECTURES)}")
        return self._replace(arch=_ARCHITECTURES.index(native))

    @property
    def native(self) -> str:
        """The architecture of native code that it runs, as the compiler's ``-march`` has it; "" for none."""
        return _ARCHITECTURES[self.arch] if self.arch < len(_ARCHITECTURES) else ""

    def __str__(self) -> str:
        return f"MicroPython {self.firmware}" if self.firmware else "a board of unknown release"


def check_mpy(data: bytes, target: Target, name: str) -> None:
    """Raise CompileError where ``target`` would not load the .mpy file ``data``, by its header."""
    if len(data) < 4 or data[0] != ord("M"):
        raise CompileError(f"{name}: this is no .mpy file")
    version, features = data[1], data[2]
    if version != target.version:
        raise CompileError(
            f"{name}: compiled as .mpy version {version}{_loaded_by(version)}, and {target} loads version "
            f"{target.version}",
            "import would raise ValueError: incompatible .mpy file; mpycross makes one that fits of its source",
        )
    arch = features >> 2 & 0xF
    if arch and arch != target.arch:
        raise CompileError(
            f"{name}: holds native code for {_architecture(arch)}, and {target} is known to run "
            f"{_architecture(target.arch) if target.arch else 'none'}",
            "import would raise ValueError: incompatible .mpy arch",
        )
    sub_version = _sub_version(version, features)
    if arch and sub_version != target.sub_version:
        raise CompileError(
            f"{name}: holds native code of .mpy version {version}.{sub_version}, and {target} runs that of "
            f"{version}.{target.sub_version}",
            "import would raise ValueError: incompatible .mpy file",
        )


def version_of(release: tuple[int, ...]) -> tuple[int, int] | None:
    """Return the version and sub-version of the .mpy files that a release loads, None before the first."""
    return next((version for first, version in _NEWEST_FIRST if release >= first), None)


def numbers_in(release: str) -> tuple[int, ...] | None:
    """Return the three numbers of a release, None for what is none."""
    found = _RELEASE.fullmatch(release)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def spelled(release: tuple[int, ...]) -> str:
    """Return numbers as a release is written."""
    return ".".join(str(number) for number in release)


def _of_release(release: tuple[int, ...], firmware: str) -> Target:
    version = version_of(release)
    if version:
        return Target(*version, 0, firmware)
    raise CompileError(
        f"no compiler is there for MicroPython {firmware}: the oldest is 1.9's",
        "what a later one makes would raise ValueError: incompatible .mpy file",
    )


def _loaded_by(version: int) -> str:
    """Return in brackets which releases load a version; "" where none is known to."""
    firsts = [first for first, (its, _) in _NEWEST_FIRST if its == version]
    if not firsts:
        return ""
    first, *later = firsts[-1], *(later for later, (its, _) in reversed(_NEWEST_FIRST) if its > version)
    if not later:
        return f" (for MicroPython {spelled(first)} and up)"
    last = (*later[0][:-1], later[0][-1] - 1)
    return f" (for MicroPython {spelled(first)}{'' if last == first else f' to {spelled(last)}'})"


def _sub_version(version: int, features: int) -> int:
    """Return the sub-version in a header's features; before version 6 those bits say how bytecode is laid out."""
    return features & 3 if version >= 6 else 0


def _architecture(number: int) -> str:
    return _ARCHITECTURES[number] if number < len(_ARCHITECTURES) else f"architecture {number}"
