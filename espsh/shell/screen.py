"""The one owner of the user's screen: results to stdout, remarks and a passing progress line to stderr."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import BinaryIO, TextIO

from espsh.base.events import BoardConnected, BoardLost, Event, Notice, Progress, StrayOutput
from espsh.base.world import World
from espsh.shell.draw import Draw, clip, paint

PATIENCE = 0.5
"""Seconds a transfer may take before its progress is shown: what is over sooner needs none."""

_REDRAW = 0.1
_STRAY_LINES = 20
"""Lines of stray output shown per command; a board that chatters for good must not drown the rest."""

Gate = Callable[[Callable[[], None]], None]
"""Runs a function that draws while the prompt that is being typed at is put away."""


class _Transfer:
    def __init__(self, started: float, event: Progress) -> None:
        self.started = started
        self.event = event


class Screen:
    """Takes what all threads have to say and puts it on the world's streams, a line at a time.

    ``gate`` is set by the shell while a prompt is shown, ``raw`` while the terminal is a board's: then a line's end
    does not go back to the left by itself.
    """

    def __init__(
        self, world: World, *, quiet: bool = False, verbose: bool = False, colour: bool | None = None,
        clock: Callable[[], float] = time.monotonic, gate: Gate | None = None,
    ) -> None:  # fmt: skip
        self.world = world
        self.quiet = quiet
        self.verbose = verbose
        self.colour = colour
        self.clock = clock
        self.gate = gate
        self.raw = False
        self._lock = threading.RLock()
        self._transfers: dict[tuple[str, str], _Transfer] = {}
        self._stray: dict[str, bytes] = {}
        self._stray_lines = 0
        self._shown = ""
        self._drawn_at = 0.0
        self._out = _bytes_of(self.world.stdout)
        self._paints = self.world.colour if self.colour is None else self.colour
        self._follows = self.world.stderr.isatty() and self.world.env.get("TERM") != "dumb" and not self.quiet
        shown_on_tty = self.world.stdout.isatty()
        self.draw = Draw((lambda: columns(self.world)) if shown_on_tty else (lambda: None), self._paints)

    def write(self, data: bytes) -> None:
        """Take a result: bytes for stdout, at once."""
        self._show(lambda: self._out(data))

    def say(self, text: str, role: str = "") -> None:
        """Put a line on stderr, above the prompt where there is one: one line, whatever words it quotes."""
        shown = printable(text)
        if role and self._paints and self.world.stderr.isatty():
            shown = paint(shown, role)
        self._show(lambda: self._err(shown + "\n"))

    def prompt(self, text: str) -> None:
        """Put a question where the answer will be typed, without a line's end."""
        self._show(lambda: self._err(printable(text)))

    def hear(self, event: Event) -> None:
        """Show what happened, as far as the user wants to know."""
        if isinstance(event, Progress):
            self._follow(event)
        elif isinstance(event, StrayOutput):
            self._take_stray(event)
        elif isinstance(event, BoardLost) and (self.gate is not None or self.verbose):
            # While a command runs, its own error tells.
            self.say(f"{event.board}: {event.reason}", "bad")
        elif isinstance(event, Notice) and not self.quiet:
            self.say(f"{event.board}: {event.text}" if event.board else event.text)
        elif isinstance(event, BoardConnected) and self.verbose:
            self.say(f"{event.board}: connected")

    def settle(self) -> None:
        """End what belongs to one command: its progress line, its share of stray lines."""
        with self._lock:
            self._erase()
            self._transfers.clear()
            self._stray_lines = 0
            halves, self._stray = self._stray, {}
        for board, rest in halves.items():
            self._say_stray(board, rest)

    def _show(self, put: Callable[[], None]) -> None:
        def draw() -> None:
            with self._lock:
                self._erase()
                put()

        (self.gate or _at_once)(draw)

    def _err(self, text: str) -> None:
        self.world.stderr.write("\r\n" + text.replace("\n", "\r\n") if self.raw else text)
        self.world.stderr.flush()

    def _follow(self, event: Progress) -> None:
        if not self._follows or self.gate is not None:
            return
        with self._lock:
            now = self.clock()
            key = (event.board, event.what if event.of == 1 else "")
            transfer = self._transfers.setdefault(key, _Transfer(now, event))
            transfer.event = event
            if event.total is not None and event.done >= event.total:
                del self._transfers[key]
            late = [item for item in self._transfers.items() if now - item[1].started >= PATIENCE]
            if not late:
                self._erase()
            elif now - self._drawn_at >= _REDRAW:
                self._draw_line(clip(" · ".join(_progress(t, now) for _, t in late), columns(self.world) - 1))
                self._drawn_at = now

    def _draw_line(self, text: str) -> None:
        self._err(f"\r{text}\x1b[K")
        self._shown = text

    def _erase(self) -> None:
        if self._shown:
            self._err("\r\x1b[K")
            self._shown = ""

    def _take_stray(self, event: StrayOutput) -> None:
        if self.quiet:
            return
        with self._lock:
            *lines, rest = (self._stray.get(event.board, b"") + event.data).split(b"\n")
            self._stray[event.board] = rest[-4096:]
            room = max(0, _STRAY_LINES - self._stray_lines)
            self._stray_lines += len(lines)
            first_left_out = len(lines) > room and self._stray_lines - len(lines) <= _STRAY_LINES
        for line in lines[:room]:
            self._say_stray(event.board, line)
        if first_left_out:
            self.say(f"{event.board} | … and more; repl shows it all")

    def _say_stray(self, board: str, line: bytes) -> None:
        if text := line.decode("utf-8", "replace").strip("\r"):
            self.say(f"{board} | {text}")


def _at_once(draw: Callable[[], None]) -> None:
    draw()


def printable(text: str) -> str:
    """Return ``text`` with control characters escaped: words of a board or user must not steer the screen."""
    return "".join(c if c.isprintable() or c == "\t" else c.encode("unicode_escape").decode() for c in text)


def columns(world: World) -> int:
    """Return the screen's width in columns, 80 where it cannot be told."""
    if world.env.get("COLUMNS", "").isdecimal() and int(world.env["COLUMNS"]) > 0:
        return int(world.env["COLUMNS"])
    for stream in (world.stdout, world.stderr):
        try:
            return os.get_terminal_size(stream.fileno()).columns or 80
        except (OSError, ValueError):
            continue
    return 80


def _progress(transfer: _Transfer, now: float) -> str:
    event = transfer.event
    rate = event.done / max(now - transfer.started, 0.001)
    counted = f"{event.place}/{event.of} " if event.of > 1 else ""
    name = "  ".join(word for word in (event.board, counted + event.what) if word)
    if not event.total:
        return f"{name}  {event.done / 1000:.1f} kB  {rate / 1000:.1f} kB/s"
    filled = 16 * event.done // event.total
    bar = "█" * filled + "░" * (16 - filled)
    left = f"  {_clock((event.total - event.done) / rate)} left" if rate else ""
    return f"{name}  {bar} {100 * event.done // event.total}%  {rate / 1000:.1f} kB/s{left}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _bytes_of(stream: TextIO) -> Callable[[bytes], None]:
    """Return how to put bytes on a stream: as they are where it has a binary side, else as text."""
    binary: BinaryIO | None = getattr(stream, "buffer", None)

    def write(data: bytes) -> None:
        if binary is not None:
            binary.write(data)
            binary.flush()
        else:
            stream.write(data.decode("utf-8", "backslashreplace"))
            stream.flush()

    return write
