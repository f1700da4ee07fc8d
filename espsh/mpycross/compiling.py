"""One run of a compiler: a source in, a .mpy file out, or an error that names the line."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from espsh.mpycross import programs
from espsh.mpycross.target import CompileError, Target, check_mpy

_RAISED = re.compile(r"(?:line (\d+)(?:, in .*)?\n)?(\w+Error):? ?(.*)\s*\Z")


class Options(NamedTuple):
    """How to compile: ``optimise`` 0 to 3 is the compiler's -O: from 1 asserts go, 3 drops line numbers too.

    ``heapsize`` is the heap of the compiler on the host in bytes, 0 for its default (2 MB).
    """

    optimise: int = 0
    heapsize: int = 0


USUAL = Options()


def compile_source(source: bytes, name: str, target: Target, options: Options = USUAL, *, shown: str = "") -> bytes:
    """Return ``source`` as a .mpy file for ``target``, in which tracebacks call it ``name``.

    Errors call the file ``shown``, else ``name``. Raises CompileError where it does not compile or no compiler makes
    what the target loads.
    """
    program = programs.program_for(target)
    with _scratch(source) as path:  # which the compiler has read whole when it writes
        result = programs.run(program, *words(name, target, options), "-o", path, path)
        if result.code:
            raise _failure(result, shown or name, target)
        made = Path(path).read_bytes()
    check_mpy(made, target, shown or name)
    return made


def words(name: str, target: Target, options: Options) -> list[str]:
    """Return the options of the compiler's command line."""
    given = [f"-O{options.optimise}", "-s", name]
    given += [f"-march={target.native}"] if target.native else []
    return given + (["-X", f"heapsize={options.heapsize}"] if options.heapsize else [])


@contextlib.contextmanager
def _scratch(content: bytes) -> Iterator[str]:
    """Yield the path of a file that is removed again. (A folder for each compilation took as long as the compiler.)"""
    import tempfile

    handle, path = tempfile.mkstemp(".py", "espsh-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        yield path
    finally:
        Path(path).unlink(missing_ok=True)


def _failure(result: programs.Result, shown: str, target: Target) -> CompileError:
    raised = _RAISED.search(result.said)
    if raised is None:
        said = result.said.strip().rpartition("\n")[2] or f"exit code {result.code}"
        return CompileError(f"{shown}: the compiler failed: {said}", detail=result.said)
    line, kind, text = raised.groups()
    hint = None
    if kind == "MemoryError":
        text, hint = text or "the compiler's heap is too small", "mpycross -X heapsize=8M gives it more, on the host"
    where = f"{shown}:{line}" if line else shown
    if text == "invalid arch":
        refused = f"{where}: native code, and {target} is not known to run any"
        return CompileError(refused, "a connected board says what it runs; else: --march", detail=result.said)
    return CompileError(f"{where}: {kind}: {text}", hint, detail=result.said)
