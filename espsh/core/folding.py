"""What several boards say, on one screen: equal outputs once, under all their names; others line by line, under one.

To fold is to wait for the last board. A command that declares ``streams`` is not held back: its lines go out as they
come. That is declared and not guessed from how long a run takes, so that one line always looks the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from espsh.core.output import Sink

LARGEST = 256 * 1024
"""Bytes of one board's output that are kept to be compared; of 32 boards that makes 8 MB."""

LONGEST = 4096
"""Bytes after which a line that does not end is cut."""

Label = Callable[[str], str]
"""Draws the names in front of a line, without what separates them."""


class LiveLines:
    """A board's share of a common sink: whole lines, each under the board's name, as they come."""

    def __init__(self, label: str, sink: Sink, lock: threading.Lock) -> None:
        self._prefix = f"{label}: ".encode()
        self._sink = sink
        self._lock = lock
        self._pending = b""

    def write(self, data: bytes) -> None:
        """Pass on the lines that are complete."""
        *lines, self._pending = (self._pending + data).split(b"\n")
        while len(self._pending) > LONGEST:
            lines.append(self._pending[:LONGEST])
            self._pending = self._pending[LONGEST:]
        self._put(lines)

    def finish(self) -> None:
        """Pass on what was left without a line's end."""
        pending, self._pending = self._pending, b""
        self._put([pending] if pending else [])

    def _put(self, lines: Sequence[bytes]) -> None:
        if lines:
            with self._lock:
                self._sink.write(b"".join(self._prefix + line + b"\n" for line in lines))


class HeldOutput:
    """A board's output, kept until all are done. What outgrows ``LARGEST`` goes out as live lines instead."""

    def __init__(self, live: LiveLines) -> None:
        self._live = live
        self._is_live = False
        self.kept = b""

    def write(self, data: bytes) -> None:
        """Take bytes."""
        if not self._is_live and len(self.kept) + len(data) <= LARGEST:
            self.kept += data
            return
        self._is_live = True
        kept, self.kept = self.kept, b""
        self._live.write(kept + data)

    def finish(self) -> None:
        """Pass on what was left without a line's end, where lines go out."""
        self._live.finish()


class Shares:
    """Each board's share of ``sink`` by name; ``show`` puts out what was held when all boards are done."""

    def __init__(self, names: Sequence[str], sink: Sink, label: Label, *, live: bool) -> None:
        lock = threading.Lock()
        self._sink = sink
        self._label = label
        lines = {name: LiveLines(label(name), sink, lock) for name in names}
        self._held = {} if live else {name: HeldOutput(line) for name, line in lines.items()}
        self._shares = lines if live else self._held

    def __getitem__(self, name: str) -> LiveLines | HeldOutput:
        return self._shares[name]

    def show(self) -> None:
        """Put out what is held, folded."""
        for names, data in fold([(name, held.kept) for name, held in self._held.items()]):
            self._sink.write(under(names, data, self._label))


def fold(outputs: Sequence[tuple[str, bytes]]) -> list[tuple[tuple[str, ...], bytes]]:
    """Return each different output once with the names that gave it, in the order of the first names.

    Empty ones are left out. An output that lacks its last line's end is the same as one that has it.
    """
    found: dict[bytes, list[str]] = {}
    for name, data in outputs:
        if data:
            found.setdefault(data.removesuffix(b"\n") + b"\n", []).append(name)
    return [(tuple(names), data) for data, names in found.items()]


def under(names: Sequence[str], data: bytes, label: Label) -> bytes:
    """Return one output under its names: a line behind them, several lines of several boards below them.

    Several lines of one board each have the name in front.
    """
    lines = data.removesuffix(b"\n").split(b"\n")
    head = label(",".join(names)).encode()
    if len(names) > 1 and len(lines) > 1:
        return b"".join(line + b"\n" for line in (head + b":", *lines))
    return b"".join(head + b": " + line + b"\n" for line in lines)
