"""A serial line between a program and a pty that knows no rate: the emulator takes bytes as fast as they are written.

The real board gets one each 87 µs, and reads them with an interrupt each. Given two hundred at once it loses some.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
import tty
from collections.abc import Iterator

_RATE = 115200 // 10
"""Bytes a second."""
_AT_ONCE = 8
"""Bytes that go together: a sleep of one byte's time is not to be had."""


@contextlib.contextmanager
def slowed(device: str) -> Iterator[str]:
    """Yield a pty that leads to ``device`` at 115200 baud; what comes back is not slowed."""
    theirs = os.open(device, os.O_RDWR | os.O_NOCTTY)
    ours, user = os.openpty()
    over, stop = os.pipe()
    for terminal in (theirs, user):
        tty.setraw(terminal)
    os.set_blocking(ours, False)

    def carry() -> None:
        while over not in (ready := select.select([ours, theirs, over], [], [])[0]):
            if theirs in ready:
                data = os.read(theirs, 4096)
                with contextlib.suppress(BlockingIOError):  # nobody listens: a UART does not wait for that either
                    os.write(ours, data)
            if ours in ready:
                data = os.read(ours, _AT_ONCE)
                os.write(theirs, data)
                time.sleep(len(data) / _RATE)

    thread = threading.Thread(target=carry)
    thread.start()
    try:
        yield os.ttyname(user)
    finally:
        os.close(stop)
        thread.join()
        for descriptor in (theirs, ours, user, over):
            os.close(descriptor)
