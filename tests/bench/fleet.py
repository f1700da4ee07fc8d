"""Many boards in one shell: what connecting them, a question, a sync and nothing at all cost, from 1 to 32 boards.

``python tests/bench/fleet.py [--boards 1 8 32] [--record FILE]`` prints Markdown tables. Each board is a process of its
own on a pty (real MicroPython behind an emulated UART of 115200 baud), the shell is espsh at a terminal, and each job
is a line that is typed. No number here comes from hardware. Whether a sync is right is judged by the SHA-256 of all
files on every flash. *Late* is how long the board that lost most stood still since this computer was late; a row of
which that is more than 5 % is void. *Cores* are how many processors all boards' processes, and espsh, kept busy.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
import payload
from processes import Usage, cpu_below, usage
from prompted import Prompt, prompted
from ptys import PtyBoard, pty_boards
from virtual import flash_contents

LINE = "size=8M&baud=115200&rxbuf=260&erase=30ms&write=0.4ms&latency=1ms"
BOARDS = (1, 2, 4, 8, 16, 32)
IDLE = 10.0
VOID = 0.05
SYNC = "@all rsync tree :"
JOBS = {
    "connect": "start espsh and connect all",
    "eval": "`@all eval 1+1`",
    "sync": "rsync of 127 kB",
    "again": "rsync again, nothing changed",
    "idle": f"{IDLE:g} s at the prompt",
}


class Row(NamedTuple):
    """What one job took on ``boards`` boards. ``lost``: seconds of the board that this computer was late for most.

    ``ours`` and ``theirs`` are seconds of processor, espsh's and all boards'; ``memory`` in bytes and ``threads`` are
    espsh's when it was done; ``turns`` are those of the board that had most.
    """

    job: str
    boards: int
    seconds: float
    lost: float
    ours: float
    theirs: float
    memory: int
    threads: int
    turns: int
    right: bool = True

    @property
    def punctual(self) -> float:
        """The seconds without those lost: an estimate of what a computer with more processors would take."""
        return self.seconds - self.lost

    @property
    def void(self) -> bool:
        """Whether the computer was late for too long for this to say anything."""
        return self.lost > VOID * self.seconds


class Meter:
    """Measures jobs on ``boards``, whatever they are, in the shell that they are done in."""

    def __init__(self, boards: Sequence[PtyBoard]) -> None:
        self._boards = boards
        self._begin()

    def row(self, job: str, seconds: float, shell: Prompt) -> Row:
        """Return what was used since the last row, for a job that took so long."""
        counts, shells = [board.counts for board in self._boards], usage(shell.pid)
        theirs = self._cpu_of_boards()
        pairs = list(zip(counts, self._counts, strict=True))
        row = Row(
            job, len(self._boards), seconds, max(now.lost - before.lost for now, before in pairs),
            shells.cpu - self._shell.cpu, theirs - self._theirs, shells.memory, shells.threads,
            max(now.turns - before.turns for now, before in pairs),
        )  # fmt: skip
        self._begin(shells)
        return row

    def _begin(self, shell: Usage = Usage(0.0, 0, 0)) -> None:  # noqa: B008 - a value
        self._counts = [board.counts for board in self._boards]
        self._theirs = self._cpu_of_boards()
        self._shell = shell

    def _cpu_of_boards(self) -> float:
        return sum(cpu_below(board.process.pid) for board in self._boards)


def measure(count: int, jobs: Sequence[str] = tuple(JOBS), tree: Mapping[str, bytes] | None = None) -> list[Row]:
    """Do the jobs one after another on fresh boards."""
    files = {f"tree/{name}": data for name, data in (payload.tree() if tree is None else tree).items()}
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        payload.write(files, home)
        rows = list(_measured(home, count, jobs))
        held = payload.on_board(files)
        right = all(flash_contents(home / f"board{number}") == held for number in range(count))
    return [row._replace(right=right) if row.job in ("sync", "again") else row for row in rows]


def _measured(home: Path, count: int, jobs: Sequence[str]) -> Iterator[Row]:
    with contextlib.ExitStack() as power:
        for number in range(count):
            (home / f"board{number}").mkdir()
        (home / "nothing").mkdir()
        url = f"sim://esp32/fleet?image={home}/board{{}}/flash&dir={home}/nothing&{LINE}"
        boards = power.enter_context(pty_boards([url.format(number) for number in range(count)]))
        meter = Meter(boards)
        words = [word for number, board in enumerate(boards) for word in ("-p", f"b{number}={board.path}")]
        shell, seconds = power.enter_context(prompted(["--no-fast", *words], home))
        lines = {
            "eval": lambda: shell.line("@all eval 1+1"),
            "sync": lambda: shell.line(SYNC),
            "again": lambda: shell.line(SYNC),
            "idle": lambda: _idle(shell),
        }
        yield meter.row("connect", seconds, shell)
        for job in jobs:
            if job in lines:
                yield meter.row(job, lines[job](), shell)


def _idle(shell: Prompt) -> float:
    started = monotonic()
    shell.idle(IDLE)
    return monotonic() - started


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a table of everything."""
    yield "| job | boards | s | late | x one, less late | cores, boards | cores, espsh | turns | result |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|---|"
    ones = {row.job: row.punctual for row in rows if row.boards == 1}
    for row in sorted(rows, key=lambda row: (list(JOBS).index(row.job), row.boards)):
        times = f"{row.punctual / ones[row.job]:.2f}" if row.job in ones else ""
        verdict = "void" if row.void else "right" if row.right else "**WRONG**"
        cores = f"{row.theirs / row.seconds:.2f} | {row.ours / row.seconds:.2f}"
        yield (
            f"| {JOBS[row.job]} | {row.boards} | {row.seconds:.2f} | {row.lost:.2f} | {times} | {cores} | {row.turns} "
            f"| {verdict} |"
        )


def goals(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table of goals, as far as they were measured."""
    at = {(row.job, row.boards): row for row in rows}
    yield "| goal | at most | espsh | met |"
    yield "|---|--:|--:|---|"
    for name, job, boards, most in (
        ("rsync of 127 kB to 8 boards, x one", "sync", 8, 1.25),
        ("rsync with nothing to do on 8 boards, x one", "again", 8, 1.5),
        ("connect 32 boards, x one", "connect", 32, 6.0),
    ):
        if (one := at.get((job, 1))) and (many := at.get((job, boards))):
            yield _goal(name, most, many.seconds / one.seconds, one, many)
    if row := at.get(("eval", 32)):
        yield _goal("`@all eval 1+1` on 32 boards, s", 1.0, row.seconds, row)
    if (one := at.get(("idle", 1))) and (row := at.get(("idle", 32))):
        yield _goal("memory for each of 32 boards, MB", 8.0, (row.memory - one.memory) / 31e6, one, row)
        yield _goal("threads for each of 32 boards", 1.0, (row.threads - one.threads) / 31, one, row)
        yield _goal("processor while 32 boards and the prompt are idle, %", 3.0, 100 * row.ours / row.seconds, row)


def _goal(name: str, most: float, value: float, *rows: Row) -> str:
    void = any(row.void for row in rows)
    verdict = "void" if void else "yes" if value <= most and all(row.right for row in rows) else "**no**"
    return f"| {name} | {most:g} | {value:.2f} | {verdict} |"


def main() -> None:
    """Measure what was asked for and print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--boards", nargs="+", type=int, default=BOARDS, metavar="N", help="how many (1 2 4 8 16 32)")
    options.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS), metavar="JOB", help=", ".join(JOBS))
    options.add_argument("--record", type=Path, metavar="FILE", help="write the rows there, too")
    given = options.parse_args()
    rows: list[Row] = []
    for count in given.boards:
        rows += measure(count, given.jobs)
        for row in rows[-len(given.jobs) :]:
            print(f"{row.boards} {row.job}: {row.seconds:.2f} s, {row.lost:.2f} s late", file=sys.stderr)
        if given.record:
            given.record.write_text("\n".join(map(json.dumps, rows)) + "\n")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print("\n".join((*goals(rows), "", *table(rows), "", f"{os.cpu_count()} processors, load at the end {load}")))


if __name__ == "__main__":
    main()
