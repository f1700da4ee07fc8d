"""Reading, making and removing files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from espsh.api import PATHS, Arg, Context, EspshError, Location, NotFoundError, Opt, UsageError, command


@command(boards="each", shows=True, examples=("cat :boot.py", "cat attic:/log.txt > log.txt"))
def cat(ctx: Context, paths: Annotated[list[Location], Arg(PATHS, "files", many="+")]) -> None:
    """Print files; on a screen, code is in colours."""
    ctx.each(paths, lambda path: ctx.out.content(path.name, ctx.files(path).read(path.path)))


@command(boards="each", examples=("mkdir :lib", "mkdir -p :/lib/a/b"))
def mkdir(
    ctx: Context,
    paths: Annotated[list[Location], Arg(PATHS, "directories", many="+")],
    *,
    parents: Annotated[bool, Opt("-p", "--parents", help="also those above; one that exists is no error")] = False,
) -> None:
    """Make directories."""
    ctx.each(paths, lambda path: ctx.files(path).make_directory(path.path, parents=parents))


def _removes_trees(options: Mapping[str, Any]) -> str | None:
    return "remove directories and all they hold" if options["recursive"] else None


@command(boards="each", destroys=_removes_trees, examples=("rm :old.py", "rm -r :/lib/old", "@lab rm -r -y :/lib/old"))
def rm(
    ctx: Context,
    paths: Annotated[list[Location], Arg(PATHS, "files or directories", many="+")],
    *,
    recursive: Annotated[bool, Opt("-r", "-R", "--recursive", help="directories and all they hold")] = False,
    force: Annotated[bool, Opt("-f", "--force", help="what is missing is no error")] = False,
    yes: Annotated[bool, Opt("-y", "--yes", help="do not ask")] = False,
) -> None:
    """Remove files and directories. Only -r on several boards is asked for."""

    def remove(path: Location) -> None:
        files = ctx.files(path)
        entry = files.find(path.path)
        if entry is None:
            if not force:
                raise NotFoundError(f"{path}: no such file or directory")
        elif not entry.is_dir:
            files.remove(path.path)
        elif _is_underfoot(ctx, path):
            raise UsageError(f"{path} is where you are, above it, or the root: it cannot be removed")
        elif not recursive:
            raise UsageError(f"{path} is a directory", "rm -r removes it and all it holds")
        else:
            files.remove_tree(path.path)

    ctx.each(paths, remove)


@command(boards="each")
def touch(ctx: Context, paths: Annotated[list[Location], Arg(PATHS, "files", many="+")]) -> None:
    """Make empty files; one that exists keeps its content."""

    def make(path: Location) -> None:
        entry = ctx.files(path).find(path.path)
        if entry is not None and entry.is_dir:
            raise EspshError(f"{path} is a directory")
        ctx.files(path).append(path.path, ())

    ctx.each(paths, make)


def _is_underfoot(ctx: Context, path: Location) -> bool:
    """Say whether ``path`` is a root, where the user stands, or a directory above."""
    here = ctx.session.here
    elsewhere = ctx.session.host_directory if path.on_host else "/"
    return Path(here.path if here.place == path.place else elsewhere).is_relative_to(path.path)
