"""One run: connect what was asked for, run words, jobs, standard input or a prompt, and end with the gravest code."""

from __future__ import annotations

from collections.abc import Sequence

from espsh.base.passwords import without_password
from espsh.cli.ending import INTERRUPTED, signals_end, terminal_kept
from espsh.cli.foreseen import check, needs_boards, needs_port
from espsh.cli.parts import Parts
from espsh.core.parser import Invocation, from_words, parse
from espsh.errors import gravest
from espsh.script import foresee, run_script, run_stdin
from espsh.shell.arguments import Job


def run(parts: Parts) -> int:
    """Connect what was asked for, run what there is to run, close everything; ``exit CODE`` says how it ended."""
    parts.plugins.extend()
    with signals_end(parts.session), parts.closing():
        code = _run(parts)
        left = parts.session.leaving
        return code if left is None or left.code is None else left.code


def _run(parts: Parts) -> int:
    if parts.arguments.words:
        return _run_words(parts)
    if parts.arguments.jobs:
        return _finish(parts, _run_jobs(parts))
    if not parts.world.stdin.isatty():
        return _finish(parts, _connect_named(parts) or run_stdin(parts.dispatcher, parts.world.stdin))
    return _run_interactive(parts)


def _run_words(parts: Parts) -> int:
    invocations = (from_words(list(parts.arguments.words), parts.session.registry.rest_rule),)
    failed = _prepare(parts, invocations)
    if failed and not _goes_on(parts):
        return failed
    code = parts.dispatcher.run_all(invocations)
    parts.screen.settle()
    return gravest([failed, code])


def _run_jobs(parts: Parts) -> int:
    invocations: list[Invocation] = []
    for job in parts.arguments.jobs:
        if job.kind == "line":
            invocations += parse(job.text, parts.session.registry.rest_rule)
    failed = _prepare(parts, invocations)
    if failed and not _goes_on(parts):
        return failed
    codes = [failed]
    for job in parts.arguments.jobs:
        codes.append(_run_job(parts, job))
        parts.screen.settle()
        if parts.session.leaving or codes[-1] == INTERRUPTED or (codes[-1] and not parts.arguments.keep_going):
            break
    return gravest(codes)


def _run_job(parts: Parts, job: Job) -> int:
    if job.kind == "line":
        return parts.dispatcher.run_line(job.text)
    if job.text == "-":
        return run_stdin(parts.dispatcher, parts.world.stdin)
    return run_script(parts.dispatcher, job.text)


def _run_interactive(parts: Parts) -> int:
    from espsh.shell.front import run_interactive

    failed = parts.connecting.for_person(parts.arguments.ports, alone=parts.arguments.alone)
    with terminal_kept(parts.world.stdin):
        return failed or run_interactive(parts.dispatcher, parts.screen)


def _prepare(parts: Parts, invocations: Sequence[Invocation]) -> int:
    """Say what is wrong with the commands before any board is touched, then connect; return an exit code."""
    registry = parts.session.registry
    wrong = 0 if parts.arguments.keep_going else check(invocations, parts.dispatcher)
    if wrong:
        return wrong
    if not needs_boards(invocations, registry):
        return 0
    files = [job.text for job in parts.arguments.jobs if job.kind == "file" and job.text != "-"]
    foreseen = [line for path in files for line in foresee(parts.dispatcher, path)]
    if any(needs_port(invocation, registry) for invocation in (*invocations, *foreseen)):
        return gravest(parts.connecting.opened(parts.arguments.ports))
    return _connect_named(parts)


def _goes_on(parts: Parts) -> bool:
    """Tell whether ``--keep-going`` goes on without boards that are not there.

    Not without the first: what is meant for it, as the current board, would be done to another.
    """
    session, ports = parts.session, parts.arguments.ports
    current = session.boards.get(session.current or "")
    return session.options.keep_going and current is not None and current.url == without_password(ports[0].url)


def _connect_named(parts: Parts) -> int:
    """Connect every board that was named; return the exit code if one of them failed."""
    return gravest(parts.connecting.named(parts.arguments.ports))


def _finish(parts: Parts, code: int) -> int:
    """Wait for the jobs of a script that is over; Ctrl-C ends them. Return the gravest exit code of all.

    A script that failed or left is done with what it only watches: those jobs are ended, the others come to theirs.
    """
    jobs = parts.session.jobs
    if code or parts.session.leaving:
        for job in jobs.running:
            if job.endless or code == INTERRUPTED:
                job.cancel()
    for job in jobs.all:
        job.wait()
    return gravest([code, jobs.code])
