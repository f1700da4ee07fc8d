"""Editing a file of a board with the host's editor."""

from __future__ import annotations

import shlex
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from espsh.api import PATHS, TEXT, Arg, Context, EspshError, Files, Location, NotFoundError, Opt, UsageError, command

_VARIABLES = ("ESPSH_EDITOR", "RSHELL_EDITOR", "VISUAL", "EDITOR")


@command(examples=("edit :main.py",))
def edit(
    ctx: Context,
    paths: Annotated[list[Location], Arg(PATHS, "files, on the host or on a board", many="+")],
    *,
    editor: Annotated[str, Opt("-e", "--editor", help="the editor's command", type=TEXT)] = "",
) -> None:
    """Edit files with your editor; a board's file is fetched, and written back only if it changed.

    The editor is --editor, else "set editor", else $ESPSH_EDITOR, $VISUAL or $EDITOR, else vi.
    """
    if not ctx.terminal.interactive:
        raise UsageError("an editor needs a terminal")
    argv = shlex.split(editor or _editor(ctx))
    for path in paths:
        if path.on_host:
            _run(ctx, [*argv, path.path])
        else:
            _edit_copy(ctx, argv, path)


def _editor(ctx: Context) -> str:
    named = (ctx.session.world.env.get(variable) for variable in _VARIABLES)
    return ctx.options.editor or next((editor for editor in named if editor), "vi")


def _edit_copy(ctx: Context, argv: list[str], path: Location) -> None:
    files = ctx.files(path)
    entry = files.find(path.path)
    if entry is not None and entry.is_dir:
        raise UsageError(f"{path} is a directory")
    if entry is None:
        _check_new(ctx, path)
    old = b"".join(files.read(path.path)) if entry is not None else b""
    import tempfile

    folder = tempfile.mkdtemp(prefix="espsh-")
    copy = Path(folder, path.name)
    copy.write_bytes(old)
    try:
        _run(ctx, [*argv, str(copy)])
        new = _written(copy)
        if new != old:
            _check_unchanged(files, path, old, existed=entry is not None)
            files.write(path.path, [new], len(new))
            ctx.out.note(f"{path} is updated")
    except EspshError as error:
        if work := _work(copy, old):
            error.hint = f"what you wrote is kept in {work}"
            raise
        _discard(copy)
        raise
    _discard(copy)


def _check_new(ctx: Context, path: Location) -> None:
    """Refuse a file that could not be written back, before it has cost the user anything."""
    if path.wants_directory:
        raise NotFoundError(f"{path}: no such directory")
    above = Location(path.place, path.path.rpartition("/")[0])
    entry = ctx.files(above).find(above.path) if above.path else None
    if above.path and entry is None:
        raise NotFoundError(f"{above}: no such directory", f"make it first: mkdir -p {above}")
    if entry is not None and not entry.is_dir:
        raise UsageError(f"{above} is a file, not a directory")


def _check_unchanged(files: Files, path: Location, old: bytes, *, existed: bool) -> None:
    """Refuse to write over what somebody else wrote meanwhile."""
    now = files.digests([path.path])[path.path] if files.find(path.path) else None
    if now != (sha256(old).hexdigest() if existed else None):
        raise EspshError(f"{path} changed on the board while it was edited; it was not written over")


def _written(copy: Path) -> bytes:
    try:
        return copy.read_bytes()
    except FileNotFoundError:
        raise EspshError(f"the editor left no {copy.name}", "the board's file is as it was") from None


def _work(copy: Path, old: bytes) -> Path | None:
    """Return where what the user wrote is after a failure: in the copy, or in what the editor left beside it."""
    left = [path for path in copy.parent.iterdir() if path != copy or path.read_bytes() != old]
    return min(left, key=lambda path: path != copy, default=None)


def _discard(copy: Path) -> None:
    """Remove the copy, with what the editor may have left beside it."""
    shutil.rmtree(copy.parent, ignore_errors=True)


def _run(ctx: Context, argv: list[str]) -> None:
    code = ctx.terminal.run(argv)
    if code:
        raise EspshError(f"the editor {argv[0]} ended with exit code {code}")
