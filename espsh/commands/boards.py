"""Which boards there are, and what they are called."""

from __future__ import annotations

from typing import Annotated

from espsh.api import (
    BOARD,
    PORT,
    TEXT,
    Arg,
    Context,
    Opt,
    Styled,
    Table,
    UsageError,
    check_board_name,
    command,
)


@command(boards="none")
def boards(ctx: Context, *, json: Annotated[bool, Opt("--json", help="for a program to read")] = False) -> None:
    """List the connected boards; a star marks the current one."""
    records = []
    for name, board in ctx.session.boards.items():
        identity = board.identity
        records.append(
            {
                "name": name,
                "current": name == ctx.session.current,
                "chip": identity.chip,
                "firmware": identity.firmware,
                "port": board.url,
                "id": identity.unique_id,
                "state": board.state,
            }
        )
    if json or ctx.options.json:
        ctx.out.json(records)
    elif not records:
        ctx.out.note("no board is connected; connect one: connect PORT")
    else:
        rows = [
            ["*" if r["current"] else "", Styled(str(r["name"]), "board"), *(str(r[key] or "?") for key in _SHOWN)]
            for r in records
        ]
        ctx.out.table(Table(("", "name", *_SHOWN), rows))


_SHOWN = ("chip", "firmware", "port", "id", "state")


@command(
    boards="none",
    examples=("connect /dev/ttyUSB0", "connect /dev/ttyUSB0 460800 attic", "connect sim:esp32/kitchen"),
)
def connect(
    ctx: Context,
    words: Annotated[list[str], Arg(PORT, "the port, then its baud rate and the board's name if you like", many="+")],
    *,
    port_only: Annotated[bool, Opt("--port", help="open the port; the board may be one that does not answer")] = False,
) -> None:
    """Connect a board and make it the current one.

    The port is a device (/dev/ttyUSB0, COM3) or a URL (rfc2217://host:4000, socket://host:port, ws://:password@host for
    WebREPL, sim:esp32).
    rshell's form "connect serial PORT [BAUD]" is understood too.
    """
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
    ctx.out.note(f"{board.name}: {board.identity.chip} on {board.url}, MicroPython {board.identity.firmware}")


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
