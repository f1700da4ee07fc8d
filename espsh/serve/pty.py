"""A served port on a pseudo-terminal: it looks like a serial port to any program of this computer."""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from espsh.errors import ConnectError, UsageError
from espsh.serve.carrying import CHUNK, Outbox, Port, reading

READER_PATIENCE = 1.0  # s; who opened the pty and does not read for so long loses bytes, as on any serial port


def serve_pty(port: Port, stop: int, announce: Callable[[str], None], link: Path | None = None) -> None:
    """Serve ``port`` on a pty; ``announce`` gets the path to open: ``link``, when one is wanted."""
    try:
        import tty
    except ImportError:
        raise ConnectError("a pty can only be served on Linux and macOS", "use --rfc2217 PORT") from None
    master, slave = os.openpty()
    tty.setraw(slave)  # the slave stays open here: the line lives on between two programs that use it
    os.set_blocking(master, False)
    try:
        with _linked(os.ttyname(slave), link) as path:
            announce(path)
            _carry(port, master, stop)
    finally:
        os.close(master)
        os.close(slave)


@contextlib.contextmanager
def _linked(device: str, link: Path | None) -> Iterator[str]:
    if link is None:
        yield device
        return
    if link.exists() and not link.is_symlink():
        raise UsageError(f"{link} exists and is no link", "name another path after --link")
    try:
        link.unlink(missing_ok=True)
        link.symlink_to(device)
    except OSError as error:
        raise UsageError(f"cannot make the link {link}: {error.strerror}") from error
    try:
        yield str(link)
    finally:
        link.unlink(missing_ok=True)


def _carry(port: Port, master: int, stop: int) -> None:
    outbox = Outbox(port)
    try:
        with reading(port, lambda data: _write_all(master, data)) as gone:
            waited_for: list[Any] = [master, stop, gone]
            while True:
                ready, _, _ = select.select(waited_for, [], [])
                if stop in ready or gone in ready:
                    return
                outbox.put(os.read(master, CHUNK))
    finally:
        outbox.close()


def _write_all(master: int, data: bytes) -> None:
    while data:
        _, ready, _ = select.select([], [master], [], READER_PATIENCE)
        if not ready:
            return
        data = data[os.write(master, data) :]
