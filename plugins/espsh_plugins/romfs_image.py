"""ROMFS images, MicroPython's read-only filesystem: a tree to bytes, and bytes to what they hold. Pure.

An image is one record: kind and length as numbers of 7 bits a byte, the first the highest, then the payload. Its
payload are records again: a directory or a file, each with the length of its name, the name, and records of its own. An
image has an even number of bytes. Nothing else is aligned: bytecode runs where it lies, native code is copied.
Source: the head of MicroPython's extmod/vfs_rom.c (since 1.25). What is read may be anybody's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Union

from espsh.api import EspshError

Tree = Mapping[str, Union["Tree", bytes]]
"""A directory by its names: a file's bytes, or another directory."""

Fetch = Callable[[int, int], bytes]
"""Returns the bytes from an offset up to another."""

MAGIC = b"\xd2\xcd\x31"
_FILESYSTEM = 0x14A6B1
_UNUSED, _PADDING, _DATA, _POINTER, _DIRECTORY, _FILE = range(6)
_DEEPEST = 32
"""Directories within each other: a board follows them by one call each."""
_LONGEST = 255
"""Bytes of a name, as on the board's other filesystem."""
_MOST = 65_536
"""Records of an image that are looked at: one of two bytes each could keep us for hours."""
_DIGITS = 32
"""Bytes of a number: five are enough, but any may be padded in front with 0x80."""
_BLOCK = 1024


class ImageError(EspshError):
    """A tree that no image can hold, or bytes that are none."""


class Member(NamedTuple):
    """A file or directory: its ``path`` below the image's root, and where in the image the file's bytes lie."""

    path: str
    is_dir: bool
    start: int = 0
    size: int = 0


class Image(NamedTuple):
    """An image: its ``size`` in bytes, header included, and what it holds, sorted by path."""

    size: int
    members: tuple[Member, ...]


class _Record(NamedTuple):
    """One record: its kind, and where its payload begins and ends."""

    kind: int
    start: int
    end: int


def build(tree: Tree) -> bytes:
    """Return the image of a tree. Raises ImageError for a name that no board takes."""
    payload = _content(tree, 0)
    length = _number(len(payload))
    if (len(MAGIC) + len(length) + len(payload)) % 2:
        length = b"\x80" + length
    return MAGIC + length + payload


def _content(tree: Tree, depth: int) -> bytes:
    if depth > _DEEPEST:
        raise ImageError(f"more than {_DEEPEST} directories within each other")
    return b"".join(_entry(name, tree[name], depth) for name in sorted(tree))


def _entry(name: str, held: Tree | bytes, depth: int) -> bytes:
    try:
        spelled = name.encode()
    except UnicodeEncodeError:
        raise ImageError(f"the name {name!r} is not UTF-8") from None
    if not _is_name(name, len(spelled)):
        raise ImageError(f"no file of a board can be called {name!r}")
    head = _number(len(spelled)) + spelled
    if isinstance(held, bytes):
        return _record(_FILE, head + _record(_DATA, held))
    return _record(_DIRECTORY, head + _content(held, depth + 1))


def _record(kind: int, payload: bytes) -> bytes:
    return _number(kind) + _number(len(payload)) + payload


def _number(value: int) -> bytes:
    spelled = bytes((value & 0x7F,))
    while value := value >> 7:
        spelled = bytes((value & 0x7F | 0x80,)) + spelled
    return spelled


def _is_name(name: str, length: int) -> bool:
    return name not in ("", ".", "..") and length <= _LONGEST and not {"/", "\0"} & set(name)


def read(fetch: Fetch, room: int) -> Image | None:
    """Return what the image at the start of ``room`` bytes holds, None where there is none. Raises ImageError.

    Only what describes files is fetched, a kilobyte at a time, and not what they hold.
    """
    if fetch(0, min(room, len(MAGIC))) != MAGIC:
        return None
    reader = _Reader(fetch, room)
    return Image(reader.whole.end, tuple(sorted(reader.members(reader.whole.start, reader.whole.end))))


def read_bytes(data: bytes) -> Image | None:
    """Return what the image at the start of ``data`` holds, as :func:`read`."""
    return read(lambda start, stop: data[start:stop], len(data))


class _Reader:
    """Reads records out of blocks of an image, of which it keeps the last. ``whole`` is the image's own."""

    def __init__(self, fetch: Fetch, room: int) -> None:
        self._fetch = fetch
        self._room = room
        self._at, self._block = 0, b""
        self._records = 0
        self.whole = self._record(0, room)

    def members(self, at: int, end: int, above: str = "") -> Iterator[Member]:
        """Yield what the records of a directory hold, with ``above`` before the names; unknown kinds are skipped."""
        while at < end:
            record = self._record(at, end)
            at = record.end
            if record.kind == _FILE:
                name, inside = self._name(record)
                yield self._file(above + name, inside, record.end)
            elif record.kind == _DIRECTORY:
                name, inside = self._name(record)
                yield Member(above + name, True)
                if above.count("/") >= _DEEPEST:
                    raise ImageError(f"damaged image: more than {_DEEPEST} directories within each other")
                yield from self.members(inside, record.end, f"{above}{name}/")

    def _record(self, at: int, end: int) -> _Record:
        """Return the record at an offset, which may go up to ``end``."""
        self._records += 1
        kind, start = self._number(at, end)
        length, start = self._number(start, end)
        if kind == _UNUSED or start + length > end or self._records > _MOST:
            raise ImageError(f"damaged image: no record at byte {at}")
        return _Record(kind, start, start + length)

    def _file(self, path: str, at: int, end: int) -> Member:
        """Return a file: the first of its records that holds data, or says where they are, is it."""
        while at < end:
            record = self._record(at, end)
            at = record.end
            if record.kind == _DATA:
                return Member(path, False, record.start, record.end - record.start)
            if record.kind == _POINTER:
                size, after = self._number(record.start, record.end)
                offset, _ = self._number(after, record.end)
                start = self.whole.start + offset
                if start + size > self.whole.end:
                    raise ImageError(f"damaged image: {path} lies outside of it")
                return Member(path, False, start, size)
        raise ImageError(f"damaged image: {path} has no data")

    def _name(self, record: _Record) -> tuple[str, int]:
        """Return a record's name, and where what follows it begins."""
        length, start = self._number(record.start, record.end)
        end = start + length
        if end > record.end or length > _LONGEST:
            raise ImageError(f"damaged image: no name at byte {record.start}")
        try:
            name = bytes(map(self._byte, range(start, end))).decode()
        except UnicodeDecodeError:
            raise ImageError(f"damaged image: the name at byte {start} is not UTF-8") from None
        if not _is_name(name, length):
            raise ImageError(f"damaged image: no file of a board can be called {name!r}")
        return name, end

    def _number(self, at: int, end: int) -> tuple[int, int]:
        """Return the number at an offset, and where what follows it begins."""
        value = 0
        for here in range(at, min(end, at + _DIGITS)):
            byte = self._byte(here)
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, here + 1
        raise ImageError(f"damaged image: no number at byte {at}")

    def _byte(self, at: int) -> int:
        if not self._at <= at < self._at + len(self._block):
            self._at = at - at % _BLOCK
            self._block = self._fetch(self._at, min(self._at + _BLOCK, self._room))
            if at >= self._at + len(self._block):
                raise ImageError(f"damaged image: it breaks off at byte {at}")
        return self._block[at - self._at]
