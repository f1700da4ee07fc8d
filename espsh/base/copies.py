"""Where copies lead, as cp and mv on Unix mean it: one plan for all the sources, made before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from espsh.base.files import Entry, Files
from espsh.base.hosttree import follow_links
from espsh.base.location import Location
from espsh.errors import EspshError, NotFoundError, UsageError

FilesOf = Callable[[Location], Files]
"""Returns the files of a location's place."""


class Route(NamedTuple):
    """A source and where it leads; ``found`` is what is at the source, ``there`` what is at the target, if anything."""

    source: Location
    target: Location
    found: Entry
    there: Entry | None


class Wanted(NamedTuple):
    """A file or directory of a source, and where it is to be; ``size`` is in bytes."""

    source: Location
    target: Location
    is_dir: bool
    size: int


class CopyFile(NamedTuple):
    """A file to be copied. ``size`` is in bytes, ``replaced`` that of the file it replaces; None where it is new."""

    source: Location
    target: Location
    size: int
    replaced: int | None


class Plan(NamedTuple):
    """Directories to be made, then files to be copied.

    ``wanted`` is all that the sources hold, directories that are there already too; ``left_out`` is what of the
    sources has no content to copy.
    """

    made: list[Location]
    copied: list[CopyFile]
    wanted: list[Wanted]
    left_out: list[Location]


Clash = tuple[Location, str]
"""A place in the target and why nothing can be put there."""


def routes(at: FilesOf, sources: Sequence[Location], target: Location) -> list[Route]:
    """Return where each source leads: into ``target`` where that is a directory, else it is the new name."""
    entry = at(target).find(target.path)
    into = _is_directory(entry, sources, target)
    found = []
    for source in {source[:2]: source for source in sources}.values():
        itself = _found(at, source)
        inside = into and source.name and not (source.path != target.path and _is_one(at, source, target))
        final = below(target, source.name) if inside else target
        _check_apart(at, source, final)
        there = entry if final is target else at(final).find(final.path)
        if there is not None and _is_one(at, source, final):
            there = None
        if there is None:
            _check_parent(at, final, itself.is_dir)
        found.append(Route(source, final, itself, there))
    return found


def plan(at: FilesOf, routes: Iterable[Route], *, recursive: bool) -> Plan:
    """Return what copies all of ``routes``; nothing is changed. Raises an EspshError that names every clash."""
    wanted: list[Wanted] = []
    left_out: list[Location] = []
    there: dict[str, Entry] = {}
    for route in routes:
        if route.found.is_dir and not recursive:
            raise UsageError(f"{route.source} is a directory", "cp -r copies it and all it holds")
        if _is_one(at, route.source, route.target):
            raise UsageError(f"{route.source} and {route.target} are the same")
        found, without = _held(at, route, recursive)
        wanted += found
        left_out += without
        there |= _there(at, route)
    _refuse([*_doubled(wanted, joined=True), *_of_other_kind(wanted, there)])
    distinct = {item.target.path: item for item in wanted}
    made = [item.target for path, item in distinct.items() if item.is_dir and path not in there]
    files = [(item, there.get(path)) for path, item in distinct.items() if not item.is_dir]
    copied = [CopyFile(item.source, item.target, item.size, old.size if old else None) for item, old in files]
    return Plan(made, copied, wanted, left_out)


def check_moves(at: FilesOf, routes: Sequence[Route]) -> None:
    """Refuse moves that would lose something: two to one place, a file onto a directory, one directory onto another.

    So is a move into a device or a pipe, of which no copy can be compared. Onto an empty directory is fine, as on Unix.
    """
    for route in routes:
        if not route.source.name:
            raise UsageError(f"{route.source} is a root: it cannot be moved", "move what it holds: /*")
        if route.source.place != route.target.place and _is_stream(route):
            raise EspshError(f"{route.target} keeps nothing that could be compared", "cp writes to it")
        if route.there is None and route.found.is_dir:
            _check_parent(at, route.target, is_dir=False)
    wanted = [_itself(route) for route in routes]
    there = {route.target.path: route.there for route in routes if route.there}
    _refuse([*_doubled(wanted, joined=False), *_of_other_kind(wanted, there)])
    for route in routes:
        if route.found.is_dir and route.there and at(route.target).listdir(route.target.path):
            raise EspshError(f"{route.target}: directory not empty", "nothing was moved; cp -r joins two directories")


def below(location: Location, path: str) -> Location:
    """Return what is at ``path`` in the directory ``location``."""
    return Location(location.place, f"{location.path.rstrip('/')}/{path}", f"{location.typed.rstrip('/')}/{path}")


def _is_directory(entry: Entry | None, sources: Sequence[Location], target: Location) -> bool:
    """Say whether ``target`` is a directory that the sources go into; refuse where it has to be and is not."""
    if entry is not None and entry.is_dir:
        return True
    if entry is not None and target.wants_directory:
        raise UsageError(f"{target} is a file, not a directory")
    if entry is None and (target.wants_directory or len(sources) > 1):
        raise NotFoundError(f"{target}: no such directory", f"make it first: mkdir -p {target.typed}")
    if entry is not None and len(sources) > 1:
        raise UsageError(f"{target} is a file; several sources need a directory")
    return False


def _check_apart(at: FilesOf, source: Location, final: Location) -> None:
    if source[:2] == final[:2]:
        raise UsageError(f"{source} and {final} are the same")
    if any(_is_one(at, source, above) for above in _above(final)):
        raise UsageError(f"{source} cannot go into itself")


def _is_one(at: FilesOf, one: Location, other: Location) -> bool:
    """Say whether both are one; a filesystem that does not tell capitals apart is asked: FAT loses lib in Lib/lib."""
    if one.place != other.place or one.path.casefold() != other.path.casefold():
        return False
    if one.path == other.path:
        return True
    if one.name == other.name:
        return _is_one(at, _above(one)[0], _above(other)[0])
    if at(other).find(other.path) is None:
        return False
    listed = {entry.path for entry in at(other).listdir(_above(other)[0].path)}
    return not {one.name, other.name} <= listed


def _check_parent(at: FilesOf, final: Location, is_dir: bool) -> None:
    """Refuse what would be below a file, or a file below nothing: a directory brings those above it along."""
    parent = next(iter(_above(final)), final)
    above = at(parent).find(parent.path)
    if above is not None and not above.is_dir:
        raise UsageError(f"{parent} is a file, not a directory")
    if above is None and not is_dir:
        raise NotFoundError(f"{parent}: no such directory", "mkdir -p makes it")


def _above(location: Location) -> list[Location]:
    """Return the directories that it is in, the nearest first."""
    pure = Path(location.path) if location.on_host else PurePosixPath(location.path)
    return [Location(location.place, str(parent)) for parent in pure.parents]


def _is_stream(route: Route) -> bool:
    """Say whether the target is a device or a pipe: what is written to it is not read from it again."""
    special = route.there is not None and not route.there.is_dir and route.target.on_host
    return special and not Path(route.target.path).is_file()


def _itself(route: Route) -> Wanted:
    return Wanted(route.source, route.target, route.found.is_dir, route.found.size)


def _found(at: FilesOf, source: Location) -> Entry:
    """Return what the source is; a link with nothing behind it is something, too."""
    try:
        return at(source).stat(source.path)
    except NotFoundError:
        if not (source.on_host and Path(source.path).is_symlink()):
            raise
        return Entry(source.name, False)


def _held(at: FilesOf, route: Route, recursive: bool) -> tuple[list[Wanted], list[Location]]:
    """Return what a source is and holds, and what of it has no content to copy. On the host links are followed.

    A pipe is read where it is named itself, as a shell's ``<(…)``; among others it would be waited for in vain.
    """
    source = route.source
    if not route.found.is_dir:
        if recursive and source.on_host and not Path(source.path).is_file():
            return [], [source]
        if source.on_host and not Path(source.path).exists():
            raise NotFoundError(f"{source}: no such file or directory", "the link leads nowhere")
        return [_itself(route)], []
    entries, left_out = at(source).listdir(source.path, recursive=True), list[str]()
    if source.on_host:
        entries, left_out = follow_links(entries, source.path)
    held = [Wanted(below(source, e.path), below(route.target, e.path), e.is_dir, e.size) for e in entries]
    return [_itself(route), *held], [below(source, path) for path in left_out]


def _there(at: FilesOf, route: Route) -> dict[str, Entry]:
    """Return by path what is at the target, and below where both are directories."""
    if route.there is None:
        return {}
    both = route.found.is_dir and route.there.is_dir
    entries = at(route.target).listdir(route.target.path, recursive=True) if both else []
    return {route.target.path: route.there, **{below(route.target, entry.path).path: entry for entry in entries}}


def _doubled(wanted: Iterable[Wanted], *, joined: bool) -> Iterator[Clash]:
    """Yield where two would be one; with ``joined`` two directories may be."""
    seen: dict[str, Wanted] = {}
    for item in wanted:
        other = seen.setdefault(item.target.path, item)
        if other is not item and not (joined and item.is_dir and other.is_dir):
            yield item.target, "two of the source would be this one"


def _of_other_kind(wanted: Iterable[Wanted], there: Mapping[str, Entry]) -> Iterator[Clash]:
    for item in wanted:
        other = there.get(item.target.path)
        if other is not None and other.is_dir != item.is_dir:
            kinds = ("directory", "file") if item.is_dir else ("file", "directory")
            yield item.target, f"a {kinds[0]} at the source, a {kinds[1]} at the target"


def _refuse(clashes: Sequence[Clash]) -> None:
    if clashes:
        named = ", ".join(f"{where} ({why})" for where, why in clashes)
        raise EspshError(f"nothing was changed, these clash: {named}", "give one of the two another name")
