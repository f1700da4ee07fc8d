"""The files of one board. Nothing is written that is not verified, and no file is held whole in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from espsh.base.events import TransferBegins
from espsh.base.files import Entry, Incoming
from espsh.board.copying import transfer
from espsh.board.copying.upload import News
from espsh.board.files.again import again
from espsh.board.files.filecalls import portions
from espsh.board.files.reading import Reading
from espsh.errors import EspshError, RemoteError

LEFT_OVER = frozenset(transfer.TEMPORARY + end for end in ("", "ok", "new", "to"))
"""What a copy that was cut short may leave: see onboard/placing.py and onboard/sweeping.py."""
_LEFT_OVER = 17
"""The error of a board that has such a file, verified, where it would write the next one."""
NO_FLAT = "this board has no directories"


class BoardFiles(Reading):
    """The files of a board with directories."""

    # Moving bytes

    def write(self, path: str, blocks: Iterable[bytes], size: int | None = None) -> None:
        """Put ``blocks`` at ``path``, all or nothing and verified."""
        if self.abilities.streams:
            with again(blocks) as source:
                self.write_many([Incoming(path, source, size)], lambda _: None)
            return
        path = self._writable(path)
        self._announce([Incoming(path, lambda: (), size)])
        if size is not None:
            self._check_room(path, size)
        method = transfer.choose(self.abilities)
        with again(blocks) as source:
            try:
                self._swept(
                    [path.rpartition("/")[0]],
                    lambda: method.write(self, path, source(), "wb", self._telling.of_one(path, size)),
                )
            finally:
                self._known.forget()

    @contextlib.contextmanager
    def together(self, sizes: Sequence[int]) -> Iterator[None]:
        """Copy files of these ``sizes`` between the board and the host; the line may be faster meanwhile."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._telling.together(sizes))
            if self.abilities.streams:
                stack.enter_context(self._board.hurried(sum(sizes)))
            yield

    def write_many(self, files: Sequence[Incoming], verified: Callable[[Incoming], None]) -> None:
        """Put files in their places, one after the other, by one stream where the board can take it."""
        if not self.abilities.streams:
            for file in files:
                self.write(file.path, file.blocks(), file.size)
                verified(file)
            return
        files = [file._replace(path=self._writable(file.path)) for file in files]
        self._announce(files)
        told, good = self._telling.of_many(files, verified), 0

        def upload() -> None:
            first = good

            def hear(news: News) -> None:
                nonlocal good
                good += news.verified
                told(news._replace(number=first + news.number))

            self._board.upload(files[first:], hear)

        tops = _tops(file.path for file in files)
        try:
            self._swept(tops, upload)
        except BaseException:
            if self._board.state == "ready":  # one that is gone is swept when it comes back
                self.sweep(tops)
            raise
        finally:
            self.forget_listings()

    def _announce(self, files: Sequence[Incoming]) -> None:
        sizes = [file.size for file in files if file.size is not None]
        total = sum(sizes) if len(sizes) == len(files) else None
        if files:
            self._board.tell(TransferBegins(self._board.name, tuple(file.path for file in files), total))

    def overwrite(self, file: Incoming) -> None:
        """Write a file over the old one; a copy of that is held meanwhile, and put back if the new one fails."""
        path = self._writable(file.path)
        self._announce([file])
        try:
            transfer.IN_PLACE.write(self, path, file.blocks(), "wb", self._telling.of_one(path, file.size))
        finally:
            self.forget_listings()

    def sweep(self, directories: Sequence[str] = ("",)) -> None:
        """Remove what a write that was cut short has left in these, as far as it can be reached.

        A verified file whose target is absent takes its place.
        """
        with contextlib.suppress(EspshError):
            self.ask("sweep_up", directories)

    def _swept(self, directories: Sequence[str], write: Callable[[], None]) -> None:
        """Write; where a file is in the way that is not in its place yet, that one comes first."""
        try:
            write()
        except RemoteError as error:
            if error.errno != _LEFT_OVER:
                raise
            self.sweep(directories)
            write()

    def append(self, path: str, blocks: Iterable[bytes]) -> None:
        """Add ``blocks`` to the end of ``path``: its bytes and the new ones are written anew, all or nothing."""
        path = self._writable(path)
        entry = self.find(path)
        if entry is not None and entry.is_dir:
            raise RemoteError(f"{path}: it is a directory", kind="OSError", errno=21)
        with again(self._own(self._old_and_new(path, entry, blocks))) as source:
            size = sum(map(len, source()))  # what is there is read before the board writes
            self.write(path, source(), size)

    def _old_and_new(self, path: str, entry: Entry | None, blocks: Iterable[bytes]) -> Iterator[bytes]:
        if entry is not None:
            yield from self.read(path)
        yield from blocks

    def copy(self, source: str, target: str) -> None:
        """Copy one file within this board, verified."""
        if self.abilities.streams:
            source, target = self._clean(source), self._writable(target)
            self.forget_listings()
            tops = _tops([target])
            try:
                self._swept(tops, lambda: self.ask("duplicate", source, target, subject=source))
            except BaseException:
                if self._board.state == "ready":
                    self.sweep(tops)
                raise
            return
        entry = self.stat(source)
        self.write(target, self._own(self.read(source)), entry.size)

    # Changing

    def make_directory(self, path: str, *, parents: bool = False) -> None:
        """Make a directory."""
        path = self._writable(path)
        if self.abilities.flat:
            raise RemoteError(f"{path}: {NO_FLAT}")
        self._known.forget()
        self.ask("makedirs" if parents else "os.mkdir", path, subject=path)

    def make_directories(self, paths: Sequence[str]) -> None:
        """Make directories, and those above them, in one go on the board."""
        if self.abilities.flat and paths:
            raise RemoteError(f"{paths[0]}: {NO_FLAT}")
        self._known.forget()
        for some in portions([self._writable(path) for path in paths]):
            self.ask("makedirs", *some, subject=some[0])

    def remove_many(self, paths: Sequence[str], done: Callable[[str], None]) -> None:
        """Remove files and empty directories, in order, in one go on the board."""
        if self.abilities.flat:
            for path in paths:
                self.remove(path)
                done(path)
            return
        self._known.forget()
        for some in portions([self._writable(path) for path in paths]):
            self.ask("remove", *some, subject=some[0] if len(some) == 1 else "")
            for path in some:
                done(path)

    def remove(self, path: str) -> None:
        """Remove one file or one empty directory."""
        path = self._writable(path)
        self._known.forget()
        self.ask("remove", self._on_board(path), subject=path)

    def remove_tree(self, path: str) -> None:
        """Remove a directory and all it holds, in one go on the board."""
        path = self._writable(path)
        self._known.forget()
        self.ask("rmtree", path, subject=path)

    def rename(self, source: str, target: str) -> None:
        """Move within this board; a file at ``target`` is replaced."""
        source, target = self._writable(source), self._writable(target)
        self._known.forget()
        if self.abilities.rename:
            self.ask("move", source, target, subject=source)
        else:
            self.copy(source, target)
            self.remove(source)

    def _own(self, blocks: Iterable[bytes]) -> Iterable[bytes]:
        """Return blocks that come from this board, so that they may be written to it while they are read."""
        return blocks

    def _check_room(self, path: str, size: int) -> None:
        """Refuse what cannot fit, before anything is written: the old file stays beside the new one for a moment."""
        if not size or not self.abilities.statvfs:
            return
        room = self.space(path.rpartition("/")[0] or "/")
        if room.free is not None and size > room.free:
            raise RemoteError(
                f"{path}: no room left on the board: {size} bytes, {room.free} free (ENOSPC)",
                "rm what is not needed; where an old file is there: cp --in-place, without it meanwhile",
                kind="OSError", errno=28,
            )  # fmt: skip


def _tops(paths: Iterable[str]) -> list[str]:
    """Return where files for ``paths`` may lie until they are verified: roots, since a filesystem may be mounted."""
    return sorted({"", *(path[: path.find("/", 1) + 1].rstrip("/") for path in paths)})
