"""The files of a board without directories, as a micro:bit's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from espsh.base.files import Entry
from espsh.board.copying import transfer
from espsh.board.copying.telling import Moved
from espsh.board.files.filesystem import NO_FLAT, BoardFiles
from espsh.errors import NotFoundError, RemoteError


class FlatFiles(BoardFiles):
    """The files of a board without directories, as a micro:bit's: names without ``/``."""

    def _needs(self, function: str) -> Sequence[str]:
        return ("flat",)

    def _on_board(self, path: str) -> str:
        name = path[1:]
        if "/" in name:
            raise NotFoundError(f"{path}: no such file: {NO_FLAT}")
        return name

    def _from_board(self, path: str) -> str:
        return "/" + path

    def ask(self, function: str, *arguments: object, subject: str = "") -> Any:
        """Run a function of ours on the board; its paths are names there."""
        if arguments and isinstance(arguments[0], str) and arguments[0].startswith("/"):
            arguments = (self._on_board(arguments[0]), *arguments[1:])
        return super().ask(function, *arguments, subject=subject)

    def _own(self, blocks: Iterable[bytes]) -> Iterable[bytes]:
        return list(blocks)  # one file is open at a time; all the flash there is holds 14 kB

    def remove_tree(self, path: str) -> None:
        """Remove one file: there are no directories."""
        self.remove(path)

    def listdir(self, path: str, *, recursive: bool = False) -> list[Entry]:
        """Return the files."""
        if self._clean(path) != "/":
            raise RemoteError(f"{path}: {NO_FLAT}", kind="OSError", errno=20)
        return super().listdir(path, recursive=recursive)

    def _fetch(self, path: str, moved: Moved) -> Iterator[bytes]:
        return transfer.take(self, path, moved)
