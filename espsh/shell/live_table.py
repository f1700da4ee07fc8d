"""A table or a picture that stays at the screen's end and is drawn anew when it changes, until somebody leaves it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator

from espsh.base.world import World
from espsh.core.output import Picture, Table
from espsh.shell.columns import clip, width_of
from espsh.shell.keyboard import Keyboard, keyboard_of
from espsh.shell.screen import Screen
from espsh.shell.size import size_of

_LEAVE = b"qQ\x03\x04\x1b"
"""q, Ctrl-C, Ctrl-D, Escape."""
_TICK = 0.5
"""Seconds after which the table is looked at in any case."""
_HINT = "q leaves"


def show(
    world: World, screen: Screen, draw: Callable[[], Table | Picture | None], changed: threading.Event,
    seconds: float | None, keyboard: Keyboard | None = None,
) -> None:  # fmt: skip
    """Show what ``draw()`` gives until that is None, q, Ctrl-C or the end of ``seconds``.

    What others say goes above it.
    """
    end = None if seconds is None else time.monotonic() + seconds
    place = _Place(world, screen)
    with keyboard or keyboard_of(world.stdin) as keys, _lines_end(world), _left(keys, changed) as left:
        screen.gate = place.above
        try:
            while (drawn := draw()) and not left.is_set() and (end is None or time.monotonic() < end):
                place.put(drawn)
                changed.wait(_TICK if end is None else max(0.0, min(_TICK, end - time.monotonic())))
                changed.clear()
            place.leave(drawn)
        finally:
            screen.gate = None


class _Place:
    """The lines at the end of the screen that it takes."""

    def __init__(self, world: World, screen: Screen) -> None:
        self._world = world
        self._screen = screen
        self._shown: list[str] = []
        self._last: Table | Picture | None = None
        self._lock = threading.RLock()

    def put(self, drawn: Table | Picture, hint: str = _HINT) -> None:
        """Draw it in place of what is there, unless it is the same."""
        self._last = drawn
        size = size_of(self._world)
        lines = self._picture(drawn, size) if isinstance(drawn, Picture) else self._table(drawn, size)
        lines += [hint] if hint else []
        with self._lock:
            if lines != self._shown:
                self._write(self._gone() + "".join(f"{line}\n" for line in lines))
                self._shown = lines

    def leave(self, drawn: Table | Picture | None) -> None:
        """Leave it there, or what was drawn last."""
        if last := drawn or self._last:
            self.put(last, hint="")

    def _picture(self, picture: Picture, size: os.terminal_size) -> list[str]:
        lines = picture.drawn(size.columns - 1, max(2, size.lines - 2))
        return [self._screen.draw.streamed.adjoined(line) for line in lines]

    def _table(self, table: Table, size: os.terminal_size) -> list[str]:
        table = self._screen.draw.narrowed(table)
        plain = self._screen.draw.plain.table(table).splitlines()
        painted = self._screen.draw.streamed.table(table).splitlines()
        fitting = [
            colour if width_of(text) < size.columns else clip(text, size.columns - 1)
            for text, colour in zip(plain, painted, strict=True)
        ]
        room = max(2, size.lines - 2)
        hidden = len(fitting) - room
        return [*fitting[:room], *([f"… and {hidden} more"] if hidden > 0 else [])]

    def above(self, draw: Callable[[], None]) -> None:
        """Let others write above the table."""
        with self._lock:
            self._write(self._gone())
            draw()
            self._write("".join(f"{line}\n" for line in self._shown))

    def _gone(self) -> str:
        return f"\x1b[{len(self._shown)}A\r\x1b[J" if self._shown else ""

    def _write(self, text: str) -> None:
        self._world.stdout.write(text)
        self._world.stdout.flush()


@contextlib.contextmanager
def _left(keys: Keyboard, changed: threading.Event) -> Iterator[threading.Event]:
    """Yield what is set when a key is pressed that leaves."""
    left, over = threading.Event(), threading.Event()

    def read() -> None:
        while not over.is_set():
            pressed = keys.read()
            if not over.is_set() and (not pressed or any(byte in _LEAVE for byte in pressed)):
                left.set()
                changed.set()
                return

    reader = threading.Thread(target=read, name="keys", daemon=True)
    reader.start()
    try:
        yield left
    finally:
        over.set()
        keys.wake()
        reader.join()


@contextlib.contextmanager
def _lines_end(world: World) -> Iterator[None]:
    """Let a line feed begin a line although the keyboard is raw; the keyboard puts back what it has changed."""
    if sys.platform != "win32" and world.stdin.isatty():
        import io
        import termios

        with contextlib.suppress(io.UnsupportedOperation):
            modes = termios.tcgetattr(world.stdin.fileno())
            modes[1] |= termios.OPOST
            termios.tcsetattr(world.stdin.fileno(), termios.TCSANOW, modes)
    yield
