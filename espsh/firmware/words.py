"""esptool's words and progress, each to whoever works in that thread: its logger is one for the process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from esp_pylib.logger import EspLog, EspLogBase
from rich.text import Text


class Ears(NamedTuple):
    """Who hears of the work: ``said`` gets esptool's lines, ``moved`` is told ``(done, total)``; both may raise."""

    said: Callable[[str], None]
    moved: Callable[[int, int], None]


DEAF = Ears(lambda text: None, lambda done, total: None)


class _Thread(threading.local):
    ears = DEAF


_thread = _Thread()


@contextlib.contextmanager
def hearing(ears: Ears) -> Iterator[None]:
    """Let ``ears`` hear what esptool does in this thread."""
    before, _thread.ears = _thread.ears, ears
    try:
        yield
    finally:
        _thread.ears = before


def moved(done: int, total: int) -> None:
    """Tell this thread's ears how far the work is."""
    _thread.ears.moved(done, total)


class _Words(EspLogBase):
    """esptool's logger."""

    def print(self, *words: object, **_: object) -> None:
        text = Text.from_markup(" ".join(map(str, words))).plain.strip()
        if text:
            _thread.ears.said(text)

    def progress_bar(self, cur_iter: int, total_iters: int, *_: object, **__: object) -> None:
        moved(cur_iter, total_iters)

    def set_verbosity(self, _: Any) -> None:
        pass

    note = warn = warning = err = error = hint = debug = print  # noqa: A003 - the base class calls them so


WORDS = _Words()
EspLog.set_logger(WORDS)
