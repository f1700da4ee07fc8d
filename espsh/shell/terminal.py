"""The user's own terminal, as commands may need it: the board's REPL on it, an editor on it, a question."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from espsh.base.world import World
from espsh.core.output import Picture, Table
from espsh.errors import NotFoundError
from espsh.shell.foreground import run_in_foreground
from espsh.shell.hidden import hidden
from espsh.shell.screen import Screen

if TYPE_CHECKING:
    from espsh.board.board import Board


class ScreenTerminal:
    """A terminal with a person at it."""

    interactive = True

    def __init__(self, world: World, screen: Screen) -> None:
        self._world = world
        self._screen = screen

    def attach(self, board: Board, capture: Callable[[bytes], object], inject: Callable[[], bytes] | None) -> None:
        """Join keyboard and screen to the board's REPL until the user leaves with Ctrl-X or Ctrl-]."""
        from espsh.shell.console import attach

        with self._screen.aside.held():
            attach(board, self._world, self._screen, capture, inject)

    def cells(self, board: Board, output: Callable[[bytes], None], keys: str) -> None:
        """Ask for cells of Python and run each on the board until the user leaves."""
        from espsh.shell.cells.session import run_cells
        from espsh.shell.editing import EDITING

        run_cells(board, output, self._screen, EDITING[keys])

    def show(self, draw: Callable[[], Table | Picture | None], changed: threading.Event, seconds: float | None) -> None:
        """Keep a table or a picture on the screen until q, Ctrl-C, the end of ``seconds``, or ``draw`` returns None."""
        from espsh.shell.live_table import show

        show(self._world, self._screen, draw, changed, seconds)

    def run(self, argv: Sequence[str], directory: str | None = None) -> int:
        """Give the screen to a host program started in ``directory`` and return its exit code."""
        try:
            with self._screen.aside.held():
                return run_in_foreground(argv, directory, self._world.stdin)
        except FileNotFoundError:
            raise NotFoundError(f"no program '{argv[0]}'", "name another: set editor PROGRAM") from None

    def confirm(self, question: str) -> bool:
        """Ask a yes-or-no question; no answer is no."""
        with self._screen.aside.held():
            try:
                self._screen.prompt(f"{question} [y/N] ")
                return self._world.stdin.readline().strip().lower() in ("y", "yes")
            except KeyboardInterrupt:
                print(file=self._world.stderr, flush=True)  # what is said of it begins a line
                raise

    def secret(self, question: str) -> str:
        """Ask for a word that is not shown while it is typed."""
        with self._screen.aside.held(), hidden(self._world.stdin):
            try:
                self._screen.prompt(f"{question}: ")
                return self._world.stdin.readline().rstrip("\r\n")
            finally:
                print(file=self._world.stderr, flush=True)  # the Enter that was typed was not shown either
