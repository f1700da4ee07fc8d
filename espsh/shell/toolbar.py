"""The bar under the prompt: the current board, its chip and firmware, its port and state. From memory only."""

from __future__ import annotations

from espsh.core.session import Session
from espsh.shell.columns import clip, width_of

_GAP = " · "


def toolbar_parts(session: Session, width: int) -> list[tuple[str, str]]:
    """Return the bar as (role, text), at most ``width`` columns; what matters least is left out first."""
    board = session.boards.get(session.current or "")
    if board is None:
        return [("", clip("no board · connect PORT (sim:esp32 is a virtual one) · help", width))]
    state = str(board.state)
    parts: list[tuple[str, str]] = [("board", board.name)]
    if state != "ready":
        parts.append(("bad", state))
    if running := session.jobs.running:
        role = "busy" if session.jobs.holder(board) else ""
        parts.append((role, f"job {running[0].number}" if len(running) == 1 else f"{len(running)} jobs"))
    others = len(session.boards) - 1
    identity = board.identity
    more = [
        identity.chip or "",
        f"MicroPython {identity.firmware}" if identity.firmware else "",
        board.url,
        f"+{others} more, F2 changes" if others else "",
        "F3 py, F4 repl",
    ]
    used = sum(width_of(text) for _, text in parts) + width_of(_GAP) * (len(parts) - 1)
    for text in filter(None, more):
        if used + width_of(_GAP + text) > width:
            continue
        used += width_of(_GAP + text)
        parts.append(("", text))
    shown: list[tuple[str, str]] = []
    for position, part in enumerate(parts):
        shown += ([("", _GAP)] if position else []) + [part]
    return shown
