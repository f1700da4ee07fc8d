"""The screen, as a command may need it. The shell implements it; the terminal of scripts and jobs refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from espsh.core.output import Picture, Table
from espsh.errors import UsageError

if TYPE_CHECKING:
    from espsh.board.board import Board


class Terminal(Protocol):
    """A person's screen and keyboard."""

    @property
    def interactive(self) -> bool:
        """Whether there is one: a script has none."""

    def attach(self, board: Board, capture: Callable[[bytes], object], inject: Callable[[], bytes] | None) -> None:
        """Join keyboard and screen to the board's REPL until the user leaves with Ctrl-X or Ctrl-].

        All that the board says goes to ``capture``, too; what ``inject`` returns is run there at Ctrl-K.
        """

    def cells(self, board: Board, output: Callable[[bytes], None], keys: str) -> None:
        """Ask for cells of Python and run each on the board, whose prints go to ``output``, until the user leaves.

        ``keys`` are those of ``emacs`` or ``vi``.
        """

    def show(self, draw: Callable[[], Table | Picture | None], changed: threading.Event, seconds: float | None) -> None:
        """Keep a table or a picture on the screen, drawn anew when ``changed`` is set.

        It ends after ``seconds``, by q or Ctrl-C, or where ``draw`` returns None; what was shown last is left there.
        """

    def run(self, argv: Sequence[str], directory: str | None = None) -> int:
        """Give the screen, and Ctrl-C, to a host program started in ``directory``; return its exit code."""

    def confirm(self, question: str) -> bool:
        """Ask a yes-or-no question."""

    def secret(self, question: str) -> str:
        """Ask for a word that is not shown while it is typed, and not kept."""


class ScriptTerminal:
    """The terminal of a script or a job: there is none, and what needs one says so."""

    interactive = False

    def attach(self, board: Board, capture: Callable[[bytes], object], inject: Callable[[], bytes] | None) -> None:
        """Refuse: nobody sits at a keyboard."""
        raise UsageError("this needs a terminal", f"run code on {board.name} with exec, run, or repl ~ CODE ~")

    def cells(self, board: Board, output: Callable[[bytes], None], keys: str) -> None:
        """Refuse: nobody sits at a keyboard."""
        raise UsageError("this needs a terminal", f"run code on {board.name} with exec, run, or repl ~ CODE ~")

    def show(self, draw: Callable[[], Table | Picture | None], changed: threading.Event, seconds: float | None) -> None:
        """Refuse: there is no screen."""
        raise UsageError("this needs a terminal")

    def run(self, argv: Sequence[str], directory: str | None = None) -> int:
        """Refuse: an editor needs a screen."""
        raise UsageError(f"{argv[0]} needs a terminal")

    def confirm(self, question: str) -> bool:
        """Refuse: it must have been said beforehand."""
        raise UsageError(f"nobody is here to answer: {question}", "-y says yes")

    def secret(self, question: str) -> str:
        """Refuse: a password comes from a file or the environment then."""
        raise UsageError(f"nobody is here to answer: {question}")
