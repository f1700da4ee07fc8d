"""What goes over a line, written to a file with the time, for ``--trace``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import BinaryIO

from espsh.errors import UsageError

Trace = Callable[[bytes], object]


class _File:
    """Adds to a file that is open only while it is written: nothing to close, whatever ends the process.

    A disk that gets full is no reason to stop working on a board: that is told once, and the trace ends there.
    """

    def __init__(self, path: str, tell: Callable[[str], None]) -> None:
        self._path = path
        self._tell = tell
        self._is_over = False
        self._lock = threading.Lock()  # one thread reads the line, another writes to it
        try:
            self._add(b"")
        except OSError as error:
            raise UsageError(f"the trace {path} cannot be written: {error.strerror}") from None

    def __call__(self, data: bytes) -> None:
        with self._lock:
            if self._is_over:
                return
            try:
                self._add(data)
                return
            except OSError as error:
                self._is_over = True
                reason = error.strerror
        self._tell(f"the trace {self._path} ends here: {reason}")

    def _add(self, data: bytes) -> None:
        with open(self._path, "ab") as file:  # noqa: PTH123 - importing pathlib costs a one-shot command's start
            file.write(data)


def open_trace(target: str | BinaryIO | Trace | None, tell: Callable[[str], None]) -> Trace | None:
    """Return the function that takes a trace's lines; a path is opened for appending.

    ``tell`` gets in words why it ends early. Raises UsageError.
    """
    if target is None or (callable(target) and not hasattr(target, "write")):
        return target
    if isinstance(target, str):
        return _File(target, tell)
    return target.write
