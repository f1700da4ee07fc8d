"""The board's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from espsh.api import Context, Opt, command


@command(boards="each", shows=True)
def date(ctx: Context) -> None:
    """Print the date and time of the board, or of the host where no board is connected."""
    when = ctx.board.time() if ctx.scope.board else datetime.now()
    ctx.out.text(when.strftime("%a %b %d %H:%M:%S %Y"))


@command(boards="each", examples=("rtc", "rtc --set"))
def rtc(
    ctx: Context,
    *,
    set: Annotated[bool, Opt("--set", help="set it to the host's local time")] = False,  # noqa: A002
) -> None:
    """Show the board's real-time clock, or set it."""
    if set:
        ctx.board.set_time(datetime.now())
    ctx.out.text(ctx.board.time().isoformat(sep=" ", timespec="seconds"))
