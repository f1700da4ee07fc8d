"""Every error espsh raises on purpose.

EspshError                      exit 1   a command failed on the board or the host
├── UsageError                  exit 2   a wrong word, option or value
│   └── NotFoundError           exit 2   a file, board, port or command that is not there
├── ConnectError                exit 3   the port cannot be opened, or what answers is no usable MicroPython
│   ├── PortBusyError           exit 3   another program holds the port
│   ├── BoardBusyError          exit 3   a job of ours works on the board
│   └── PortDeniedError         exit 3   the user may not open it
├── TransferError               exit 4   data was not verified
│   └── LinkLostError           exit 4   the board went away in the middle
├── FirmwareError               exit 5   an image refused, not written or not booted
├── RemoteError                 exit 1   the board's Python raised an exception
└── InterruptedByUserError      exit 130 Ctrl-C

Only ``espsh.core.dispatch`` turns one of these into text and an exit code.
"""

from __future__ import annotations

from collections.abc import Iterable

_GRAVEST_FIRST = (130, 5, 4, 3, 1, 2)


class EspshError(Exception):
    """A failure the user is told about in one line and a hint."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None, *, detail: str | None = None) -> None:
        """Take the one-line ``message``, a ``hint`` what to do, and ``detail`` that only ``--debug`` shows."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail
        self.board: str | None = None


class UsageError(EspshError):
    """The line asks for something that cannot be meant."""

    exit_code = 2


class NotFoundError(UsageError):
    """What the line names does not exist."""


class ConnectError(EspshError):
    """No usable board behind the port."""

    exit_code = 3


class PortBusyError(ConnectError):
    """Another program holds the port."""


class BoardBusyError(ConnectError):
    """A job of ours works on the board."""


class PortDeniedError(ConnectError):
    """The user may not open the port."""


class TransferError(EspshError):
    """Data did not arrive as it was sent."""

    exit_code = 4


class LinkLostError(TransferError):
    """The board went away."""


class FirmwareError(EspshError):
    """Firmware was refused, not written, or did not boot."""

    exit_code = 5


class RemoteError(EspshError):
    """The board's Python raised an exception.

    ``kind`` is the exception's class name, ``errno`` the number of an OSError, ``traceback`` the board's own text.
    """

    def __init__(self, message: str, hint: str | None = None, *, kind: str = "", errno: int | None = None,
                 traceback: str = "") -> None:  # fmt: skip
        super().__init__(message, hint, detail=traceback or None)
        self.kind = kind
        self.errno = errno
        self.traceback = traceback


class InterruptedByUserError(EspshError):
    """The user pressed Ctrl-C."""

    exit_code = 130

    def __init__(self, message: str = "interrupted") -> None:
        super().__init__(message)


def gravest(codes: Iterable[int]) -> int:
    """Return the exit code that a whole of several parts ends with: 130, 5, 4, 3, 1, 2, then 0."""
    present = set(codes)
    return next((code for code in _GRAVEST_FIRST if code in present), max(present, default=0))
