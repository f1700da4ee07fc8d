"""deploy: what a fleet file says of the boards, planned, shown, and done on all of them at once.

It is made of espsh's own commands: what differs is what ``rsync -n`` says, and ``rsync``, ``flash`` and the file's own
lines do the work.
"""

from __future__ import annotations

import contextlib
import json as json_format
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from espsh.api import (
    HOST,
    PATH,
    Arg,
    Context,
    EspshError,
    FirmwareError,
    InterruptedByUserError,
    Location,
    NotFoundError,
    Opt,
    Outcome,
    UsageError,
    check_done,
    command,
    fleetfile,
    fleetplan,
)


@command(
    boards="none",
    examples=(
        "deploy FLEET.toml            # plan, show, ask, do",
        "deploy --check FLEET.toml    # is there anything to do?",
        "deploy -y --json FLEET.toml  # in a script",
    ),
)
def deploy(
    ctx: Context,
    file: Annotated[Location, Arg(PATH, "the fleet file: which boards get what")],
    *,
    check: Annotated[bool, Opt("--check", help="change nothing; exit code 1 if there is something to do")] = False,
    yes: Annotated[bool, Opt("-y", "--yes", help="do not ask")] = False,
    verbose: Annotated[bool, Opt("-v", "--verbose", help="show every file")] = False,
    json: Annotated[bool, Opt("--json", help="one report, for a program to read")] = False,
) -> None:  # fmt: skip
    """Bring boards to what a fleet file says: firmware, files, and lines to run where something was changed.

    All boards are asked first, and what is to be done is shown and agreed on. Then it is done on all of them at once.
    A board that fails stops none of the others; a second run does what is left. docs/fleet.md has the file's keys.
    """
    job = _Job(_Fleet.read(ctx, file), quiet=json or ctx.options.json, every=verbose or ctx.options.verbose)
    outcomes = {outcome.board: outcome for outcome in ctx.outcomes_of("deploy", list(job.fleet.goals), job.plan)}
    waiting = [name for name in outcomes if name in job.plans and job.plans[name].to_do]
    ended = outcomes.values()
    stopped = any(one.ended == "interrupted" or (one.code and ctx.options.fail_fast) for one in ended)
    if waiting and not check and not stopped:
        if not yes:
            ctx.agree(f"deploy this to {', '.join(waiting)}?")
        outcomes |= {outcome.board: outcome for outcome in ctx.outcomes_of("deploy", waiting, job.apply)}
    if job.quiet:
        ctx.out.json({"boards": [job.record(outcome) for outcome in outcomes.values()]})
    check_done(list(outcomes.values()))
    if check and waiting:
        raise EspshError(f"something is to be done on {', '.join(waiting)}")


class _Wanted(NamedTuple):
    """A firmware that a fleet file wants: its version, and the ``file``, or the ``build``'s full name, it may name."""

    version: str
    file: str = ""
    build: str = ""


class _Fleet(NamedTuple):
    """A fleet file, read: what each board gets, and what each text behind ``firmware`` means."""

    folder: Path
    goals: Mapping[str, fleetfile.Goal]
    firmware: Mapping[str, _Wanted]

    @classmethod
    def read(cls, ctx: Context, file: Location) -> _Fleet:
        """Read a file and find out what is wrong with it, before any board is asked for more than its name."""
        if not file.on_host:
            raise UsageError(f"{file} is on a board; a fleet file is read from the host")
        folder = Path(file.path).parent
        parts = fleetfile.read_fleet(ctx.firmware(file).decode("utf-8", "replace"), file.name)
        firmware: dict[str, _Wanted] = {}
        boards: dict[str, list[str]] = {}
        for part in parts:
            with _about(f"{file.name}:{part.line}"):
                for line in part.after:
                    ctx.check_line(line)
                if part.firmware:
                    firmware[part.firmware] = _wanted(ctx, folder, part.firmware)
                boards[part.name] = ctx.boards_named(part.boards)
            for files in part.files:
                with _about(f"{file.name}:{files.line}"):
                    _source(ctx, folder, files)
        goals = fleetfile.goals(parts, boards, file.name)
        return cls(folder, {goal.board: goal for goal in goals}, firmware)


class _Job:
    """The boards of a fleet file: planned, shown and done. Each method works on one board, in a thread of its own."""

    def __init__(self, fleet: _Fleet, *, quiet: bool, every: bool) -> None:
        self.fleet = fleet
        self.quiet = quiet
        self.plans: dict[str, fleetplan.BoardPlan] = {}
        self.done: dict[str, list[fleetplan.Record]] = {}
        self._every = every

    def plan(self, ctx: Context) -> None:
        """Find out what differs, changing nothing, and show it."""
        name, goal = ctx.board.name, self.fleet.goals[ctx.board.name]
        records = [self._rsync(ctx, files, "--dry-run") for files in goal.files]
        wants = self.fleet.firmware[goal.firmware].version if goal.firmware else ""
        plan = fleetplan.BoardPlan(goal, ctx.board.identity.firmware, wants, records)
        plan.check()
        self.plans[name] = plan
        for cells in () if self.quiet else plan.lines(every=self._every):
            ctx.out.text(*cells)

    def apply(self, ctx: Context) -> None:
        """Do it, and say what it came to; what differs is found out anew."""
        plan = self.plans[ctx.board.name]
        if plan.flashes:
            file = _firmware_file(ctx, self.fleet.firmware[plan.goal.firmware])
            ctx.run_words("flash", "-y", "--keep-files", f"{HOST}:{file}")
        done = self.done[ctx.board.name] = []
        for files in plan.differing:
            done.append(self._rsync(ctx, files))  # noqa: PERF401 - what was done is known where the next one fails
        said = "".join(ctx.run_line(line) for line in plan.goal.after)
        if not self.quiet:
            ctx.out.content("", [said.encode()])
            ctx.out.text(f"done: {plan.told(done)}")

    def record(self, outcome: Outcome) -> dict[str, Any]:
        """Return a board's part of the report; its ``files`` are those of the plan, or as far as they are done."""
        plan = self.plans.get(outcome.board)
        told = {"board": outcome.board, "result": outcome.ended, "error": outcome.message or None}
        return told if plan is None else {**told, **plan.as_record(self.done.get(outcome.board, plan.records))}

    def _rsync(self, ctx: Context, files: fleetfile.Files, *more: str) -> fleetplan.Record:
        words = [word for pattern in files.exclude for word in ("--exclude", pattern)]
        words += ["--mirror"] if files.delete else []
        words += ["--mpy"] if files.mpy else []
        source = _source(ctx, self.fleet.folder, files)
        said = ctx.run_words("rsync", "-y", "--json", *more, *words, source, f":{files.to.rstrip('/')}/")
        record: fleetplan.Record = json_format.loads(said)
        return record


def _source(ctx: Context, folder: Path, files: fleetfile.Files) -> str:
    """Return the word for rsync; a directory's content goes to the target. Raises NotFoundError."""
    path = str(folder / Path(files.source).expanduser())
    found = ctx.files(Location(HOST, path, files.source)).find(path)
    if found is None:
        raise NotFoundError(f"{files.source}: no such file or directory in {folder}")
    return f"{HOST}:{path}{'/' if found.is_dir else ''}"


def _wanted(ctx: Context, folder: Path, text: str) -> _Wanted:
    """Return what the text behind ``firmware`` means; a file is asked for the version in it."""
    if fleetfile.is_release(text):
        build, _, version = text.rpartition(" ")
        return _Wanted(version, build=build.strip())
    from espsh.api import read_firmware

    path = folder / Path(text).expanduser()
    found = read_firmware(text, ctx.firmware(Location(HOST, str(path), text)))
    if found.micropython is None or found.damage:
        what = found.damage[0] if found.damage else "no MicroPython is in it, whose version could be compared"
        raise FirmwareError(f"{text}: {what}")
    return _Wanted(found.micropython.version.removeprefix("v"), file=str(path))


def _firmware_file(ctx: Context, wanted: _Wanted) -> str:
    """Return where the firmware is, got if need be: the build that was named, else the generic one for the chip."""
    if wanted.file:
        return wanted.file
    from espsh.api import Catalog, Facts, Work, read_full_id

    catalog = Catalog.of(ctx.session.world, ctx.out.note)
    listen = ctx.session.events.emit
    if wanted.build:
        return str(catalog.get(catalog.find(*read_full_id(wanted.build), wanted.version), listen, ctx.board.name))
    target = Work(ctx.board, ctx.session.world.folder("state")).run(lambda esp: esp.target)
    facts = Facts(target.chip.name, target.flash, target.psram, target.revision)
    return str(catalog.for_chip(facts, wanted.version, listen, ctx.board.name).path)


@contextlib.contextmanager
def _about(place: str) -> Iterator[None]:
    """Let an error begin with the place in the file that it is about."""
    try:
        yield
    except InterruptedByUserError:
        raise
    except EspshError as error:
        error.message = f"{place}: {error.message}"
        raise
