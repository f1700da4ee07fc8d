"""The bytes of a board's files: read, in part, looked through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from espsh.base.searching import LONGEST, Found, Wanted, found_in, matcher, search
from espsh.board.calls import Caller
from espsh.board.copying import transfer
from espsh.board.copying.download import LARGEST, download, download_part
from espsh.board.copying.telling import Telling
from espsh.board.files.filecalls import portions
from espsh.board.files.looking import Looking
from espsh.errors import RemoteError

_NO_SEARCH = frozenset({"ImportError", "ValueError", "RuntimeError", "AttributeError", "MemoryError"})
"""What a board raises that has no ``re``, or one that cannot do this pattern."""


class Reading(Looking):
    """The files of a board with directories, read."""

    on_host = False

    def __init__(self, board: Caller) -> None:
        super().__init__(board)
        self._telling = Telling(board)
        self.largest = transfer.block_size(board.abilities.heap)
        self.block = self.largest

    def read(self, path: str) -> Iterator[bytes]:
        """Yield the file's bytes in checked blocks."""
        path = self._clean(path)
        if path == "/":  # of which a board says that it may not be opened
            raise RemoteError(f"{path}: it is a directory", kind="OSError", errno=21)
        if self.abilities.streams:
            largest = transfer.block_size(self.abilities.heap, LARGEST)
            yield from download(partial(self._board.part, path), path, largest, self._telling.of_one(path))
            return
        entry = self.stat(path)
        if entry.is_dir:
            raise RemoteError(f"{path}: it is a directory", kind="OSError", errno=21)
        yield from self._fetch(path, self._telling.of_one(path, entry.size))

    def read_part(self, path: str, start: int, stop: int) -> Iterator[bytes]:
        """Yield the file's bytes from ``start`` up to ``stop``; some boards send what is before, too."""
        path = self._clean(path)
        if self.abilities.streams:
            largest = transfer.block_size(self.abilities.heap, LARGEST)
            yield from download_part(partial(self._board.part, path), path, largest, start, stop)
            return
        offset = 0
        for block in self.read(path):
            if part := block[max(0, start - offset) : max(0, stop - offset)]:
                yield part
            offset += len(block)
            if offset >= stop:
                break

    def search(self, paths: Sequence[str], wanted: Wanted) -> Iterator[Found]:
        """Yield the lines of files that match; the board looks for what it can look for."""
        matcher(wanted)  # what is no pattern is said before anything is read
        paths = [self._clean(path) for path in paths]
        if not wanted.for_boards or self.abilities.flat:
            yield from search(self.read, paths, wanted)
            return
        for some in portions(paths):
            try:
                yield from self._search(some, wanted)
            except RemoteError as error:
                if error.kind not in _NO_SEARCH:
                    raise
                yield from search(self.read, some, wanted)

    def _search(self, paths: Sequence[str], wanted: Wanted) -> list[Found]:
        words = wanted.folded.encode(), wanted.is_text, wanted.any_case, LONGEST
        rows, _ = self._rows("search", *words, *paths, subject=paths[0] if len(paths) == 1 else "")
        return [found_in(paths[row[0]], row[1], row[2]) for row in rows if row]
