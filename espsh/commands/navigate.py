"""Where bare paths point."""

from __future__ import annotations

from typing import Annotated

from espsh.api import DIRECTORY, Arg, Context, Location, UsageError, command


@command(examples=("cd src", "cd :", "cd kitchen:/lib", "cd host:", "cd -"))
def cd(ctx: Context, directory: Annotated[Location | None, Arg(DIRECTORY, "where to go; - goes back")] = None) -> None:
    """Go to a directory, on the host or on a board.

    On a board's place a bare path is that board's; "cd host:" goes back to the host. Without a directory it goes to
    the host's home.
    """
    if directory is None:
        directory = ctx.scope.resolve("host:~")
    elif directory.typed == "-":
        directory = Location(ctx.session.previous.place, ctx.session.previous.path)
    if not ctx.files(directory).stat(directory.path).is_dir:
        raise UsageError(f"{directory} is not a directory")
    ctx.session.go(directory)


@command(boards="none")
def pwd(ctx: Context) -> None:
    """Print where bare paths point."""
    here = ctx.session.here
    ctx.out.text(here.path if here.on_host else f"{here.place}:{here.path}")
