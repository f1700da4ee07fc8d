"""rsync between any two places: what differs is copied, by content and not by time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, NamedTuple

from espsh.api import (
    PATH,
    PATHS,
    Arg,
    Context,
    EspshError,
    Location,
    NotFoundError,
    Opt,
    Styled,
    Text,
    UsageError,
    board_facts,
    command,
    human_size,
    ignore,
    sync,
    trees,
)

_ROLES = {"+": "good", "*": "", "-": "bad", "!": "bad"}


def _mirrors(options: Mapping[str, Any]) -> str | None:
    return "remove what the source has not" if options["delete"] and not options["dry_run"] else None


@command(
    boards="each",
    destroys=_mirrors,
    examples=(
        "rsync src :/lib              # makes /lib/src",
        "rsync src/ :/lib             # fills /lib",
        "rsync -n -m src/ :           # what a mirror would change, and remove",
        "rsync -m --exclude boot.py src/ :",
        "rsync attic:/ backup/",
        "@all rsync --mpy src/ :/lib  # compiled, for what each board runs",
    ),
)
def rsync(
    ctx: Context,
    sources: Annotated[list[Location], Arg(PATHS, "what to copy; a directory's content with / at its end", many="+")],
    target: Annotated[Location, Arg(PATH, "the directory to fill; made when it is missing")],
    *,
    dry_run: Annotated[bool, Opt("-n", "--dry-run", help="print what would be done, change nothing")] = False,
    delete: Annotated[bool, Opt("-m", "--mirror", "--delete", help="remove what the source has not")] = False,
    verbose: Annotated[bool, Opt("-v", "--verbose", help="a line for each file that is done")] = False,
    quiet: Annotated[bool, Opt("-q", "--quiet", help="say nothing but errors")] = False,
    all: Annotated[bool, Opt("-a", "--all", help="names that begin with a dot too")] = False,  # noqa: A002
    exclude: Annotated[
        Sequence[str], Opt("--exclude", help="leave it out, on both sides", type=Text("PATTERN"), many=True)
    ] = (),
    mpy: Annotated[
        bool, Opt("--mpy", help="compile .py files for the board, but for boot.py and main.py at its root")
    ] = False,
    json: Annotated[bool, Opt("--json", help="what was done, for a program to read")] = False,
    yes: Annotated[bool, Opt("-y", "--yes", help="do not ask; only -m on several boards is")] = False,
) -> None:
    """Copy what differs between two places, compared by size and SHA-256.

    Left alone on both sides: .git, __pycache__, *.pyc, names that begin with a dot, what .espshignore in the source's
    root says, and what is excluded; patterns are as in .gitignore. Links are followed. Directories come first, then
    files, each whole or not at all, then what goes. A file where the other side has a directory is named before
    anything is changed. With --mpy an x.py at the target goes where its x.mpy comes: a board would load the x.py.
    """
    route = _route(ctx, sources, _share(ctx, sources, target), delete)
    ignored = _ignored(ctx, route, all, exclude)
    left_out = [path for path in route.left_out if not ignored(path, False)]
    if left_out:
        ctx.out.note(f"left out, no file behind it: {', '.join(left_out)}")
    if mpy:
        route = _compiled(ctx, route, sources[0], ignored)
    plan = _plan(ctx, route, sources[0].place, ignored, delete)
    loud = verbose or ctx.options.verbose or dry_run
    report = _Report(ctx, route.shown, quiet or ctx.options.quiet, loud, json or ctx.options.json)
    if not dry_run:
        sync.apply(plan, ctx.files(sources[0]), ctx.files(route.root), route.root.path, report.step)
        report.summary(plan, done=True)
        return
    for step in plan.steps:
        report.step(step)
    report.summary(plan, done=False)
    if plan.clashes:
        raise sync.clash_error(plan.clashes)


class _Route(NamedTuple):
    """What goes where: ``items`` below ``root``.

    ``shown`` stands before a path that is printed; below ``mirrored`` may be deleted; ``home`` is the directory whose
    file says what to ignore; ``left_out`` are paths that hold nothing to copy; what is ``named`` is meant and never
    ignored; ``compiled`` are .py files turned to .mpy.
    """

    items: list[sync.Item]
    root: Location
    shown: str = ""
    mirrored: frozenset[str] = frozenset()
    home: Location | None = None
    left_out: tuple[str, ...] = ()
    named: bool = False
    compiled: bool = False


def _share(ctx: Context, sources: Sequence[Location], target: Location) -> Location:
    """Return the target of this board's share: several boards as a source fill a directory each."""
    away = any(not source.on_host and source.place != target.place for source in sources)
    return ctx.scattered(target) if away else target


def _route(ctx: Context, sources: Sequence[Location], target: Location, delete: bool) -> _Route:
    """Return where the sources lead, as rsync on Unix means ``src``, ``src/`` and ``src/*``."""
    if len({source.place for source in sources}) > 1:
        raise UsageError("the sources are in several places", "one rsync for each")
    kinds = [(source, ctx.files(source).stat(source.path).is_dir) for source in sources]
    directories = [source for source, is_dir in kinds if is_dir]
    for source in directories:
        _check_apart(source, _inside(source, target), delete)
    if len(sources) > 1:
        return _route_several(ctx, kinds, target)
    return _route_directory(ctx, sources[0], target) if directories else _route_file(ctx, sources[0], target)


def _route_directory(ctx: Context, source: Location, target: Location) -> _Route:
    root = _inside(source, target)
    shown = "" if root == target else f"{source.name}/"
    items, left_out = trees.tree(ctx.files(source), source.path)
    home = source if any(item.path == ignore.IGNORE_FILE for item in items) else None
    return _Route(items, root, shown, frozenset([""]), home, left_out)


def _route_file(ctx: Context, source: Location, target: Location) -> _Route:
    existing = ctx.files(target).find(target.path)
    into = existing.is_dir if existing is not None else target.wants_directory
    final = _below(target, source.name) if into else target
    if (source.place, source.path) == (final.place, final.path):
        raise UsageError(f"{source} and {final} are the same file")
    return _Route([_file(ctx, source, final.name)], _parent(final), named=True)


def _route_several(ctx: Context, kinds: Sequence[tuple[Location, bool]], target: Location) -> _Route:
    items: list[sync.Item] = []
    left_out: tuple[str, ...] = ()
    mirrored: set[str] = set()
    for source, is_dir in kinds:
        if not is_dir:
            items.append(_file(ctx, source, source.name))
            continue
        name = "" if source.wants_directory else source.name
        below, without = trees.tree(ctx.files(source), source.path, f"{name}/" if name else "")
        items += [sync.Item(name, True), *below] if name else below
        left_out += without
        mirrored.add(name)
    parents = {_parent(source)[:2] for source, _ in kinds}
    home = _parent(kinds[0][0]) if len(parents) == 1 else None
    return _Route(items, target, "", frozenset(mirrored), home, left_out)


def _plan(ctx: Context, route: _Route, source: str, ignored: sync.Ignored, delete: bool) -> sync.Plan:
    """Return the plan for a route from the place ``source``: one listing there, one call for digests on each side."""
    target = _there(ctx, route.root, recursive=delete or any(item.is_dir for item in route.items))
    if target and delete and route.root.path == "/" and not route.root.on_host:
        mounts = board_facts.mounts(ctx.board_at(route.root.place))
        target = trees.without_mounts(target, "/", mounts, route.items)
    asked: dict[str, set[str]] = {source: set(), route.root.place: set()}
    for mine, other in sync.doubtful(route.items, target or (), ignored):
        asked[source] |= set() if mine.digest else {mine.origin}
        asked[route.root.place] |= set() if other.digest else {other.origin}
    found = {place: ctx.digests(place, sorted(paths)) for place, paths in asked.items()}
    return sync.plan(
        trees.with_digests(route.items, found[source]),
        None if target is None else trees.with_digests(target, found[route.root.place]),
        ignored,
        delete_below=route.mirrored if delete else (),
        twins=route.compiled,
    )


def _compiled(ctx: Context, route: _Route, source: Location, ignored: sync.Ignored) -> _Route:
    """Return the route with the modules compiled as its board loads them."""
    from espsh.api import Compiler

    if route.root.on_host:
        raise UsageError("--mpy compiles for a board, and the target is the host", "mpycross --for VERSION does that")
    step = Compiler.of(ctx.session.world).step_for(ctx.board_at(route.root.place), route.root.path)
    items = sync.transformed(route.items, ignored, ctx.files(source).read, step)
    return route._replace(items=items, compiled=True)


def _ignored(ctx: Context, route: _Route, hidden: bool, exclude: Sequence[str]) -> sync.Ignored:
    if route.named:
        return ignore.nothing_ignored
    own = trees.own_patterns(ctx.files(route.home), route.home.path) if route.home else []
    return ignore.Ignored([*own, *exclude], hidden=hidden)


def _there(ctx: Context, root: Location, recursive: bool) -> list[sync.Item] | None:
    files = ctx.files(root)
    try:
        entries = files.survey(root.path) if recursive else files.listdir(root.path)
    except NotFoundError:
        return None
    except EspshError as error:
        found = files.find(root.path)
        if found is None or found.is_dir:
            raise
        what = f"{root} is a file, and a directory is to be there"
        raise EspshError(what, "rename or remove it, or name another") from error
    return None if entries is None else sync.listed(entries, root.path)


def _file(ctx: Context, source: Location, name: str) -> sync.Item:
    return sync.Item(name, False, ctx.files(source).stat(source.path).size, origin=source.path)


def _inside(source: Location, target: Location) -> Location:
    """Return the directory that ``source`` is to be: ``src`` goes into the target, ``src/`` fills it."""
    return target if source.wants_directory or not source.name else _below(target, source.name)


def _below(location: Location, path: str) -> Location:
    return Location(location.place, f"{location.path.rstrip('/')}/{path}", f"{location.typed.rstrip('/')}/{path}")


def _parent(location: Location) -> Location:
    pure = Path(location.path) if location.on_host else PurePosixPath(location.path)
    return Location(location.place, str(pure.parent), location.typed.rpartition("/")[0])


def _check_apart(source: Location, root: Location, delete: bool) -> None:
    """Refuse a directory that would fill itself, or that a mirror would remove."""
    if source.place != root.place:
        return
    here, there = f"{source.path.rstrip('/')}/", f"{root.path.rstrip('/')}/"
    if there.startswith(here) or (delete and here.startswith(there)):
        raise UsageError(f"{source} and {root} are one in the other", "one would be copied into itself, or removed")


class _Report(NamedTuple):
    """Says what is done. ``shown`` stands before each path."""

    ctx: Context
    shown: str
    quiet: bool
    verbose: bool
    json: bool

    def step(self, step: sync.Step) -> None:
        """Say one step, if each is to be said."""
        if self.quiet or not self.verbose or self.json:
            return
        name = self.shown + step.item.path + ("/" if step.item.is_dir and step.item.path else "")
        cells = [Styled(step.sign, _ROLES[step.sign]), Styled(name or "./", "directory" if step.item.is_dir else "")]
        self.ctx.out.text(*cells, *([f"({step.why})"] if step.why else []))

    def summary(self, plan: sync.Plan, *, done: bool) -> None:
        """Say what it came to, in one line."""
        if self.json:
            self.ctx.out.json(_record(plan, self.shown, done))
        elif not self.quiet:
            copied, removed = ("copied", "removed") if done else ("to copy", "to remove")
            parts = [f"{len(plan.copied)} {copied}", f"{plan.same} the same"]
            parts += [f"{plan.removed} {removed}"] if plan.removed else []
            parts += [human_size(plan.size)] if plan.copied else []
            self.ctx.out.text(f"{plan.files} file{'' if plan.files == 1 else 's'}: {', '.join(parts)}")


def _record(plan: sync.Plan, shown: str, done: bool) -> dict[str, Any]:
    return {
        "done": done,
        "files": plan.files,
        "copied": len(plan.copied),
        "same": plan.same,
        "removed": plan.removed,
        "bytes": plan.size,
        "steps": [
            {"action": step.action.value, "path": shown + step.item.path, "size": step.item.size} for step in plan.steps
        ],
    }
