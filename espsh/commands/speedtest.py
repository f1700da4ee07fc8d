"""What a board and its cable do."""

from __future__ import annotations

import contextlib
import queue
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Annotated, NamedTuple

from espsh.api import WINDOW, Context, EspshError, Opt, command, human_size

_FILE = "/.espsh-speedtest"
_PROBES = 24
_CALLS = 7
_PATIENCE = 1.0
"""Seconds after which a byte that does not come back is lost."""
_ENOUGH = 0.4
"""Seconds that a transfer has to take to be a measurement; a fast line gets more bytes."""
_SMALL, _LEAST, _MOST = 1024, 8192, 512 * 1024
_LINE = "0123456789abcdef" * 4
_BITS = 10
"""Bits of a byte on a UART."""


class Speeds(NamedTuple):
    """What was measured: times in seconds, rates in bytes a second; None is what could not be measured.

    ``missing`` of the ``printed`` bytes did not come; ``damages`` are the exchanges that had to be repeated.
    """

    round_trip: float | None
    call: float
    up: float | None
    down: float | None
    printed: int
    missing: int
    damages: int
    window: int | None


@command(boards="each", shows=True, examples=("speedtest", "@all speedtest"))
def speedtest(ctx: Context, *, json: Annotated[bool, Opt("--json", help="for a program to read")] = False) -> None:
    """Measure the board's line: how long a byte and a call take there and back, bytes a second, and losses.

    To the board goes a file (/.espsh-speedtest, removed again), checked, with the time its flash takes; from the board
    come the bytes of a program that prints, as they are.
    """
    found = _measure(ctx)
    if json or ctx.options.json:
        ctx.out.json(found._asdict())
        return
    for head, text in _said(found):
        ctx.out.text(f"{head:<16}{text}")


def _measure(ctx: Context) -> Speeds:
    before = ctx.board.damages
    call = statistics.median(_seconds(lambda: ctx.board.evaluate("0")) for _ in range(_CALLS))
    has = ctx.board.abilities
    streams = has.binary and has.poll
    up = _upload_rate(ctx) if streams else None
    down, printed, missing = _print_rate(ctx)
    round_trip = _round_trip(ctx)
    return Speeds(
        round_trip, call, up, down, printed, missing, ctx.board.damages - before, WINDOW if streams else None
    )  # fmt: skip


def _said(found: Speeds) -> Iterator[tuple[str, str]]:
    echo = "no echo" if found.round_trip is None else f"{found.round_trip * 1000:.1f} ms for a byte and its echo"
    yield "round trip", f"{echo}, {found.call * 1000:.1f} ms for a checked call"
    yield "to the board", _rate(found.up, "no room for a file" if found.window else "it takes files in short commands")
    yield "from the board", _rate(found.down, "nothing came")
    yield "lost", f"{found.missing} of {found.printed} bytes printed · damaged exchanges: {found.damages}"
    if found.window:
        yield "window", f"{found.window} bytes under way to the board"


def _rate(rate: float | None, why_not: str) -> str:
    return (
        f"not measured: {why_not}" if rate is None else f"{human_size(round(rate))}/s, as at {round(rate * _BITS)} baud"
    )


def _seconds(action: Callable[[], object]) -> float:
    start = time.monotonic()
    action()
    return time.monotonic() - start


def _sizes() -> Iterator[int]:
    size = _LEAST
    while size <= _MOST:
        yield size
        size *= 4


def _upload_rate(ctx: Context) -> float | None:
    """Return the bytes a second of a file, without what each file takes, however small."""
    files = ctx.board.files
    noise = random.Random(0)

    def upload(size: int) -> float:
        data = noise.randbytes(size)
        return _seconds(lambda: files.write(_FILE, [data], size))

    room = files.space("/").free or 0
    rate = None
    try:
        upload(_SMALL)  # brings what the board needs for it
        small = upload(_SMALL)
        for size in _sizes():
            if size * 2 > room:
                break
            seconds = upload(size) - small
            if seconds > 0:
                rate = (size - _SMALL) / seconds
            if seconds > _ENOUGH:
                break
    finally:
        with contextlib.suppress(EspshError):
            files.remove(_FILE)
    return rate


def _print_rate(ctx: Context) -> tuple[float | None, int, int]:
    """Return the bytes a second that come, how many a program printed last, and how many of these did not come."""
    rate, size, missing = None, 0, 0
    for size in _sizes():
        arrivals: list[tuple[float, int]] = []
        ctx.board.execute(
            f"any(print({_LINE!r}, end='') for _ in range({size // len(_LINE)}))",
            output=lambda data: arrivals.append((time.monotonic(), len(data))),  # noqa: B023 (called before the next)
        )
        came = sum(count for _, count in arrivals)
        missing = size - came
        seconds = arrivals[-1][0] - arrivals[0][0] if arrivals else 0.0
        if seconds > 0:
            rate = (came - arrivals[0][1]) / seconds
        if seconds > _ENOUGH:
            break
    return rate, size, missing


def _round_trip(ctx: Context) -> float | None:
    """Return the seconds from a byte at the friendly prompt to its echo; None if none comes back."""
    heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def hear(end: bytes) -> bool:
        said = b""
        with contextlib.suppress(queue.Empty):
            while end not in said:
                said += heard.get(timeout=_PATIENCE)
        return end in said

    times = []
    with ctx.board.repl() as wire, contextlib.ExitStack() as ending:
        ending.callback(wire.subscribe(heard.put))
        hear(b">>> ")
        for _ in range(_PROBES):
            start = time.monotonic()
            wire.write(b"#")
            if hear(b"#"):
                times.append(time.monotonic() - start)
        wire.write(b"\x03")
        hear(b">>> ")
    return statistics.median(times) if times else None
