"""Copying and moving between any two places. Plan first, then apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, NamedTuple

from espsh.api import (
    PATH,
    PATHS,
    Arg,
    Context,
    Entry,
    EspshError,
    Files,
    Incoming,
    Location,
    NotFoundError,
    Opt,
    UsageError,
    command,
    together,
)

Sources = Annotated[list[Location], Arg(PATHS, "what to copy", many="+")]


@command(
    boards="each",
    aliases=("copy",),
    examples=(
        "cp main.py :                 # to the current board",
        "cp -r lib attic:/            # a directory",
        "cp attic:/x.py kitchen:/     # from board to board",
        "@all cp :log.txt logs/       # to logs/attic/log.txt, logs/kitchen/log.txt",
        "cp -f main.py :              # even if the board has the same already",
    ),
)
def cp(
    ctx: Context,
    sources: Sources,
    target: Annotated[Location, Arg(PATH, "where to: a directory, or the new name")],
    *,
    recursive: Annotated[bool, Opt("-r", "-R", "--recursive", help="directories too")] = False,
    force: Annotated[bool, Opt("-f", "--force", help="what is the same already, too")] = False,
    in_place: Annotated[bool, Opt("--in-place", help="over the old file, where a board has no room for both")] = False,
) -> None:
    """Copy files and directories, between the host and boards, verified.

    A file appears at the target whole or not at all; if something goes wrong the old file stays. A file that has the
    same size and SHA-256 already is left as it is.
    """
    target = _target(ctx, sources, target)
    steps = plan(ctx, sources, target, recursive)
    steps = steps if force else _without_the_same(ctx, steps, target)
    carry_out(ctx, steps, _one_by_one if in_place else _in_one_go)


@command(boards="each", examples=("mv :a.py :b.py", "mv :*.log logs/"))
def mv(
    ctx: Context,
    sources: Annotated[list[Location], Arg(PATHS, "what to move", many="+")],
    target: Annotated[Location, Arg(PATH, "where to: a directory, or the new name")],
) -> None:
    """Move or rename files and directories. Between places the source goes only after its copy is verified."""
    target = _target(ctx, sources, target)
    for source in sources:
        if source.place != target.place:
            carry_out(ctx, plan(ctx, [source], target, recursive=True))
            _remove(ctx, source)
            continue
        final = _final(source, target, _into(ctx, sources, target))
        if ctx.files(source).find(source.path) is None:
            raise NotFoundError(f"{source}: no such file or directory")
        _check_inside(source, final)
        ctx.files(source).rename(source.path, final.path)


class MakeDirectory(NamedTuple):
    """A directory to be there."""

    target: Location


class CopyFile(NamedTuple):
    """A file to be copied. ``size`` is in bytes, ``replaced`` that of the file it replaces; None where it is new."""

    source: Location
    target: Location
    size: int
    replaced: int | None


Put = Callable[[Files, Sequence[Incoming]], None]


def _in_one_go(files: Files, new: Sequence[Incoming]) -> None:
    files.write_many(new, lambda _: None)


def _one_by_one(files: Files, new: Sequence[Incoming]) -> None:
    for file in new:
        files.overwrite(file)


def carry_out(ctx: Context, steps: Sequence[MakeDirectory | CopyFile], put: Put = _in_one_go) -> None:
    """Make the directories, and those above them; then copy the files, by ``put`` those that come from elsewhere."""
    for place in dict.fromkeys(step.target.place for step in steps):
        files = ctx.session.files(place)
        mine = [step for step in steps if step.target.place == place]
        files.make_directories([step.target.path for step in mine if isinstance(step, MakeDirectory)])
        copies = [step for step in mine if isinstance(step, CopyFile)]
        for step in copies:
            if step.source.place == place:
                files.copy(step.source.path, step.target.path)
        away = [step for step in copies if step.source.place != place]
        sources = [ctx.files(step.source) for step in away]
        with together(sources, files, [step.size for step in away]):
            put(files, [Incoming(step.target.path, _reading(ctx, step), step.size) for step in away])


def _reading(ctx: Context, step: CopyFile) -> Callable[[], Iterator[bytes]]:
    return lambda: ctx.files(step.source).read(step.source.path)


def plan(
    ctx: Context, sources: Sequence[Location], target: Location, recursive: bool
) -> list[MakeDirectory | CopyFile]:
    """Return the steps that copy ``sources`` to ``target``, as cp on Unix means it; nothing is changed."""
    into = _into(ctx, sources, target)
    steps: list[MakeDirectory | CopyFile] = []
    for source in sources:
        entry = ctx.files(source).stat(source.path)
        final = _final(source, target, into)
        if not entry.is_dir:
            steps.append(CopyFile(source, final, entry.size, _checked(ctx, source, final)))
        elif recursive:
            steps += _plan_directory(ctx, source, final)
        else:
            raise UsageError(f"{source} is a directory", "cp -r copies it and all it holds")
    return steps


def _plan_directory(ctx: Context, source: Location, final: Location) -> list[MakeDirectory | CopyFile]:
    _check_inside(source, final)
    there = _tree(ctx, final)
    steps: list[MakeDirectory | CopyFile] = [] if there is not None else [MakeDirectory(final)]
    for entry in ctx.files(source).listdir(source.path, recursive=True):
        below, old = _below(final, entry.path), (there or {}).get(entry.path)
        if not entry.is_dir:
            replaced = None if old is None or old.is_dir else old.size
            steps.append(CopyFile(_below(source, entry.path), below, entry.size, replaced))
        elif old is None or not old.is_dir:
            steps.append(MakeDirectory(below))
    return steps


def _tree(ctx: Context, directory: Location) -> dict[str, Entry] | None:
    """Return what is below ``directory`` by relative path, or None where no directory is."""
    files = ctx.files(directory)
    itself = files.find(directory.path)
    if itself is None or not itself.is_dir:
        return None
    return {entry.path: entry for entry in files.listdir(directory.path, recursive=True)}


def _without_the_same(
    ctx: Context, steps: Sequence[MakeDirectory | CopyFile], target: Location
) -> list[MakeDirectory | CopyFile]:
    """Return the steps without files that are the same already, and say how many those are.

    Equal sizes are told apart by digests, asked in one call of each place.
    """
    equal = [step for step in steps if isinstance(step, CopyFile) and step.size == step.replaced]
    asked: dict[str, set[str]] = {}
    for step in equal:
        for location in (step.source, step.target) if step.size else ():
            asked.setdefault(location.place, set()).add(location.path)
    found = {place: ctx.digests(place, sorted(paths)) for place, paths in asked.items()}
    same = {
        step
        for step in equal
        if not step.size or found[step.source.place][step.source.path] == found[step.target.place][step.target.path]
    }
    files = sum(isinstance(step, CopyFile) for step in steps)
    if same:
        which = f"{target}: {len(same)} of {files} files are" if files > 1 else f"{equal[0].target} is"
        ctx.out.note(f"{which} the same already; cp -f copies even so")
    return [step for step in steps if step not in same]


def _target(ctx: Context, sources: Sequence[Location], target: Location) -> Location:
    """Return the target of this board's share: several boards as a source write to a directory each."""
    if all(source.place == target.place or source.on_host for source in sources):
        return target
    scattered = ctx.scattered(target)
    if scattered is not target:
        ctx.files(scattered).make_directory(scattered.path, parents=True)
    return scattered


def _into(ctx: Context, sources: Sequence[Location], target: Location) -> bool:
    """Say whether ``target`` is a directory that the sources go into; refuse where it has to be and is not."""
    entry = ctx.files(target).find(target.path)
    if entry is not None and entry.is_dir:
        return True
    if entry is not None and target.wants_directory:
        raise UsageError(f"{target} is a file, not a directory")
    if entry is None and (target.wants_directory or len(sources) > 1):
        raise NotFoundError(f"{target}: no such directory", f"make it first: mkdir -p {target.typed}")
    if entry is not None and len(sources) > 1:
        raise UsageError(f"{target} is a file; several sources need a directory")
    return False


def _final(source: Location, target: Location, into: bool) -> Location:
    return _below(target, source.name) if into and source.name else target


def _below(location: Location, path: str) -> Location:
    return Location(location.place, f"{location.path.rstrip('/')}/{path}", f"{location.typed.rstrip('/')}/{path}")


def _checked(ctx: Context, source: Location, final: Location) -> int | None:
    """Return the size of the file at ``final``, or None where none is; raise where none can be put there."""
    if (source.place, source.path) == (final.place, final.path):
        raise UsageError(f"{source} and {final} are the same file")
    files = ctx.files(final)
    existing: Entry | None = files.find(final.path)
    if existing is not None:
        if existing.is_dir:
            raise UsageError(f"{final} is a directory", "a file cannot replace it")
        return existing.size
    parent = Location(final.place, final.path.rstrip("/").rpartition("/")[0])
    above = files.find(parent.path) if parent.path.strip("/") else None
    if parent.path.strip("/") and above is None:
        raise NotFoundError(f"{parent}: no such directory", "mkdir -p makes it")
    if above is not None and not above.is_dir:
        raise UsageError(f"{parent} is a file, not a directory")
    return None


def _check_inside(source: Location, final: Location) -> None:
    if source.place == final.place and f"{final.path}/".startswith(f"{source.path.rstrip('/')}/"):
        raise UsageError(f"{source} cannot go into itself")


def _remove(ctx: Context, source: Location) -> None:
    files = ctx.files(source)
    try:
        if files.stat(source.path).is_dir:
            files.remove_tree(source.path)
        else:
            files.remove(source.path)
    except EspshError as error:
        error.hint = error.hint or "the copy is complete; only the source could not be removed"
        raise
