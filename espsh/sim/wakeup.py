"""A bell for a thread that sleeps, and the sleep."""

from __future__ import annotations

import contextlib
import os
import select


def sleep(watched: list[tuple[int, int]], seconds: float | None) -> None:
    """Wait until one of the (descriptor, ``select.POLLIN`` or ``POLLOUT``) is ready, or ``seconds`` have passed.

    ``select`` takes microseconds; ``poll`` rounds up to milliseconds, in which a fast line moves fifty bytes.
    """
    reads = [descriptor for descriptor, events in watched if events & select.POLLIN]
    writes = [descriptor for descriptor, events in watched if events & select.POLLOUT]
    try:
        select.select(reads, writes, [], seconds)
    except ValueError:  # a descriptor beyond FD_SETSIZE
        poll = select.poll()
        for descriptor, events in watched:
            poll.register(descriptor, events)
        poll.poll(None if seconds is None else seconds * 1000)


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
