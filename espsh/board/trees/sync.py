"""Making one directory hold what another does: a pure plan, then its steps one by one.

The plan is made of what both sides hold, compared by size and SHA-256, never by time. What is printed by a rehearsal
is the same object that is applied.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from espsh.base.cores import on_all_cores
from espsh.base.files import Entry, Files, Incoming
from espsh.base.relay import relayed
from espsh.errors import EspshError

Ignored = Callable[[str, bool], bool]
"""Tells of a path relative to the root, and whether it is a directory, if it is left alone."""

Transform = Callable[[str, bytes], tuple[str, bytes]]
"""Given a file's path and bytes: what to put at the target instead (``x.py`` to ``x.mpy``), or the same again."""

_ENOUGH = 16
"""Hex digits of a digest that tell files of equal size apart: 64 bits."""
_TWINS = {".py": ".mpy", ".mpy": ".py"}


class Item(NamedTuple):
    """A file or directory of one side; ``path`` is relative to the side's root, with ``/``; ``size`` is in bytes.

    ``digest`` is the SHA-256 in hex where it is known. At the source ``origin`` is where the bytes are read, unless
    ``content`` holds them.
    """

    path: str
    is_dir: bool
    size: int = 0
    digest: str | None = None
    origin: str = ""
    content: bytes | None = None


class Action(Enum):
    """What a step does."""

    CLASH = "clash"
    MAKE = "make"
    NEW = "new"
    CHANGED = "changed"
    REMOVE = "remove"


_SIGNS = {Action.CLASH: "!", Action.MAKE: "+", Action.NEW: "+", Action.CHANGED: "*", Action.REMOVE: "-"}


class Step(NamedTuple):
    """One thing to do at the target; ``why`` says of a clash what is in the way."""

    action: Action
    item: Item
    why: str = ""

    @property
    def sign(self) -> str:
        """``+`` new, ``*`` changed, ``-`` removed, ``!`` clash."""
        return _SIGNS[self.action]

    @property
    def copies(self) -> bool:
        """Whether a file's bytes are moved."""
        return self.action in (Action.NEW, Action.CHANGED)


class Plan(NamedTuple):
    """Steps in an order that is safe: directories, files, then what goes.

    ``files`` counts the source's files, ``same`` those that the target has already.
    """

    steps: tuple[Step, ...]
    files: int
    same: int

    @property
    def clashes(self) -> list[Step]:
        """The steps that cannot be taken; with one of them nothing is."""
        return [step for step in self.steps if step.action is Action.CLASH]

    @property
    def copied(self) -> list[Step]:
        """The files to be copied."""
        return [step for step in self.steps if step.copies]

    @property
    def removed(self) -> int:
        """How many files and directories go."""
        return sum(step.action is Action.REMOVE for step in self.steps)

    @property
    def size(self) -> int:
        """The bytes to be copied."""
        return sum(step.item.size for step in self.copied)


def listed(entries: Iterable[Entry], root: str, prefix: str = "") -> list[Item]:
    """Return what was listed at ``root``; ``prefix`` comes before each path."""
    above = root.rstrip("/")
    return [Item(prefix + e.path, e.is_dir, e.size, e.digest, f"{above}/{e.path}") for e in entries]


def transformed(
    source: Iterable[Item], ignored: Ignored, read: Callable[[str], Iterable[bytes]], step: Transform
) -> list[Item]:
    """Return ``source`` with each ``.py`` file as ``step`` makes it, in memory; ``read`` takes an item's origin.

    Files are read one after the other; ``step`` is called by several threads at once.
    """
    items = list(source)
    wanted = [
        number
        for number, item in enumerate(items)
        if not item.is_dir and item.path.endswith(".py") and not ignored(item.path, False)
    ]
    sources = [(items[number], b"".join(read(items[number].origin))) for number in wanted]
    for number, made in zip(wanted, on_all_cores(lambda source: _made(*source, step), sources), strict=True):
        items[number] = made
    return items


def doubtful(source: Iterable[Item], target: Iterable[Item], ignored: Ignored) -> list[tuple[Item, Item]]:
    """Return the pairs of files that only digests can tell apart: those of equal size."""
    there = {item.path: item for item in target if not item.is_dir}
    pairs = ((item, there.get(item.path)) for item in source if not item.is_dir and not ignored(item.path, False))
    return [(item, other) for item, other in pairs if other is not None and item.size == other.size > 0]


def alike(one: Item, other: Item) -> bool:
    """Tell whether two items are the same, but for their paths: directories, or files of one size and digest."""
    if one.is_dir or other.is_dir:
        return one.is_dir and other.is_dir
    if one.size != other.size or not one.size:
        return one.size == other.size
    return bool(one.digest and other.digest) and (one.digest or "")[:_ENOUGH] == (other.digest or "")[:_ENOUGH]


def plan(
    source: Sequence[Item],
    target: Sequence[Item] | None,
    ignored: Ignored,
    *,
    delete_below: Collection[str] = (),
    twins: bool = False,
) -> Plan:
    """Return the steps that give ``target`` what ``source`` holds; nothing is changed.

    ``target`` is None where its root is to be made. What is only there is removed below each directory of
    ``delete_below`` ("" is the root); what is ignored never is, nor a directory that holds such. With ``twins`` an
    ``x.py`` beside a sent ``x.mpy`` is removed, and the reverse. A file of equal size without a digest is copied.
    """
    kept = [item for item in source if not ignored(item.path, item.is_dir)]
    wanted = {item.path: item for item in kept}
    there = {item.path: item for item in target or ()}
    clashes = [*_doubled(kept), *_clashes(wanted, there)]
    blocked = {step.item.path for step in clashes}
    free = [item for item in wanted.values() if blocked.isdisjoint(_and_above(item.path))]
    extra = [
        item
        for item in there.values()
        if item.path not in wanted
        and not ignored(item.path, item.is_dir)
        and blocked.isdisjoint(_and_above(item.path))
        and (_below_one(item.path, delete_below) or (twins and _is_stale(item, wanted)))
    ]
    first, last = _removals(extra, wanted, there)
    made = [Step(Action.MAKE, Item("", True))] if target is None else []
    made += [Step(Action.MAKE, item) for item in free if item.is_dir and item.path not in there]
    copied = [step for item in free if not item.is_dir for step in _copy(item, there.get(item.path))]
    files = sum(not item.is_dir for item in free)
    return Plan((*clashes, *first, *made, *copied, *last), files, files - len(copied))


def apply(plan: Plan, source: Files, target: Files, root: str, done: Callable[[Step], None]) -> None:
    """Take the steps of ``plan`` below ``root``, an absolute path of ``target``; tell ``done`` of each.

    Raises an EspshError that names every clash, before anything is changed.
    """
    if plan.clashes:
        raise clash_error(plan.clashes)
    for kind, group in itertools.groupby(plan.steps, key=lambda step: _KINDS[step.action]):
        kind(list(group), source, target, root, done)


def clash_error(clashes: Sequence[Step]) -> EspshError:
    """Return the error that names them all."""
    named = ", ".join(f"{step.item.path or 'the target'} ({step.why})" for step in clashes)
    return EspshError(f"nothing was changed, these clash: {named}", "rename or remove one of the two; or --exclude it")


Done = Callable[[Step], None]


def _make(steps: Sequence[Step], source: Files, target: Files, root: str, done: Done) -> None:
    passed = {above for step in steps for above in _above(step.item.path)}
    # The deepest ones bring those above them along.
    target.make_directories([_final(root, step.item.path) for step in steps if step.item.path not in passed])
    for step in steps:
        done(step)


def _remove(steps: Sequence[Step], source: Files, target: Files, root: str, done: Done) -> None:
    rest = iter(steps)
    target.remove_many([_final(root, step.item.path) for step in steps], lambda _: done(next(rest)))


def _copy_all(steps: Sequence[Step], source: Files, target: Files, root: str, done: Done) -> None:
    if source is not target:
        rest = iter(steps)
        files = [Incoming(_final(root, step.item.path), _content(step.item, source), step.item.size) for step in steps]
        with relayed([source] * len(files), target, files) as near:
            target.write_many(near, lambda _: done(next(rest)))
        return
    for step in steps:
        path = _final(root, step.item.path)
        if step.item.content is not None:
            target.write(path, [step.item.content], step.item.size)
        else:
            target.copy(step.item.origin, path)
        done(step)


_KINDS = {Action.MAKE: _make, Action.REMOVE: _remove, Action.NEW: _copy_all, Action.CHANGED: _copy_all}


def _content(item: Item, source: Files) -> Callable[[], Iterable[bytes]]:
    if item.content is not None:
        return lambda: (item.content or b"",)
    return lambda: source.read(item.origin)


def _final(root: str, path: str) -> str:
    return f"{root.rstrip('/')}/{path}".rstrip("/") or "/"


def _made(item: Item, old: bytes, step: Transform) -> Item:
    import hashlib

    path, new = step(item.path, old)
    if (path, new) == (item.path, old):
        return item
    return Item(path, False, len(new), hashlib.sha256(new).hexdigest(), item.origin, new)


def _copy(item: Item, old: Item | None) -> list[Step]:
    if old is None:
        return [Step(Action.NEW, item)]
    return [] if alike(item, old) else [Step(Action.CHANGED, item)]


def _doubled(source: Iterable[Item]) -> Iterator[Step]:
    """Yield what the source has twice, a directory aside."""
    seen: dict[str, Item] = {}
    for item in source:
        if item.path in seen and not (item.is_dir and seen[item.path].is_dir):
            yield Step(Action.CLASH, item, "two of the source would be this one")
        seen[item.path] = item


def _clashes(wanted: dict[str, Item], there: dict[str, Item]) -> Iterator[Step]:
    for path, item in wanted.items():
        other = there.get(path)
        if other is not None and other.is_dir != item.is_dir:
            kinds = ("directory", "file") if item.is_dir else ("file", "directory")
            yield Step(Action.CLASH, item, f"a {kinds[0]} at the source, a {kinds[1]} at the target")


def _removals(extra: Sequence[Item], wanted: Collection[str], there: dict[str, Item]) -> tuple[list[Step], list[Step]]:
    """Return what to remove before and after the copies: children first, no directory that still holds something.

    Before go names that differ from a wanted one only in case: on FAT they are that one.
    """
    candidates = {item.path for item in extra}
    staying = {*wanted, *(path for path in there if path not in candidates)}
    holding = {above for path in staying for above in _above(path)}
    going = [item for item in extra if not item.is_dir or item.path not in holding]
    going.sort(key=lambda item: (item.is_dir, -item.path.count("/") if item.is_dir else 0))
    folded = {path.casefold() for path in wanted}

    def in_the_way(item: Item) -> bool:
        return any(path.casefold() in folded and path not in wanted for path in _and_above(item.path))

    steps = [(in_the_way(item), Step(Action.REMOVE, item)) for item in going]
    return [step for first, step in steps if first], [step for first, step in steps if not first]


def _is_stale(item: Item, wanted: dict[str, Item]) -> bool:
    stem, dot, ending = item.path.rpartition(".")
    if item.is_dir or dot + ending not in _TWINS:
        return False
    twin = wanted.get(stem + _TWINS[dot + ending])
    return twin is not None and not twin.is_dir


def _above(path: str) -> Iterator[str]:
    """Yield the directories that ``path`` is below, the nearest first, the root last."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _and_above(path: str) -> Iterator[str]:
    yield path
    yield from _above(path)


def _below_one(path: str, directories: Collection[str]) -> bool:
    return bool(directories) and any(above in directories for above in _above(path))
