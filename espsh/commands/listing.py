"""Looking at what is there: names, sizes, kinds, digests, room."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import Annotated, Any

from espsh.api import PATHS, Arg, Context, Entry, Location, Opt, Styled, Table, board_facts, command, human_size

Json = Annotated[bool, Opt("--json", help="for a program to read")]


@command(boards="each", shows=True, examples=("ls :", "ls -l :/lib/*.py", "ls -lR attic:/", "@all ls :"))
def ls(
    ctx: Context,
    paths: Annotated[list[Location], Arg(PATHS, "files or directories; else where you are", many="*")],
    *,
    long: Annotated[bool, Opt("-l", "--long", help="size and time too")] = False,
    all: Annotated[bool, Opt("-a", "--all", help="names that begin with a dot too")] = False,  # noqa: A002
    recursive: Annotated[bool, Opt("-R", "--recursive", help="what is below, too")] = False,
    json: Json = False,
) -> None:
    """List files and directories."""
    paths = paths or [ctx.scope.resolve(".")]
    gaps = itertools.chain([""], itertools.repeat("\n"))
    if json or ctx.options.json:
        ctx.out.json([_record(path, entry) for path in paths for entry in _entries(ctx, path, recursive, all)])
        return

    def show(path: Location) -> None:
        entries, gap = _entries(ctx, path, recursive, all), next(gaps)
        if len(paths) > 1 and not _is_itself(path, entries):
            ctx.out.text(f"{gap}{path.typed.rstrip(':')}:")
        if long:
            _long(ctx, entries)
        else:
            ctx.out.names([_shown(entry) for entry in entries])

    ctx.each(paths, show)


@command(boards="each", shows=True, examples=("tree :", "tree kitchen:/lib"))
def tree(
    ctx: Context,
    paths: Annotated[list[Location], Arg(PATHS, "directories; else where you are", many="*")],
    *,
    all: Annotated[bool, Opt("-a", "--all", help="names that begin with a dot too")] = False,  # noqa: A002
) -> None:
    """Draw what is below a directory."""

    def draw(path: Location) -> None:
        entries = [e for e in ctx.files(path).listdir(path.path, recursive=True) if all or not _is_hidden(e)]
        ctx.out.text(Styled(path.typed, "directory"))
        for line, entry in _branches(entries):
            ctx.out.text(line, _shown(entry))
        files = sum(not entry.is_dir for entry in entries)
        ctx.out.text(f"{files} file{'' if files == 1 else 's'}, {human_size(sum(entry.size for entry in entries))}")

    ctx.each(paths or [ctx.scope.resolve(".")], draw)


@command(boards="each", shows=True)
def filesize(ctx: Context, paths: Annotated[list[Location], Arg(PATHS, "files", many="+")]) -> None:
    """Print the size of files in bytes."""
    ctx.each(paths, lambda path: ctx.out.text(str(ctx.files(path).stat(path.path).size)))


@command(boards="each", shows=True)
def filetype(ctx: Context, paths: Annotated[list[Location], Arg(PATHS, "files or directories", many="+")]) -> None:
    """Print "file", "dir" or "missing"."""
    for path in paths:
        entry = ctx.files(path).find(path.path)
        ctx.out.text("missing" if entry is None else "dir" if entry.is_dir else "file")


@command(boards="each", shows=True, examples=("sha256sum app.py :app.py",))
def sha256sum(ctx: Context, paths: Annotated[list[Location], Arg(PATHS, "files", many="+")]) -> None:
    """Print the SHA-256 of files; a board computes its own."""

    def show(path: Location) -> None:
        digest = ctx.files(path).digests([path.path])[path.path]
        ctx.out.text(f"{digest}  {path.typed}")

    ctx.each(paths, show)


@command(boards="each", shows=True, examples=("df", "df -h", "df -h :/sd .", "@all df"))
def df(
    ctx: Context,
    paths: Annotated[list[Location], Arg(PATHS, "places; else all filesystems of the board", many="*")],
    *,
    human: Annotated[bool, Opt("-h", "--human", help="sizes as 1.2 MB")] = False,
    json: Json = False,
) -> None:
    """Show how large filesystems are, and how much room is left.

    A copy is written beside the old file before it takes its place: it needs its whole size free, unless cp --in-place
    says otherwise.
    """
    for path in paths:
        ctx.files(path).stat(path.path)
    spaces = [(path, ctx.files(path).space(path.path)) for path in paths or _filesystems(ctx)]
    if json or ctx.options.json:
        ctx.out.json([{"path": str(path), "total": space.total, "free": space.free} for path, space in spaces])
        return
    rows = []
    for path, space in spaces:
        used = None if space.total is None or space.free is None else space.total - space.free
        percent = f"{100 * used / space.total:.0f}%" if used is not None and space.total else "?"
        rows.append([str(path), *(_size(value, human) for value in (space.total, used, space.free)), percent])
    ctx.out.table(Table(("filesystem", ">size", ">used", ">free", ">use"), rows))


def _filesystems(ctx: Context) -> list[Location]:
    """Return the roots of the board's filesystems; where no board is, the host's directory."""
    if not ctx.scope.board:
        return [ctx.scope.resolve(".")]
    here = [ctx.scope.resolve(f":{path}") for path in board_facts.mounts(ctx.board)]
    return [path for path in here if path.path not in ctx.board.mount_points]


def _entries(ctx: Context, path: Location, recursive: bool, hidden: bool) -> list[Entry]:
    files = ctx.files(path)
    itself = None if path.wants_directory else files.find(path.path)
    if itself is not None and not itself.is_dir:
        return [Entry(path.typed, is_dir=False, size=itself.size, mtime=itself.mtime)]
    listed = files.listdir(path.path, recursive=recursive)
    return listed if hidden else [entry for entry in listed if not _is_hidden(entry)]


def _is_itself(path: Location, entries: Sequence[Entry]) -> bool:
    return len(entries) == 1 and entries[0].path == path.typed and not entries[0].is_dir


def _is_hidden(entry: Entry) -> bool:
    return entry.path.startswith(".") or "/." in entry.path


def _shown(entry: Entry) -> Styled:
    if entry.is_dir:
        return Styled(entry.path + "/", "directory")
    return Styled(entry.path, "python" if entry.path.endswith((".py", ".mpy")) else "")


def _record(path: Location, entry: Entry) -> dict[str, Any]:
    where = path.typed if entry.path == path.typed else entry.path
    return {
        "place": path.place,
        "path": path.path if entry.path == path.typed else f"{path.path.rstrip('/')}/{where}",
        "type": "dir" if entry.is_dir else "file",
        "size": entry.size,
        "mtime": entry.mtime,
    }


def _long(ctx: Context, entries: Sequence[Entry]) -> None:
    width = max((len(str(entry.size)) for entry in entries), default=0)
    for entry in entries:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.mtime)) if entry.mtime is not None else ""
        ctx.out.text(*([f"{entry.size:>{width}}", when] if when else [f"{entry.size:>{width}}"]), _shown(entry))


def _size(value: int | None, human: bool) -> str:
    if human or value is None:
        return human_size(value)
    return str(value)


def _branches(entries: Sequence[Entry]) -> list[tuple[str, Entry]]:
    """Return each entry with the lines that lead to it."""
    last = {entry.path.rpartition("/")[0]: entry.path for entry in entries}
    drawn = []
    for entry in entries:
        parts = entry.path.split("/")
        above = ["/".join(parts[: depth + 1]) for depth in range(len(parts) - 1)]
        bars = "".join("    " if last[path.rpartition("/")[0]] == path else "│   " for path in above)
        corner = "└──" if last[entry.path.rpartition("/")[0]] == entry.path else "├──"
        drawn.append((bars + corner, Entry(parts[-1], entry.is_dir, entry.size)))
    return drawn
