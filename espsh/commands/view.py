"""Looking into files: their first and last lines, lines that match, bytes, a pager."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

from espsh.api import (
    PATHS,
    TEXT,
    Arg,
    Context,
    EspshError,
    Found,
    Location,
    Number,
    Opt,
    Styled,
    UsageError,
    Wanted,
    command,
)

_STEP = 1024
"""Bytes looked at first for a file's last lines; twice as many each time that they do not reach."""
_ROW = 16
_COUNT = Number("N", 0)
Paths = Annotated[list[Location], Arg(PATHS, "files", many="+")]
Lines = Annotated[int, Opt("-n", "--lines", help="how many lines", type=_COUNT)]


@command(boards="each", shows=True, examples=("head :log.txt", "head -n 3 :boot.py"))
def head(ctx: Context, paths: Paths, *, lines: Lines = 10) -> None:
    """Print the first lines of files; no more than those is read."""

    def show(path: Location, size: int) -> None:
        ctx.out.content("", _first(_parts(ctx, path, size), lines))

    _titled(ctx, paths, show)


@command(boards="each", shows=True, examples=("tail :log.txt", "@all tail -n 1 :log.txt"))
def tail(ctx: Context, paths: Paths, *, lines: Lines = 10) -> None:
    """Print the last lines of files; no more than those is read."""
    _titled(ctx, paths, lambda path, size: ctx.out.content("", [_last(ctx, path, size, lines)]))


@command(boards="each", shows=True, examples=("grep -n TODO :main.py", "grep -r -i wifi :", "grep -rl machine src"))
def grep(
    ctx: Context,
    pattern: Annotated[str, Arg(TEXT, "a regular expression")],
    paths: Annotated[list[Location], Arg(PATHS, "files; with -r directories, too", many="+")],
    *,
    recursive: Annotated[bool, Opt("-r", "-R", "--recursive", help="all files below directories")] = False,
    any_case: Annotated[bool, Opt("-i", "--ignore-case", help="letters of any case")] = False,
    plain: Annotated[bool, Opt("-F", "--fixed-strings", help="the pattern is plain text")] = False,
    numbers: Annotated[bool, Opt("-n", "--line-number", help="the lines' numbers")] = False,
    names: Annotated[bool, Opt("-l", "--files-with-matches", help="only the files' names")] = False,
) -> None:
    """Print lines that match. A board looks through its files itself; only what matches comes over the line.

    The first 512 bytes of a line are looked at. Where nothing matches the exit code is 1.
    """
    wanted = Wanted(pattern, plain, any_case)
    searched = [(path, _files(ctx, path, recursive)) for path in paths]
    several = recursive or len(paths) > 1
    seen = False
    for path, below in searched:
        told = ""
        for found in ctx.files(path).search(list(below), wanted):
            seen = True
            if names and found.path == told:
                continue
            told = found.path
            _tell(ctx, below[found.path], found, several=several, numbers=numbers, names=names)
    if not seen:
        raise EspshError(f"nothing matches {pattern}")


@command(boards="each", shows=True, examples=("hexdump :data.bin", "hexdump -s 0x100 -n 64 :data.bin"))
def hexdump(
    ctx: Context,
    paths: Paths,
    *,
    skip: Annotated[int, Opt("-s", "--skip", help="bytes left out at the front", type=_COUNT)] = 0,
    length: Annotated[int | None, Opt("-n", "--length", help="how many bytes", type=_COUNT)] = None,
) -> None:
    """Print the bytes of files in hex and as text; equal rows in between as *."""

    def show(path: Location, size: int) -> None:
        stop = size if length is None else skip + length
        for row in _dump(_rows(ctx.files(path).read_part(path.path, skip, stop)), skip):
            ctx.out.text(*row)

    _titled(ctx, paths, show)


@command(examples=("less :log.txt", "less main.py :main.py"))
def less(ctx: Context, paths: Paths) -> None:
    """Look through files with your pager: $PAGER, else less."""
    import tempfile
    from pathlib import Path

    if not ctx.terminal.interactive:
        raise UsageError("a pager needs a terminal", "cat prints a file")
    argv = shlex.split(ctx.session.world.env.get("PAGER") or "less")
    with tempfile.TemporaryDirectory(prefix="espsh-") as folder:
        shown = []
        for number, path in enumerate(paths):
            copy = Path(folder, str(number), path.name)
            copy.parent.mkdir()
            with copy.open("wb") as file:
                file.writelines(ctx.files(path).read(path.path))
            shown.append(str(copy))
        if code := ctx.terminal.run([*argv, *shown]):
            raise EspshError(f"the pager {argv[0]} ended with exit code {code}")


def _titled(ctx: Context, paths: Sequence[Location], show: Callable[[Location, int], None]) -> None:
    """Show the files, each of several under its name; ``show`` gets a file's size, too."""
    gaps = itertools.chain([""], itertools.repeat("\n"))

    def titled(path: Location) -> None:
        size = _size(ctx, path)
        if len(paths) > 1:
            ctx.out.text(Styled(f"{next(gaps)}==> {path.typed if ctx.scope.fanned else _called(path)} <==", "dim"))
        show(path, size)

    ctx.each(paths, titled)


def _called(path: Location) -> str:
    return path.typed if path.on_host else str(path)


def _size(ctx: Context, path: Location) -> int:
    entry = ctx.files(path).stat(path.path)
    if entry.is_dir:
        raise UsageError(f"{path} is a directory")
    return entry.size


def _parts(ctx: Context, path: Location, size: int) -> Iterator[bytes]:
    """Yield a file in parts of growing size: who stops early has not read far."""
    start, step = 0, _STEP
    while start < size:
        yield from ctx.files(path).read_part(path.path, start, min(size, start + step))
        start, step = start + step, step * 2


def _first(blocks: Iterable[bytes], lines: int) -> Iterator[bytes]:
    for block in blocks:
        parts = block.splitlines(keepends=True) if lines else []
        for part in parts:
            if not lines:
                return
            yield part
            lines -= part.endswith(b"\n")
        if not lines:
            return


def _last(ctx: Context, path: Location, size: int, lines: int) -> bytes:
    start, step, read = size, _STEP, b""
    while start and read.count(b"\n", 0, max(0, len(read) - 1)) < lines:
        before, start = start, max(0, start - step)
        read = b"".join(ctx.files(path).read_part(path.path, start, before)) + read
        step *= 2
    return b"".join(read.splitlines(keepends=True)[-lines:] if lines else [])


def _files(ctx: Context, path: Location, recursive: bool) -> dict[str, str]:
    """Return the files to look through by their absolute path, with what each is called.

    Below a directory of the host pipes, sockets and devices are none: reading one might never end.
    """
    files = ctx.files(path)
    if not files.stat(path.path).is_dir:
        return {path.path: _called(path)}
    if not recursive:
        raise UsageError(f"{path} is a directory", "grep -r looks through what is below")
    above, shown = path.path.rstrip("/"), _called(path).rstrip("/")
    entries = [entry for entry in files.listdir(path.path, recursive=True) if not entry.is_dir]
    if path.on_host:
        entries = [entry for entry in entries if Path(above, entry.path).is_file()]
    return {f"{above}/{entry.path}": f"{shown}/{entry.path}".removeprefix("./") for entry in entries}


def _tell(ctx: Context, name: str, found: Found, *, several: bool, numbers: bool, names: bool) -> None:
    if names:
        ctx.out.text(name)
        return
    if not found.number:
        ctx.out.text(f"{name}: a binary file that matches")
        return
    where = [name] * several + [str(found.number)] * numbers
    ctx.out.text(":".join([*where, found.line.decode("utf-8", "backslashreplace")]))


def _rows(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        rest += block
        whole = len(rest) - len(rest) % _ROW
        yield from (rest[start : start + _ROW] for start in range(0, whole, _ROW))
        rest = rest[whole:]
    if rest:
        yield rest


def _dump(rows: Iterable[bytes], offset: int) -> Iterator[tuple[Styled | str, ...]]:
    """Yield the lines of ``hexdump -C``; the last one is the offset behind the last byte."""
    last, starred = b"", False
    for row in rows:
        if row == last and len(row) == _ROW:
            if not starred:
                yield ("*",)
            starred = True
        else:
            starred = False
            halves = row[:8].hex(" "), row[8:].hex(" ")
            text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
            yield Styled(f"{offset:08x}", "dim"), f" {halves[0]:<23}  {halves[1]:<23} ", f"|{text}|"
        last = row
        offset += len(row)
    yield (Styled(f"{offset:08x}", "dim"),)
