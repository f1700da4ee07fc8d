"""ROMFS: what a board's ROM partitions hold, images built from directories, and bringing them there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from espsh.api import (
    PATH,
    Arg,
    Choice,
    ConnectError,
    Context,
    EspshError,
    Location,
    Number,
    Opt,
    Styled,
    Table,
    Text,
    UsageError,
    command,
    human_size,
)
from espsh_plugins import romfs_board
from espsh_plugins.romfs_board import Partition
from espsh_plugins.romfs_file import ON_BOARD
from espsh_plugins.romfs_image import Image, ImageError, build, read, read_bytes
from espsh_plugins.romfs_tree import check_members, tree_of

if TYPE_CHECKING:
    from espsh.api import Target

ESPSH_API = 1
SNIPPETS = {"romfs": ON_BOARD}

_ACTIONS = ("query", "ls", "build", "deploy")
_MOST = 64 << 20
"""Bytes of an image file that are read."""


@command(
    boards="each",
    examples=(
        "romfs query                    # the partitions, and what is in them",
        "romfs ls                       # the files in the board's image",
        "romfs deploy src               # built for the board, written, verified; the board restarts",
        "@all romfs deploy src",
        "romfs build src -o app.romfs   # for the current board",
        "romfs build src --for 1.29     # without a board: src.romfs",
        "romfs ls app.romfs",
        "romfs deploy app.romfs",
    ),
)
def romfs(
    ctx: Context,
    action: Annotated[str, Arg(Choice(_ACTIONS), "what to do")],
    path: Annotated[Location | None, Arg(PATH, "a directory to build of, or an image")] = None,
    *,
    number: Annotated[
        int, Opt("-p", "--partition", help="ls, deploy: which one (default 0)", type=Number("N", whole=True, least=0))
    ] = 0,
    out: Annotated[Location | None, Opt("-o", "--out", help="build: the image (default DIR.romfs)", type=PATH)] = None,
    no_mpy: Annotated[bool, Opt("--no-mpy", help="build, deploy: leave .py files as they are")] = False,
    release: Annotated[
        str, Opt("--for", help="build: the MicroPython it is for, instead of a board's", type=Text("VERSION"))
    ] = "",
    march: Annotated[str, Opt("--march", help="build: what native code is for", type=Text("ARCH"))] = "",
    no_reset: Annotated[bool, Opt("--no-reset", help="deploy: do not restart the board")] = False,
    json: Annotated[bool, Opt("--json", help="query, ls: for a program to read")] = False,
) -> None:
    """Show the ROM partitions of a board, build ROMFS images, and write them.

    MicroPython mounts the first partition at /rom when it starts, and imports
    .mpy files from there without copying them into memory. An image is made of
    what rsync would copy of a directory. It is written by the checked stream
    that files come by, its first page last, when all the rest has been read
    back: what is cut short is never mounted. Only then the board restarts.
    """
    as_json = json or ctx.options.json
    if action == "query":
        _query(ctx, as_json=as_json)
    elif action == "ls":
        _list(ctx, path, number, as_json=as_json)
    elif path is None:
        raise UsageError(f"{action} what?", f"romfs {action} DIR")
    elif action == "build":
        _build(ctx, path, out or _beside(path), None if no_mpy else _target(ctx, release, march))
    else:
        _deploy(ctx, path, number, mpy=not no_mpy, restart=not no_reset)


def _query(ctx: Context, *, as_json: bool) -> None:
    board, found = ctx.board, list[tuple[Partition, Image | str | None]]()
    for part in romfs_board.partitions(board):
        try:
            found.append((part, _image_in(ctx, part)))
        except ImageError as error:
            found.append((part, error.message))
    if as_json:
        ctx.out.json([_facts(part, held) for part, held in found])
        return
    rows = [(part.name, human_size(part.size), *_described(held)) for part, held in found]
    ctx.out.table(Table(("partition", ">size", ">image", ">files", ""), rows))


def _image_in(ctx: Context, part: Partition) -> Image | None:
    """Read what a partition's image says of its files, not what they hold."""
    with romfs_board.opened(ctx.board, part, part.size):
        return read(lambda start, stop: romfs_board.fetch(ctx.board, start, stop), part.size)


def _described(held: Image | str | None) -> tuple[str, str, Styled]:
    if isinstance(held, Image):
        return human_size(held.size), str(_count(held)), Styled("", "dim")
    return "-", "-", Styled(held or "no image", "dim")


def _facts(part: Partition, held: Image | str | None) -> dict[str, Any]:
    image = held if isinstance(held, Image) else None
    return part._asdict() | {
        "image": image.size if image else None,
        "files": _count(image) if image else None,
        "damaged": held if isinstance(held, str) else None,
    }


def _count(image: Image) -> int:
    return sum(not member.is_dir for member in image.members)


def _list(ctx: Context, path: Location | None, number: int, *, as_json: bool) -> None:
    image = _load(ctx, path)[1] if path else _image_at(ctx, number)
    if as_json:
        ctx.out.json([{"path": one.path, "is_dir": one.is_dir, "size": one.size} for one in image.members])
    elif image.members:
        rows = [("" if one.is_dir else str(one.size), one.path + "/" * one.is_dir) for one in image.members]
        ctx.out.table(Table((">", ""), rows))


def _image_at(ctx: Context, number: int) -> Image:
    part = romfs_board.partition(ctx.board, number)
    image = _image_in(ctx, part)
    if image is None:
        raise EspshError(f"{part.name} holds no image", "romfs deploy DIR writes one")
    return image


def _load(ctx: Context, path: Location) -> tuple[bytes, Image]:
    """Return an image's bytes, without what follows it, and what it holds."""
    files = ctx.files(path)
    entry = files.stat(path.path)
    if entry.is_dir:
        raise UsageError(f"{path} is a directory, not an image", f"romfs build {path.typed or path}")
    if entry.size > _MOST:
        raise UsageError(f"{path}: {human_size(entry.size)} are too much for an image")
    data = b"".join(files.read(path.path))
    try:
        image = read_bytes(data)
    except ImageError as error:
        raise ImageError(f"{path}: {error.message}", "romfs build DIR makes it anew") from None
    if image is None:
        raise ImageError(f"{path} is no ROMFS image", "romfs build makes one of a directory")
    return data[: image.size], image


def _build(ctx: Context, directory: Location, out: Location, target: Target | None) -> None:
    if ctx.scattered(out) is not out:
        raise UsageError("several boards cannot write to one image", "romfs deploy builds one for each")
    if not ctx.files(directory).stat(directory.path).is_dir:
        raise UsageError(f"{directory} is no directory")
    image = build(tree_of(ctx, directory, target))
    ctx.files(out).write(out.path, [image], len(image))
    ctx.out.text(f"{out}: {human_size(len(image))}{f', for {target}' if target else ''}")


def _beside(directory: Location) -> Location:
    path = directory.path.rstrip("/\\")
    if not directory.name:
        raise UsageError(f"{directory} has no name to call the image by", "-o FILE")
    return Location(directory.place, f"{path}.romfs", f"{directory.typed.rstrip('/')}.romfs")


def _target(ctx: Context, release: str, march: str) -> Target:
    from espsh.api import Target, compiling

    named = compiling.target_named(release, "", march)
    if named is not None:
        return named
    try:
        board = ctx.board_at(ctx.scope.board or ctx.session.reach())
    except (ConnectError, UsageError) as error:
        hint = "say what it is for: --for 1.29; or --no-mpy"
        error.hint = f"{hint}; {error.hint}" if error.hint else hint
        raise
    return Target.of(board.identity, board.abilities)


def _deploy(ctx: Context, path: Location, number: int, *, mpy: bool, restart: bool) -> None:
    from espsh.api import Target

    board = ctx.board
    part = romfs_board.partition(board, number)
    target = Target.of(board.identity, board.abilities) if mpy else None
    data = _data(ctx, path, target)
    if len(data) > part.size:
        missing = len(data) - part.size
        raise EspshError(
            f"the image has {len(data)} bytes, and {part.name} has {part.size}", f"{missing} bytes too much"
        )
    if romfs_board.holds(board, part, data):
        ctx.out.text(f"{part.name} holds this image already ({human_size(len(data))})")
        return
    romfs_board.write(board, part, data)
    done = f"WRITTEN · VERIFIED ({part.name}: {human_size(len(data))} of {human_size(part.size)})"
    if part.number:
        ctx.out.text(f"{done}: vfs.mount(vfs.VfsRom(vfs.rom_ioctl(2, {part.number})), '/rom{part.number}')")
    elif restart:
        board.soft_reset()
        ctx.out.text(f"{done} · RESTARTED: it is at /rom")
    else:
        ctx.out.text(f"{done}: at /rom when the board restarts (reset)")


def _data(ctx: Context, path: Location, target: Target | None) -> bytes:
    """Return the image that is meant: read, or built of a directory."""
    if ctx.files(path).stat(path.path).is_dir:
        return build(tree_of(ctx, path, target))
    data, image = _load(ctx, path)
    if target:
        check_members(data, image.members, target)
    return data
