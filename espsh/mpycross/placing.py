"""Where compiled files go: beside their sources, into one file, or with their paths into a directory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from espsh.base.files import Files
from espsh.base.location import Location
from espsh.board.trees.ignore import Ignored
from espsh.board.trees.tree import own_patterns, tree
from espsh.errors import NotFoundError, UsageError

FilesOf = Callable[[Location], Files]
Share = Callable[[Location], Location]
"""Returns this board's part of a directory to which several boards write, or the very same."""


class Job(NamedTuple):
    """A Python file, and where what is made of it goes."""

    source: Location
    final: Location


class Placed(NamedTuple):
    """What is to be compiled, and the directories that have to be there first."""

    jobs: list[Job]
    directories: list[Location]


def place(sources: Sequence[Location], out: Location | None, files: FilesOf, share: Share) -> Placed:
    """Return where each file of ``sources`` goes, directories of them with all that is below.

    ``out`` is a file or a directory, None for beside the source. A directory ``src`` becomes ``out/src``, ``src/``
    fills ``out``. Raises UsageError for two that would become one, NotFoundError.
    """
    whole = [source for source in sources if files(source).stat(source.path).is_dir]
    if out is not None and not _is_directory(out, files(out), bool(whole), len(sources) > 1):
        if share(out) is not out:
            raise UsageError("several boards cannot write to one file", "name a directory: -o DIR")
        return Placed([Job(_checked(sources[0]), out)], [])
    jobs: list[Job] = []
    parents: dict[tuple[str, str], Location] = {}
    for source in sources:
        is_whole = source in whole
        above = out or (source if is_whole else _parent(source))
        into = share(above)
        found = _below(source, files(source), out is not None) if is_whole else [(_checked(source), source.name)]
        new = [Job(file, _compiled(into, path)) for file, path in found]
        jobs += new
        if into is not above or (out and is_whole):
            parents |= {parent[:2]: parent for parent in (_parent(job.final) for job in new)}
    return Placed(_apart(jobs), list(parents.values()))


def _below(directory: Location, files: Files, apart: bool) -> Iterable[tuple[Location, str]]:
    """Yield each .py file below a directory that a sync would take, and its path at a target that is ``apart``."""
    ignored = Ignored(own_patterns(files, directory.path))
    found = [
        item
        for item in tree(files, directory.path).items
        if not item.is_dir and item.path.endswith(".py") and not ignored(item.path, False)
    ]
    if not found:
        raise NotFoundError(f"{directory}: no .py files are in it")
    head = f"{directory.name}/" if apart and directory.name and not directory.wants_directory else ""
    typed = directory.typed.rstrip("/")
    for item in found:
        yield Location(directory.place, item.origin, f"{typed}/{item.path}"), head + item.path


def _apart(jobs: Iterable[Job]) -> list[Job]:
    """Return the jobs without what was named twice. Raises UsageError for two sources of one file."""
    found: dict[tuple[str, str], Job] = {}
    for job in jobs:
        other = found.setdefault((job.final.place, job.final.path), job).source
        if other[:2] != job.source[:2]:
            raise UsageError(f"{other} and {job.source} would both become {job.final}")
    return list(found.values())


def _checked(source: Location) -> Location:
    if source.path.endswith(".mpy"):
        raise UsageError(f"{source} is compiled already")
    return source


def _is_directory(out: Location, files: Files, fills: bool, several: bool) -> bool:
    """Tell whether ``out`` is a directory or, since a directory ``fills`` it, one that is to be made."""
    entry = files.find(out.path)
    if entry is not None and entry.is_dir:
        return True
    if entry is not None and (fills or several or out.wants_directory):
        raise UsageError(f"{out} is a file, not a directory")
    if fills:
        return True
    if out.path.endswith(".mpy") and not several and not out.wants_directory:
        return False
    if entry is not None:
        raise UsageError(f"{out} would not be found by import", "a compiled file's name ends in .mpy")
    raise NotFoundError(f"{out}: no such directory", f"make it first: mkdir -p {out.typed}")


def _parent(location: Location) -> Location:
    path = Path(location.path) if location.on_host else PurePosixPath(location.path)
    return Location(location.place, str(path.parent))


def _compiled(directory: Location, path: str) -> Location:
    above = Path(directory.path) if directory.on_host else PurePosixPath(directory.path)
    return Location(directory.place, str(above / f"{path.removesuffix('.py')}.mpy"))
