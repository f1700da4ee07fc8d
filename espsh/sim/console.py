"""From what the VM writes on its terminal to what a board's UART sends.

The VM's text gets CR LF for LF, as MicroPython's own console does on a board; the unix port's banner becomes the
chip's. Frames made by the boot code (``vmboot/``) carry binary output, which passes untouched, and events.
A frame: the VM's nonce (4 bytes, the first 0xfe: never in UTF-8), a kind, a 16-bit little-endian length, data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BINARY = "B"  # data for the wire as it stands
STARTED = "S"  # the boot code runs; data: the banner the unix port prints, NUL, the chip's
RAW = "A"  # boot.py is done, the VM waits until its input begins with Ctrl-A: the raw REPL comes next
RESET = "X"  # machine.reset(); data: the reason
RATE = "U"  # machine.UART(0, rate); data: the rate, a blank, the microseconds of the monotonic clock
FAILED = "F"  # the boot code could not become the chip; data: why
EVENTS = (STARTED, RAW, RESET, RATE, FAILED)
_HEAD = 7
_BARE_LF = re.compile(rb"(?<!\r)\n")
_PROMPT = b">>> "
_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"


@dataclass(frozen=True)
class Event:
    """Something the boot code says to the machine."""

    kind: str
    data: bytes = b""


class Console:
    """The decoder of one VM's output; ``feed`` returns wire bytes and events in order."""

    def __init__(self, nonce: bytes, *, raw: bool = False) -> None:
        self._nonce = nonce
        self._banner = b""
        self._vm_banner = b""
        self._pending = b""
        self.last = b""
        self._swallow = b""
        self._swallowing = b""
        self._tail = b""
        self.raw = raw

    def feed(self, data: bytes) -> list[bytes | Event]:
        """Take what the VM wrote; return what goes on the wire and what the machine is told."""
        self._pending += data
        out: list[bytes | Event] = []
        while self._pending:
            start = self._pending.find(self._nonce)
            if start:
                end = start if start > 0 else self._safe_end()
                if end == 0:
                    break
                self._text(self._pending[:end], out)
                self._pending = self._pending[end:]
                continue
            frame = self._take_frame()
            if frame is None:
                break
            self._frame(frame, out)
        return out

    def _safe_end(self) -> int:
        """Return how much of the pending text cannot be the beginning of a frame or of the banner."""
        end = len(self._pending)
        for length in range(len(self._nonce) - 1, 0, -1):
            if self._pending.endswith(self._nonce[:length]):
                return end - length
        at = self._pending.rfind(self._vm_banner[:30]) if self._vm_banner else -1
        if (
            at >= 0
            and self._vm_banner.startswith(self._pending[at:])
            and len(self._pending) - at < len(self._vm_banner)
        ):
            return at
        return end

    def _take_frame(self) -> Event | None:
        if len(self._pending) < _HEAD:
            return None
        size = _HEAD + int.from_bytes(self._pending[5:7], "little")
        if len(self._pending) < size:
            return None
        event = Event(chr(self._pending[4]), self._pending[_HEAD:size])
        self._pending = self._pending[size:]
        return event

    def _frame(self, event: Event, out: list[bytes | Event]) -> None:
        if event.kind == BINARY:
            out.append(event.data)
            self.last = b""
        elif event.kind == STARTED:
            self._vm_banner, _, self._banner = event.data.partition(b"\0")
        elif event.kind == RAW:
            self._swallow = _PROMPT
        if event.kind in EVENTS:
            out.append(event)

    def _text(self, text: bytes, out: list[bytes | Event]) -> None:
        if self._swallow:
            text = self._swallowed(text, out)
        if not text:
            return
        if self._vm_banner and self._vm_banner in text:
            text = text.replace(self._vm_banner, self._banner)
            self.raw, self._tail = False, b""
        before = b"\r" if self.last == b"\r" else b""
        wire = _BARE_LF.sub(b"\r\n", before + text)[len(before) :]
        self.last = text[-1:]
        self._tail += wire
        if _RAW_BANNER in self._tail:
            self.raw = True
            self._tail = b""
        self._tail = self._tail[-len(_RAW_BANNER) :]
        out.append(wire)

    def _swallowed(self, text: bytes, out: list[bytes | Event]) -> bytes:
        """Drop the friendly banner and prompt a board in raw mode does not print."""
        self._swallowing += text
        _, found, rest = self._swallowing.partition(self._swallow)
        if not found:
            return b""
        self._swallowing = b""
        if self._swallow == _PROMPT:
            self._swallow = b"\r\n"
            return self._swallowed(rest, out)
        self._swallow = b""
        return rest
