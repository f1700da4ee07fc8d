"""The .mpy files on a board that it would not load: what MicroPython's own error does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from espsh.errors import EspshError
from espsh.mpycross.target import CompileError, Target, check_mpy

if TYPE_CHECKING:
    from espsh.board.board import Board

_SIGNS = "incompatible .mpy"
_MOST = 100
"""Files that are looked into: a call names them all, and is brought to the board whole."""
_NAMED = 3
_HEADER = 4


def name_misfits(error: EspshError, board: Board) -> None:
    """Let an error of the board's import say which .mpy files it means; one of another kind stays as it is."""
    if _SIGNS not in error.message:
        return
    try:
        found = misfits(board)
    except EspshError:  # what failed first is what is told
        return
    if found:
        rest = len(found) - _NAMED
        error.hint = "; ".join(found[:_NAMED] + ([f"and {rest} more"] if rest > 0 else []))


def misfits(board: Board) -> list[str]:
    """Return a sentence for each .mpy file on the board that does not fit it."""
    target = Target.of(board.identity, board.abilities)
    entries = board.files.listdir("/", recursive=True)
    paths = [f"/{entry.path}" for entry in entries if not entry.is_dir and entry.path.endswith(".mpy")][:_MOST]
    heads = board.call("heads", "heads", paths, _HEADER) if paths else []
    found = []
    for path, head in zip(paths, heads, strict=True):
        try:
            check_mpy(head, target, path)
        except CompileError as reason:
            found.append(reason.message)
    return found
