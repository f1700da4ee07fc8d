"""The compiler as commands use it: many files at once, each compiled once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from espsh.base.cores import on_all_cores
from espsh.mpycross import programs
from espsh.mpycross.compiling import USUAL, Options, compile_source, words
from espsh.mpycross.kept import Kept
from espsh.mpycross.target import CompileError, Target

if TYPE_CHECKING:
    from espsh.base.world import World
    from espsh.board.board import Board

Step = Callable[[str, bytes], tuple[str, bytes]]
"""Turns a file on its way to a board, its path relative with ``/``, into what is written there, and where."""

STARTED_AS_SOURCE = ("boot.py", "main.py")
"""What a board runs when it starts: it looks for these names, never for a .mpy."""
_claims = [threading.Lock() for _ in range(256)]  # boards of a set want the same file at the same time
_ALSO = 3
"""How many more files that do not compile are named; after that their number is."""


class Source(NamedTuple):
    """A Python file: its bytes, the ``name`` that tracebacks have, and how errors call it."""

    data: bytes
    name: str
    shown: str


class Compiler:
    """Compiles, and keeps what it made. Threads may share it."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    @classmethod
    def of(cls, world: World) -> Compiler:
        """Return the compiler that keeps its files in this world's cache."""
        return cls(Kept(lambda: world.folder("cache") / "mpy"))

    def compile(self, source: Source, target: Target, options: Options = USUAL) -> bytes:
        """Return a .mpy file for ``target``, made or kept. Raises CompileError."""
        key = _key(source, target, options)
        with _claims[int(key[:2], 16)]:
            made = self._kept.get(key)
            if made is None:
                made = compile_source(source.data, source.name, target, options, shown=source.shown)
                self._kept.put(key, made)
        return made

    def compile_all(self, sources: Sequence[tuple[Source, Target]], options: Options = USUAL) -> list[bytes]:
        """Return a .mpy file for each source and its target, all cores at work.

        Raises one CompileError that names every file that does not compile.
        """

        def attempt(one: tuple[Source, Target]) -> bytes | CompileError:
            try:
                return self.compile(*one, options)
            except CompileError as error:
                return error

        for target in {target for _, target in sources}:
            programs.program_for(target)  # what is wrong with all of them is said once
        made = on_all_cores(attempt, sources)
        if failures := [one for one in made if isinstance(one, CompileError)]:
            raise _together(failures)
        return [one for one in made if isinstance(one, bytes)]

    def step_for(self, board: Board, root: str = "/") -> Step:
        """Return the step that makes ``x.py`` an ``x.mpy`` that ``board`` loads; its paths are below ``root`` there.

        boot.py and main.py at the board's own root stay as they are, and all that is no .py. Threads may share it.
        Raises CompileError where the board loads no .mpy files, and the step does for a file that does not compile.
        """
        target = Target.of(board.identity, board.abilities)
        started = () if root.strip("/") else STARTED_AS_SOURCE

        def step(path: str, data: bytes) -> tuple[str, bytes]:
            if not path.endswith(".py") or path in started:
                return path, data
            made = self.compile(Source(data, path.rpartition("/")[2], path), target)
            return f"{path.removesuffix('.py')}.mpy", made

        return step


def _key(source: Source, target: Target, options: Options) -> str:
    """Return what tells all that makes a difference to the .mpy file: compiler, options, name and content."""
    program = programs.fingerprint(programs.program_for(target))
    about = "\0".join([program, *words(source.name, target, options)]).encode("utf-8", "surrogateescape")
    return hashlib.sha256(hashlib.sha256(about).digest() + source.data).hexdigest()


def _together(failures: Sequence[CompileError]) -> CompileError:
    """Return the first failure, with the others as its hint."""
    first, *others = failures
    if others:
        rest = len(others) - _ALSO
        named = [error.message for error in others[:_ALSO]] + ([f"and {rest} more"] if rest > 0 else [])
        first.hint = f"also: {'; '.join(named)}"
    return first
