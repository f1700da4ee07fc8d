"""The board's own REPL on the user's terminal: every byte passes, both ways, until Ctrl-X or Ctrl-]."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from espsh.base.world import World
from espsh.errors import EspshError, LinkLostError
from espsh.shell.keyboard import Keyboard, keyboard_of
from espsh.shell.outgoing import Outgoing
from espsh.shell.screen import Screen
from espsh.shell.strokes import BRACKETED, UNBRACKETED, Kind, Strokes

if TYPE_CHECKING:
    from espsh.board.board import Board

LEAVE: Mapping[bytes, Kind] = MappingProxyType({b"\x18": "leave", b"\x1d": "leave"})
"""Ctrl-X, as in rshell, and Ctrl-], as in mpremote and telnet (not on every keyboard, so not alone)."""
INJECT: Mapping[bytes, Kind] = MappingProxyType({b"\x0b": "inject"})
"""Ctrl-K, as in mpremote."""

_QUEUED = 256
"""Blocks of board output waiting for the screen; then the board's reader waits too."""
_LOOK = 0.1
"""Seconds between two looks whether the port is there."""
_ROUND = 0.5
"""Seconds a port that is gone is waited for at a time; who leaves meanwhile waits for that, too."""


class Wire(Protocol):
    """A board's line while it is ours alone."""

    def write(self, data: bytes, /) -> object:
        """Send bytes to the board."""

    def subscribe(self, callback: Callable[[bytes], None], /) -> Callable[[], None]:
        """Call ``callback`` with what the board sends; the returned function ends that."""

    @property
    def lost(self) -> str | None:
        """Why the board's port is gone, None while it is there."""

    def await_return(self, seconds: float) -> bool:
        """Wait so long for a port that is gone; tell whether it is there again."""


class Sides(NamedTuple):
    """Who else has a part in a REPL: ``capture`` gets what the board says, ``inject`` gives a program to run there."""

    show: Callable[[bytes], None]
    capture: Callable[[bytes], object]
    inject: Callable[[], bytes] | None


def attach(
    board: Board, world: World, screen: Screen, capture: Callable[[bytes], object],
    inject: Callable[[], bytes] | None, keyboard: Keyboard | None = None,
) -> None:  # fmt: skip
    """Join keyboard and screen to the board's REPL until the user leaves; the board stays as it is."""
    keyboard = keyboard or keyboard_of(world.stdin)
    if not screen.quiet:
        keys = "Ctrl-X or Ctrl-] leaves" + (", Ctrl-K injects" if inject else "")
        screen.say(f"REPL of {board.name}; {keys}")
    begin, end = (BRACKETED, UNBRACKETED) if world.env.get("TERM") != "dumb" else (b"", b"")
    with board.repl() as wire:
        try:
            with keyboard:
                screen.raw = True
                screen.write(begin)
                Relay(wire, Sides(screen.write, capture, inject), board.name).run(keyboard)
        finally:
            screen.raw = False
            screen.write(end + (b"\x1b[0m\r\n" if screen.draw.colour else b"\r\n"))


What = Literal["keys", "board", "lost", "back"]
Item = tuple[What, bytes]
"""What happened: ``keys`` with their bytes, ``board`` with its output, or the port was ``lost`` or came ``back``."""


class Relay:
    """Passes bytes between a keyboard and a wire. All that happens comes through one queue, into one thread."""

    def __init__(self, wire: Wire, sides: Sides, board: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._wire = wire
        self._sides = sides
        self._board = board
        self._clock = clock
        self._strokes = Strokes({**LEAVE, **INJECT} if sides.inject else LEAVE)
        self._outgoing = Outgoing()
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
        return self._leaving and (self._gone or self._outgoing.due(self._clock()) is None)

    def _take(self, what: What, data: bytes) -> None:
        """Act on what happened."""
        if what == "board":
            self._sides.capture(data)
            self._sides.show(self._outgoing.heard(data, self._clock()))
        elif what == "lost":
            self._lose()
        elif what == "back":
            self._gone = False
            self._say(f"{self._board} is back")
        elif self._leaving:
            self._outgoing.drop()
        else:
            self._follow(data)

    def _follow(self, data: bytes) -> None:
        """Do what was done at the keyboard; nothing at all means that it ended."""
        self._leaving = not data
        for stroke in self._strokes.feed(data):
            if stroke.kind == "keys":
                self._outgoing.press(stroke.data)
            elif stroke.kind == "paste":
                self._outgoing.paste(stroke.data, self._clock())
            elif stroke.kind == "inject":
                self._inject()
            else:
                self._leaving = True
                return

    def _inject(self) -> None:
        assert self._sides.inject is not None
        try:
            program = self._sides.inject()
        except EspshError as error:
            self._say(error.message)
        else:
            self._say(f"injecting {len(program)} bytes")
            self._outgoing.inject(program)

    def _patience(self) -> float | None:
        return None if self._gone else self._outgoing.due(self._clock())

    def _send_due(self) -> None:
        """Send what may go now. What is typed while nobody is there is not kept for whoever comes."""
        if self._gone:
            self._outgoing = Outgoing()
        try:
            while not self._gone and self._outgoing.due(self._clock()) == 0.0:
                self._wire.write(self._outgoing.take(self._clock()))
        except LinkLostError:
            self._lose()
        if self._outgoing.problem:
            self._say(self._outgoing.problem)
            self._outgoing.problem = ""

    def _lose(self) -> None:
        if not self._gone:
            self._gone = True
            self._say(f"{self._board} is gone; waiting for it, Ctrl-X or Ctrl-] leaves")

    def _say(self, text: str) -> None:
        self._sides.show(f"\r\n{text}\r\n".encode())

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
            watching.join()

    def _type(self, keyboard: Keyboard) -> None:
        while not self._over.is_set():
            data = keyboard.read()
            self._put(("keys", data))
            if not data:
                return

    def _watch(self) -> None:
        while not self._over.wait(_LOOK):
            if self._wire.lost is None:
                continue
            self._put(("lost", b""))
            while not self._over.is_set():
                if self._wire.await_return(_ROUND):
                    self._put(("back", b""))
                    break

    def _put(self, item: Item) -> None:
        """Queue what happened, waiting for room unless all is over."""
        while not self._over.is_set():
            try:
                self._happened.put(item, timeout=0.1)
            except queue.Full:
                continue
            return
