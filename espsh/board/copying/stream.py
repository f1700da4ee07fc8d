"""A stream of bytes to a board in checked frames, with 256 bytes on their way at any time.

A frame is a byte that says how long the rest is (24 more than it, so that it is never one of the prompt's keys), and
the rest: number and kind in two bytes, what it holds, and 16 bits of CRC-32, all under a mask (``masks.py``) so that
Ctrl-C always interrupts and nothing that is left over can be run, not even at the prompt of a board that has restarted;
what fills up a frame is Ctrl-U there, which empties the line. The board (``onboard/receiving.py``) answers with single
bytes above 127, which no log line holds: one for each piece of a frame (64 bytes) it has read, *before* it writes them
to flash, one to ask for a frame again, one to say from which frame on it listens. A frame that the board asks for is
sent again with all that came after it.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from typing import NamedTuple

from espsh.base.deadline import Deadline
from espsh.board.copying.masks import masked
from espsh.board.link import Link
from espsh.board.prompt.delivery import DamagedError
from espsh.board.prompt.replies import Reply

WINDOW = 256
"""Bytes under way at most on a UART: an ESP32 holds 260, and 384 lose bytes at the first flash erase."""
LONGEST = 225
"""Bytes in a frame at most."""
SHORTEST = 24
MOST_INFLATED = 2**16 // 31 - 2
"""Bytes at most that a frame of deflated ones may complete."""

_NUMBERS = 31
_PIECE = 64
"""Bytes that the board acknowledges, where four times as many may be under way."""
_LENGTH = 24
_MOST = 255 - _LENGTH
_GO = b"\x11"
_PIECES, _LISTENS, _AGAIN, _STOP = 0x80, 0xC0, 0xE0, 0xFF
_FILLER = b"\x15"
_LINE_END = b"\n"
"""Fills up the last frame: what is left of it begins the next command, as blank lines."""
_HISTORY = 12
_QUIET = 0.6
"""Seconds without a sign after which a board is asked what it has heard: erasing flash takes it 0.1, several times."""
_BUSY = 20.0
"""Seconds in which a board that ends a file may be silent: it reads it again and renames it."""
_BUSY_QUIET = 2.0
"""Seconds after which such a board is asked, too: what it had to say may be lost."""
_LOST = 8.0
"""Seconds without a sign, though it is asked for, after which a board is not in the stream any more."""
_KEPT = 4000
_RESTARTED = re.compile(rb"rst:0x[0-9a-f]+ \(|rst cause:\d|soft reboot\r?\n|Type \"help\(\)\" for more")


class Frame(NamedTuple):
    """A frame as it goes over the wire."""

    number: int
    wire: bytes


class Answer(Reply):
    """What comes from the board while it takes a stream: signs, records, and what strangers print."""

    def __init__(self, nonce: str) -> None:
        super().__init__(nonce)
        self.signs = bytearray()

    def feed(self, data: bytes) -> None:
        """Take more of what the board sent."""
        before = len(self.rest)
        super().feed(data)
        new = bytes(self.rest[before:])
        self.signs += bytes(byte for byte in new if byte >= _PIECES)
        self.rest[before:] = bytes(byte for byte in new if byte < _PIECES)
        del self.rest[: max(0, len(self.rest) - _KEPT)]

    @property
    def over(self) -> bool:
        """Whether the board is no longer in the stream. Raises RestartSeenError."""
        if _RESTARTED.search(self.rest):
            raise RestartSeenError("the board restarted")
        return self.final is not None or self.end is not None


class RestartSeenError(DamagedError):
    """The board has restarted: what was open is not there any more."""

    @property
    def gone(self) -> bool:
        """Whether our helpers are no longer on the board."""
        return True


class StoppedError(Exception):
    """The board has ended the stream by itself; its answer says why."""


class Sender:
    """Sends frames over ``link`` and follows the board's signs in ``answer``. ``window``: bytes under way at most.

    ``longest`` is how many bytes a frame should hold: fewer on a line that damages them. ``sent`` counts the bytes that
    the board has when it has read all frames, inflated, and ``ends`` are the counts at which it ends a file, which
    keeps it busy; ``notes`` are the records that say nothing of a file's end.
    """

    def __init__(self, link: Link, answer: Answer, window: int = WINDOW) -> None:
        self.piece = max(1, min(_PIECE, window // 4))
        self.longest = LONGEST
        self.again = 0
        self.sent = 0
        self.wire = 0
        self.ends: list[int] = []
        self.notes = 1
        self._link = link
        self._answer = answer
        self._window = window
        self._number = 0
        self._frames: list[Frame] = []
        self._good = 0
        self._begin_run([])

    def send(self, data: bytes, inflated: int | None = None) -> None:
        """Send a frame; return when all of it is under way. Raises StoppedError, DamagedError.

        ``inflated`` is for deflated bytes: how many more the board can inflate when it has them.
        """
        kind = 0 if inflated is None else inflated + 1
        frame = _frame(self._number, kind, data)
        if frame is None:  # no mask fits
            half = len(data) // 2
            self.send(data[:half], None if inflated is None else 0)
            self.send(data[half:], inflated)
            return
        self._number = (self._number + 1) % _NUMBERS
        self.sent += len(data) if inflated is None else inflated
        self.wire += len(frame.wire)
        self._queue(frame)
        self._pump()
        while self._waiting or self._under_way > _HISTORY:
            self._listen()
        self._forget()
        self._grow()

    @property
    def closed(self) -> int:
        """How many files' ends were sent."""
        return bisect_right(self.ends, self.sent)

    def note(self) -> str:
        """Return what the board says of the frame that was sent last. Raises StoppedError, DamagedError."""
        self.notes += 1
        while (said := self._answer.rows.get(self.notes - 1)) is None:
            self._listen()
            if not self._frames and self.notes - 1 not in self._answer.rows:
                raise DamagedError("what the board said of a frame was damaged")
        return said

    def await_end(self) -> None:
        """Wait until the board has left the stream, whose end was sent. Raises DamagedError."""
        try:
            # They take the place of bytes that were lost: the board counts to the frame's end at once, and asks.
            self._link.write(_LINE_END * 3)
            while True:
                self._listen()
        except StoppedError:
            return

    def begin(self) -> None:
        """Wait until the board listens. Raises StoppedError, DamagedError."""
        quiet = Deadline(_BUSY, 4.0)
        while not self._answer.signs:
            if self._answer.over:
                raise StoppedError
            data = self._link.receive(quiet)
            if not data:
                self._recover(b"")
                return
            self._answer.feed(data)
        self._answer.signs.clear()

    # The run: what was sent since the board last said from where on it listens

    def _begin_run(self, frames: list[Frame]) -> None:
        self._frames = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._waiting = bytearray()
        self._sent = self._read = self._pieces = 0
        for frame in frames:
            self._queue(frame)

    def _queue(self, frame: Frame) -> None:
        start = self._sent + len(self._waiting)
        body = len(frame.wire) - 1
        self._frames.append(frame)
        self._starts.append(start)
        self._ends += [start + 1 + min(end, body) for end in range(self.piece, body + self.piece, self.piece)]
        self._waiting += frame.wire

    @property
    def _under_way(self) -> int:
        """Frames that the board has not read to the end."""
        return sum(
            start + len(frame.wire) > self._read for start, frame in zip(self._starts, self._frames, strict=True)
        )

    def _forget(self) -> None:
        """Drop frames that the board has had for long."""
        drop = max(0, len(self._frames) - 2 * _HISTORY)
        del self._frames[:drop], self._starts[:drop]

    def _grow(self) -> None:
        self._good += 1
        if self._good % 16 == 0:
            self.longest = min(LONGEST, self.longest * 5 // 4)

    def _pump(self) -> None:
        room = self._window - (self._sent - self._read)
        if room > 0 and self._waiting:
            self._link.write(bytes(self._waiting[:room]))
            self._sent += min(room, len(self._waiting))
            del self._waiting[:room]

    # The board's signs

    def _listen(self) -> None:
        """Wait for a sign and follow it; where none comes, ask for one."""
        answering = Deadline(self._quiet)
        while data := self._link.receive(answering):
            rows = len(self._answer.rows)
            self._answer.feed(data)
            if self._answer.over:
                raise StoppedError
            if self._follow() or len(self._answer.rows) > rows:
                return
        self._recover(_FILLER * _MOST)

    @property
    def _is_busy(self) -> bool:
        return self.closed > len(self._answer.rows) - self.notes

    @property
    def _quiet(self) -> float:
        return _BUSY_QUIET if self._is_busy else _QUIET

    def _follow(self) -> bool:
        """Follow the signs that came; return whether there was one that counts."""
        signs, self._answer.signs = bytes(self._answer.signs), bytearray()
        counts = False
        for sign in signs:
            if sign == _STOP:
                self._link.write(_GO)
                raise StoppedError
            if sign >= _AGAIN:
                self._recover(b"")
                return True
            if sign < _LISTENS:
                counts = self._note_piece(sign - _PIECES) or counts
        self._pump()
        return counts

    def _note_piece(self, count: int) -> bool:
        more = (count - self._pieces) & 63
        if not more or more > len(self._ends) or self._ends[more - 1] > self._sent:
            return False
        self._pieces += more
        self._read = self._ends[more - 1]
        del self._ends[:more]
        return True

    def _recover(self, filler: bytes) -> None:
        """Ask the board from which frame on it listens, and go on from there. Raises StoppedError, DamagedError."""
        self.again += 1
        self.longest = max(SHORTEST, self.longest // 2)
        overall = Deadline(_BUSY if self._is_busy else _LOST)
        while not overall.expired:
            self._answer.signs.clear()
            self._link.write(filler + _GO)
            filler = _FILLER * _MOST
            answering = Deadline(self._quiet)
            while data := self._link.receive(answering):
                self._answer.feed(data)
                if self._answer.over:
                    raise StoppedError
                if self._resume():
                    return
        raise DamagedError("the board does not answer in the stream")

    def _resume(self) -> bool:
        """Go on where the board says; return False while it has not said it."""
        signs = bytes(self._answer.signs)
        for position, sign in enumerate(signs):
            if sign == _STOP:
                self._link.write(_GO)
                raise StoppedError
            number = sign - _LISTENS
            held = [*(frame.number for frame in self._frames), self._number]
            if 0 <= number < _NUMBERS and number in held:
                self._answer.signs = bytearray(signs[position + 1 :])
                self._begin_run(self._frames[held.index(number) :])
                self._pump()
                return True
        return False


def _frame(number: int, kind: int, data: bytes) -> Frame | None:
    """Return a frame, or None where no mask fits what it holds."""
    body = (kind * _NUMBERS + number).to_bytes(2, "little") + data
    wire = masked(body + (zlib.crc32(body) & 0xFFFF).to_bytes(2, "little"))
    return Frame(number, bytes((len(wire) + _LENGTH,)) + wire) if wire else None
