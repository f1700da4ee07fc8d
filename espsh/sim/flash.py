"""The image file of a board's filesystem: where it is, that it is there, and that one process has it."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

from espsh.errors import ConnectError, PortBusyError
from espsh.sim.options import Options

BLOCK = 4096
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
    return state_dir() / f"{options.board.replace('/', '-')}.img"


class FlashImage:
    """The image file, held and locked until ``close``."""

    def __init__(self, options: Options) -> None:
        self.path = image_path(options)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        except OSError as error:
            raise ConnectError(f"sim: cannot open the image {self.path}: {error.strerror}") from error
        try:
            self._lock(options)
            if options.fresh:
                os.ftruncate(self._fd, 0)
            if os.fstat(self._fd).st_size < 16 * BLOCK:
                os.ftruncate(self._fd, options.size)
        except BaseException:
            os.close(self._fd)
            raise

    @property
    def blocks(self) -> int:
        """The number of 4096-byte blocks."""
        return os.fstat(self._fd).st_size // BLOCK

    def close(self) -> None:
        """Let go of the image."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

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
