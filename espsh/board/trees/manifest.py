"""What a snapshot says of itself: whose files it holds, and what each of them has to be. Pure.

It is the archive's ``manifest.json``, an object with the format's version, 1, under ``espsh snapshot``, and ``boards``,
each with the fields of :class:`SavedBoard`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from espsh.base.location import is_board_name
from espsh.errors import EspshError

FORMAT = 1
_KEY = "espsh snapshot"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class DamagedSnapshotError(EspshError):
    """A snapshot is not what espsh writes, or not all of it."""


class SavedFile(NamedTuple):
    """A file: its ``path`` from the board's root without a ``/`` in front, ``size`` in bytes, SHA-256 in hex."""

    path: str
    size: int
    sha256: str


class SavedBoard(NamedTuple):
    """A board and what it held: ``unique_id`` in hex, "" where it has none; ``saved`` is when, in ISO 8601."""

    name: str
    unique_id: str
    chip: str
    firmware: str
    saved: str
    files: tuple[SavedFile, ...] = ()
    directories: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(file.size for file in self.files)


def to_json(boards: Iterable[SavedBoard]) -> bytes:
    """Return the manifest of these boards."""
    told = [{**board._asdict(), "files": [file._asdict() for file in board.files]} for board in boards]
    return json.dumps({_KEY: FORMAT, "boards": told}, ensure_ascii=False, indent=1).encode()


def from_json(data: bytes) -> tuple[SavedBoard, ...]:
    """Return the boards of a manifest; raise DamagedSnapshotError for anything that espsh would not write."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise DamagedSnapshotError("its manifest is no JSON") from None
    version = value.get(_KEY) if isinstance(value, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise DamagedSnapshotError("its manifest is not a snapshot's")
    if version != FORMAT:
        raise DamagedSnapshotError(f"its format is {version}, this espsh reads {FORMAT}", "a newer espsh may read it")
    boards = tuple(_board(item) for item in _list(value, "boards"))
    if not boards:
        raise DamagedSnapshotError("it holds no board")
    for told in ([board.name for board in boards], [board.unique_id for board in boards if board.unique_id]):
        _check_once(told)
    return boards


def _board(value: Any) -> SavedBoard:
    name, unique_id, chip, firmware, saved = (_text(value, field) for field in SavedBoard._fields[:5])
    if not is_board_name(name):
        raise DamagedSnapshotError(f"{name!r} is no board's name")
    files = tuple(_file(item) for item in _list(value, "files"))
    directories = tuple(_path(item) for item in _list(value, "directories"))
    paths = [*(file.path for file in files), *directories]
    _check_once(paths)
    known = {"", *directories}
    for path in paths:
        if path.rpartition("/")[0] not in known:
            raise DamagedSnapshotError(f"{path!r} lies in no directory of its board")
    return SavedBoard(name, unique_id, chip, firmware, saved, files, directories)


def _file(value: Any) -> SavedFile:
    size = value.get("size") if isinstance(value, dict) else None
    digest = _text(value, "sha256")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0 or not _DIGEST.fullmatch(digest):
        raise DamagedSnapshotError("a file has no size or no SHA-256")
    return SavedFile(_path(value.get("path")), size, digest)


def _path(value: Any) -> str:
    """Return a path that stays below the board's root."""
    if not isinstance(value, str) or "\0" in value or {"", ".", ".."}.intersection(value.split("/")):
        raise DamagedSnapshotError(f"{value!r} is no path below a board's root")
    return value


def _text(value: Any, field: str) -> str:
    text = value.get(field) if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise DamagedSnapshotError(f"its manifest lacks a {field}")
    return text


def _list(value: Any, field: str) -> list[Any]:
    items = value.get(field) if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise DamagedSnapshotError(f"its manifest lacks {field}")
    return items


def _check_once(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DamagedSnapshotError(f"{name!r} is there twice")
        seen.add(name)
