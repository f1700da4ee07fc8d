"""Copying and moving between any two places. Plan first, then apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

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
    Opt,
    UsageError,
    command,
    copies,
    relayed,
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
    same size and SHA-256 already is left as it is. Links are followed; what has no file behind it is left out.
    """
    target = _target(ctx, sources, target)
    plan = copies.plan(ctx.files, copies.routes(ctx.files, sources, target), recursive=recursive)
    if plan.left_out:
        ctx.out.note(f"left out, no file behind it: {', '.join(location.typed for location in plan.left_out)}")
    plan = plan if force else _without_the_same(ctx, plan, target)
    _carry_out(ctx, plan, target, _one_by_one if in_place else _in_one_go)


@command(boards="each", examples=("mv :a.py :b.py", "mv :*.log logs/"))
def mv(
    ctx: Context,
    sources: Annotated[list[Location], Arg(PATHS, "what to move", many="+")],
    target: Annotated[Location, Arg(PATH, "where to: a directory, or the new name")],
) -> None:
    """Move or rename files and directories.

    Between places what was copied is compared once more, by SHA-256, and then removed at the source. What changed
    meanwhile, or was not copied, stays there and is named.
    """
    if ctx.scope.fanned and (shared := [source for source in sources if source.place != ctx.scope.board]):
        raise UsageError(f"{shared[0].typed} cannot move to several boards", "cp it to them, then rm it")
    target = _target(ctx, sources, target)
    routes = copies.routes(ctx.files, sources, target)
    copies.check_moves(ctx.files, routes)
    away = [route for route in routes if route.source.place != target.place]
    plan = copies.plan(ctx.files, away, recursive=True)
    for route in routes:
        if route.source.place == target.place:
            _rename(ctx.files(target), route)
    _carry_out(ctx, plan, target, _in_one_go)
    _remove_copied(ctx, away, plan)


Put = Callable[[Files, Sequence[Incoming]], None]


def _in_one_go(files: Files, new: Sequence[Incoming]) -> None:
    files.write_many(new, lambda _: None)


def _one_by_one(files: Files, new: Sequence[Incoming]) -> None:
    for file in new:
        files.overwrite(file)


def _carry_out(ctx: Context, plan: copies.Plan, target: Location, put: Put) -> None:
    """Make the directories, and those above them; then copy the files, by ``put`` those that come from elsewhere."""
    files = ctx.files(target)
    files.make_directories([directory.path for directory in plan.made])
    for copy in plan.copied:
        if copy.source.place == target.place:
            files.copy(copy.source.path, copy.target.path)
    away = [copy for copy in plan.copied if copy.source.place != target.place]
    new = [Incoming(copy.target.path, _reading(ctx, copy), copy.size) for copy in away]
    with relayed([ctx.files(copy.source) for copy in away], files, new) as near:
        put(files, near)


def _reading(ctx: Context, copy: copies.CopyFile) -> Callable[[], Iterator[bytes]]:
    return lambda: ctx.files(copy.source).read(copy.source.path)


def _target(ctx: Context, sources: Sequence[Location], target: Location) -> Location:
    """Return the target of this board's share: several boards as a source write to a directory each."""
    if all(source.place == target.place or source.on_host for source in sources):
        return target
    scattered = ctx.scattered(target)
    if scattered is not target:
        ctx.files(scattered).make_directory(scattered.path, parents=True)
    return scattered


def _without_the_same(ctx: Context, plan: copies.Plan, target: Location) -> copies.Plan:
    """Return the plan without files that are the same already, and say how many those are."""
    same = _same(ctx, [copy for copy in plan.copied if copy.size == copy.replaced])
    if same:
        files = len(plan.copied)
        which = f"{target}: {len(same)} of {files} files are" if files > 1 else f"{plan.copied[0].target} is"
        ctx.out.note(f"{which} the same already; cp -f copies even so")
    return plan._replace(copied=[copy for copy in plan.copied if copy not in same])


def _same(ctx: Context, equal: Sequence[copies.CopyFile]) -> set[copies.CopyFile]:
    """Return those of files of equal size that are the same, by their digests, asked in one call of each place."""
    asked: dict[str, set[str]] = {}
    for copy in equal:
        for location in (copy.source, copy.target) if copy.size else ():
            asked.setdefault(location.place, set()).add(location.path)
    found = {place: ctx.digests(place, sorted(paths)) for place, paths in asked.items()}
    return {
        copy
        for copy in equal
        if not copy.size or found[copy.source.place][copy.source.path] == found[copy.target.place][copy.target.path]
    }


def _rename(files: Files, route: copies.Route) -> None:
    if route.there is not None and route.there.is_dir:
        files.remove(route.target.path)  # it is empty, and not every filesystem renames onto a directory
    files.rename(route.source.path, route.target.path)


def _remove_copied(ctx: Context, routes: Sequence[copies.Route], plan: copies.Plan) -> None:
    """Remove from the sources what their copies hold, then directories that are empty; raise what names the rest."""
    now = {location: entry for route in routes for location, entry in _held_now(ctx, route.source)}
    unchanged = [copy for copy in plan.copied if copy.source in now and now[copy.source].size == copy.size]
    same = {copy.source for copy in _same(ctx, unchanged)}
    planned = {item.source: item.is_dir for item in plan.wanted}
    going: list[Location] = []
    staying = dict.fromkeys(plan.left_out, "no file behind it")
    for location, entry in reversed(now.items()):  # what a directory holds before the directory
        if location in staying or (entry.is_dir and any(_is_below(other, location) for other in staying)):
            continue
        if location in same or (entry.is_dir and planned.get(location)):
            going.append(location)
        else:
            staying[location] = "changed meanwhile" if location in planned else "not copied"
    for place in dict.fromkeys(location.place for location in going):
        _remove(ctx.session.files(place), [location.path for location in going if location.place == place])
    if staying:
        named = ", ".join(f"{location} ({why})" for location, why in sorted(staying.items()))
        raise EspshError(f"not all was moved, this stays: {named}", "all else was moved")


def _held_now(ctx: Context, source: Location) -> Iterator[tuple[Location, Entry]]:
    """Yield what the source is and holds, links not followed: behind one nothing is to be removed."""
    files = ctx.files(source)
    itself = files.find(source.path)
    if itself is None:
        return
    yield source, itself
    if itself.is_dir and not (source.on_host and Path(source.path).is_symlink()):
        for entry in files.listdir(source.path, recursive=True):
            yield copies.below(source, entry.path), entry


def _is_below(location: Location, directory: Location) -> bool:
    return location.place == directory.place and location.path.startswith(f"{directory.path.rstrip('/')}/")


def _remove(files: Files, paths: Sequence[str]) -> None:
    try:
        files.remove_many(paths, lambda _: None)
    except EspshError as error:
        error.hint = "the copy is complete; only the source could not be removed"
        raise
