"""What an open port raises when it is gone: pyserial lets an error through that is no OSError."""

from __future__ import annotations

try:
    import termios
except ImportError:  # Windows
    GONE: tuple[type[Exception], ...] = (OSError,)
else:
    GONE = (OSError, termios.error)
