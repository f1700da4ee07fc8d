"""The world espsh runs in, passed in rather than reached for, so that a test can pass another."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO


class World(NamedTuple):
    """Streams, environment and folders of one run of espsh."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    env: Mapping[str, str]
    cwd: Path

    @classmethod
    def of_process(cls) -> World:
        """Return the world of this process. Text that the console cannot show is escaped, never an error."""
        _open_closed_streams()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return cls(sys.stdin, sys.stdout, sys.stderr, os.environ, Path.cwd())

    @property
    def interactive(self) -> bool:
        """Whether a person sits at both ends: stdin and stdout are terminals."""
        return self.stdin.isatty() and self.stdout.isatty()

    @property
    def colour(self) -> bool:
        """Whether stdout may carry colours (https://no-color.org)."""
        return self.stdout.isatty() and not self.env.get("NO_COLOR") and self.env.get("TERM") != "dumb"

    @property
    def stdout_bytes(self) -> BinaryIO | None:
        """The binary stream under stdout, where there is one."""
        return getattr(self.stdout, "buffer", None)

    def folder(self, kind: str) -> Path:
        """Return espsh's folder of ``kind``: ``config``, ``state`` or ``cache``. It may not exist yet.

        ``ESPSH_CONFIG_DIR`` and its like come first, then the platform's usual place.
        """
        named = self.env.get(f"ESPSH_{kind.upper()}_DIR")
        if named:
            return Path(named)
        import platformdirs

        return {
            "config": platformdirs.user_config_path,
            "state": platformdirs.user_state_path,
            "cache": platformdirs.user_cache_path,
        }[kind]("espsh", appauthor=False)


def _open_closed_streams() -> None:
    """Give a stream that was closed before we came (``>&-``, a daemon) to nowhere: its number would be a port's."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
