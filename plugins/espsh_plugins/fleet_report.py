"""What boards there are and what they hold, for a file that is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

from espsh.api import (
    Context,
    Location,
    Opt,
    Outcome,
    RemoteError,
    board_facts,
    check_done,
    command,
    human_size,
)

ESPSH_API = 1

_ASKED = {name: board_facts.QUESTIONS[name] for name in ("heap", "space", "ticks")}


class Report(NamedTuple):
    """One board; sizes in bytes, ``uptime`` in seconds. What a board cannot tell is None.

    ``digest`` is the SHA-256 of what ``sha256sum`` prints for all of its files, their paths sorted.
    """

    name: str
    chip: str
    unique_id: str
    firmware: str
    port: str
    heap_free: int | None
    flash_free: int | None
    uptime: int | None
    files: int
    files_size: int
    digest: str


@command(
    "fleet-report",
    boards="set",
    shows=True,
    examples=("fleet-report", "@all fleet-report > fleet.md", "@lab fleet-report --json > lab.json"),
)
def fleet_report(
    ctx: Context,
    *,
    json: Annotated[bool, Opt("--json", help="for a program to read")] = False,
) -> None:
    """Write an inventory of boards as Markdown or JSON: who they are, what is free, what files they hold.

    Boards that hold the same files have the same digest: that of the lines that
    sha256sum prints for all files below /, sorted by path. A board that could
    not be asked is in it with the reason, and the exit code tells. The uptime
    starts anew after 12.4 days: MicroPython's clock does.
    """
    if not ctx.boards:
        ctx.board.meet()  # before that it is called after its port
    names = list(ctx.boards or [ctx.board.name])
    reports: dict[str, Report] = {}

    def ask(part: Context) -> None:
        reports[part.board.name] = _report(part)

    outcomes = ctx.outcomes_of("fleet-report", names, ask)
    failed = [outcome for outcome in outcomes if outcome.board not in reports]
    when = datetime.now(UTC).isoformat(timespec="seconds")
    done = [reports[name] for name in names if name in reports]
    if json or ctx.options.json:
        ctx.out.json(_facts(when, done, failed))
    else:
        for line in markdown(when, done, failed):
            ctx.out.text(line)
    check_done(outcomes)


def markdown(when: str, reports: Sequence[Report], failed: Sequence[Outcome]) -> Iterable[str]:
    """Yield the lines of the report."""
    yield f"# Boards on {when}"
    yield ""
    if reports:
        yield _row(heading for heading, _ in _COLUMNS)
        yield _row("---" for _ in _COLUMNS)
        yield from (_row(shown(report) for _, shown in _COLUMNS) for report in reports)
    for outcome in failed:
        yield f"- **{_plain(outcome.board)}** {outcome.ended}: {_plain(outcome.message)}"


def _report(ctx: Context) -> Report:
    board = ctx.board
    root = Location(board.name, "/")
    files = ctx.files(root)
    answers = board_facts.ask(board, _ASKED)
    found = [entry for entry in files.listdir("/", recursive=True) if not entry.is_dir]
    digests = ctx.digests(board.name, [f"/{entry.path}" for entry in found])
    identity = board.identity
    return Report(
        board.name, identity.chip, identity.unique_id, identity.firmware, board.url,
        _read(answers, "heap", lambda heap: int(heap[0])),
        _read(answers, "space", lambda space: int(space[0]) * int(space[3])),
        _read(answers, "ticks", lambda ticks: int(ticks) // 1000),
        len(found), sum(entry.size for entry in found), whole_digest(digests),
    )  # fmt: skip


def whole_digest(digests: Mapping[str, str]) -> str:
    """Return the SHA-256 of what ``sha256sum`` prints of files, given their digests by absolute path."""
    whole = hashlib.sha256()
    for path in sorted(digests):
        whole.update(f"{digests[path]}  {path.removeprefix('/')}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _read(answers: Mapping[str, Any], name: str, read: Callable[[Any], int]) -> int | None:
    try:
        return read(answers[name]) if name in answers else None
    except (TypeError, ValueError, LookupError):
        raise RemoteError("the board's answer makes no sense") from None


def _facts(when: str, reports: Sequence[Report], failed: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "when": when,
        "boards": [report._asdict() for report in reports],
        "failed": [{"name": outcome.board, "reason": outcome.message or outcome.ended} for outcome in failed],
    }


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(_plain, cells))} |"


def _plain(text: str) -> str:
    """Return text that stays in its cell, whatever a board is called."""
    return "".join(c if c.isprintable() else " " for c in text).replace("|", "\\|").replace("<", "&lt;")


def _size(size: int | None) -> str:
    return "" if size is None else human_size(size)


def _time(seconds: int | None) -> str:
    if seconds is None:
        return ""
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    return f"{f'{days} d ' if days else ''}{hours}:{minutes:02} h"


_COLUMNS: tuple[tuple[str, Callable[[Report], str]], ...] = (
    ("name", lambda report: report.name),
    ("chip", lambda report: report.chip),
    ("id", lambda report: report.unique_id),
    ("firmware", lambda report: report.firmware),
    ("free heap", lambda report: _size(report.heap_free)),
    ("free flash", lambda report: _size(report.flash_free)),
    ("up", lambda report: _time(report.uptime)),
    ("files", lambda report: f"{report.files}, {human_size(report.files_size)}"),
    ("digest", lambda report: report.digest[:12]),
)
