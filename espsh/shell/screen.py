"""The one owner of the user's screen: results to stdout, remarks and passing progress lines to stderr."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO, TextIO

from espsh.base.events import BoardConnected, BoardLost, Event, Notice, Progress, StrayOutput
from espsh.base.world import World
from espsh.shell.aside import Drawn, Piece, ScreenAside
from espsh.shell.draw import Draw, paint, printable
from espsh.shell.progress import DrawnProgress, ProgressView, SaidProgress
from espsh.shell.size import size_of

_STRAY_LINES = 20
"""Lines of stray output shown per command; a board that chatters for good must not drown the rest."""

Gate = Callable[[Callable[[], None]], None]
"""Runs a function that draws while the prompt that is being typed at is put away."""


class UnwritableError(BrokenPipeError):
    """What stdout leads to takes no more, as a full disk: it ends a run as a closed pipe does, and says why."""


class Screen:
    """Takes what all threads have to say and puts it on the world's streams, a line at a time.

    ``gate`` is set by the shell while a prompt is shown, ``raw`` while the terminal is a board's: then a line's end
    does not go back to the left by itself. ``is_held`` tells whether a job works on a board,
    ``line_ends`` how many lines were put out so far.
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
        self.line_ends = 0
        self.is_held: Callable[[str], bool] = lambda _: False
        self._lock = threading.RLock()
        self._stray: dict[str, bytes] = {}
        self._stray_lines = 0
        self._mid_line = False
        self._put_out = _bytes_of(self.world.stdout)
        self._paints = self.world.colour if self.colour is None else self.colour
        self._on_tty = self.world.stdout.isatty()
        columns = (lambda: size_of(self.world).columns) if self._on_tty else (lambda: None)
        self.draw = Draw(columns, self._paints, guarded=self._on_tty)
        self._progress = self._view()
        self.aside = ScreenAside(self._draw_aside, self._remark, lambda: self.gate is not None, is_screen=self._on_tty)

    def write(self, data: bytes) -> None:
        """Take a result: bytes for stdout, at once."""

        def put() -> None:
            self._out(data)
            if data:
                self._mid_line = self._on_tty and not data.endswith(b"\n")

        self._show(put)

    def say(self, text: str, role: str = "") -> None:
        """Put a line on stderr, above the prompt where there is one: one line, whatever words it quotes."""
        shown = self._remark(text, role)

        def put() -> None:
            self._begin_line()
            self._err(shown + "\n")

        self._show(put)

    def begin_line(self) -> None:
        """End the line that a program left open on the screen: a prompt would be drawn over it."""
        self._show(self._begin_line)

    def prompt(self, text: str) -> None:
        """Put a question where the answer will be typed, without a line's end."""
        self._show(lambda: self._err(printable(text)))

    def hear(self, event: Event) -> None:
        """Show what happened, as far as the user wants to know."""
        if isinstance(event, Progress):
            if self.gate is None and not self.quiet:
                self._progress.hear(event)
        elif isinstance(event, StrayOutput):
            self._take_stray(event)
        elif isinstance(event, BoardLost) and (
            self.verbose or (self.gate is not None and not self.is_held(event.board))
        ):
            # While a command runs, its own error tells, and so does a job's.
            self.say(f"{event.board}: gone ({event.reason})", "bad")
        elif isinstance(event, Notice) and not self.quiet:
            self.say(f"{event.board}: {event.text}" if event.board else event.text)
        elif isinstance(event, BoardConnected) and self.verbose:
            self.say(f"{event.board}: connected")

    def settle(self) -> None:
        """End what belongs to one command: its progress lines, its share of stray lines."""
        self._progress.settle()
        with self._lock:
            self._stray_lines = 0
            halves, self._stray = self._stray, {}
        for board, rest in halves.items():
            self._say_stray(board, rest)

    def _view(self) -> ProgressView:
        env = self.world.env
        if not self.world.stderr.isatty() or env.get("TERM") == "dumb":
            return SaidProgress(self.say, self.clock)
        return DrawnProgress(self.world, self._lock, self.clock, self._may_draw, colour=self._paints)

    def _may_draw(self) -> bool:
        return self.gate is None and not self.raw and not self._mid_line

    def _remark(self, text: str, role: str) -> str:
        shown = printable(text)
        return paint(shown, role) if role and self._paints and self.world.stderr.isatty() else shown

    def _draw_aside(self, pieces: Sequence[Piece], drawn: Drawn) -> None:
        """Draw what jobs say, as lines of their own whatever is half written there."""

        def put() -> None:
            error: Exception | None = None
            began = self.clock()
            try:
                self._begin_line()
                for lines, is_remark in pieces:
                    if is_remark:
                        self._err(lines.decode())
                    else:
                        self._out(lines)
            except (OSError, ValueError) as broken:
                error = broken
            finally:
                drawn(self.clock() - began, error)

        self._show(put)

    def _show(self, put: Callable[[], None]) -> None:
        def draw() -> None:
            with self._lock:
                self._progress.erase()
                put()

        (self.gate or _at_once)(draw)

    def _begin_line(self) -> None:
        if self._mid_line and not self.raw:
            self._mid_line = False
            self._out(b"\n")

    def _out(self, data: bytes) -> None:
        self.line_ends += data.count(b"\n")
        try:
            self._put_out(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno == errno.EIO:  # the terminal was closed
                raise
            reason = (error.strerror or str(error)).lower()
            raise UnwritableError(f"the output cannot be written: {reason}") from error

    def _err(self, text: str) -> None:
        self.line_ends += text.count("\n")
        self.world.stderr.write("\r\n" + text.replace("\n", "\r\n") if self.raw else text)
        self.world.stderr.flush()

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
