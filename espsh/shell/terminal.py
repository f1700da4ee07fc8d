"""The user's own terminal, as commands may need it: the board's REPL on it, an editor on it, a question."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from espsh.base.world import World
from espsh.errors import NotFoundError
from espsh.shell.screen import Screen

if TYPE_CHECKING:
    from espsh.board.board import Board


class ScreenTerminal:
    """A terminal with a person at it."""

    interactive = True

    def __init__(self, world: World, screen: Screen) -> None:
        self._world = world
        self._screen = screen

    def attach(self, board: Board) -> None:
        """Join keyboard and screen to the board's REPL until the user leaves with Ctrl-X or Ctrl-]."""
        from espsh.shell.console import attach

        attach(board, self._world, self._screen)

    def run(self, argv: Sequence[str], directory: str | None = None) -> int:
        """Give the screen to a host program started in ``directory`` and return its exit code."""
        try:
            with _interrupts_are_its():
                return subprocess.run(argv, cwd=directory, check=False).returncode
        except FileNotFoundError:
            raise NotFoundError(f"no program '{argv[0]}'", "name another: set editor PROGRAM") from None

    def confirm(self, question: str) -> bool:
        """Ask a yes-or-no question; no answer is no."""
        self._screen.prompt(f"{question} [y/N] ")
        return self._world.stdin.readline().strip().lower() in ("y", "yes")


@contextlib.contextmanager
def _interrupts_are_its() -> Iterator[None]:
    """Leave Ctrl-C to the program that has the screen: subprocess would kill an editor that uses it as a key.

    A handler of ours is not inherited, unlike "ignore", so the program still gets the signal.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    old = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)
