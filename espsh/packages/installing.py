"""Putting packages into a directory: fetched and checked first, all of them; then one plan of what differs."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from espsh.base.events import Progress
from espsh.board.trees import sync
from espsh.board.trees.ignore import nothing_ignored
from espsh.errors import EspshError
from espsh.packages import record
from espsh.packages.manifest import File
from espsh.packages.present import Present
from espsh.packages.record import Installed
from espsh.packages.resolve import Package
from espsh.packages.spec import Local

Step = Callable[[str, bytes], tuple[str, bytes]]
"""Given a file's path and bytes: what is to be in its place (``x.py`` to ``x.mpy``), or the same; it may refuse."""
Get = Callable[[File, Package], bytes]
"""Brings a file of a package, checked."""
Listen = Callable[[Progress], object]


class Content(NamedTuple):
    """A file that is here, and where it goes, below the target.

    ``checked`` is whether it had a digest to be held to, or is the host's own.
    """

    path: str
    data: bytes
    checked: bool


class Ready(NamedTuple):
    """A package with all its files."""

    package: Package
    files: tuple[Content, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(len(file.data) for file in self.files)

    @property
    def compiled(self) -> bool:
        """Whether there are .mpy files among them."""
        return any(file.path.endswith(".mpy") for file in self.files)

    @property
    def unchecked(self) -> list[str]:
        """The files that nothing could be compared with."""
        return [file.path for file in self.files if not file.checked]


def fetch_all(packages: Sequence[Package], get: Get, step: Step, listen: Listen = lambda _: None) -> list[Ready]:
    """Return all files of ``packages``, as ``step`` makes them; raise what ``get`` or ``step`` raises.

    ``listen`` hears of progress. Raises EspshError where two packages have different files of one name.
    """
    get = _telling(get, sum(len(package.manifest.files) for package in packages), listen)
    found = [
        Ready(package, tuple(_content(file, package, get, step) for file in package.manifest.files))
        for package in packages
    ]
    _check_agree(found)
    return found


def plan(ready: Sequence[Ready], present: Present, source: str) -> sync.Plan:
    """Return the steps that put ``ready`` into the directory; nothing is changed.

    What an earlier installation of the same packages brought, and this one does not, goes, unless it was changed. The
    record, in which packages of the index are said to be from ``source``, is written with the files. Raises EspshError
    where there is no room.
    """
    new = [_noted(one, source) for one in ready]
    contents = {file.path: file.data for one in ready for file in one.files}
    before = present.packages or {}
    contents[record.NAME] = record.write_record(record.with_new(before, new))
    items = [_item(path, data) for path, data in contents.items()]
    above = {parent for path in contents for parent in _parents(path)}
    wanted = [*(sync.Item(path, True) for path in sorted(above)), *items]
    replaced = [before[package.name] for package in new if package.name in before]
    concerned = {*contents, *above, *present.unchanged(replaced)}
    plan = sync.plan(wanted, _seen(present, wanted, concerned), nothing_ignored, delete_below=("",))
    _check_room(plan, present)
    return plan


def told(plan: sync.Plan) -> sync.Plan:
    """Return ``plan`` without the record, which nobody asked for."""
    steps = tuple(step for step in plan.steps if step.item.path != record.NAME)
    return sync.Plan(steps, plan.files - 1, plan.same - (steps == plan.steps))


def hiding(ready: Sequence[Ready], present: Present, plan: sync.Plan) -> list[str]:
    """Return the .py files that stay and that import takes before a .mpy of ``ready``."""
    modules = {file.path for one in ready for file in one.files}
    going = {step.item.path for step in plan.steps if step.action is sync.Action.REMOVE}
    there = {item.path for item in present.items or () if not item.is_dir} - going
    return sorted(there & {f"{path.removesuffix('.mpy')}.py" for path in modules if path.endswith(".mpy")})


def _telling(get: Get, of: int, listen: Listen) -> Get:
    """Return ``get`` such that ``listen`` hears of each of its ``of`` calls."""
    place = done = 0

    def tell(file: File, package: Package) -> bytes:
        nonlocal place, done
        place += 1
        listen(Progress("", file.path, done, None, place, of))
        data = get(file, package)
        done += len(data)
        if place == of:
            listen(Progress("", file.path, done, done, place, of))
        return data

    return tell


def _check_agree(found: Sequence[Ready]) -> None:
    owners: dict[str, tuple[bytes, str]] = {}
    for ready in found:
        for file in ready.files:
            data, owner = owners.setdefault(file.path, (file.data, ready.package.shown))
            if data != file.data:
                both = f"{owner} and from {ready.package.shown}"
                raise EspshError(f"{file.path} comes from {both}, and they differ", "nothing was written")


def _content(file: File, package: Package, get: Get, step: Step) -> Content:
    return Content(*step(file.path, get(file, package)), bool(file.digest) or isinstance(file.source, Local))


def _noted(ready: Ready, source: str) -> Installed:
    package = ready.package
    digests = {file.path: hashlib.sha256(file.data).hexdigest()[: record.ENOUGH] for file in ready.files}
    return Installed(package.name, package.version, source if package.form else package.name, digests)


def _seen(present: Present, wanted: Iterable[sync.Item], concerned: Collection[str]) -> list[sync.Item] | None:
    """Return what is there as far as it is ``concerned``, with the digests that are needed."""
    if present.items is None:
        return None
    there = [item for item in present.items if item.path in concerned]
    digests = present.digests({other.path for _, other in sync.doubtful(wanted, there, nothing_ignored)})
    return [item._replace(digest=item.digest or digests.get(item.path)) for item in there]


def _check_room(plan: sync.Plan, present: Present) -> None:
    """Refuse what cannot fit, before anything is written."""
    if present.items is None and present.files.on_host:  # a directory that is to be made has no room of its own yet
        return
    free = present.files.space("/" if present.items is None else present.root).free if plan.copied else None
    old = {item.path: item.size for item in present.items or ()}
    more = sum(step.item.size - old.get(step.item.path, 0) for step in plan.copied)
    if free is not None and more > free:
        raise EspshError(f"no room: {more} bytes more are needed, {free} are free", "rm what is not needed")


def _item(path: str, data: bytes) -> sync.Item:
    return sync.Item(path, False, len(data), hashlib.sha256(data).hexdigest(), content=data)


def _parents(path: str) -> Iterable[str]:
    while path := posixpath.dirname(path):
        yield path
