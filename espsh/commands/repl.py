"""The board's own prompt on the user's terminal."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

from espsh.api import HOST_FILE, TEXT, Arg, Context, EspshError, NotFoundError, Opt, UsageError, command

_KEYS = re.compile(rb"[\x03\x04]")
"""Ctrl-C and Ctrl-D, which a board's paste mode takes for keys wherever they stand."""


@command(
    rest="~",
    examples=(
        "repl", "repl attic", "repl --capture log.txt --inject test.py   # Ctrl-K runs test.py",
        "repl ~ import machine ~ machine.freq() ~   # run these, then come back",
    ),
)  # fmt: skip
def repl(
    ctx: Context,
    words: Annotated[list[str], Arg(TEXT, "a board; then ~ and lines of Python, with ~ between", many="*")],
    *,
    capture: Annotated[
        str | None, Opt("--capture", help="append all that the board says to this file", type=HOST_FILE)
    ] = None,
    inject: Annotated[
        str | None, Opt("--inject", help="the file that Ctrl-K runs on the board, read anew each time", type=HOST_FILE)
    ] = None,
) -> None:
    """Join keyboard and screen to the board's own prompt; Ctrl-X or Ctrl-] leaves.

    Every other key is the board's: Ctrl-C interrupts, Ctrl-D restarts, Ctrl-Z does not suspend espsh. Several lines
    pasted at the prompt go by its paste mode and run as one when all of them are there. Lines after ~ are run first.
    With a ~ at the end that is all; it comes back when they are done.
    """
    names = [word for word in words if not word.startswith("~")]
    lines = next((word for word in words if word.startswith("~")), "")
    if len(names) > 1:
        raise UsageError(f"'{names[1]}' is one word too many", "usage: repl [BOARD] [~ CODE ~]")
    code = "\n".join(part.strip() for part in lines.strip("~").split("~") if part.strip())
    program = None if inject is None else lambda: _program(Path(inject))
    if program:
        program()  # what is wrong with the file is said now
    board = ctx.board_at(names[0].removesuffix(":") if names else None)
    with contextlib.nullcontext(_ignore) if capture is None else _appended(Path(capture)) as keep:
        if code:
            board.execute(code, output=lambda data: _both(ctx.out.program, keep, data))
        if not (code and lines.rstrip().endswith("~")):
            ctx.terminal.attach(board, keep, program)


def _ignore(_data: bytes) -> None:
    """Keep nothing."""


def _both(show: Callable[[bytes], None], keep: Callable[[bytes], object], data: bytes) -> None:
    keep(data)
    show(data)


def _program(path: Path) -> bytes:
    """Read a program as paste mode takes it. Raises NotFoundError, UsageError, EspshError."""
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except FileNotFoundError:
        raise NotFoundError(f"{path}: no such file") from None
    except OSError as error:
        raise EspshError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    if found := _KEYS.search(data):
        line = data.count(b"\n", 0, found.start()) + 1
        raise UsageError(f"{path}, line {line}: Ctrl-C and Ctrl-D cannot be typed", "write them as \\x03 and \\x04")
    return data


@contextlib.contextmanager
def _appended(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Yield what puts bytes into a file as they come: what was said before the host crashed is in it."""
    try:
        file = path.open("ab", buffering=0)
    except OSError as error:
        raise EspshError(f"{path}: {(error.strerror or str(error)).lower()}") from None

    def keep(data: bytes) -> None:
        try:
            file.write(data)
        except OSError as error:
            raise EspshError(f"{path}: {(error.strerror or str(error)).lower()}") from None

    with file:
        yield keep
