"""The board's memory."""

from __future__ import annotations

from typing import Annotated

from espsh.api import Context, Opt, command, human_size


@command(boards="each", shows=True, examples=("heap", "@all heap"))
def heap(ctx: Context, *, json: Annotated[bool, Opt("--json", help="for a program to read")] = False) -> None:
    """Show how much of the board's heap is free after a garbage collection."""
    found = ctx.board.heap()
    if json or ctx.options.json:
        ctx.out.json({"free": found.free, "used": found.used, "total": found.total})
    else:
        ctx.out.text(f"free {human_size(found.free)} of {human_size(found.total)} · used {human_size(found.used)}")
