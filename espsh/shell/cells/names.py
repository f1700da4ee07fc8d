"""The names that Python has on a board, asked for when TAB wants them and kept until the next cell runs."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from espsh.base.literals import literal_of
from espsh.errors import EspshError
from espsh.shell.cells.source import signatures

if TYPE_CHECKING:
    from espsh.board.board import Board

_DOTTED = re.compile(r"(?<![\w.)\]}'\"])(?:[^\W\d]\w*\.)*(?:[^\W\d]\w*)?$")
"""What stands at the cursor: names with dots between, and nothing called or indexed, which asking would do again."""
_IMPORT = re.compile(r"^\s*(?:import|from)\s+\w*$")
_OWN = "_espsh"
_BUILTINS = "__import__('builtins')"


class BoardNames:
    """What ``dir()`` says on one board. A board that cannot be asked has no names."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._found: dict[str, list[str]] = {}
        self._modules: list[str] | None = None
        self._signatures: dict[str, str] = {}

    def ran(self, cell: str) -> None:
        """Take note of a cell that ran: names may be others now, and what it defines takes what it says there."""
        self._found.clear()
        self._signatures.update(signatures(cell))

    def of(self, owner: str) -> list[str]:
        """Return the names in ``owner``, ``a.b``; those that stand alone for ``""``."""
        if owner:
            return self._dir(owner)
        return sorted({*self._dir(""), *self._dir(_BUILTINS), *keyword.kwlist})

    def signature(self, name: str) -> str:
        """Return what a function that a cell defined takes, "" where that is not known."""
        return self._signatures.get(name, "")

    def modules(self) -> list[str]:
        """Return the modules that can be imported, as the board's own help lists them."""
        if self._modules is None:
            said = bytearray()
            try:
                self._board.execute("help('modules')", output=said.extend)
            except EspshError:
                return []
            table = said.decode("utf-8", "replace").partition("Plus any")[0]
            self._modules = sorted({name.replace("/", ".") for name in table.split() if name != "__main__"})
        return self._modules

    def _dir(self, owner: str) -> list[str]:
        if owner not in self._found:
            try:
                names = literal_of(self._board.evaluate(f"dir({owner})"))
            except (EspshError, ValueError, SyntaxError):
                return []
            self._found[owner] = [name for name in names if not name.startswith(_OWN)]
        return self._found[owner]


class NameCompleter(Completer):
    """Offers the board's names; those that begin with ``_`` only where that is typed."""

    def __init__(self, names: BoardNames) -> None:
        self._names = names

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what the name at the cursor may become."""
        line = document.current_line_before_cursor
        match = _DOTTED.search(line)
        if match is None:
            return
        owner, _, prefix = match[0].rpartition(".")
        known = self._names.modules() if _IMPORT.match(line) else self._names.of(owner)
        for name in known:
            if name.startswith(prefix) and (prefix or not name.startswith("_")):
                yield Completion(name, -len(prefix), display_meta="" if owner else self._names.signature(name))
