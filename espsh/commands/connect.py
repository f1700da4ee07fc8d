"""Boards that come into the session and leave it, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from espsh.api import (
    BOARD,
    PORT,
    TEXT,
    Arg,
    ConnectError,
    Context,
    Opt,
    UsageError,
    check_board_name,
    command,
    connect_each,
    lister,
    plausible,
)

if TYPE_CHECKING:
    from espsh.api import Board


@command(
    boards="none",
    examples=(
        "connect /dev/ttyUSB0",
        "connect /dev/ttyUSB0 460800 attic",
        "connect sim:esp32/kitchen",
        "connect --all",
    ),
)
def connect(
    ctx: Context,
    words: Annotated[list[str], Arg(PORT, "the port, then its baud rate and the board's name if you like", many="*")],
    *,
    every: Annotated[bool, Opt("-a", "--all", help="every USB port where a board may be expected")] = False,
    port_only: Annotated[bool, Opt("--port", help="open the port; the board may be one that does not answer")] = False,
) -> None:
    """Connect a board and make it the current one.

    The port is a device (/dev/ttyUSB0, COM3) or a URL (rfc2217://host:4000, socket://host:port, ws://:password@host for
    WebREPL, sim:esp32).
    rshell's form "connect serial PORT [BAUD]" is understood too.
    """
    if every == bool(words):
        raise UsageError("name a port, or --all for every port with a board", "connect PORT [BAUD] [NAME]")
    if every:
        _connect_all(ctx)
        return
    port, *rest = words[1:] if words[0] == "serial" and len(words) > 1 else words
    baud = None
    if rest and rest[0].isdecimal():
        baud = int(rest.pop(0))
    name = check_board_name(rest.pop(0)) if rest else None
    if rest:
        raise UsageError(f"'{rest[0]}' is one word too many", "usage: connect PORT [BAUD] [NAME]")
    if port_only:
        ctx.out.note(f"{port} is open as {ctx.session.open(port, name, baud).name}")
        return
    board = ctx.session.connect(port, name, baud)
    _say_connected(ctx, board)


def _say_connected(ctx: Context, board: Board) -> None:
    ctx.out.note(f"{board.name}: {board.identity.chip} on {board.url}, MicroPython {board.identity.firmware}")


def _connect_all(ctx: Context) -> None:
    """Connect what is not connected yet, all at once, and say what became of each port."""
    current = ctx.session.current
    ports = plausible(lister(ctx.session.world.env)())
    if not ports:
        raise ConnectError("no board is seen on USB", "name the port: connect PORT")
    ours = {board.url for board in ctx.session.boards.values()}
    met = connect_each(ctx.session, [(port.device, None) for port in ports if port.device not in ours])
    ctx.session.current = current or next(iter(ctx.session.boards), None)
    for attempt in met:
        if attempt.board is not None and attempt.error is None:
            _say_connected(ctx, attempt.board)
        elif attempt.error is not None:
            url = "" if attempt.url in attempt.error.message else f"{attempt.url}: "
            ctx.out.note(f"{url}{attempt.error.message}")
    failed = sum(attempt.error is not None for attempt in met)
    if failed:
        raise ConnectError(f"{failed} of {len(met)} ports have no board that answers")
    if not met:
        ctx.out.note("every board on USB is connected already")


@command(boards="each", examples=("disconnect attic", "@all disconnect"))
def disconnect(
    ctx: Context, board: Annotated[str | None, Arg(BOARD, "the board; else the current one")] = None
) -> None:
    """Close a board's port. The board keeps running."""
    ctx.session.disconnect(ctx.board_at(board).name)


@command(examples=("name attic", "name esp32 attic"))
def name(
    ctx: Context,
    words: Annotated[list[str], Arg(TEXT, "the new name, or the old name and the new one", many="*")],
) -> None:
    """Show the current board's name, or name a board; the name is kept for that chip on this computer."""
    if not words:
        ctx.out.text(ctx.board.name)
        return
    if len(words) > 2:
        raise UsageError(f"'{words[2]}' is one word too many", "usage: name [OLD] NEW")
    old = ctx.board_at(words[0] if len(words) == 2 else None).name
    ctx.session.rename(old, check_board_name(words[-1]))
