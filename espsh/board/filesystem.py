"""The files of one board. Nothing is written that is not verified, and no file is held whole in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from espsh.base.deadline import Deadline
from espsh.base.files import Entry, Incoming, Space
from espsh.board import transfer
from espsh.board.again import again
from espsh.board.calls import Caller, how, needs
from espsh.board.download import LARGEST, download
from espsh.board.glimpse import INSTANT, Glimpse
from espsh.board.telling import Moved, Telling
from espsh.board.upload import News
from espsh.errors import EspshError, NotFoundError, RemoteError, UsageError

if TYPE_CHECKING:
    from espsh.board.identity import Abilities

_AT_ONCE = 25
"""Paths that go to the board in one command."""
LEFT_OVER = frozenset(transfer.TEMPORARY + end for end in ("", "ok", "new", "to"))
"""What a copy that was cut short may leave: see onboard/placing.py and onboard/sweeping.py."""
_LEFT_OVER = 17
"""The error of a board that has such a file, verified, where it would write the next one."""
NO_FLAT = "this board has no directories"


class BoardFiles:
    """The files of a board with directories. ``block`` is the bytes moved at once; it follows the line's quality."""

    on_host = False

    def __init__(self, board: Caller) -> None:
        self._board = board
        self._telling = Telling(board)
        self._listings: dict[str, list[Entry]] = {}
        self._glimpse: Glimpse | None = None
        self.largest = transfer.block_size(board.abilities.heap)
        self.block = self.largest

    @property
    def abilities(self) -> Abilities:
        """What the board has."""
        return self._board.abilities

    @property
    def damages(self) -> int:
        """How often an exchange with the board was damaged so far."""
        return self._board.damages

    # Looking

    def find(self, path: str) -> Entry | None:
        """Return what is at ``path``, or None where nothing is."""
        above, _, name = self._clean(path).rpartition("/")
        if not above and name and self._glimpse and self._board.idle and self._glimpse.shows("/", recursive=False):
            seen = next((entry for entry in self._glimpse.entries if entry.path == name), None)
            if seen is None or seen.is_dir:  # of a file the time is not known yet
                return seen
        try:
            return self.stat(path)
        except NotFoundError:
            return None
        except RemoteError as error:
            if error.errno == 20:  # a part of the path is a file: nothing can be below it
                return None
            raise

    def stat(self, path: str) -> Entry:
        """Return what is at ``path``. The root is always there."""
        path = self._clean(path)
        if path == "/":
            return Entry("/", True)
        is_dir, size, mtime = self.ask("stat", self._on_board(path), subject=path)
        when = None if not mtime else float(mtime + self.abilities.epoch)
        return Entry(path.rpartition("/")[2], bool(is_dir), 0 if is_dir else size, when)

    def listdir(self, path: str, *, recursive: bool = False) -> list[Entry]:
        """Return what the directory ``path`` holds, sorted; parents before their children."""
        path = self._clean(path)
        if self._glimpse and self._board.idle and self._glimpse.shows(path, recursive):
            return self._glimpse.entries
        prefix = "" if path == "/" else path
        rows, _ = self._rows("listing", self._on_board(prefix), 1 if recursive else 0, subject=path)
        found = [Entry(self._from_board(row[0])[len(prefix) + 1 :], bool(row[1]), row[2]) for row in rows]
        found.sort(key=lambda entry: entry.path.split("/"))
        self._listings[path] = [entry for entry in found if "/" not in entry.path]
        return found

    def survey(self, path: str) -> list[Entry] | None:
        """Return what is below the directory ``path`` with 16 hex digits of each file's SHA-256; None if it is not."""
        path = self._clean(path)
        if not (self.abilities.streams and self.abilities.ilistdir and self.abilities.base64):
            return None if self.find(path) is None else self.listdir(path, recursive=True)
        try:
            rows, _ = self._rows("survey", "" if path == "/" else path, "", subject=path)
        except NotFoundError:
            return None
        found = [entry for row in rows if row for entry in _surveyed(*row)]
        return sorted(found, key=lambda entry: entry.path.split("/"))

    def cached_listing(self, path: str) -> list[Entry] | None:
        """Return what ``path`` held when it was last listed, without asking the board; None if it never was."""
        return self._listings.get(self._clean(path))

    def glimpse(self, path: str, entries: list[Entry]) -> None:
        """Take note of what the directory ``path`` holds now: it need not be asked again in this instant."""
        self._listings[path] = entries
        self._glimpse = Glimpse(path, entries, Deadline(INSTANT))

    def forget_listings(self) -> None:
        """Drop what is known of directories: something else may have changed them."""
        self._glimpse = None
        self._listings.clear()

    def digests(self, paths: Sequence[str]) -> dict[str, str]:
        """Return the SHA-256 of each file, in lower-case hex; read back and computed here where the board cannot."""
        return {path: self.digest_of(self._clean(path)) for path in paths}

    def digest_of(self, path: str) -> str:
        """Return the SHA-256 of one file."""
        if self.abilities.sha256 and not self.abilities.flat:
            value = self.ask("sha256", path, subject=path)
            return bytes(value).hex()
        import hashlib

        whole = hashlib.sha256()
        for block in self._fetch(path, lambda *_: None):
            whole.update(block)
        return whole.hexdigest()

    def space(self, path: str) -> Space:
        """Return the room on the filesystem that holds ``path``."""
        if not self.abilities.statvfs:
            return Space(None, None)
        total, free = self.ask("space", self._clean(path), subject=path)
        return Space(total, free) if total else Space(None, None)

    # Moving bytes

    def read(self, path: str) -> Iterator[bytes]:
        """Yield the file's bytes in checked blocks."""
        path = self._clean(path)
        if self.abilities.streams:
            largest = transfer.block_size(self.abilities.heap, LARGEST)
            yield from download(partial(self._board.part, path), path, largest, self._telling.of_one(path))
            return
        entry = self.stat(path)
        if entry.is_dir:
            raise RemoteError(f"{path}: it is a directory", kind="OSError", errno=21)
        yield from self._fetch(path, self._telling.of_one(path, entry.size))

    def write(self, path: str, blocks: Iterable[bytes], size: int | None = None) -> None:
        """Put ``blocks`` at ``path``, all or nothing and verified."""
        if self.abilities.streams:
            with again(blocks) as source:
                self.write_many([Incoming(path, source, size)], lambda _: None)
            return
        path = self._writable(path)
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
                self._listings.clear()

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

    def overwrite(self, file: Incoming) -> None:
        """Write a file over the old one; a copy of that is held meanwhile, and put back if the new one fails."""
        path = self._writable(file.path)
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
        self._listings.clear()
        self.ask("makedirs" if parents else "os.mkdir", path, subject=path)

    def make_directories(self, paths: Sequence[str]) -> None:
        """Make directories, and those above them, in one go on the board."""
        if self.abilities.flat and paths:
            raise RemoteError(f"{paths[0]}: {NO_FLAT}")
        self._listings.clear()
        for some in _portions([self._writable(path) for path in paths]):
            self.ask("makedirs", *some, subject=some[0])

    def remove_many(self, paths: Sequence[str], done: Callable[[str], None]) -> None:
        """Remove files and empty directories, in order, in one go on the board."""
        if self.abilities.flat:
            for path in paths:
                self.remove(path)
                done(path)
            return
        self._listings.clear()
        for some in _portions([self._writable(path) for path in paths]):
            self.ask("remove", *some, subject=some[0] if len(some) == 1 else "")
            for path in some:
                done(path)

    def remove(self, path: str) -> None:
        """Remove one file or one empty directory."""
        path = self._writable(path)
        self._listings.clear()
        self.ask("remove", self._on_board(path), subject=path)

    def remove_tree(self, path: str) -> None:
        """Remove a directory and all it holds, in one go on the board."""
        path = self._writable(path)
        self._listings.clear()
        self.ask("rmtree", path, subject=path)

    def rename(self, source: str, target: str) -> None:
        """Move within this board; a file at ``target`` is replaced."""
        source, target = self._writable(source), self._writable(target)
        self._listings.clear()
        if self.abilities.rename:
            self.ask("move", source, target, subject=source)
        else:
            self.copy(source, target)
            self.remove(source)

    # Calls

    def ask(self, function: str, *arguments: object, subject: str = "") -> Any:
        """Run a function of ours on the board and return its value."""
        return self._rows(function, *arguments, subject=subject)[1]

    def gather(self, function: str, *arguments: object, subject: str = "") -> tuple[list[Any], bool]:
        """Run a function once and return the rows that came whole."""
        self._glimpse = None
        return self._board.gather(
            function, *arguments, snippets=self._needs(function), idle=how(function).idle, subject=subject
        )

    def _rows(self, function: str, *arguments: object, subject: str) -> tuple[list[Any], Any]:
        self._glimpse = None
        called = how(function)
        return self._board.rows(
            function, *arguments, snippets=self._needs(function), repeatable=called.repeatable, idle=called.idle,
            subject=subject,
        )  # fmt: skip

    def _needs(self, function: str) -> Sequence[str]:
        return needs(function, self.abilities, lean=self._board.lean)

    def _fetch(self, path: str, moved: Moved) -> Iterator[bytes]:
        return transfer.fetch(self, path, moved)

    def _own(self, blocks: Iterable[bytes]) -> Iterable[bytes]:
        """Return blocks that come from this board, so that they may be written to it while they are read."""
        return blocks

    # Paths

    def _clean(self, path: str) -> str:
        return "/" + "/".join(part for part in path.split("/") if part)

    def _on_board(self, path: str) -> str:
        return path

    def _from_board(self, path: str) -> str:
        return path

    def _writable(self, path: str) -> str:
        path = self._clean(path)
        if path == "/":
            raise UsageError("that is the root of the board's filesystem")
        return path

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


def _portions(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a list of paths into what one command on a board may hold."""
    for start in range(0, len(paths), _AT_ONCE):
        yield paths[start : start + _AT_ONCE]


def _surveyed(above: str, files: Sequence[tuple[str, int, str]], below: Sequence[str]) -> Iterator[Entry]:
    """Yield the entries of a record of onboard/surveying.py."""
    from binascii import a2b_base64

    prefix = f"{above[1:]}/" if above else ""
    for name, size, digest in files:
        yield Entry(prefix + name, False, size, digest=a2b_base64(digest + "=").hex())
    for name in below:
        yield Entry(prefix + name, True)
