"""A snapshot as a file: a zip with a manifest and the files below their boards' names, checked before it is used.

A file's content is kept outside of the archive under its SHA-256, in a folder of the caller's: no name of a board or of
an archive is ever a path on the host.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

from espsh.board.trees.manifest import DamagedSnapshotError, SavedBoard, SavedFile, from_json, to_json
from espsh.errors import EspshError, NotFoundError

MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 16 * 1024 * 1024
_BLOCK = 64 * 1024
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Where a zip's time begins; a host without a clock of its own may be before it."""
_FOREIGN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, KeyError, OverflowError),
)
"""What zipfile raises for a file that is none, is cut off, damaged, encrypted, or packed in a way it does not know."""


def write(file: IO[bytes], boards: Sequence[SavedBoard], folder: Path) -> None:
    """Write a snapshot of ``boards``, whose contents are in ``folder``."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, to_json(boards))
        for board in boards:
            when = max(datetime.fromisoformat(board.saved).timetuple()[:6], _EARLIEST)
            for directory in board.directories:
                archive.writestr(zipfile.ZipInfo(f"{board.name}/{directory}/", when), b"")
            for saved in board.files:
                entry = zipfile.ZipInfo(f"{board.name}/{saved.path}", when)
                entry.compress_type, entry.file_size = zipfile.ZIP_DEFLATED, saved.size
                entry.external_attr = 0o644 << 16
                with (folder / saved.sha256).open("rb") as content, archive.open(entry, "w") as packed:
                    shutil.copyfileobj(content, packed, _BLOCK)


def read(path: str, folder: Path) -> tuple[SavedBoard, ...]:
    """Put each content of the snapshot at ``path`` into ``folder`` under its SHA-256, and return the boards.

    Raises DamagedSnapshotError where anything is not as the manifest says, or is there and not in the manifest.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _checked(archive, folder)
    except DamagedSnapshotError as error:
        error.message = f"{path}: {error.message}"
        raise
    except FileNotFoundError:
        raise NotFoundError(f"{path}: no such file or directory") from None
    except OSError as error:
        if error.errno == errno.EINVAL:  # a damaged offset before the file's beginning
            raise DamagedSnapshotError(f"{path}: it is damaged: an offset in it is wrong") from error
        raise EspshError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except _FOREIGN as error:
        reason = f"{path}: it is no snapshot, or damaged: {error or type(error).__name__}"
        raise DamagedSnapshotError(reason) from error


def _checked(archive: zipfile.ZipFile, folder: Path) -> tuple[SavedBoard, ...]:
    boards = from_json(_manifest(archive))
    _check_names(archive, boards)
    _check_room(boards, folder)
    for board in boards:
        for saved in board.files:
            _unpack(archive, f"{board.name}/{saved.path}", saved, folder)
    return boards


def _manifest(archive: zipfile.ZipFile) -> bytes:
    if MANIFEST not in archive.namelist():
        raise DamagedSnapshotError("it holds no manifest.json, so it is no snapshot")
    with archive.open(MANIFEST) as manifest:
        data = manifest.read(_LARGEST_MANIFEST + 1)
    if len(data) > _LARGEST_MANIFEST:
        raise DamagedSnapshotError("its manifest is too large")
    return data


def _check_names(archive: zipfile.ZipFile, boards: Sequence[SavedBoard]) -> None:
    """Refuse an archive that lacks something, or holds what its manifest does not name."""
    there, expected = archive.namelist(), {MANIFEST, *_names(boards)}
    if len(there) != len(set(there)):
        raise DamagedSnapshotError("it holds two files of one name")
    for kind, names in (("lacks", expected.difference(there)), ("holds, against its manifest,", set(there) - expected)):
        if names:
            raise DamagedSnapshotError(f"it {kind} {min(names)!r}")


def _names(boards: Sequence[SavedBoard]) -> Iterator[str]:
    for board in boards:
        yield from (f"{board.name}/{file.path}" for file in board.files)
        yield from (f"{board.name}/{directory}/" for directory in board.directories)


def _check_room(boards: Sequence[SavedBoard], folder: Path) -> None:
    """Refuse what says it unpacks to more than the disk holds."""
    size = sum(board.size for board in boards)
    if size > shutil.disk_usage(folder).free:
        raise DamagedSnapshotError(f"it unpacks to {size} bytes, for which {folder.parent} has no room")


def _unpack(archive: zipfile.ZipFile, name: str, saved: SavedFile, folder: Path) -> None:
    """Put one content into ``folder``, no more of it than its size."""
    target = folder / saved.sha256
    whole, length = hashlib.sha256(), 0
    with archive.open(name) as packed, target.open("wb") as content:
        while length <= saved.size and (block := packed.read(_BLOCK)):
            content.write(block)
            whole.update(block)
            length += len(block)
    if length != saved.size or whole.hexdigest() != saved.sha256:
        raise DamagedSnapshotError(f"{name!r} in it is not what was saved")
