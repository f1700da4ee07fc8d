"""Saving what boards hold, and finding what a board lacks of what was saved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from espsh.base.files import Files
from espsh.board.copying.transfer import TEMPORARY
from espsh.board.trees import sync
from espsh.board.trees.archive import read as read
from espsh.board.trees.archive import write as write
from espsh.board.trees.manifest import SavedBoard as SavedBoard
from espsh.board.trees.manifest import SavedFile
from espsh.board.trees.tree import with_digests
from espsh.errors import NotFoundError

ROOT = "/"


class Known(NamedTuple):
    """A board that is connected: what it is called, and its unique id in hex, "" where it has none."""

    name: str
    unique_id: str


class Pair(NamedTuple):
    """What was saved and the board it goes to, which is the same chip, or only has the same name."""

    saved: SavedBoard
    board: str
    same_chip: bool


def save(files: Files, board: SavedBoard, folder: Path) -> SavedBoard:
    """Copy all that a board holds into ``folder``, each content under its SHA-256; return ``board`` with its files."""
    items = [item for item in _held(files) if not _left_over(item.path, item.is_dir)]
    wanted = [item for item in items if not item.is_dir]
    with files.together([item.size for item in wanted]):
        saved = tuple(_fetch(files, item, folder, folder / f"{board.name}~") for item in wanted)
    return board._replace(files=saved, directories=tuple(item.path for item in items if item.is_dir))


def pair(saved: Sequence[SavedBoard], boards: Sequence[Known]) -> list[Pair]:
    """Return which board each saved one goes to: the same chip, whatever it is called now; else one of that name."""
    by_id = {board.unique_id: board.name for board in boards if board.unique_id}
    found = {one.name: by_id[one.unique_id] for one in saved if one.unique_id in by_id}
    free = {board.name for board in boards}.difference(found.values())
    pairs = [Pair(one, found[one.name], True) for one in saved if one.name in found]
    return pairs + [Pair(one, one.name, False) for one in saved if one.name not in found and one.name in free]


def check_all(pairs: Iterable[Pair], saved: Iterable[SavedBoard], named: Iterable[str]) -> None:
    """Raise NotFoundError where a board that was ``named`` was not saved; with none named, all that was is wanted."""
    held = ", ".join(one.name for one in saved)
    targets, sources = {one.board for one in pairs}, {one.saved.name for one in pairs}
    missing = [name for name in named if name not in targets]
    if missing:
        raise NotFoundError(f"the snapshot holds nothing of {', '.join(missing)}", f"it holds: {held}")
    absent = [one.name for one in saved if one.name not in sources] if not list(named) else []
    if absent:
        raise NotFoundError(
            f"{', '.join(absent)} of the snapshot {'is' if len(absent) == 1 else 'are'} not connected",
            "connect what is missing, or name the boards that are to be restored behind FILE",
        )


def plan(saved: SavedBoard, files: Files, folder: Path, *, delete: bool) -> sync.Plan:
    """Return the steps that make a board hold what was saved; ``delete`` removes what was not there then."""
    directories = [sync.Item(path, True) for path in saved.directories]
    contents = [sync.Item(f.path, False, f.size, f.sha256, str(folder / f.sha256)) for f in saved.files]
    source, there = [*directories, *contents], _held(files)
    unknown = [other.origin for _, other in sync.doubtful(source, there, _left_over) if not other.digest]
    there = with_digests(there, files.digests(unknown) if unknown else {})
    return sync.plan(source, there, _left_over, delete_below=("",) if delete else ())


def _held(files: Files) -> list[sync.Item]:
    return sync.listed(files.survey(ROOT) or [], ROOT)


def _left_over(path: str, _is_dir: bool) -> bool:
    """Tell what a copy that was cut short has left; it is no file of the user's."""
    return path.rpartition("/")[2].startswith(TEMPORARY)


def _fetch(files: Files, item: sync.Item, folder: Path, temporary: Path) -> SavedFile:
    whole, size = hashlib.sha256(), 0
    with temporary.open("wb") as content:
        for block in files.read(item.origin):
            content.write(block)
            whole.update(block)
            size += len(block)
    temporary.replace(folder / whole.hexdigest())
    return SavedFile(item.path, size, whole.hexdigest())
