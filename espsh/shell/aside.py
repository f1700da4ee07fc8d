"""What jobs say, on its way to a screen that something else is using: kept in order, bounded, drawn piece by piece."""

from __future__ import annotations

import contextlib
import itertools
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

MOST = 256 * 1024
"""Bytes that wait for the screen. Four boards that print 10 kB/s each take six seconds to fill that."""
AT_ONCE = 16 * 1024
"""Bytes drawn in one go, at most."""
LEAST = 256
BLIND = 0.01
"""Seconds that drawing them may take: meanwhile no key is looked at. Where it took longer, less is drawn next time."""
PACE = 0.2
"""Seconds between two of them at a prompt: to draw that anew takes 5 ms of processor."""

_STEERING = re.compile(
    r"(?P<colour>\x1b\[[0-9;]*m)"
    r"|\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])"
    r"|\r$|(?P<control>[\x00-\x08\x0b-\x1f\x7f-\x9f])",
    re.MULTILINE,
)


class Piece(NamedTuple):
    """Whole lines for stdout, or for stderr."""

    lines: bytes
    is_remark: bool = False


Drawn = Callable[[float, "Exception | None"], None]
"""Is told that pieces are drawn: in how many seconds, or why they could not be."""
Draw = Callable[[Sequence[Piece], Drawn], None]
"""Puts pieces on the screen, soon, and tells when that is done."""


class ScreenAside:
    """Takes lines from any thread and has them drawn by one of its own, which lasts as long as there are some.

    So nobody but that thread waits for the screen. ``remark`` makes a line for stderr of a text and its role;
    ``has_prompt`` tells that drawing is expensive now. ``is_screen`` tells that a person looks at it: then what would
    wait for long is left out, and nothing in a line can steer the cursor. ``on_broken`` is called when nothing can be
    drawn any more.
    """

    def __init__(
        self, draw: Draw, remark: Callable[[str, str], str], has_prompt: Callable[[], bool], *, is_screen: bool
    ) -> None:
        self._draw = draw
        self._remark = remark
        self._has_prompt = has_prompt
        self._is_screen = is_screen
        self._waiting: deque[Piece] = deque()
        self._size = 0
        self._taken = self._drawn = 0
        self._left_out = 0
        self.on_broken: Callable[[], None] = lambda: None
        self._holds = 0
        self._is_drawing = False
        self._at_once = AT_ONCE
        self._lock = threading.RLock()  # entered by itself: see Link
        self._changed = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self._broken: Exception | None = None

    def write(self, lines: bytes) -> None:
        """Take lines of output; wait for room. Raises BrokenPipeError where nobody reads it any more."""
        with self._lock:
            self._changed.wait_for(lambda: self._size < MOST or self._broken)
            self._raise_broken()
            self._put(Piece(lines))

    def offer(self, lines: bytes) -> None:
        """Take lines of output; where a screen has no room for them they are counted and left out."""
        if not self._is_screen:
            self.write(lines)
            return
        with self._lock:
            self._raise_broken()
            if self._size + len(lines) > MOST:
                self._left_out += lines.count(b"\n")
                return
            self._tell_left_out()
            self._put(Piece(lines))

    def say(self, text: str, role: str = "") -> None:
        """Take a line for stderr."""
        with self._lock:
            self._tell_left_out()
            self._put(self._piece(text, role))

    def flush(self) -> None:
        """Wait until what was taken so far is drawn. Raises BrokenPipeError where nobody reads it any more."""
        with self._lock:
            end = self._taken
            self._changed.wait_for(lambda: self._drawn >= end or self._broken)
            self._raise_broken()

    @property
    def waiting(self) -> int:
        """How many bytes wait."""
        return self._size

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep everything back: the screen is a board's, or a program's, or has a question on it."""
        with self._lock:
            self._holds += 1
            self._changed.wait_for(lambda: not self._is_drawing)
        try:
            yield
        finally:
            with self._lock:
                self._holds -= 1
                self._changed.notify_all()

    def _put(self, piece: Piece) -> None:
        if self._broken is not None:
            return
        self._waiting.append(piece)
        self._size += len(piece.lines)
        self._taken += len(piece.lines)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="aside", daemon=True)
            self._thread.start()

    def _piece(self, text: str, role: str = "") -> Piece:
        return Piece(f"{self._remark(text, role)}\n".encode("utf-8", "backslashreplace"), is_remark=True)

    def _tell_left_out(self) -> None:
        if self._left_out:
            count, self._left_out = self._left_out, 0
            self._put(self._piece(f"… {count} lines are left out: the screen was too slow for them", "bad"))

    def _raise_broken(self) -> None:
        if isinstance(self._broken, BrokenPipeError):
            raise self._broken
        if self._broken is not None:
            raise BrokenPipeError from self._broken

    def _run(self) -> None:
        while pieces := self._next():
            ended = threading.Event()

            def told(
                seconds: float, error: Exception | None, pieces: list[Piece] = pieces, ended: threading.Event = ended
            ) -> None:
                self._note(pieces, seconds, error)
                ended.set()

            try:
                self._draw([self._shown(piece) for piece in pieces], told)
            except (OSError, ValueError) as error:
                told(0.0, error)
            ended.wait()
            if self._has_prompt():
                time.sleep(PACE)

    def _note(self, pieces: Sequence[Piece], seconds: float, error: Exception | None) -> None:
        """Note that pieces are drawn."""
        size = sum(len(piece.lines) for piece in pieces)
        with self._lock:
            self._is_drawing = False
            self._broken = self._broken or error
            self._at_once = max(LEAST, min(AT_ONCE, int(size * BLIND / seconds) if seconds > BLIND else AT_ONCE))
            self._size -= size
            self._drawn += size
            self._changed.notify_all()
        if error is not None:
            self.on_broken()

    def _next(self) -> list[Piece]:
        """Wait for the screen; return what is drawn next, nothing if there is nothing more."""
        with self._lock:
            self._changed.wait_for(lambda: not self._holds or self._broken)
            if not self._waiting:
                self._tell_left_out()
            if not self._waiting or self._broken:
                self._thread = None
                return []
            self._is_drawing = True
            found, room = list[Piece](), self._at_once
            while self._waiting and room > 0:
                piece = self._waiting.popleft()
                end = piece.lines.rfind(b"\n", 0, room) + 1 or piece.lines.find(b"\n") + 1
                if end < len(piece.lines):
                    self._waiting.appendleft(piece._replace(lines=piece.lines[end:]))
                found.append(piece._replace(lines=piece.lines[:end]))
                room -= end
            return [
                Piece(b"".join(piece.lines for piece in alike), is_remark)
                for is_remark, alike in itertools.groupby(found, lambda piece: piece.is_remark)
            ]

    def _shown(self, piece: Piece) -> Piece:
        if not self._is_screen:
            return piece
        text = _STEERING.sub(_harmless, piece.lines.decode("utf-8", "replace"))
        if "\x1b" in text:
            text = text.replace("\n", "\x1b[0m\n")  # a colour ends with its line
        return piece._replace(lines=text.encode())


def _harmless(found: re.Match[str]) -> str:
    if control := found["control"]:
        return control.encode("unicode_escape").decode()
    return found["colour"] or ""
