"""The flash of a board, in a file of the host: NOR rules, and that one process has it.

The file holds the flash's bytes and behind them one byte for each sector: 0 while it was never written since the flash
was erased, whatever the file has there. So a new flash is a file of holes, and 4 MB cost neither time nor disk. (A
dump of a flash, without those bytes, is taken as it stands.)
"""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

from espsh.errors import ConnectError, PortBusyError
from espsh.sim.options import Options

SECTOR = 4096
ERASED = b"\xff" * SECTOR
_fcntl: ModuleType | None
try:
    import fcntl as _fcntl
except ImportError:  # Windows
    _fcntl = None


def state_dir() -> Path:
    """Return the folder of the boards' images: ``ESPSH_STATE_DIR`` or the platform's place for such data."""
    given = os.environ.get("ESPSH_STATE_DIR")
    if given:
        return Path(given) / "sim"
    import platformdirs  # only here: it costs a few milliseconds

    return Path(platformdirs.user_state_dir("espsh")) / "sim"


def image_path(options: Options) -> Path:
    """Return the image file of the board that ``options`` describe."""
    if options.image is not None:
        return options.image
    return state_dir() / f"{options.board.replace('/', '-')}.flash"


class FlashImage:
    """The flash, its file held and locked until ``close``; ``size`` in bytes.

    ``new`` says that it was made now: it is erased, and nobody has put anything on it.
    """

    def __init__(self, options: Options, size: int) -> None:
        self.path = image_path(options)
        self.new = False
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        except OSError as error:
            raise ConnectError(f"sim: cannot open the image {self.path}: {error.strerror}") from error
        try:
            self._lock(options)
            self.size = self._take(0 if options.fresh else os.fstat(self._fd).st_size, size)
        except BaseException:
            os.close(self._fd)
            raise

    @property
    def map_offset(self) -> int:
        """Where in the file the bytes of the sectors begin."""
        return self.size

    def close(self) -> None:
        """Let go of the image."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def read(self, offset: int, length: int) -> bytes:
        """Return what a reader of the flash sees; beyond its end it is all ones."""
        end = min(offset + length, self.size)
        data = bytearray(os.pread(self._fd, max(0, end - offset), offset)) if offset < end else bytearray()
        first = offset // SECTOR
        for sector, written in enumerate(self._written(first, -(-end // SECTOR) - first), first):
            if not written:
                start, stop = max(0, sector * SECTOR - offset), min(len(data), (sector + 1) * SECTOR - offset)
                data[start:stop] = ERASED[: stop - start]
        return bytes(data).ljust(length, b"\xff")

    def program(self, offset: int, data: bytes) -> None:
        """Program as NOR flash does: bits are cleared, and none is set."""
        end = offset + len(data)
        for sector in range(offset // SECTOR, -(-end // SECTOR)):
            if not self._written(sector, 1)[0]:
                os.pwrite(self._fd, ERASED, sector * SECTOR)
                os.pwrite(self._fd, b"\1", self.size + sector)
        there = int.from_bytes(os.pread(self._fd, len(data), offset), "little")
        os.pwrite(self._fd, (there & int.from_bytes(data, "little")).to_bytes(len(data), "little"), offset)

    def erase(self, offset: int, length: int) -> None:
        """Set all bits of the sectors from ``offset`` on."""
        first = offset // SECTOR
        for sector, written in enumerate(self._written(first, length // SECTOR), first):
            if written:
                os.pwrite(self._fd, ERASED, sector * SECTOR)

    def erase_all(self) -> None:
        """Set all bits."""
        os.ftruncate(self._fd, 0)
        os.ftruncate(self._fd, self.size + self.size // SECTOR)

    def _written(self, sector: int, count: int) -> bytes:
        return os.pread(self._fd, max(0, count), self.size + sector)

    def _take(self, length: int, size: int) -> int:
        """Return the flash's size, given the file's length and the size of a new one; make it a flash."""
        if length < SECTOR:
            self.new = True
            self.size = size
            self.erase_all()
            return size
        flash, rest = divmod(length, SECTOR + 1)
        if not rest:
            return flash * SECTOR
        sectors = length // SECTOR
        os.ftruncate(self._fd, sectors * SECTOR)
        os.pwrite(self._fd, b"\1" * sectors, sectors * SECTOR)
        return sectors * SECTOR

    def _lock(self, options: Options) -> None:
        if _fcntl is None:
            return
        try:
            _fcntl.flock(self._fd, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
        except OSError as error:
            raise PortBusyError(
                f"sim:{options.board} is busy: another program runs this board",
                "close it there, or use another name, such as sim:esp32/second",
            ) from error
