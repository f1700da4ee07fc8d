"""A board of ours for other programs and other computers."""

from __future__ import annotations

import contextlib
import socket
from typing import Annotated

from espsh.api import (
    BOARD,
    Arg,
    Context,
    InterruptedByUserError,
    LinkLostError,
    Number,
    Opt,
    Text,
    UsageError,
    command,
)

_LOOPBACK = ("localhost", "127.", "::1")
_TCP_PORT = Number("PORT", 0)
_ADDRESS = Text("ADDRESS")


@command(
    boards="each",
    needs="port",
    streams=True,
    examples=("serve", "serve attic --rfc2217 4000", "@all serve", "serve --bind 192.168.1.5  # no password: see docs"),
)
def serve(
    ctx: Context,
    board: Annotated[str | None, Arg(BOARD, "the board; else the current one")] = None,
    *,
    rfc2217: Annotated[int, Opt("--rfc2217", help="the TCP port; else a free one", type=_TCP_PORT)] = 0,
    bind: Annotated[str, Opt("--bind", help="where to serve; else localhost", type=_ADDRESS)] = "localhost",
) -> None:
    """Share a board with other programs as rfc2217://localhost:PORT, until Ctrl-C.

    mpremote, esptool or another espsh use it as if it was theirs, reset lines included; one at a time, a second one is
    told who has it. Nobody is asked for a password, so other computers had better come through a tunnel:
    ssh -L 4000:localhost:4000 THISHOST (docs/remote-boards.md).
    """
    from espsh.api import serve_rfc2217

    shared = ctx.board_at(board)
    if rfc2217 > 65535:
        raise UsageError(f"{rfc2217} is no TCP port", "from 1 to 65535, or 0 for a free one")
    if not bind.startswith(_LOOPBACK):
        ctx.out.note(
            f"whoever reaches {bind} can use {shared.name} and all that is on it, without a password; "
            "safer: localhost and ssh -L"
        )
    never, end = socket.socketpair()
    with never, end, contextlib.suppress(KeyboardInterrupt, InterruptedByUserError):
        with shared.lend() as port:
            cancelled = shared.link.cancelled.is_set
            serve_rfc2217(port, never, ctx.out.text, (bind, rfc2217), told=ctx.out.note, cancelled=cancelled)
            if cancelled():
                return
        raise LinkLostError("the port went away, so nothing is served any more")
