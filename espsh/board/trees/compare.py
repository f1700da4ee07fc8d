"""What differs between two directories, by size and SHA-256. Pure: what both hold goes in, differences come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from espsh.board.trees.sync import Ignored, Item, alike


class Difference(NamedTuple):
    """A path at which two sides differ; ``left`` or ``right`` is None where that side has nothing there."""

    path: str
    left: Item | None
    right: Item | None

    @property
    def kinds(self) -> bool:
        """Whether one side has a file there and the other a directory."""
        return self.left is not None and self.right is not None and self.left.is_dir != self.right.is_dir


def compare(left: Iterable[Item], right: Iterable[Item], ignored: Ignored) -> list[Difference]:
    """Return where two sides differ, by path; files of equal size without digests count as different.

    A directory that only one side has stands for all that is in it, and so does what is a file on the other.
    """
    here, there = ({item.path: item for item in side if not ignored(item.path, item.is_dir)} for side in (left, right))
    return list(_differences(here, there))


def _differences(here: Mapping[str, Item], there: Mapping[str, Item]) -> Iterator[Difference]:
    told: set[str] = set()
    for path in sorted({*here, *there}, key=lambda path: path.split("/")):
        mine, other = here.get(path), there.get(path)
        if path.rpartition("/")[0] in told:
            told.add(path)
        elif mine is None or other is None or not alike(mine, other):
            told.add(path)
            yield Difference(path, mine, other)
