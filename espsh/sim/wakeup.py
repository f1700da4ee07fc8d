"""A bell for a thread that sleeps in ``poll``."""

from __future__ import annotations

import contextlib
import os


class Wakeup:
    """``fd`` can be read after ``ring``, until ``clear``."""

    def __init__(self) -> None:
        self.fd, self._bell = os.pipe()
        for end in (self.fd, self._bell):
            os.set_blocking(end, False)

    def ring(self) -> None:
        """Wake the thread; nothing happens after ``close``."""
        with contextlib.suppress(BlockingIOError):
            if self._bell >= 0:
                os.write(self._bell, b"!")

    def clear(self) -> None:
        """Take note."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.fd, 4096)

    def close(self) -> None:
        """Give the descriptors back; who rings at the same time has to be kept out."""
        os.close(self.fd)
        os.close(self._bell)
        self._bell = -1
