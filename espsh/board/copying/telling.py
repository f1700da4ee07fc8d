"""How far a board's copies are, told to whoever listens: of one file, or of all that go in one go."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from espsh.base.events import Progress
from espsh.base.files import Incoming

if TYPE_CHECKING:
    from espsh.board.calls import Caller
    from espsh.board.copying.upload import News


class Moved(Protocol):
    """Takes how many bytes of a file have moved, and how many there are where that is known only now."""

    def __call__(self, done: int, total: int | None = None, /) -> None:
        """Take it."""


class Telling:
    """Tells the listeners of ``board``."""

    def __init__(self, board: Caller) -> None:
        self._board = board
        self._sizes: Sequence[int] = ()
        self._begun = 0

    @contextlib.contextmanager
    def together(self, sizes: Sequence[int]) -> Iterator[None]:
        """Tell of the files that are read meanwhile as of one action: they have these ``sizes``, in order."""
        self._sizes, self._begun = sizes, 0
        try:
            yield
        finally:
            self._sizes = ()

    def of_one(self, path: str, size: int | None = None) -> Moved:
        """Return what tells how far the file is that moves next."""
        place, sizes = self._begun, self._sizes
        self._begun += 1
        if place >= len(sizes):
            return lambda done, total=size: self._tell(Progress(self._board.name, path, done, total))
        start = Progress(self._board.name, path, sum(sizes[:place]), sum(sizes), place + 1, len(sizes))
        return lambda done, _=None: self._tell(start._replace(done=start.done + done))

    def of_many(self, files: Sequence[Incoming], verified: Callable[[Incoming], None]) -> Callable[[News], None]:
        """Return what hears the news of an upload."""
        before = [0, *itertools.accumulate(file.size or 0 for file in files)]
        total = None if any(file.size is None for file in files) else before[-1]

        def told(news: News) -> None:
            file, place = files[news.number], news.number + 1
            done = before[place] if news.verified else before[news.number] + news.done
            if news.verified:
                verified(file)
            self._tell(Progress(self._board.name, file.path, done, total, place, len(files), news.wire))

        return told

    def _tell(self, progress: Progress) -> None:
        self._board.tell(progress)
