"""A directory of the host as a board sees it: questions in, answers out.

All of it may be asked twice: reads and writes say from where on.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import shutil
import stat
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from espsh.board.mount.paths import find, inside, names_in, names_of

DIRECTORY, FILE = 0x4000, 0x8000
"""What ``os.stat`` says on a board."""
_HEADER = 8
_UNIT = 4096
_BOARD_NUMBERS = {"ENOTEMPTY": 39, "ENAMETOOLONG": 36, "ELOOP": 40, "EDQUOT": 28}
"""Numbers of errors that are others on some hosts: a board knows Linux's."""
_HIGHEST = 132
_MOST_MISSED = 100
_WAYS = {"r": os.O_RDONLY, "w": os.O_CREAT | os.O_TRUNC, "a": os.O_CREAT, "x": os.O_CREAT | os.O_EXCL}
_BINARY = getattr(os, "O_BINARY", 0)


class _Opened(NamedTuple):
    """A file that the board has open. The host opens it for each block, so none is left open by a board that restarts.

    ``stamp`` tells whether it is still what it was; ``None`` where the board may write to it.
    """

    path: Path
    access: int
    stamp: tuple[int, int, int] | None


class Folder:
    """Answers questions about ``directory``. ``room`` is how long an answer may be, ``epoch`` the board's time 0.

    While it is ``spared`` nothing is changed in it, while it is ``hidden`` it looks empty. ``missed`` are modules
    that the board looked for in vain, and has perhaps from elsewhere.
    """

    def __init__(self, directory: Path, *, writable: bool, room: int, epoch: int) -> None:
        self.directory = Path(os.path.realpath(directory))
        self.writable = writable
        self.spared = False
        self.hidden = False
        self.missed: set[str] = set()
        self._room = room
        self._epoch = epoch
        self._opened: dict[int, _Opened] = {}
        self._numbers = itertools.count(1)

    def ask(self, what: str, *arguments: Any) -> bytes:
        """Return the answer to a question. Raises OSError; EscapeError for what lies outside."""
        try:
            return _ANSWERS[what](self, *arguments)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, Base64Error):
            raise OSError(errno.EINVAL, f"no such question: {what}") from None

    def changed(self) -> list[str]:
        """Return the files that the board has read and that are others now, or gone; those are forgotten."""
        found = [(number, opened) for number, opened in self._opened.items() if opened.stamp and not _is_same(opened)]
        for number, _ in found:
            del self._opened[number]
        return [opened.path.relative_to(self.directory).as_posix() for _, opened in found]

    # What is there

    def _stat(self, path: str) -> bytes:
        try:
            found = self._find(path).stat()
        except FileNotFoundError:
            if path.endswith(".py") and len(self.missed) < _MOST_MISSED:
                self.missed.add(path.strip("/").removesuffix(".py"))
            raise
        return _spell((_kind(found), _size(found), int(found.st_mtime) - self._epoch))

    def _list(self, path: str, after: str) -> bytes:
        """The entries behind ``after``, in order, as many as there is room for, and where to go on."""
        where = self._find(path)
        entries: list[tuple[str, int, int]] = []
        length = 0
        names = () if self.hidden else names_of(where)
        for name in sorted(name for name in names if name > after):
            try:
                found = inside(self.directory, where / name).stat()
                entry = (name, _kind(found), _size(found))
            except OSError:
                continue  # a link that leads away, a device: what cannot be opened is not there
            size = len(_spell(entry)) + 1
            if size > self._room - 64:
                continue  # no answer can hold it
            length += size
            if length > self._room - 64:
                return _spell((entries, entries[-1][0]))
            entries.append(entry)
        return _spell((entries, None))

    def _statvfs(self, path: str) -> bytes:
        usage = shutil.disk_usage(self._find(path))
        free = usage.free // _UNIT if self.writable else 0
        return _spell((_UNIT, _UNIT, usage.total // _UNIT, free, free, 0, 0, 0, 0, 255))

    def _chdir(self, path: str) -> bytes:
        if not self._find(path).is_dir():
            raise NotADirectoryError(errno.ENOTDIR, path)
        return "".join(f"/{name}" for name in names_in(path)).encode() + b"/"

    # What is in it

    def _open(self, path: str, mode: str) -> bytes:
        """A number for the file, its size, and the first block."""
        way = _WAYS.get(mode[:1])
        if way is None or set(mode[1:]) - set("+bt"):
            raise OSError(errno.EINVAL, mode)
        writes = mode[0] != "r" or "+" in mode
        found = self._change(path, new=mode[0] != "r") if writes else self._find(path)
        if found.exists():
            _kind(found.stat(), file=True)
        access = (os.O_RDWR if "+" in mode else os.O_WRONLY) if writes else os.O_RDONLY
        with _file(found, access | way) as descriptor:
            state = os.fstat(descriptor)
            if state.st_size >> 32:
                raise OSError(errno.EFBIG, path)
            number = self._number(_Opened(found, access, None if writes else _stamp(state)))
            first = b"" if access == os.O_WRONLY else os.read(descriptor, self._room - _HEADER)
        return number.to_bytes(4, "little") + state.st_size.to_bytes(4, "little") + first

    def _read(self, number: int, offset: int) -> bytes:
        opened = self._known(number)
        with _file(opened.path, opened.access) as descriptor:
            if opened.stamp not in (None, _stamp(os.fstat(descriptor))):
                raise OSError(errno.EIO, "the file has changed since the board opened it")
            os.lseek(descriptor, offset, os.SEEK_SET)
            return os.read(descriptor, self._room)

    def _write(self, number: int, offset: int, data: bytes) -> bytes:
        opened = self._known(number)
        with _file(opened.path, opened.access) as descriptor:
            os.lseek(descriptor, offset, os.SEEK_SET)
            rest = memoryview(b64decode(data, validate=True))
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            now = _stamp(os.fstat(descriptor))
        for other, file in self._opened.items():
            if file.path == opened.path and file.stamp:  # the board's own change
                self._opened[other] = file._replace(stamp=now)
        return b""

    # What changes it

    def _mkdir(self, path: str) -> bytes:
        self._change(path, new=True).mkdir()
        return b""

    def _rmdir(self, path: str) -> bytes:
        self._change(path).rmdir()
        return b""

    def _remove(self, path: str) -> bytes:
        self._change(path).unlink()
        return b""

    def _rename(self, path: str, to: str) -> bytes:
        self._change(path).replace(self._change(to, new=True))
        return b""

    # Where it is

    def _change(self, path: str, *, new: bool = False) -> Path:
        if not self.writable or self.spared:
            raise OSError(errno.EROFS, path)
        if not names_in(path):
            raise OSError(errno.EBUSY, path)
        return find(self.directory, path, new=new)

    def _find(self, path: str) -> Path:
        return find(self.directory, path)

    def _number(self, opened: _Opened) -> int:
        """Return the number of a file; the same file, opened again and again, has one."""
        for number, known in self._opened.items():
            if known == opened:
                return number
        number = next(self._numbers)
        self._opened[number] = opened
        return number

    def _known(self, number: int) -> _Opened:
        if number not in self._opened:
            raise OSError(errno.EBADF, "no such file is open")
        return self._opened[number]


_ANSWERS: dict[str, Callable[..., bytes]] = {
    "stat": Folder._stat, "list": Folder._list, "statvfs": Folder._statvfs, "chdir": Folder._chdir,
    "open": Folder._open, "read": Folder._read, "write": Folder._write,
    "mkdir": Folder._mkdir, "rmdir": Folder._rmdir, "remove": Folder._remove, "rename": Folder._rename,
}  # fmt: skip


def board_number(error: OSError) -> int:
    """Return the number by which a board knows an error of the host's."""
    number = _BOARD_NUMBERS.get(errno.errorcode.get(error.errno or 0, ""), error.errno or errno.EIO)
    return number if number <= _HIGHEST else errno.EIO


def _kind(found: os.stat_result, *, file: bool = False) -> int:
    """Return what something is on a board. Raises OSError for a device or a pipe, and where a ``file`` is wanted."""
    if stat.S_ISDIR(found.st_mode) and not file:
        return DIRECTORY
    if stat.S_ISREG(found.st_mode):
        return FILE
    raise OSError(errno.EISDIR if stat.S_ISDIR(found.st_mode) else errno.EACCES, "it is no file")


def _size(found: os.stat_result) -> int:
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _stamp(state: os.stat_result) -> tuple[int, int, int]:
    return state.st_ino, state.st_size, state.st_mtime_ns


def _is_same(opened: _Opened) -> bool:
    try:
        return _stamp(opened.path.stat()) == opened.stamp
    except OSError:
        return False


def _spell(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@contextlib.contextmanager
def _file(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags | _BINARY, 0o666)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
