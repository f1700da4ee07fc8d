"""Numbers taken from what a board prints, and the picture of them that moves."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable

from espsh.api import Context, InterruptedByUserError, Picture, Styled, harmless
from espsh_plugins.plot_lines import Lines, read_line
from espsh_plugins.plot_picture import drawn
from espsh_plugins.plot_series import Record, Row

_PACE = 0.1
"""Seconds between two pictures at least."""
_TEXTS = 20
"""Lines without numbers that are shown between two pictures."""


class Taking:
    """Reads lines into the record; hands rows and other lines on."""

    def __init__(self, record: Record, on_row: Callable[[Row], None], on_text: Callable[[str], None]) -> None:
        self._record = record
        self._lines = Lines()
        self._on_row = on_row
        self._on_text = on_text

    def feed(self, data: bytes) -> None:
        """Take what the board printed."""
        self._take(self._lines.feed(data))

    def cut(self) -> None:
        """What comes next may be the end of a line whose beginning nobody heard."""
        self._lines.cut()

    def end(self) -> None:
        """Take the line that nothing has ended."""
        self._take(self._lines.end())

    def _take(self, lines: list[str]) -> None:
        for line in lines:
            readings = read_line(line)
            if readings:
                self._on_row(self._record.add(readings, time.monotonic()))
            elif line.strip():
                self._record.texts += 1
                self._on_text(line)


Source = Callable[[Taking], None]
"""Gives what the board prints, until it is over or the user ends it."""


class Drawing:
    """What is on the screen while numbers come: the source gives them in a thread of its own."""

    def __init__(self, ctx: Context, record: Record) -> None:
        self._ctx = ctx
        self._record = record
        self._texts: deque[str] = deque(maxlen=_TEXTS)
        self._texts_shown = 0
        self._changed = threading.Event()
        self._changed_at = 0.0
        self._is_over = False
        self._is_last = False
        self._failure: BaseException | None = None

    def run(self, source: Source, over: threading.Event, seconds: float | None) -> None:
        """Draw until the source ends, the user leaves, or ``seconds`` are over. Raises what the source raises."""
        worker = threading.Thread(target=self._take, args=(source,), name="plot", daemon=True)
        worker.start()
        try:
            self._ctx.terminal.show(self._picture, self._changed, seconds)
        finally:
            over.set()
            while not self._is_over:
                self._ctx.board.cancel()
                worker.join(_PACE)
            worker.join()
        self._show_texts()
        if self._failure is not None:
            raise self._failure

    def _take(self, source: Source) -> None:
        taking = Taking(self._record, lambda _: self._tell(), self._texts.append)
        try:
            with contextlib.suppress(InterruptedByUserError):
                source(taking)
                taking.end()
        except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
            self._failure = error
        finally:
            self._is_over = True
            self._changed.set()

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._changed_at > _PACE:
            self._changed_at = now
            self._changed.set()

    def _picture(self) -> Picture | None:
        if self._is_last:
            return None
        self._is_last = self._is_over
        self._show_texts()
        if self._is_last:
            self._changed.set()
        shown, record = self._record.shown(), self._record
        first = max(1, record.count - record.window + 1)
        lines = f"lines {first} to {record.count}, " if record.count else ""
        below = f"{lines}{record.seconds:.1f} s"
        return Picture(lambda columns, lines: drawn(shown, columns, lines, below))

    def _show_texts(self) -> None:
        """Show the lines without numbers; of many at once the last ones."""
        count = self._record.texts - self._texts_shown
        self._texts_shown += count
        if count > _TEXTS:
            self._ctx.out.text(Styled(f"… {count - _TEXTS} lines without numbers", "dim"))
        while self._texts:
            self._ctx.out.text(harmless(self._texts.popleft().encode()))
