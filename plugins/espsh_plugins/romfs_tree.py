"""A directory as an image holds it: what a sync of it would take, with .py compiled into .mpy where that is wanted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from espsh.api import Context, Files, Location, Target, UsageError, check_mpy, ignore, sync, trees

if TYPE_CHECKING:
    from espsh_plugins.romfs_image import Member, Tree


def tree_of(ctx: Context, directory: Location, target: Target | None) -> Tree:
    """Return what is below a directory, compiled for ``target`` unless that is None.

    Raises CompileError, also for a .mpy file that the target does not load, UsageError where nothing is to be taken.
    """
    files = ctx.files(directory)
    ignored = ignore.Ignored(trees.own_patterns(files, directory.path))
    found = trees.tree(files, directory.path)
    items = [item for item in found.items if not ignored(item.path, item.is_dir) and item.path not in found.left_out]
    for path in found.left_out:
        if not ignored(path, False):
            ctx.out.note(f"romfs: {path} is left out: there is no file behind it")
    if target is not None:
        items = sync.transformed(items, ignored, files.read, _compiling(ctx, target))
    if not items:
        raise UsageError(f"{directory} holds nothing that an image takes", "what rsync would copy of it is taken")
    root: dict[str, Any] = {}
    for item in items:
        _place(root, item, b"" if item.is_dir else _data(files, item, target))
    return root


def _compiling(ctx: Context, target: Target) -> sync.Transform:
    from espsh.api import Compiler, compiling

    compiler = Compiler.of(ctx.session.world)

    def step(path: str, data: bytes) -> tuple[str, bytes]:
        made = compiler.compile(compiling.Source(data, path, path), target)
        return f"{path.removesuffix('.py')}.mpy", made

    return step


def _data(files: Files, item: sync.Item, target: Target | None) -> bytes:
    data = b"".join(files.read(item.origin)) if item.content is None else item.content
    if target is not None and item.path.endswith(".mpy"):
        check_mpy(data, target, item.path)
    return data


def _place(root: dict[str, Any], item: sync.Item, data: bytes) -> None:
    *above, name = item.path.split("/")
    for part in above:
        root = root.setdefault(part, {})
    if name in root and not item.is_dir:
        raise UsageError(f"two files would become {item.path}", "remove the .mpy, or --no-mpy")
    if item.is_dir:
        root.setdefault(name, {})
    else:
        root[name] = data


def check_members(data: bytes, members: Iterable[Member], target: Target) -> None:
    """Raise CompileError for a .mpy file of an image that ``target`` does not load."""
    for member in members:
        if member.path.endswith(".mpy"):
            check_mpy(data[member.start : member.start + member.size], target, member.path)
