"""One command on several boards: a worker each, an outcome each, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from espsh.core.output import Sink

if TYPE_CHECKING:
    from concurrent.futures import Future

    from espsh.board.board import Board


class PrefixedLines:
    """A board's share of a common sink: whole lines, each under the board's name."""

    def __init__(self, name: str, sink: Sink, lock: threading.Lock) -> None:
        self._prefix = f"{name}: ".encode()
        self._sink = sink
        self._lock = lock
        self._pending = b""

    def write(self, data: bytes) -> None:
        """Pass on the lines that are complete."""
        *lines, self._pending = (self._pending + data).split(b"\n")
        self._put(lines)

    def finish(self) -> None:
        """Pass on what was left without a line's end."""
        pending, self._pending = self._pending, b""
        self._put([pending] if pending else [])

    def _put(self, lines: Sequence[bytes]) -> None:
        with self._lock:
            for line in lines:
                self._sink.write(self._prefix + line + b"\n")


def run_on_each(
    boards: Sequence[Board],
    body: Callable[[str, Sink], None],
    sink: Sink,
    report: Callable[[BaseException], int],
) -> list[int]:
    """Run ``body`` for every board at once and return an exit code for each, in the boards' order.

    Ctrl-C cancels all of them, and each board is left at its prompt.
    """
    from concurrent.futures import ThreadPoolExecutor, wait

    lock = threading.Lock()

    def work(board: Board) -> None:
        lines = PrefixedLines(board.name, sink, lock)
        try:
            body(board.name, lines)
        finally:
            lines.finish()

    with ThreadPoolExecutor(max_workers=len(boards)) as workers:
        running = [workers.submit(work, board) for board in boards]
        try:
            wait(running)
        except KeyboardInterrupt:
            for board in boards:
                board.cancel()
            wait(running)
    return [_code(future, report) for future in running]


def _code(future: Future[None], report: Callable[[BaseException], int]) -> int:
    error = future.exception()
    return 0 if error is None else report(error)
