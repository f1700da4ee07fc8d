"""Packages of MicroPython: installing them, what is installed, what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

from espsh.api import (
    PATH,
    Arg,
    Candidate,
    Choice,
    CompileError,
    Context,
    EspshError,
    InterruptedByUserError,
    Location,
    NotFoundError,
    Opt,
    Scope,
    Styled,
    Table,
    Text,
    UsageError,
    command,
    human_size,
    literal_of,
    packages,
    sync,
)

Answer = TypeVar("Answer")

_ACTIONS = ("install", "list", "search")
_ROLES = {"+": "good", "*": "", "-": "bad"}


class _PackageName(Text):
    """A package of the index, or a place of one elsewhere."""

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the names of the kept list; the index is not asked."""
        if "/" in prefix or prefix.startswith("."):
            return PATH.complete(prefix, scope)
        try:
            known = packages.Shelf.of(scope.world).known()
        except UsageError:  # the index's address is none, which running says
            return ()
        return (Candidate(p.name, meaning=p.description) for p in known if p.name.startswith(prefix))


@command(
    boards="each",
    examples=(
        "mip install aioble                          # into the board's /lib, with what it needs",
        "@lab mip install aioble umqtt.simple@1.4.0  # into each, for what each runs",
        "mip install github:user/repo@v1.2 -n        # what would be written",
        "mip install --target lib/ --no-mpy aioble   # into a directory of the host, as source",
        "mip install ./my-package                    # as its package.json says",
        "mip list                                    # what is installed, and whether it is whole",
        "mip search bluetooth",
    ),
)
def mip(
    ctx: Context,
    action: Annotated[str, Arg(Choice(_ACTIONS), "what to do")],
    words: Annotated[
        list[str], Arg(_PackageName("PKG"), "NAME[@VERSION], github:USER/REPO[@REF], an address, a directory", many="*")
    ],
    *,
    target: Annotated[
        Location | None, Opt("-t", "--target", help="the directory to fill (default: the board's lib)", type=PATH)
    ] = None,
    mpy: Annotated[bool, Opt("--mpy", help="compile what comes as source, too")] = False,
    no_mpy: Annotated[bool, Opt("--no-mpy", help="source, though the board loads .mpy files")] = False,
    index: Annotated[str, Opt("--index", help="another index than micropython.org's", type=Text("URL"))] = "",
    dry_run: Annotated[bool, Opt("-n", "--dry-run", help="print what would be done, change nothing")] = False,
    verbose: Annotated[bool, Opt("-v", "--verbose", help="a line for each file that is written")] = False,
    json: Annotated[bool, Opt("--json", help="list, search: for a program to read")] = False,
) -> None:
    """Install packages with all they need, list those that are there, or search the index.

    All files are fetched and checked before the first is written; then what differs goes over in one stream. The
    index's files are held to their SHA-256; what has none is said. A package is compiled (.mpy) if the board loads
    that, and source otherwise. gitlab: and codeberg: are as github:, with /PATH behind the repository if need be.
    Downloads are kept and serve without a net. ESPSH_PACKAGES_URL names another index.
    """
    shelf = packages.Shelf.of(ctx.session.world, index, ctx.out.note)
    as_json = json or ctx.options.json
    if action == "search":
        _search(ctx, shelf, words, as_json=as_json)
    elif action == "list":
        if words:
            raise UsageError(f"'{words[0]}' is one word too many", "mip search looks for packages")
        _list(ctx, _target(ctx, target), as_json=as_json)
    else:
        specs = [_spec(ctx, word) for word in words]
        if not specs:
            raise UsageError("install what?", "mip install aioble; mip search lists what there is")
        into = _target(ctx, target)
        form = _form(ctx, into, mpy=mpy, no_mpy=no_mpy)
        _install(ctx, shelf, specs, into, form, dry_run=dry_run, verbose=verbose)


class _Form(NamedTuple):
    """How packages come: the index's name for it (``py`` or a .mpy version), why so, and the step for each file."""

    name: str
    why: str
    step: packages.Step


def _form(ctx: Context, into: Location, *, mpy: bool, no_mpy: bool) -> _Form:
    """Return how packages come into a place: as the board there loads them."""
    from espsh.api import Compiler, Target, check_mpy

    if mpy and no_mpy:
        raise UsageError("--mpy or --no-mpy, not both")
    if into.on_host and not mpy:
        return _Form(packages.SOURCE, "as source: the target is on the host", _as_it_is)
    board = ctx.board_at(None if into.on_host else into.place)
    try:
        loads = Target.of(board.identity, board.abilities)
    except CompileError as error:
        if mpy:
            raise
        return _Form(packages.SOURCE, f"as source: {error.message}", _refuse_mpy(error))

    def checked(path: str, data: bytes) -> tuple[str, bytes]:
        if path.endswith(".mpy"):
            check_mpy(data, loads, path)
        return path, data

    if no_mpy:
        return _Form(packages.SOURCE, "as source: --no-mpy", checked)
    why = f"as .mpy version {loads.version}, which {loads} loads"
    if not mpy:
        return _Form(str(loads.version), why, checked)
    compiled = Compiler.of(ctx.session.world).step_for(board)
    return _Form(str(loads.version), why, lambda path, data: compiled(*checked(path, data)))


def _as_it_is(path: str, data: bytes) -> tuple[str, bytes]:
    return path, data


def _refuse_mpy(reason: CompileError) -> packages.Step:
    def step(path: str, data: bytes) -> tuple[str, bytes]:
        if path.endswith(".mpy"):
            raise CompileError(f"{path}: {reason.message}", "nothing was written")
        return path, data

    return step


def _target(ctx: Context, target: Location | None) -> Location:
    """Return the directory to fill: what was named, or the first of the board's import paths that ends in lib."""
    if target is not None:
        return ctx.scattered(target)
    board = ctx.board
    if board.abilities.flat:
        return Location(board.name, "/", ":")
    paths = literal_of(board.evaluate("__import__('sys').path"))
    found = next((p for p in paths if p.endswith("/lib") and not p.startswith("/rom")), None)
    if found is None:
        raise NotFoundError("the board's sys.path names no lib directory", "name one: --target :/lib")
    return Location(board.name, found, f":{found}")


def _install(
    ctx: Context, shelf: packages.Shelf, specs: Sequence[packages.Spec], into: Location, form: _Form,
    *, dry_run: bool, verbose: bool,
) -> None:  # fmt: skip
    found = packages.resolve(specs, _heeding(ctx, lambda spec: shelf.package(spec, form.name)))
    ready = packages.fetch_all(found, _heeding(ctx, shelf.content), form.step, ctx.session.events.emit)
    present = packages.look(ctx.files(into), into.path)
    if present.packages is None:
        ctx.out.note(f"{into}: its record of packages is damaged, and is begun anew")
    plan = packages.plan(ready, present, shelf.index.url)
    _tell(ctx, ready, form)
    for path in packages.hiding(ready, present, plan):
        ctx.out.note(f"{path} is there too, and import takes it before its .mpy")
    if plan.clashes:
        raise sync.clash_error(plan.clashes)
    if not dry_run:
        sync.apply(plan, ctx.files(into), ctx.files(into), into.path, lambda _: None)
    _report(ctx, into, packages.told(plan), say_each=verbose or dry_run or ctx.options.verbose, done=not dry_run)


def _heeding(ctx: Context, ask: Callable[..., Answer]) -> Callable[..., Answer]:
    """Return ``ask`` such that Ctrl-C ends it on a set of boards: who waits for a site there hears nothing of it."""
    if not ctx.scope.fanned:
        return ask
    link = ctx.board.link
    link.drop_old_cancel()

    def heed(*what: object) -> Answer:
        try:
            answer = ask(*what)
        except EspshError:
            if not link.cancelled.is_set():
                raise
        if link.cancelled.is_set():
            raise InterruptedByUserError
        return answer

    return heed


def _spec(ctx: Context, word: str) -> packages.Spec:
    spec = packages.read_spec(word)
    if not isinstance(spec, packages.Local):
        return spec
    place = ctx.scope.resolve(word)
    if not place.on_host:
        raise UsageError(f"'{word}' is on a board", "a package is brought from the host or the net")
    path = Path(place.path)
    return packages.Local((path / "package.json" if ctx.files(place).stat(place.path).is_dir else path).as_posix())


def _tell(ctx: Context, ready: Sequence[packages.Ready], form: _Form) -> None:
    """Say which packages come, in which form and why, and what nobody could check."""
    if any(one.package.form == form.name or one.compiled for one in ready):
        ctx.out.text(Styled(form.why, "dim"))
    for one in ready:
        count = len(one.files)
        ctx.out.text(f"{one.package.shown}: {count} file{'' if count == 1 else 's'}, {human_size(one.size)}")
        if one.unchecked:
            ctx.out.note(f"{one.package.shown} has no digests; unchecked: {', '.join(one.unchecked)}")


def _report(ctx: Context, into: Location, plan: sync.Plan, *, say_each: bool, done: bool) -> None:
    """Say what was ``done``, or would be: each step if wanted, and the sum."""
    for step in plan.steps if say_each else ():
        ctx.out.text(Styled(step.sign, _ROLES[step.sign]), (step.item.path or ".") + ("/" if step.item.is_dir else ""))
    written, removed = ("written", "removed") if done else ("to write", "to remove")
    parts = [f"{len(plan.copied)} {written}", f"{plan.same} the same"]
    parts += [f"{plan.removed} {removed}"] if plan.removed else []
    ctx.out.text(f"{into.path}: {', '.join(parts)}")


def _list(ctx: Context, where: Location, *, as_json: bool) -> None:
    present = packages.look(ctx.files(where), where.path)
    if present.packages is None:
        raise NotFoundError(f"{where}: its record of packages is damaged", "mip install writes it anew")
    found = packages.states(present)
    if as_json:
        ctx.out.json([{**s.package._asdict(), "missing": s.missing, "changed": s.changed} for s in found])
    elif not found:
        ctx.out.note(f"{where}: espsh has installed no package there")
    else:
        rows = [(s.package.name, s.package.version, Styled(str(s), s.role), s.package.source) for s in found]
        ctx.out.table(Table(("package", "version", "state", "from"), rows))


def _search(ctx: Context, shelf: packages.Shelf, words: Sequence[str], *, as_json: bool) -> None:
    found = packages.search(shelf.published(), words)
    if as_json:
        ctx.out.json([package._asdict() for package in found])
    elif not found:
        raise NotFoundError(f"no package of {shelf.index.url} has '{' '.join(words)}' in its name or description")
    else:
        ctx.out.table(Table(("package", "version", "about"), [package[:3] for package in found]))
