"""A board's files and settings, kept on the host while its flash is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from espsh.base.files import Files
from espsh.base.hostfiles import HostFiles
from espsh.board.board import Board
from espsh.board.trees import sync
from espsh.firmware.partitions import Partition
from espsh.firmware.payload import Layout, Part, Payload

Step = Callable[[sync.Step], None]


class Backup(NamedTuple):
    """A dated folder of the host: ``files`` holds the board's files, ``nvs.bin`` its settings."""

    folder: Path

    @classmethod
    def begin(cls, above: Path, name: str) -> Backup:
        """Make the folder for a board called ``name``."""
        stem = f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
        candidates = (above / (f"{stem}-{number}" if number else stem) for number in range(1000))
        folder = next(path for path in candidates if not path.exists())
        (folder / "files").mkdir(parents=True)
        return cls(folder)

    @property
    def root(self) -> str:
        """Where the files are."""
        return str(self.folder / "files")

    def keep_files(self, board: Files, done: Step = lambda step: None) -> int:
        """Copy all files of the board here, each verified; return how many."""
        return _bring(board, "/", HostFiles(), self.root, done)

    def restore_files(self, board: Files, done: Step = lambda step: None) -> int:
        """Give the board the files that it has no longer, or has otherwise; return how many are kept here."""
        return _bring(HostFiles(), self.root, board, "/", done)

    def forget_empty(self) -> bool:
        """Remove the folder where nothing came into it; return whether that is so."""
        if any(Path(self.root).iterdir()):
            return False
        Path(self.root).rmdir()
        self.folder.rmdir()
        return True

    def keep_nvs(self, data: bytes) -> None:
        """Keep the settings."""
        (self.folder / "nvs.bin").write_bytes(data)


class Keeping:
    """A board's files and settings on their way to the host and back.

    ``left`` says what became of them so far, and where they are: for who is told that something failed.
    """

    def __init__(self, board: Board, above: Path) -> None:
        """Make a folder for the board's below ``above``."""
        self._board = board
        self._backup = Backup.begin(above, board.name)
        self._settings = b""
        self.left = "nothing was written"

    def keep(self) -> str:
        """Copy all files of the board to the host; return what was done."""
        try:
            count = self._backup.keep_files(self._board.files)
        except BaseException:
            if not self._backup.forget_empty():
                self.left = f"nothing was written; what was copied of its files is in {self._backup.folder}"
            raise
        self.left = f"{self._back}; the board's files are in {self._backup.folder}"
        return f"kept: {_files(count)} in {self._backup.folder}"

    def with_settings(self, payload: Payload, layout: Layout, read: Callable[[int, int], bytes]) -> Payload:
        """Return the payload with the board's settings in it; ``read`` reads its flash, once."""
        nvs = layout.table.find("nvs") if layout.table else None
        if nvs is None:
            return payload
        if not self._settings:
            self._settings = read(nvs.offset, nvs.size)
            self._backup.keep_nvs(self._settings)
        return with_nvs(payload, nvs, self._settings)

    def restore(self) -> str:
        """Give the board its files back; return what was done."""
        self.left = self._back
        return f"{_files(self._backup.restore_files(self._board.files))} restored"

    @property
    def _back(self) -> str:
        return f"bring them back: rsync {self._backup.root}/ {self._board.name}:/"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _bring(source: Files, source_root: str, target: Files, target_root: str, done: Step) -> int:
    """Copy what ``target`` lacks or has otherwise; return the number of files that ``source`` holds."""
    mine, theirs = _items(source, source_root), _items(target, target_root)
    pairs = sync.doubtful(mine, theirs, _nothing)
    mine = _digested(source, mine, [item for item, _ in pairs])
    theirs = _digested(target, theirs, [item for _, item in pairs])
    plan = sync.plan(mine, theirs, _nothing)
    sync.apply(plan, source, target, target_root, done)
    return plan.files


def _items(files: Files, root: str) -> list[sync.Item]:
    entries = files.survey(root)
    return sync.listed(files.listdir(root, recursive=True) if entries is None else entries, root)


def _digested(files: Files, items: list[sync.Item], asked: list[sync.Item]) -> list[sync.Item]:
    paths = [item.origin for item in asked if item.digest is None]
    found = files.digests(paths) if paths else {}
    return [item._replace(digest=found.get(item.origin, item.digest)) for item in items]


def _nothing(path: str, is_directory: bool) -> bool:
    """Leave nothing out."""
    return False


def with_nvs(payload: Payload, old: Partition, data: bytes) -> Payload:
    """Return the payload with the board's settings ``data`` of the partition ``old`` in the place for them.

    A table that moves them or gives them another size gets none: the chip would take them for damaged.
    """
    new = payload.table.find(old.name) if payload.table else old
    if new is None or new.size != old.size:
        return payload
    return payload._replace(parts=tuple(_patched(part, new.offset, data) for part in payload.parts))


def _patched(part: Part, offset: int, data: bytes) -> Part:
    start, end = offset - part.offset, offset + len(data) - part.offset
    if start < 0 or end > len(part.data):
        return part
    return part._replace(data=part.data[:start] + data + part.data[end:])
