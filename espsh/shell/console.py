"""The board's own REPL on the user's terminal: every byte passes, both ways, until Ctrl-X or Ctrl-]."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from espsh.base.world import World
from espsh.errors import LinkLostError
from espsh.shell.keyboard import Keyboard, keyboard_of
from espsh.shell.pacing import Pacer
from espsh.shell.screen import Screen

if TYPE_CHECKING:
    from espsh.board.board import Board

LEAVE = b"\x18\x1d"
"""Ctrl-X, as in rshell, and Ctrl-], as in mpremote and telnet (not on every keyboard, so not alone)."""

_QUEUED = 256
"""Blocks of board output waiting for the screen; then the board's reader waits too."""


class Wire(Protocol):
    """A board's line while it is ours alone."""

    def write(self, data: bytes, /) -> object:
        """Send bytes to the board."""

    def subscribe(self, callback: Callable[[bytes], None], /) -> Callable[[], None]:
        """Call ``callback`` with what the board sends; the returned function ends that."""

    @property
    def lost(self) -> threading.Event:
        """Set when the board's port is gone."""


def attach(board: Board, world: World, screen: Screen, keyboard: Keyboard | None = None) -> None:
    """Join keyboard and screen to the board's REPL until the user leaves; the board stays as it is."""
    keyboard = keyboard or keyboard_of(world.stdin)
    if not screen.quiet:
        screen.say(f"REPL of {board.name}; Ctrl-X or Ctrl-] leaves")
    with board.repl() as wire:
        try:
            with keyboard:
                screen.raw = True
                Relay(wire, screen.write, f"{board.name} is gone; Ctrl-X or Ctrl-] leaves").run(keyboard)
        finally:
            screen.raw = False
            screen.write(b"\x1b[0m\r\n" if screen.draw.colour else b"\r\n")


Item = tuple[str, bytes]
"""What happened: ``keys`` with their bytes, ``board`` with its output, or ``lost``."""


class Relay:
    """Passes bytes between a keyboard and a wire. All that happens comes through one queue, into one thread."""

    def __init__(
        self, wire: Wire, show: Callable[[bytes], None], farewell: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._wire = wire
        self._show = show
        self._farewell = farewell
        self._clock = clock
        self._pacer = Pacer()
        self._happened: queue.Queue[Item] = queue.Queue(_QUEUED)
        self._over = threading.Event()
        self._gone = False
        self._leaving = False

    def run(self, keyboard: Keyboard) -> None:
        """Pass bytes until a leaving key, or until the keyboard ends.

        What was typed before the leaving key still goes to the board; a second one, or Ctrl-C, drops it.
        """
        with self._listening(keyboard):
            while not self._is_over():
                with contextlib.suppress(queue.Empty):
                    self._take(*self._happened.get(timeout=self._patience()))
        with contextlib.suppress(queue.Empty):  # what the board said before we left is shown
            while True:
                self._take(*self._happened.get_nowait())

    def _is_over(self) -> bool:
        self._send_due()
        return self._leaving and (self._gone or self._pacer.due(self._clock()) is None)

    def _take(self, what: str, data: bytes) -> None:
        """Act on what happened."""
        if what == "board":
            self._pacer.heard(len(data), self._clock())
            self._show(data)
        elif what == "lost":
            self._lose()
        elif self._leaving:
            self._pacer.drop()
        else:
            end = min((at for key in LEAVE if (at := data.find(key)) >= 0), default=len(data))
            self._leaving = end < len(data) or not data
            self._pacer.feed(data[:end])

    def _patience(self) -> float | None:
        return None if self._gone else self._pacer.due(self._clock())

    def _send_due(self) -> None:
        """Send what may go now."""
        try:
            while not self._gone and self._pacer.due(self._clock()) == 0.0:
                self._wire.write(self._pacer.take(self._clock()))
        except LinkLostError:
            self._lose()

    def _lose(self) -> None:
        if not self._gone:
            self._gone = True
            self._show(f"\r{self._farewell}\r\n".encode())

    @contextlib.contextmanager
    def _listening(self, keyboard: Keyboard) -> Iterator[None]:
        typing = threading.Thread(target=self._type, args=(keyboard,), name="keyboard", daemon=True)
        watching = threading.Thread(target=self._watch, name="lost", daemon=True)
        unsubscribe = self._wire.subscribe(lambda data: self._put(("board", data)))
        typing.start()
        watching.start()
        try:
            yield
        finally:
            self._over.set()
            unsubscribe()
            keyboard.wake()
            typing.join()

    def _type(self, keyboard: Keyboard) -> None:
        while not self._over.is_set():
            data = keyboard.read()
            self._put(("keys", data))
            if not data:
                return

    def _watch(self) -> None:
        while not self._over.is_set():
            if self._wire.lost.wait(0.1):
                self._put(("lost", b""))
                return

    def _put(self, item: Item) -> None:
        """Queue what happened, waiting for room unless all is over."""
        while not self._over.is_set():
            try:
                self._happened.put(item, timeout=0.1)
            except queue.Full:
                continue
            return
