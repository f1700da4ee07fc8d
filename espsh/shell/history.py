"""The lines typed before, on disk: shared by concurrent shells, readable by their owner only."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit.history import History

from espsh.base.passwords import without_password

KEPT = 5000
"""Lines kept; the file is cut to this many when it holds twice as many."""


class LineHistory(History):
    """One JSON string a line, oldest first, appended as lines are typed. A line that begins with a blank is not kept.

    A file that cannot be read or written costs the history, not the shell.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._last = ""

    def load_history_strings(self) -> Iterable[str]:
        """Return the lines, newest first, each once."""
        lines = self._read()
        if len(lines) > 2 * KEPT:
            lines = lines[-KEPT:]
            self._rewrite(lines)
        return list(dict.fromkeys(reversed(lines)))

    def append_string(self, string: str) -> None:
        """Take a line that was entered, unless it is the last one again."""
        if string.strip() and not string.startswith((" ", "\t")) and string != self._last:
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Add a line, without passwords, to the file: in one write, so that concurrent shells do not mix theirs in."""
        self._last = string
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, _encoded(without_password(string)))
            finally:
                os.close(handle)
        except OSError:
            return

    def _read(self) -> list[str]:
        try:
            data = self._path.read_bytes()
        except OSError:
            return []
        found = (_decoded(line) for line in data.splitlines())
        return [line for line in found if line]

    def _rewrite(self, lines: list[str]) -> None:
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.writelines(map(_encoded, lines))
            new.replace(self._path)
        except OSError:
            new.unlink(missing_ok=True)


def _encoded(line: str) -> bytes:
    return json.dumps(line, ensure_ascii=True).encode() + b"\n"


def _decoded(data: bytes) -> str | None:
    """Read a line of the file; what is no JSON string (an interrupted write, an edit by hand) counts as nothing."""
    try:
        line = json.loads(data)
    except ValueError:
        return None
    return line if isinstance(line, str) else None
