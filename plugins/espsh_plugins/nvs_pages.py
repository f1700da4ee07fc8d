"""ESP-IDF's NVS pages: bytes to items. Pure, and made for bytes that anybody may have written.

Source: ESP-IDF Programming Guide, "Non-Volatile Storage Library" (structure of a page, of an entry; version 1 and 2).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

PAGE = 4096
_ENTRY, _FIRST, _ENTRIES = 32, 64, 126
_UNUSED = 0xFFFF_FFFF
_WRITTEN = 2
_HEADER = struct.Struct("<II24s")
_HEAD = struct.Struct("<BBBBI16s8s")
_INTEGERS = {
    0x01: ("u8", "<B"), 0x11: ("i8", "<b"), 0x02: ("u16", "<H"), 0x12: ("i16", "<h"),
    0x04: ("u32", "<I"), 0x14: ("i32", "<i"), 0x08: ("u64", "<Q"), 0x18: ("i64", "<q"),
}  # fmt: skip
_STRING, _OLD_BLOB, _BLOB_PIECE, _BLOB = 0x21, 0x41, 0x42, 0x48

Value = int | str | bytes


class Item(NamedTuple):
    """A value with its name. ``type`` is ``u8`` to ``i64``, ``text`` or ``blob``."""

    namespace: str
    key: str
    type: str
    value: Value


class Contents(NamedTuple):
    """What a partition holds, in its order, and how many of its pages and entries are damaged."""

    items: tuple[Item, ...]
    damaged: int


class _Entry(NamedTuple):
    """One entry that is whole: its index of a namespace, kind, piece of a blob, name, 8 bytes and what follows them."""

    space: int
    kind: int
    piece: int
    key: str
    data: bytes
    rest: bytes


def read(pages: Iterable[bytes]) -> Contents:
    """Return the items of a partition's pages (4096 bytes each; what is cut off at the end is erased).

    Of two with one name the one in the newer page counts: the older is left where power was cut in between.
    """
    kept: dict[tuple[int, str, int, int], _Entry] = {}
    damaged = 0
    for _, page in sorted(_numbered(pages), key=lambda numbered: numbered[0]):
        for entry in _entries(page):
            if entry is None:
                damaged += 1
            else:
                kept[entry.space, entry.key, entry.kind, entry.piece] = entry
    spaces = {entry.data[0]: entry.key for entry in kept.values() if entry.space == 0}
    items: list[Item] = []
    for entry in kept.values():
        if entry.space == 0 or entry.kind == _BLOB_PIECE:
            continue
        item = _item(entry, spaces.get(entry.space, f"#{entry.space}"), kept)
        if item is None:
            damaged += 1
        else:
            items.append(item)
    return Contents(tuple(items), damaged)


def _numbered(pages: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the pages in use with their sequence numbers; one whose header is damaged comes empty."""
    for cut in pages:
        page = cut[:PAGE].ljust(PAGE, b"\xff")
        state, number, rest = _HEADER.unpack_from(page)
        if state == _UNUSED:
            continue
        # The checksum, the header's last 4 bytes, is of what comes after the state.
        whole = _crc(page[4:28]) == int.from_bytes(rest[-4:], "little")
        yield (number, page) if whole else (-1, b"")


def _entries(page: bytes) -> Iterator[_Entry | None]:
    """Yield the written entries of a page, None for each that is damaged (and for a page that is)."""
    if not page:
        yield None
        return
    at = 0
    while at < _ENTRIES:
        if page[_ENTRY + at // 4] >> (at % 4 * 2) & 3 != _WRITTEN:
            at += 1
            continue
        start = _FIRST + at * _ENTRY
        space, kind, span, piece, crc, key, data = _HEAD.unpack_from(page, start)
        head = page[start : start + 4] + page[start + 8 : start + _ENTRY]
        if crc != _crc(head) or not 1 <= span <= _ENTRIES - at:
            yield None
            at += 1
            continue
        rest = page[start + _ENTRY : start + span * _ENTRY]
        yield _Entry(space, kind, piece, _name(key), data, rest)
        at += span


def _item(entry: _Entry, namespace: str, entries: Mapping[tuple[int, str, int, int], _Entry]) -> Item | None:
    """Return the item that an entry begins, or None where it is damaged or of a kind not known here."""
    if entry.kind in _INTEGERS:
        name, form = _INTEGERS[entry.kind]
        return Item(namespace, entry.key, name, struct.unpack_from(form, entry.data)[0])
    if entry.kind == _BLOB:
        blob = _joined(entry, entries)
        return None if blob is None else Item(namespace, entry.key, "blob", blob)
    content = _content(entry) if entry.kind in (_STRING, _OLD_BLOB) else None
    if content is None:
        return None
    if entry.kind == _OLD_BLOB:
        return Item(namespace, entry.key, "blob", content)
    return Item(namespace, entry.key, "text", _text(content))


def _joined(entry: _Entry, entries: Mapping[tuple[int, str, int, int], _Entry]) -> bytes | None:
    """Return a blob's bytes from all of its pieces, which begin to count at 0 or 128."""
    size, count, first = struct.unpack_from("<IBB", entry.data)
    pieces = [entries.get((entry.space, entry.key, _BLOB_PIECE, first + number)) for number in range(count)]
    contents = [_content(piece) if piece else None for piece in pieces]
    found = b"".join(content for content in contents if content is not None)
    return found if None not in contents and len(found) == size else None


def _content(entry: _Entry) -> bytes | None:
    """Return the bytes behind an entry, or None where their checksum is wrong."""
    size, _, crc = struct.unpack("<HHI", entry.data)
    content = entry.rest[:size]
    return content if len(content) == size and _crc(content) == crc else None


def _text(data: bytes) -> str:
    return data.split(b"\0")[0].decode("utf-8", "backslashreplace")


def _name(data: bytes) -> str:
    """Return a name in one line, whatever is in it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in _text(data))


def _crc(data: bytes) -> int:
    return zlib.crc32(data, 0xFFFF_FFFF)
