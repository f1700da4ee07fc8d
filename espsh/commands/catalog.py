"""Firmware by name: what micropython.org offers, and getting it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from espsh.api import (
    PATH,
    Arg,
    Candidate,
    Choice,
    Context,
    Location,
    NotFoundError,
    Opt,
    Scope,
    Table,
    Text,
    UsageError,
    command,
    human_size,
)

if TYPE_CHECKING:
    from espsh.api import Build, Catalog

_MOST_PAGES = 30
"""Boards whose pages are asked for at one go."""
_HEADINGS = ("firmware", "for", "release", "date", "oldest", "preview")


class _FirmwareName(Text):
    """A board's name on the site, with or without a variant."""

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer what the kept pages name; the site is not asked."""
        from espsh.api import Catalog

        try:
            catalog = Catalog.of(scope.world)
        except UsageError:  # the site's address is none, which running says
            return ()
        board, dash, _variant = prefix.partition("-")
        if dash:
            found = {build.full_id: build.about for build in catalog.known_builds(board)}
        else:
            found = {known.id: ", ".join(filter(None, known[1:])) for known in catalog.known_boards()}
        return (Candidate(name, meaning=about) for name, about in found.items() if name.startswith(prefix))


@command(
    boards="none",
    examples=(
        "firmware list esp32s3                    # the boards with that chip",
        "firmware list ESP32_GENERIC --variants   # its builds and versions",
        "firmware get ESP32_GENERIC               # the newest release; prints where it is",
        "firmware get ESP32_GENERIC-SPIRAM 1.27   # that variant, the newest 1.27",
        "firmware get ESP32_GENERIC preview -o .  # a copy here",
        "firmware cached                          # what is here already",
    ),
)
def firmware(
    ctx: Context,
    action: Annotated[str, Arg(Choice(("list", "get", "cached")), "what to do")],
    words: Annotated[list[str], Arg(_FirmwareName("NAME"), "list: a chip or a part of a name; get: BOARD[-VARIANT] "
                                    "[VERSION], where VERSION is 1.27.0, 1.27, latest or preview", many="*")],
    *,
    out: Annotated[Location | None, Opt("-o", "--out", help="get: put a copy there", type=PATH)] = None,
    variants: Annotated[bool, Opt("--variants", help="list: the builds of each board")] = False,
    json: Annotated[bool, Opt("--json", help="for a program to read")] = False,
) -> None:  # fmt: skip
    """List the firmware that micropython.org offers, or get it.

    What was got once is kept, and so are the lists: they serve where the site is out of reach. A download that broke
    off goes on where it stopped. ESPSH_FIRMWARE_URL names a mirror of the site.
    """
    from espsh.api import Catalog

    catalog = Catalog.of(ctx.session.world, ctx.out.note)
    as_json = json or ctx.options.json
    if out is not None and action != "get":
        raise UsageError("-o goes with get only")
    if action == "get":
        _get(ctx, catalog, words, out)
        return
    if len(words) > (action == "list"):
        raise UsageError(f"'{words[-1]}' is one word too many", "usage: firmware list [CHIP], firmware cached")
    if action == "cached":
        _show_cached(ctx, catalog, as_json=as_json)
    elif variants:
        _show_variants(ctx, catalog, "".join(words), as_json=as_json)
    else:
        _show_boards(ctx, catalog, "".join(words), as_json=as_json)


def _get(ctx: Context, catalog: Catalog, words: Sequence[str], out: Location | None) -> None:
    from espsh.api import read_full_id

    if not 1 <= len(words) <= 2:
        raise UsageError("get wants a board, and may have a version", "firmware get ESP32_GENERIC 1.27.0")
    build = catalog.find(*read_full_id(words[0]), *words[1:])
    path = catalog.get(build, ctx.session.events.emit)
    ctx.out.note(f"{build.full_id} {build.version} ({build.date}), {human_size(path.stat().st_size)}")
    if out is None:
        ctx.out.text(str(path))
        return
    target = _target(ctx, out, build.name)
    ctx.files(target).write(target.path, [path.read_bytes()], path.stat().st_size)


def _target(ctx: Context, out: Location, name: str) -> Location:
    """Return ``out``, or the file ``name`` in it where it is a directory."""
    there = ctx.files(out).find(out.path)
    if there is not None and there.is_dir:
        return out._replace(path=f"{out.path.rstrip('/')}/{name}")
    if out.wants_directory:
        raise NotFoundError(f"{out}: no such directory")
    return out


def _show_boards(ctx: Context, catalog: Catalog, word: str, *, as_json: bool) -> None:
    boards = catalog.boards(word)
    if as_json:
        ctx.out.json([{"board": board.id, "product": board.product, "vendor": board.vendor} for board in boards])
    else:
        ctx.out.table(Table(("board", "product", "vendor"), boards))


def _show_variants(ctx: Context, catalog: Catalog, word: str, *, as_json: bool) -> None:
    boards = catalog.boards(word)
    if len(boards) > _MOST_PAGES:
        raise UsageError(f"{len(boards)} boards are too many for --variants", "name a chip, or a part of their names")
    builds = [build for board in boards for build in catalog.builds(board.id)]
    if as_json:
        ctx.out.json([build._asdict() for build in builds])
        return
    grouped: dict[str, list[Build]] = {}
    for build in builds:
        grouped.setdefault(build.full_id, []).append(build)
    ctx.out.table(Table(_HEADINGS, [_row(name, group) for name, group in sorted(grouped.items())]))


def _row(name: str, builds: Sequence[Build]) -> Sequence[str]:
    """Return a variant's line; ``builds`` are its own, the newest first."""
    releases = [build for build in builds if not build.preview]
    previews = [build.version for build in builds if build.preview]
    newest, oldest, date = (releases[0].version, releases[-1].version, releases[0].date) if releases else ("", "", "")
    return name, builds[0].about, newest, date, oldest, *(previews[:1] or [""])


def _show_cached(ctx: Context, catalog: Catalog, *, as_json: bool) -> None:
    paths: Sequence[Path] = catalog.downloaded()
    if as_json:
        ctx.out.json([{"path": str(path), "size": path.stat().st_size} for path in paths])
    elif not paths:
        ctx.out.note("nothing has been got yet")
    else:
        ctx.out.table(Table((">size", "path"), [[human_size(path.stat().st_size), str(path)] for path in paths]))
