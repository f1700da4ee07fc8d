"""Directories of the host, seen by a board."""

from __future__ import annotations

from typing import Annotated

from espsh.api import (
    DIRECTORY,
    HOST_DIRECTORY,
    Arg,
    Board,
    Context,
    Location,
    NotFoundError,
    Opt,
    Table,
    UsageError,
    command,
)

_POINT = "/remote"
_DIRECTORY = Arg(HOST_DIRECTORY, "a directory of the host; without it, what is mounted is shown")
_WHERE = Arg(DIRECTORY, f"where the board sees it; {_POINT} where none is named")


@command(
    boards="each",
    examples=("mount", "mount src", "mount src attic:", "mount -w data :/data", "@all mount src"),
)
def mount(
    ctx: Context,
    directory: Annotated[str | None, _DIRECTORY] = None,
    point: Annotated[Location | None, _WHERE] = None,
    *,
    writable: Annotated[bool, Opt("-w", "--writable", help="the board may write there")] = False,
) -> None:
    """Let the board use a directory of the host as its own, over its port: imports and opens come from there.

    The board's working directory is there then. It lasts until umount or the end of the session, and comes back by
    itself when the board has restarted.
    """
    if directory is None:
        _show(ctx)
        return
    if not ctx.files(ctx.scope.resolve(f"host:{directory}")).stat(directory).is_dir:
        raise UsageError(f"{directory} is not a directory")
    board, path = _at(ctx, point)
    board.mounts.add(directory, path, writable=writable)
    ctx.out.text(f"{directory} is at {board.name}:{path}" + (", and the board may write there" if writable else ""))


@command(boards="each", examples=("umount", "umount :/data", "umount attic:"))
def umount(ctx: Context, point: Annotated[Location | None, Arg(DIRECTORY, "where; all without it")] = None) -> None:
    """Take the host's directories from the board again."""
    board, path = _at(ctx, point)
    points = [path] if point else [mounted.point for mounted in board.mounts]
    for one in points:
        if not board.mounts.remove(one):
            raise NotFoundError(f"nothing of the host is mounted at {board.name}:{one}", "mount shows what is")


def _show(ctx: Context) -> None:
    rows = [(f":{one.point}", one.directory, "read and write" if one.writable else "read") for one in ctx.board.mounts]
    if ctx.options.json:
        ctx.out.json([one._asdict() for one in ctx.board.mounts])
    elif rows:
        ctx.out.table(Table(("point", "directory", "may"), rows))


def _at(ctx: Context, point: Location | None) -> tuple[Board, str]:
    """Return the board and the path there; a board's root stands for the usual place."""
    if point is None:
        return ctx.board, _POINT
    if point.on_host:
        raise UsageError(f"'{point}' is on the host", f"name a place on the board: :{point.path}")
    return ctx.board_at(point.place), _POINT if point.path == "/" else point.path
