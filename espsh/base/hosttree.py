"""What a directory of the host holds for a place that knows no links: they are followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from espsh.base.files import Entry
from espsh.base.hostfiles import HostFiles


def follow_links(entries: Iterable[Entry], root: str) -> tuple[list[Entry], list[str]]:
    """Return what was listed at ``root``, with what linked directories hold, and the paths that had to be left out.

    Left out is what has no content to copy: dangling links, pipes, sockets, devices, and links that lead back to a
    directory they are in.
    """
    kept: list[Entry] = []
    left_out: list[str] = []
    for entry in _followed(entries, Path(root), "", [Path(root).resolve()]):
        if entry.is_dir or entry.size or Path(root, entry.path).is_file():
            kept.append(entry)
        else:
            left_out.append(entry.path)
    return sorted(kept, key=lambda entry: entry.path.split("/")), left_out


def _followed(entries: Iterable[Entry], root: Path, prefix: str, inside: list[Path]) -> Iterator[Entry]:
    """Yield the entries, a link back as what is no file; ``inside`` are the directories entered on the way here."""
    for entry in entries:
        found = entry._replace(path=prefix + entry.path)
        path = root / found.path
        if not entry.is_dir or not path.is_symlink():
            yield found
            continue
        real = path.resolve()
        if any(above.is_relative_to(real) for above in inside):
            yield found._replace(is_dir=False)
            continue
        yield found
        below = HostFiles().listdir(str(path), recursive=True)
        yield from _followed(below, root, found.path + "/", [*inside, real])
