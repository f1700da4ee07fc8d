"""What a place's directory holds, as a sync or a comparison takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from espsh.base.files import Files
from espsh.base.hosttree import follow_links
from espsh.board.trees.ignore import IGNORE_FILE
from espsh.board.trees.sync import Item, listed


class Tree(NamedTuple):
    """The ``items`` below a directory, and the paths ``left_out`` that have no file behind them."""

    items: list[Item]
    left_out: tuple[str, ...] = ()


def tree(files: Files, root: str, prefix: str = "") -> Tree:
    """Return what is below ``root``, links of the host followed; ``prefix`` comes before each path."""
    entries, left_out = files.survey(root) or [], list[str]()
    if files.on_host:
        entries, left_out = follow_links(entries, root)
    return Tree(listed(entries, root, prefix), tuple(prefix + path for path in left_out))


def without_mounts(items: Iterable[Item], root: str, mounts: Iterable[str], wanted: Iterable[Item]) -> list[Item]:
    """Return the items without those of other filesystems: an SD card or a ROM mounted below ``root``.

    One whose directory is ``wanted`` by its name is meant, and stays. ``mounts`` are absolute paths of a board.
    """
    above = root.rstrip("/") + "/"
    others = {path.removeprefix(above) for path in mounts if path.startswith(above) and path != above}
    others -= {item.path for item in wanted}
    return [item for item in items if not any(f"{item.path}/".startswith(f"{other}/") for other in others)]


def own_patterns(files: Files, root: str) -> list[str]:
    """Return the lines of the file in ``root`` that says what is left alone, or none where there is no such file."""
    path = f"{root.rstrip('/')}/{IGNORE_FILE}"
    entry = files.find(path)
    if entry is None or entry.is_dir:
        return []
    return b"".join(files.read(path)).decode("utf-8", "surrogateescape").removeprefix("\ufeff").splitlines()


def with_digests(items: Iterable[Item], found: Mapping[str, str]) -> list[Item]:
    """Return the items with the digests ``found`` by their origin, where they have none yet."""
    return [item if item.digest else item._replace(digest=found.get(item.origin)) for item in items]
