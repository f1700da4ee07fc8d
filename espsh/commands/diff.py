"""diff between any two places: by size and SHA-256, and line by line where that shows more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from espsh.api import (
    PATH,
    Arg,
    Context,
    EspshError,
    Location,
    Opt,
    Styled,
    Text,
    command,
    compare,
    human_size,
    ignore,
    sync,
    textdiff,
    trees,
)

_ROLES = {"+++": "heading", "---": "heading", "@": "link", "+": "good", "-": "bad", "\\": "dim"}
"""How a line of a unified diff is coloured, by its beginning; the first that fits."""


@command(
    boards="each",
    shows=True,
    examples=(
        "diff src :/lib",
        "diff attic:/lib kitchen:/lib",
        "diff --brief src @all:/lib     # which boards are not up to date",
        "diff main.py :main.py",
    ),
)
def diff(
    ctx: Context,
    left: Annotated[Location, Arg(PATH, "a file or a directory")],
    right: Annotated[Location, Arg(PATH, "what it is compared with")],
    *,
    brief: Annotated[bool, Opt("-q", "--brief", help="name what differs, and no lines")] = False,
    all: Annotated[bool, Opt("-a", "--all", help="names that begin with a dot too")] = False,  # noqa: A002
    exclude: Annotated[Sequence[str], Opt("--exclude", help="leave it out", type=Text("PATTERN"), many=True)] = (),
    recursive: Annotated[bool, Opt("-r", "--recursive", help="directories as a whole; that is always so")] = False,
) -> None:
    """Show what differs between two files or directories, wherever they are, by size and SHA-256.

    What is equal is not read. Left alone are .git, __pycache__, *.pyc, names that begin with a dot, what .espshignore
    in either root says, and what is excluded, as by rsync. Text is compared line by line, up to 256 kB. The exit code
    is 0 where all is the same and 1 where something differs, as that of diff on Unix; a script stops there.
    """
    pair = _pair(ctx, left, right)
    found = _differences(ctx, pair, all, exclude)
    if ctx.options.json:
        ctx.out.json([_record(difference) for difference in found])
    else:
        for difference in found:
            _show(ctx, pair, difference, brief)
    if found:
        raise EspshError(_counted(pair, found))


class _Pair(NamedTuple):
    """What is compared, and how each side is called."""

    left: Location
    right: Location
    names: tuple[str, str]
    directories: bool

    def shown(self, side: int, path: str) -> str:
        """Return how a path below one side is called."""
        name = self.names[side]
        return f"{name.rstrip('/')}/{path}" if path else name


def _pair(ctx: Context, left: Location, right: Location) -> _Pair:
    """Return what is compared: a file and a directory are that file and the directory's of its name."""
    left_is_dir, right_is_dir = (ctx.files(side).stat(side.path).is_dir for side in (left, right))
    if left_is_dir != right_is_dir:
        left = _below(left, right.name) if left_is_dir else left
        right = _below(right, left.name) if right_is_dir else right
    return _Pair(left, right, (_called(ctx, left), _called(ctx, right)), left_is_dir and right_is_dir)


def _called(ctx: Context, side: Location) -> str:
    """Return a side's name: equal answers of a set's boards are to read alike, so each is ``:`` there."""
    if side.on_host:
        return side.typed.removeprefix("host:") or side.path
    return f":{side.path}" if ctx.scope.fanned and side.place == ctx.scope.board else str(side)


def _differences(ctx: Context, pair: _Pair, hidden: bool, exclude: Sequence[str]) -> list[compare.Difference]:
    if not pair.directories:
        return compare.compare(*_digested(ctx, pair, [_file(ctx, pair.left)], [_file(ctx, pair.right)]))
    sides = [(ctx.files(side), side.path) for side in (pair.left, pair.right)]
    patterns = [pattern for files, root in sides for pattern in trees.own_patterns(files, root)]
    ignored = ignore.Ignored([*patterns, *exclude], hidden=hidden)
    left, right = (trees.tree(files, root) for files, root in sides)
    left_out = [path for path in (*left.left_out, *right.left_out) if not ignored(path, False)]
    if left_out:
        ctx.out.note(f"left out, no file behind it: {', '.join(left_out)}")
    return compare.compare(*_digested(ctx, pair, left.items, right.items, ignored))


def _digested(
    ctx: Context,
    pair: _Pair,
    left: list[sync.Item],
    right: list[sync.Item],
    ignored: sync.Ignored = ignore.nothing_ignored,
) -> tuple[list[sync.Item], list[sync.Item], sync.Ignored]:
    """Return both sides with the digests that are needed to tell them apart, asked in one call of each place."""
    asked: dict[str, set[str]] = {pair.left.place: set(), pair.right.place: set()}
    for mine, other in sync.doubtful(left, right, ignored):
        asked[pair.left.place] |= set() if mine.digest else {mine.origin}
        asked[pair.right.place] |= set() if other.digest else {other.origin}
    found = {place: ctx.digests(place, sorted(paths)) for place, paths in asked.items()}
    sides = ((left, pair.left.place), (right, pair.right.place))
    with_digests = [trees.with_digests(items, found[place]) for items, place in sides]
    return with_digests[0], with_digests[1], ignored


def _show(ctx: Context, pair: _Pair, difference: compare.Difference, brief: bool) -> None:
    mine, other = difference.left, difference.right
    names = pair.shown(0, difference.path), pair.shown(1, difference.path)
    if mine is None or other is None:
        side, item = (1, other) if mine is None else (0, mine)
        path = f"{difference.path}/" if item and item.is_dir else difference.path
        ctx.out.text(Styled(f"only in {pair.names[side]}:", "dim"), Styled(path, "good" if side else "bad"))
    elif difference.kinds:
        kinds = ("directory", "file") if mine.is_dir else ("file", "directory")
        ctx.out.text(f"{names[0]} is a {kinds[0]}, {names[1]} is a {kinds[1]}")
    elif brief:
        ctx.out.text(f"{names[0]} and {names[1]} differ")
    else:
        _show_lines(ctx, pair, mine, other, names)


def _show_lines(ctx: Context, pair: _Pair, mine: sync.Item, other: sync.Item, names: tuple[str, str]) -> None:
    sizes = f"{names[0]} ({human_size(mine.size)}) and {names[1]} ({human_size(other.size)})"
    if max(mine.size, other.size) > textdiff.LARGEST:
        ctx.out.text(f"large files differ: {sizes}")
        return
    texts = _texts(ctx, [(pair.left, mine), (pair.right, other)])
    if texts is None:
        ctx.out.text(f"binary files differ: {sizes}")
        return
    for line in textdiff.unified(*texts, *names):
        role = next((role for start, role in _ROLES.items() if line.startswith(start)), "")
        ctx.out.text(Styled(line, role))


def _texts(ctx: Context, sides: Sequence[tuple[Location, sync.Item]]) -> tuple[str, str] | None:
    """Return both texts, or None where one is none; the host's is read first, since it costs nothing."""
    found: dict[int, str] = {}
    for number in sorted((0, 1), key=lambda number: not sides[number][0].on_host):
        place, item = sides[number]
        text = textdiff.text_of(ctx.files(place).read(item.origin))
        if text is None:
            return None
        found[number] = text
    return found[0], found[1]


def _counted(pair: _Pair, found: Sequence[compare.Difference]) -> str:
    """Return in a few words how much differs."""
    if not pair.directories:
        return "they differ"
    only = [sum(d.right is None for d in found), sum(d.left is None for d in found)]
    changed = len(found) - sum(only)
    parts = [f"{changed} files differ" if changed > 1 else "1 file differs"] if changed else []
    return ", ".join([*parts, *(f"{n} only in {name}" for n, name in zip(only, pair.names, strict=True) if n)])


def _record(difference: compare.Difference) -> dict[str, Any]:
    sides = {"left": difference.left, "right": difference.right}
    return {
        "path": difference.path,
        **{name: item and {"directory": item.is_dir, "size": item.size} for name, item in sides.items()},
    }


def _file(ctx: Context, file: Location) -> sync.Item:
    return sync.Item("", False, ctx.files(file).stat(file.path).size, origin=file.path)


def _below(location: Location, name: str) -> Location:
    return Location(location.place, f"{location.path.rstrip('/')}/{name}", f"{location.typed.rstrip('/')}/{name}")
