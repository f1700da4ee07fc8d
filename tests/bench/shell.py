"""The shell under a person's hands: start, TAB, the board's own prompt; beside mpremote and rshell.

``python tests/bench/shell.py [--runs 5]`` prints Markdown tables. Boards are virtual, each a process of its own on a
pty (``python -m espsh.sim esp32 --pty``); "direct" is this program on that pty with nothing between. A median of
``--runs`` for what starts a process, of 200 keys for a key; no number here comes from hardware.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
from clients import BIN, CLIENTS, Client
from completing import key_to_menu
from prompt import Person

UART = "baud=115200&rxbuf=260&latency=1ms&erase=30ms&write=0.4ms"
USB = "baud=0&latency=0"
PROMPT = b">>> "
KEYS = 200
LINES, WIDTH = 10_000, 100
"""1 MB of output: numbered lines, so that one that is lost, doubled or broken is seen."""
PRINT = f"for i in range({LINES}): print('%0{WIDTH - 2}d' % i)"
PASTED = 20_000
DIGEST = "import hashlib, binascii\nprint(binascii.hexlify(hashlib.sha256(text).digest()))\n"
REPLS = {
    "espsh": ["espsh", "-q", "-p", "{port}", "repl"],
    "mpremote": ["mpremote", "connect", "{port}", "repl"],
    "rshell": ["rshell", "-p", "{port}", "repl"],
}


class Row(NamedTuple):
    """What was measured with which tool; ``value`` is None where it went wrong."""

    what: str
    tool: str
    value: float | None
    unit: str


class Direct(Person):
    """The board's port itself in place of a terminal."""

    def __init__(self, port: str) -> None:
        import tty

        self._ours = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._ours)
        self.seen = bytearray()


def pour(person: Person, data: bytes) -> None:
    """Type more than a terminal holds at once, and look on meanwhile."""
    while data:
        _, writable, _ = select.select([], [person._ours], [], 0)
        if writable:
            data = data[os.write(person._ours, data[:256]) :]
        person.look(0.0 if writable else 0.01)


@contextlib.contextmanager
def board(folder: Path, options: str) -> Iterator[str]:
    """Serve a fresh board; yield its port."""
    link = folder / "ttyUSB0"  # mpremote treats a bare /dev/pts as something special
    url = f"esp32/shell?fresh=1&image={folder / 'flash'}&{options}"
    command = [sys.executable, "-m", "espsh.sim", url, "--pty", "--link", str(link)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield str(link)
        finally:
            process.terminate()


@contextlib.contextmanager
def at_repl(tool: str, port: str, folder: Path) -> Iterator[Person]:
    """Yield who sits at the board's prompt, by way of a tool or directly."""
    person = Direct(port) if tool == "direct" else Person(_argv(REPLS[tool], port), folder)
    try:
        if tool != "direct":
            person.await_text(b"Ctrl-" if tool == "mpremote" else b">", 0)
        person.watch(0.3)
        person.press(b"\r")
        person.await_text(PROMPT, len(person.seen))
        person.watch(0.3)
        yield person
    finally:
        if tool == "direct":
            os.close(person._ours)
        else:
            person.process.kill()
            person.process.wait()
            os.close(person._ours)


def _argv(words: list[str], port: str) -> list[str]:
    return [str(BIN / words[0]), *(word.format(port=port) for word in words[1:])]


def in_turn(runs: int, jobs: dict[tuple[str, str], Callable[[], float]]) -> Iterator[Row]:
    """Do each job once a round, so that what else this computer does falls on all of them; yield the medians."""
    for job in jobs.values():
        job()  # the first one makes .pyc files
    rounds = [{key: job() for key, job in jobs.items()} for _ in range(runs)]
    for what, tool in jobs:
        yield Row(what, tool, statistics.median(times[what, tool] for times in rounds), "s")


def processes(runs: int, folder: Path) -> Iterator[Row]:
    """Measure ``exec 'print(1)'`` from start to exit, and the way to a prompt with a board that is there."""
    with board(folder, UART) as port:
        jobs = {
            ("exec 'print(1)'", client.name): partial(one_shot, client, port, folder)
            for client in CLIENTS
            if client.name in REPLS and client.there
        }
        jobs |= {
            ("import prompt_toolkit", "python"): bare_import,
            # mpremote has no prompt of its own, and its repl asks the board nothing.
            ("start to prompt", "espsh"): partial(start, ["espsh", "-p", "{port}"], b"F4 repl", port, folder),
            ("start to prompt", "rshell"): partial(start, ["rshell", "-p", "{port}"], b"> ", port, folder),
        }
        yield from in_turn(runs, jobs)


def one_shot(client: Client, port: str, folder: Path) -> float:
    """Return the seconds that a whole process takes to run a line on the board."""
    began = time.perf_counter()
    done = client.run("exec", port, folder)
    seconds = time.perf_counter() - began
    if done.code or "1" not in done.said.splitlines():
        raise SystemExit(f"{client.name}: {done.said}")
    return seconds


def bare_import() -> float:
    """Return the seconds of a Python that imports the prompt's library and ends."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import prompt_toolkit"], check=True)
    return time.perf_counter() - began


def start(words: list[str], ready: bytes, port: str, folder: Path) -> float:
    """Return the seconds until a shell shows its prompt."""
    began = time.perf_counter()
    person = Person(_argv(words, port), folder)
    try:
        person.await_text(ready, 0)
        seconds = time.perf_counter() - began
        person.press(b"\x04")
        with contextlib.suppress(OSError):  # it has ended
            person.watch(0.5)
    finally:
        person.process.kill()
        person.process.wait()
        os.close(person._ours)
    return seconds


def keystrokes(tool: str, folder: Path) -> Row:
    """Measure from key to echo; the board's own share is that of "direct"."""
    with board(folder, USB) as port, at_repl(tool, port, folder) as person:
        times = []
        for number in range(KEYS):
            if number % 50 == 49:
                person.press(b"\x03")
                person.watch(0.2)
            key = b"abcdefghij"[number % 10 : number % 10 + 1]
            start = len(person.seen)
            times.append(_timed(person, key, start))
            person.watch(random.uniform(0.005, 0.03))
    return Row("key to echo", tool, statistics.median(times) * 1000, "ms")


def _timed(person: Person, key: bytes, start: int) -> float:
    began = time.perf_counter()
    person.press(key)
    person.await_text(key, start)
    return time.perf_counter() - began


def output(tool: str, folder: Path) -> Row:
    """Measure 1 MB of a board's output at USB speed. Each line has to come once, in order."""
    with board(folder, USB) as port, at_repl(tool, port, folder) as person:
        start = len(person.seen)
        began = time.perf_counter()
        person.press(PRINT.encode() + b"\r\r")
        person.await_text(b"%0*d\r\n" % (WIDTH - 2, LINES - 1), start, 60)
        seconds = time.perf_counter() - began
        lines = bytes(person.seen[start:]).split(b"\r\n")
    whole = [b"%0*d" % (WIDTH - 2, number) for number in range(LINES)]
    came = [line for line in lines if line.isdigit()]
    return Row("1 MB of output", tool, seconds if came == whole else None, "s")


def paste(tool: str, folder: Path) -> Row:
    """Measure 20 kB pasted at 115200 baud into a ring of 260 bytes. The board's digest of it says whether it is whole.

    A terminal puts brackets around a paste where that was asked for.
    """
    chance = random.Random(1)
    lines = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz ,.()", k=49)) for _ in range(PASTED // 50)]
    text = "\n".join(lines)
    digest = hashlib.sha256(text.encode()).hexdigest().encode()
    keys = f'text = """{text}"""\n{DIGEST}'.replace("\n", "\r").encode()
    with board(folder, UART) as port, at_repl(tool, port, folder) as person:
        brackets = (b"\x1b[200~", b"\x1b[201~") if b"\x1b[?2004h" in person.seen else (b"", b"")
        start = len(person.seen)
        began = time.perf_counter()
        try:
            pour(person, brackets[0] + keys + brackets[1])
            person.await_text(digest, start, 40)
            seconds = time.perf_counter() - began
        except TimeoutError:
            seconds = None
    return Row("paste of 20 kB", tool, seconds, "s")


def goals(rows: list[Row]) -> Iterator[str]:
    """Yield the table of what was wanted."""

    def of(what: str, tool: str) -> float:
        return next((row.value for row in rows if (row.what, row.tool) == (what, tool) and row.value), float("nan"))

    yield "| goal | at most | espsh | met |\n|---|--:|--:|---|"
    run, begun = "exec 'print(1)'", of("start to prompt", "espsh")
    for goal, most, value in (
        ("exec 'print(1)', x mpremote", 1.3, of(run, "espsh") / of(run, "mpremote")),
        ("exec 'print(1)', x rshell", 0.5, of(run, "espsh") / of(run, "rshell")),
        ("start to prompt, s above a bare import prompt_toolkit", 0.35, begun - of("import prompt_toolkit", "python")),
        ("TAB on a path with 1,000 entries to the menu, ms", 50, of("TAB to menu", "espsh")),
        ("a key in repl, ms above direct", 2, of("key to echo", "espsh") - of("key to echo", "direct")),
    ):
        yield f"| {goal} | {most} | {value:.2f} | {'yes' if value <= most else '**no**'} |"
    for what in ("1 MB of output", "paste of 20 kB"):
        good = of(what, "espsh") > 0
        yield f"| {what} | whole | {'whole' if good else 'damaged'} | {'yes' if good else '**no**'} |"


def main() -> None:
    """Measure everything and print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=5, help="how often a process is started for each median")
    given = options.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows += processes(given.runs, folder)
        rows.append(Row("TAB to menu", "espsh", key_to_menu(folder) * 1000, "ms"))
        for tool in ("direct", *REPLS):
            rows += (
                measure(tool, folder) for measure in (keystrokes, output, paste) if (measure, tool) != (paste, "direct")
            )
    print("\n".join(goals(rows)))
    print("\n| what | tool | |\n|---|---|--:|")
    for row in sorted(rows, key=lambda row: [other.what for other in rows].index(row.what)):
        value = "**damaged**" if row.value is None else f"{row.value:.2f} {row.unit}"
        print(f"| {row.what} | {row.tool} | {value} |")
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
