"""The rate that the program at the other end of a pseudo-terminal has set (Linux)."""

from __future__ import annotations

import fcntl
import os
import struct
from types import TracebackType

_TCGETS2, _TCSETS2 = 0x802C542A, 0x402C542B
_TERMIOS2 = struct.Struct("=4I20s2I")  # modes (input, output, control, local), line and characters, speeds
_CONTROL = 2
_CBAUD, _BOTHER = 0o010017, 0o010000


class PtyRate:
    """Reads the rate of the terminal at ``path``, which has ``first`` until a program sets another."""

    def __init__(self, path: str, first: int) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        fields = list(self._read())
        fields[_CONTROL] = fields[_CONTROL] & ~_CBAUD | _BOTHER
        fields[-2:] = (first, first)
        fcntl.ioctl(self._fd, _TCSETS2, _TERMIOS2.pack(*fields))

    def __call__(self) -> int:
        """Return the rate in bits per second."""
        return int(self._read()[-1])

    def __enter__(self) -> PtyRate:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._fd)

    def _read(self) -> tuple[int, ...]:
        return _TERMIOS2.unpack(fcntl.ioctl(self._fd, _TCGETS2, bytes(_TERMIOS2.size)))
