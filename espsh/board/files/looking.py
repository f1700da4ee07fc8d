"""What the files of a board are: entries, listings, digests, room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from espsh.base.events import Notice
from espsh.base.files import Entry, Space, is_name
from espsh.board.copying import transfer
from espsh.board.copying.telling import Moved
from espsh.board.files.filecalls import FileCalls
from espsh.errors import NotFoundError, RemoteError

_ROM = "rom"
"""The directory in the root where MicroPython (since 1.25) mounts a ROMFS; a directory of a user's may be called so."""


class Looking(FileCalls):
    """The files of a board, looked at. ``block`` is the bytes moved at once; it follows the line's quality."""

    block: int
    largest: int

    def find(self, path: str) -> Entry | None:
        """Return what is at ``path``, or None where nothing is."""
        above, _, name = self._clean(path).rpartition("/")
        if not above and name and self._board.idle and (root := self._known.seen("/")) is not None:
            seen = next((entry for entry in root if entry.path == name), None)
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
        if self._board.idle and (seen := self._known.seen(path, recursive=recursive)) is not None:
            return seen
        prefix = "" if path == "/" else path
        rows, _ = self._rows("listing", self._on_board(prefix), 1 if recursive else 0, subject=path)
        found = [Entry(self._from_board(row[0])[len(prefix) + 1 :], bool(row[1]), row[2]) for row in rows]
        found = self._named(path, found)
        if recursive:
            found = self._its_own(path, found)
        found.sort(key=lambda entry: entry.path.split("/"))
        self._known.note(path, [entry for entry in found if "/" not in entry.path])
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
        found = self._named(path, [entry for row in rows if row for entry in _surveyed(*row)])
        return sorted(self._its_own(path, found), key=lambda entry: entry.path.split("/"))

    def cached_listing(self, path: str) -> list[Entry] | None:
        """Return what ``path`` held when it was last listed, without asking the board; None if it never was."""
        return self._known.listing(self._clean(path))

    def glimpse(self, path: str, entries: list[Entry]) -> None:
        """Take note of what the directory ``path`` holds now: it need not be asked again in this instant."""
        self._known.glimpse(path, self._named(path, entries))

    def end_glimpse(self) -> None:
        """The board is asked something: what was seen a moment ago is no answer any more."""
        self._known.end_glimpse()

    def forget_listings(self) -> None:
        """Drop what is known of directories: something else may have changed them."""
        self._known.forget()

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

    def _named(self, path: str, found: list[Entry]) -> list[Entry]:
        """Leave out what has no name that a file can have, and say so."""
        directories = {"", *(entry.path for entry in found if entry.is_dir)}
        named = [
            entry
            for entry in found
            if entry.path.rpartition("/")[0] in directories and all(map(is_name, entry.path.split("/")))
        ]
        if strange := len(found) - len(named):
            left_out = f"{strange} name{'' if strange == 1 else 's'} that no file can have"
            self._board.tell(Notice(self._board.name, f"left out below {path}: {left_out}"))
        return named

    def _its_own(self, path: str, found: list[Entry]) -> list[Entry]:
        """Leave out what is mounted below ``path`` and no file of the board's own: the host's, and a ROM's."""
        if not self._is_away(path):
            found = [entry for entry in found if not self._is_away(f"{path.rstrip('/')}/{entry.path}")]
        if path == "/" and Entry(_ROM, True) in found and self.space(f"/{_ROM}") != self.space("/"):
            found = [entry for entry in found if entry.path.partition("/")[0] != _ROM]
        return found

    def _is_away(self, path: str) -> bool:
        """Whether ``path`` is in a directory of the host that is mounted on the board."""
        return any(path == point or path.startswith(point + "/") for point in self._board.mount_points)

    def _fetch(self, path: str, moved: Moved) -> Iterator[bytes]:
        return transfer.fetch(self, path, moved)


def _surveyed(above: str, files: Sequence[tuple[str, int, str]], below: Sequence[str]) -> Iterator[Entry]:
    """Yield the entries of a record of onboard/surveying.py."""
    from binascii import a2b_base64

    prefix = f"{above[1:]}/" if above else ""
    for name, size, digest in files:
        yield Entry(prefix + name, False, size, digest=a2b_base64(digest + "=").hex())
    for name in below:
        yield Entry(prefix + name, True)
