"""snapshot: what boards hold, in one file, and back."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

from espsh.api import (
    HOST,
    HOST_FILE,
    SET,
    Arg,
    Cell,
    Choice,
    Context,
    Location,
    Opt,
    Styled,
    Table,
    UsageError,
    command,
    human_size,
    snapshots,
    sync,
)


@command(
    boards="set",
    examples=(
        "snapshot save lab.zip @all          # the files of all boards, in one file",
        "snapshot list lab.zip",
        "snapshot restore -n lab.zip         # what would be changed, on each board it holds",
        "snapshot restore --delete lab.zip @attic",
    ),
)
def snapshot(
    ctx: Context,
    action: Annotated[str, Arg(Choice(("save", "list", "restore")), "what to do")],
    file: Annotated[str, Arg(HOST_FILE, "the snapshot, a zip")],
    boards: Annotated[str, Arg(SET, "whose files; else the current board's, or those of all that were saved")] = "",
    *,
    delete: Annotated[bool, Opt("-m", "--delete", help="restore: remove what was not there then")] = False,
    dry_run: Annotated[bool, Opt("-n", "--dry-run", help="restore: print what would be done, change nothing")] = False,
    force: Annotated[bool, Opt("--force", help="restore: onto another chip of the same name, too")] = False,
    yes: Annotated[bool, Opt("-y", "--yes", help="restore: do not ask")] = False,
) -> None:
    """Save the files of boards in one file, list what such a file holds, or bring it back.

    Saved are all files and empty directories, with the board's name, unique id, chip and firmware version. The file is
    whole or not there. Before anything is restored every content in it is compared with its SHA-256, and the plan is
    shown and asked for once. A board gets what its chip held, whatever it is called now; a board that only has the
    same name gets it where you say so. Firmware is not flashed.
    """
    with tempfile.TemporaryDirectory(prefix="espsh-") as folder:
        if action == "save":
            _check_target(ctx, Location(HOST, file))
            _save(ctx, Location(HOST, file), Path(folder))
            return
        saved = snapshots.read(file, Path(folder))
        if action == "list":
            _list(ctx, saved)
            return
        due = _due(ctx, saved, Path(folder), delete=delete)
        _show(ctx, due, steps=dry_run or ctx.options.verbose)
        _check_clashes(due)
        if not any(one.plan.steps for one in due):
            ctx.out.note("all that was saved is there")
        elif not dry_run:
            _agree(ctx, due, force=force, yes=yes)
            _restore(ctx, due)


def _check_target(ctx: Context, target: Location) -> None:
    """Refuse what cannot become a file before boards are read for minutes."""
    entry, above = ctx.files(target).find(target.path), str(Path(target.path).parent)
    if entry is not None and entry.is_dir:
        raise UsageError(f"{target} is a directory", "name the file that is to be written")
    ctx.files(target).stat(above)


def _save(ctx: Context, target: Location, folder: Path) -> None:
    if not ctx.boards:
        ctx.board.meet()  # before that it is called after its port
    names = ctx.boards or [ctx.board.name]
    saved: dict[str, snapshots.SavedBoard] = {}

    def save(name: str) -> None:
        saved[name] = snapshots.save(ctx.session.board(name).files, _about(ctx, name), folder)

    ctx.on_each(names, save)
    boards = [saved[name] for name in names]
    packed, files = folder / "packed", ctx.files(target)
    with packed.open("wb") as file:
        snapshots.write(file, boards, folder)
    with tempfile.TemporaryDirectory(prefix="espsh-") as other:
        snapshots.read(str(packed), Path(other))
    size = packed.stat().st_size
    files.write(target.path, files.read(str(packed)), size)
    _list(ctx, boards)
    _tell(ctx, f"SAVED in {target}, {human_size(size)}, VERIFIED")


def _about(ctx: Context, name: str) -> snapshots.SavedBoard:
    identity = ctx.session.board(name).identity
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return snapshots.SavedBoard(name, identity.unique_id, identity.chip, identity.firmware, now)


def _list(ctx: Context, boards: Sequence[snapshots.SavedBoard]) -> None:
    """Write what a snapshot holds: a line a board, and each file where that is asked for."""
    if ctx.options.json:
        ctx.out.json([{**board._asdict(), "files": [f._asdict() for f in board.files]} for board in boards])
        return
    rows: list[list[Cell]] = [
        [Styled(b.name, "board"), b.chip, b.firmware, b.unique_id or "?", b.saved, len(b.files), human_size(b.size)]
        for b in boards
    ]
    ctx.out.table(Table(("name", "chip", "firmware", "id", "saved", ">files", ">size"), rows))
    for board in boards if ctx.options.verbose else ():
        ctx.out.table(Table((">", ""), [[str(f.size), f"{board.name}:/{f.path}"] for f in board.files]))


class _Due(NamedTuple):
    """What is to be done to one board."""

    pair: snapshots.Pair
    plan: sync.Plan


def _due(ctx: Context, saved: Sequence[snapshots.SavedBoard], folder: Path, *, delete: bool) -> list[_Due]:
    ctx.session.reach()
    ctx.session.meet()
    known = [
        snapshots.Known(name, board.identity.unique_id)
        for name, board in ctx.session.boards.items()
        if not ctx.boards or name in ctx.boards
    ]
    pairs = snapshots.pair(saved, known)
    snapshots.check_all(pairs, saved, ctx.boards)
    plans: dict[str, sync.Plan] = {}

    def plan(name: str) -> None:
        saved_there = next(pair.saved for pair in pairs if pair.board == name)
        plans[name] = snapshots.plan(saved_there, ctx.session.board(name).files, folder, delete=delete)

    ctx.on_each([pair.board for pair in pairs], plan)
    return [_Due(pair, plans[pair.board]) for pair in pairs]


def _show(ctx: Context, due: Sequence[_Due], *, steps: bool) -> None:
    """Show what is to be done, a line a board, and what is not as it was when it was saved."""
    if ctx.options.json:
        ctx.out.json([{"board": pair.board, "same_chip": pair.same_chip, "steps": _told(plan)} for pair, plan in due])
    else:
        _show_table(ctx, due, steps=steps)
    for pair, _ in due:
        identity = ctx.session.board(pair.board).identity
        if not pair.same_chip:
            ctx.out.note(f"{pair.board}: it is another chip than the one that was saved, {pair.saved.unique_id or '?'}")
        elif pair.board != pair.saved.name:
            ctx.out.note(f"{pair.board}: it was called {pair.saved.name} when it was saved")
        if identity.firmware != pair.saved.firmware:
            ctx.out.note(f"{pair.board}: it runs {identity.firmware}, and ran {pair.saved.firmware} when it was saved")


def _told(plan: sync.Plan) -> list[dict[str, object]]:
    return [{"action": step.action.value, "path": step.item.path, "size": step.item.size} for step in plan.steps]


def _show_table(ctx: Context, due: Sequence[_Due], *, steps: bool) -> None:
    for pair, plan in due:
        for step in plan.steps if steps else ():
            name = step.item.path + ("/" if step.item.is_dir else "")
            ctx.out.text(Styled(f"{pair.board}:", "board"), step.sign, name, *([f"({step.why})"] if step.why else []))
    headings = ("name", "chip", "port", "id", ">added", ">changed", ">removed", ">same", ">size")
    ctx.out.table(Table(headings, [_row(ctx, one) for one in due]))


def _row(ctx: Context, one: _Due) -> list[Cell]:
    board = ctx.session.board(one.pair.board)
    count = [sum(step.action is action for step in one.plan.steps) for action in (sync.Action.NEW, sync.Action.CHANGED)]
    facts = (Styled(board.name, "board"), board.identity.chip, board.url, board.identity.unique_id or "?")
    return [*facts, *count, one.plan.removed, one.plan.same, human_size(one.plan.size)]


def _check_clashes(due: Sequence[_Due]) -> None:
    """Refuse where a board has a file in a directory's place, or the reverse, before any board is changed."""
    for pair, plan in due:
        if plan.clashes:
            error = sync.clash_error(plan.clashes)
            error.board, error.hint = pair.board, f"rename or remove it on {pair.board}"
            raise error


def _agree(ctx: Context, due: Sequence[_Due], *, force: bool, yes: bool) -> None:
    """Ask, once; another chip than the one that was saved needs --force where nobody can be asked."""
    others = [one.pair.board for one in due if not one.pair.same_chip]
    if others and not force and (yes or not ctx.terminal.interactive):
        named = ", ".join(others)
        raise UsageError(f"{named}: another chip of that name was saved", "to restore it there even so: --force")
    if not yes:
        ctx.agree(f"restore {'this board' if len(due) == 1 else f'these {len(due)} boards'}?")


def _restore(ctx: Context, due: Sequence[_Due]) -> None:
    plans = {one.pair.board: one.plan for one in due if one.plan.steps}

    def restore(name: str) -> None:
        sync.apply(plans[name], ctx.session.files(HOST), ctx.session.board(name).files, snapshots.ROOT, lambda _: None)

    ctx.on_each(list(plans), restore)
    _tell(ctx, f"RESTORED {', '.join(plans)}, VERIFIED")


def _tell(ctx: Context, done: str) -> None:
    if not ctx.options.json:  # what a program reads is one value
        ctx.out.text(done)
