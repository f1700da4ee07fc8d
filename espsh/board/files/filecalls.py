"""The functions on a board that work on its files, and the paths that they get."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from espsh.board.calls import Caller, how, needs
from espsh.board.files.known import Known
from espsh.errors import UsageError

if TYPE_CHECKING:
    from espsh.board.identity import Abilities


_AT_ONCE = 25
"""Paths that go to the board in one command."""


class FileCalls:
    """Calls of one board."""

    def __init__(self, board: Caller) -> None:
        self._board = board
        self._known = Known()

    @property
    def abilities(self) -> Abilities:
        """What the board has."""
        return self._board.abilities

    @property
    def damages(self) -> int:
        """How often an exchange with the board was damaged so far."""
        return self._board.damages

    def ask(self, function: str, *arguments: object, subject: str = "") -> Any:
        """Run a function of ours on the board and return its value."""
        return self._rows(function, *arguments, subject=subject)[1]

    def gather(self, function: str, *arguments: object, subject: str = "") -> tuple[list[Any], bool]:
        """Run a function once and return the rows that came whole."""
        return self._board.gather(
            function, *arguments, snippets=self._needs(function), idle=how(function).idle, subject=subject
        )

    def _rows(self, function: str, *arguments: object, subject: str) -> tuple[list[Any], Any]:
        called = how(function)
        return self._board.rows(
            function, *arguments, snippets=self._needs(function), repeatable=called.repeatable, idle=called.idle,
            subject=subject,
        )  # fmt: skip

    def _needs(self, function: str) -> Sequence[str]:
        return needs(function, self.abilities, lean=self._board.lean)

    # Paths

    def _clean(self, path: str) -> str:
        return "/" + "/".join(part for part in path.split("/") if part)

    def _on_board(self, path: str) -> str:
        return path

    def _from_board(self, path: str) -> str:
        return path

    def _writable(self, path: str) -> str:
        path = self._clean(path)
        if path == "/":
            raise UsageError("that is the root of the board's filesystem")
        return path


def portions(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a list of paths into what one command on a board may hold."""
    for start in range(0, len(paths), _AT_ONCE):
        yield paths[start : start + _AT_ONCE]
