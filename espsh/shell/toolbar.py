"""The bar under the prompt: the current board, its chip and firmware, its port and state. From memory only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from espsh.core.session import Session
from espsh.shell.columns import clip, width_of

if TYPE_CHECKING:
    from espsh.board.board import Board

_GAP = " · "
_CELL_KEYS = ("Enter runs", "Ctrl-D leaves", "TAB completes", "Alt-Enter runs at once")

Part = tuple[str, str]
"""(role, text)."""


def toolbar_parts(session: Session, width: int) -> list[Part]:
    """Return the bar as (role, text), at most ``width`` columns; what matters least is left out first."""
    board = session.boards.get(session.current or "")
    if board is None:
        return [("", clip("no board · connect PORT (sim:esp32 is a virtual one) · help", width))]
    parts: list[Part] = [("board", board.name)]
    if (state := str(board.state)) != "ready":
        parts.append(("bad", state))
    if running := session.jobs.running:
        role = "busy" if session.jobs.holder(board) else ""
        parts.append((role, f"job {running[0].number}" if len(running) == 1 else f"{len(running)} jobs"))
    others = len(session.boards) - 1
    identity = board.identity
    more = (
        identity.chip or "",
        f"MicroPython {identity.firmware}" if identity.firmware else "",
        board.url,
        f"+{others} more, F2 changes" if others else "",
        "F3 py, F4 repl",
    )
    return _fitted(parts, more, width)


def cell_parts(board: Board, width: int) -> list[Part]:
    """Return the bar under a cell as (role, text): whose it is, and the keys that help."""
    return _fitted([("board", board.name)], (board.identity.chip or "", *_CELL_KEYS), width)


def _fitted(parts: Sequence[Part], more: Sequence[str], width: int) -> list[Part]:
    """Return the parts, cut to ``width`` columns, and behind them those of ``more`` that there is room for."""
    shown: list[Part] = []
    room = width
    wanted = [(2, *part) for part in parts] + [(width_of(text), "", text) for text in more if text]
    for least, role, text in wanted:
        gap = _GAP if shown else ""
        if room - width_of(gap) < least:
            continue
        cut = clip(text, room - width_of(gap))
        shown += [("", gap), (role, cut)] if gap else [(role, cut)]
        room -= width_of(gap + cut)
    return shown
