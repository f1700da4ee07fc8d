"""Why a board does not start, or that it does."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any

from espsh.api import (
    HOST_FILE,
    PATH,
    PORT,
    Arg,
    Context,
    Diagnosis,
    Location,
    Opt,
    Output,
    Styled,
    UsageError,
    command,
    watch_boot,
)

if TYPE_CHECKING:
    from espsh.api import Crash, Symbols


@command(
    needs="port",
    examples=("diagnose", "diagnose boot.log", "diagnose crash.log --elf firmware.elf", "diagnose -p /dev/ttyUSB0"),
)
def diagnose(
    ctx: Context,
    file: Annotated[Location | None, Arg(PATH, "a saved log, - for stdin; else the board itself")] = None,
    *,
    port: Annotated[str | None, Opt("-p", "--port", help="the board on this port, connected or not", type=PORT)] = None,
    elf: Annotated[str | None, Opt("--elf", help="the firmware's ELF: where a crash was", type=HOST_FILE)] = None,
    json: Annotated[bool, Opt("--json", help="for a program to read")] = False,
) -> None:
    """Say in one line whether a board starts, and if not why not and what to do.

    Without a file the board's chip is restarted by its port's lines (what runs on it ends) and what it says is read
    until it is up or the cause is clear, ten seconds at most. No MicroPython is needed on it.
    """
    with contextlib.nullcontext() if elf is None else _symbols(elf) as symbols:
        diagnosis = _watch(ctx, port) if file is None else _read(ctx, file)
        crash = next((boot.crash for boot in reversed(diagnosis.boots) if boot.crash), None)
        frames = list(symbols.frames(crash)) if symbols and crash else []
    if json or ctx.options.json:
        ctx.out.json(_record(diagnosis, crash, frames))
    else:
        _tell(ctx.out, diagnosis, frames)


def _symbols(elf: str) -> Symbols:
    from espsh.api import Symbols  # pyelftools, which only this needs

    return Symbols(elf)


def _watch(ctx: Context, port: str | None) -> Diagnosis:
    with ctx.at(port) as board:
        if reason := board.restart_by_line():
            ctx.out.note(f"{reason}; press EN (reset) on the board now")
        return watch_boot(board.listen)


def _read(ctx: Context, file: Location) -> Diagnosis:
    diagnosis = Diagnosis()
    if file.typed == "-":
        stdin = ctx.session.world.stdin
        if stdin.isatty():
            raise UsageError("'-' reads a log from a pipe, and stdin is the keyboard", "diagnose FILE")
        stream = getattr(stdin, "buffer", None)
        diagnosis.feed(stream.read() if stream is not None else stdin.read().encode("utf-8", "replace"))
    else:
        for block in ctx.files(file).read(file.path):
            diagnosis.feed(block)
    diagnosis.end()
    return diagnosis


def _tell(out: Output, diagnosis: Diagnosis, frames: list[str]) -> None:
    verdict = diagnosis.verdict
    out.text(Styled(verdict.text, "good" if verdict.outcome == "booted" else "bad"))
    if verdict.fix:
        out.text(f"fix: {verdict.fix}")
    if verdict.finding and verdict.finding.cause:
        out.text(f"why: {verdict.finding.cause}")
    for finding in diagnosis.findings:
        if verdict.finding is None or finding.rule != verdict.finding.rule:
            out.text(Styled(f"also: {finding.title}", "dim"))
    if diagnosis.boot.number is not None:
        out.text(Styled(f"last start: by {diagnosis.boot.reason.words}", "dim"))
    for frame in frames:
        out.text(Styled(frame, "board"))


def _record(diagnosis: Diagnosis, crash: Crash | None, frames: list[str]) -> dict[str, Any]:
    verdict = diagnosis.verdict
    return {
        "outcome": verdict.outcome,
        "text": verdict.text,
        "fix": verdict.fix,
        "rule": verdict.finding.rule if verdict.finding else "",
        "starts": verdict.starts,
        "findings": [finding._asdict() for finding in diagnosis.findings],
        "boots": [
            {
                "chip": boot.chip, "reset": boot.number, "reason": boot.reason.words, "mode": boot.mode,
                "straps": boot.straps, "started": boot.started, "version": boot.version, "machine": boot.machine,
            }
            for boot in diagnosis.boots
            if boot.number is not None or boot.started
        ],
        "crash": {
            "cause": crash.cause, "core": crash.core, "registers": crash.registers, "addresses": crash.addresses,
            "frames": frames,
        } if crash else None,
    }  # fmt: skip
