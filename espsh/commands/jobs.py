"""Commands at work behind the prompt: which there are, ending them, waiting for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from espsh.api import (
    JOB,
    Arg,
    Context,
    EspshError,
    InterruptedByUserError,
    Job,
    Opt,
    Styled,
    Table,
    UsageError,
    command,
    gravest,
    human_size,
)

_PATIENCE = 10.0
"""Seconds that kill waits for the end: a board needs a few to come to its prompt, less than one as a rule."""
_ROLES = {"running": "board", "done": "good", "failed": "bad"}


@command(boards="none", examples=("rsync src :/lib &", "@all monitor &   # then others can be worked on", "jobs"))
def jobs(ctx: Context, *, json: Annotated[bool, Opt("--json", help="for a program to read")] = False) -> None:
    """List the jobs: commands that were begun with & at their end and run while you go on.

    A board that a job works on is its alone until it is over. Jobs that are over are listed once.
    """
    found = ctx.session.jobs.all
    if json or ctx.options.json:
        ctx.out.json([_record(job) for job in found])
    elif not found:
        ctx.out.note("no job runs; & at the end of a command makes it one: rsync src :/lib &")
    else:
        ctx.out.table(Table(("", "state", "boards", "since", "command", "doing"), [_row(job) for job in found]))
    for job in found:
        if job.state != "running":
            ctx.session.jobs.forget(job)


@command(boards="none", examples=("kill %1", "kill"))
def kill(
    ctx: Context, words: Annotated[list[Job], Arg(JOB, "jobs, such as %1; else the only one that runs", many="*")]
) -> None:
    """End jobs as Ctrl-C would; their boards are left at their prompt."""
    _end(ctx, words or [_only(ctx)])


@command(boards="none", examples=("wait", "wait %1 %2"))
def wait(ctx: Context, words: Annotated[list[Job], Arg(JOB, "jobs, such as %1; else all that run", many="*")]) -> None:
    """Wait until jobs are over; a failure of one is a failure here. Ctrl-C ends the waiting, and not the jobs."""
    _wait(ctx, words or ctx.session.jobs.all)


@command(boards="none", examples=("fg %1",))
def fg(ctx: Context, word: Annotated[Job | None, Arg(JOB, "a job; else the only one that runs")] = None) -> None:
    """Go on with a job in front: wait for it, and Ctrl-C ends it."""
    job = word or _only(ctx)
    try:
        _wait(ctx, [job])
    except (KeyboardInterrupt, InterruptedByUserError):
        _end(ctx, [job])
        raise


def _end(ctx: Context, jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.cancel()
    for job in jobs:
        if job.wait(_PATIENCE):
            ctx.session.jobs.forget(job)
        else:
            ctx.out.note(f"job {job.number} was told to end, and has not yet")


def _wait(ctx: Context, jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.wait()
        ctx.session.jobs.forget(job)
    failed = [job for job in jobs if job.state == "failed"]
    if failed:
        raise JobFailedError(failed)


class JobFailedError(EspshError):
    """Jobs that were waited for have failed, which was said when they did."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        """Take the jobs; the exit code is their gravest."""
        super().__init__(", ".join(f"job {job.number} failed" for job in jobs))
        self.exit_code = gravest(job.code or 0 for job in jobs)


def _only(ctx: Context) -> Job:
    running = ctx.session.jobs.running
    if len(running) != 1:
        names = ", ".join(f"%{job.number}" for job in running)
        raise UsageError(f"which job? these run: {names}" if running else "no job runs", "jobs lists them")
    return running[0]


def _row(job: Job) -> list[str | Styled]:
    state = Styled(job.state, _ROLES.get(job.state, ""))
    boards = Styled(",".join(job.board_names) or "-", "board")
    return [f"%{job.number}", state, boards, f"{job.since:%H:%M:%S}", job.text, _doing(job)]


def _doing(job: Job) -> str:
    """Return how far a job is, or how long it took."""
    if job.state != "running":
        return f"took {job.seconds:.1f} s"
    progress = job.progress
    if progress is None:
        return f"{job.lines} lines" if job.lines else ""
    place = f"{progress.place}/{progress.of} " if progress.of > 1 else ""
    share = f"{100 * progress.done // progress.total}%" if progress.total else human_size(progress.done)
    return f"{place}{progress.what} {share}"


def _record(job: Job) -> dict[str, object]:
    return {
        "number": job.number,
        "state": job.state,
        "boards": job.board_names,
        "command": job.text,
        "since": job.since.isoformat(timespec="seconds"),
        "seconds": round(job.seconds, 3),
        "lines": job.lines,
        "doing": _doing(job),
        "code": job.code,
    }
