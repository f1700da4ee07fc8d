"""Virtual boards on ports that can be unplugged and come back under another name, as USB's do."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from espsh.ports.protocol_sim import Serial
from espsh.serve import serve_pty


class _Socket:
    """A port in use whose wires may be put to another board while it is."""

    def __init__(self, board: Serial) -> None:
        self.board = board

    def __getattr__(self, name: str) -> Any:
        return getattr(self.board, name)


class _Cable(NamedTuple):
    socket: _Socket
    thread: threading.Thread
    stop: int
    end: int


class Usb:
    """Sockets for boards. What is plugged in is listed in ``file``, which is for ESPSH_PORTS."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "ports.json"
        self._boards: dict[str, Serial] = {}
        self._cables: dict[str, _Cable] = {}
        self._rows: dict[str, dict[str, object]] = {}
        self._write()

    def path(self, name: str) -> str:
        """Return the port's path."""
        return str(self.folder / name)

    def plug(self, board: str, name: str, *, serial: str | None = None, location: str | None = None) -> str:
        """Plug the virtual board into the port ``name`` and return the port's path."""
        socket = _Socket(self._board(board))
        stop, end = os.pipe()
        ready: queue.Queue[str] = queue.Queue()
        path = self.folder / name
        thread = threading.Thread(target=serve_pty, args=(socket, stop, ready.put, path))
        thread.start()
        ready.get()
        self._cables[name] = _Cable(socket, thread, stop, end)
        row = {"port": str(path), "usb_id": "10c4:ea60", "serial": serial, "location": location, "what": "CP210x"}
        self._rows[name] = row
        self._write()
        return str(path)

    def unplug(self, name: str) -> None:
        """Pull the board at the port ``name``; it stays powered."""
        cable = self._cables.pop(name)
        del self._rows[name]
        self._write()
        os.write(cable.end, b"x")
        cable.thread.join()
        os.close(cable.stop)
        os.close(cable.end)

    def rewire(self, name: str, board: str) -> None:
        """Put another board behind the bridge at the port ``name``, which does not see that."""
        socket = self._cables[name].socket
        before, socket.board = socket.board, self._board(board)
        before.cancel_read()

    def close(self) -> None:
        """Pull all."""
        for name in list(self._cables):
            self.unplug(name)
        for port in self._boards.values():
            port.close()

    def _board(self, url: str) -> Serial:
        if url not in self._boards:
            self._boards[url] = Serial(f"sim://{url.removeprefix('sim:')}")
        return self._boards[url]

    def _write(self) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(list(self._rows.values())))
        fresh.replace(self.file)


@contextlib.contextmanager
def usb_in(folder: Path) -> Iterator[Usb]:
    """Yield sockets whose ports are links in ``folder``."""
    folder.mkdir()
    usb = Usb(folder)
    try:
        yield usb
    finally:
        usb.close()
