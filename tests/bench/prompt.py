"""From key to screen while boards print: espsh on a terminal, virtual boards as processes of their own at 115200 baud.

``python tests/bench/prompt.py [--boards 4] [--keys 300]``. Each key is a letter that stands nowhere else on the screen;
it is pressed at no steady pace, and looked for in what the terminal gets. What the boards said is held against the
screen and against the files of ``--log``, line by line.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import random
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

KEYS = "αβγδεζηθικλμνξοπρστυφχψω"
CLEAR = b"\x15"
TALK = """
import sys, time
number, due = 0, time.ticks_ms()
while True:
    for _ in range({lines}):
        print('%06d the quick brown fox jumps over the lazy dog 0123456789' % number)
        number += 1
    due += 50
    time.sleep_ms(max(0, due - time.ticks_ms()))
"""
LINE = re.compile(rb"(b\d): (\d{6}) the quick brown fox jumps over the lazy dog 0123456789\r?\n")
LOGGED = re.compile(rb"(\d{6}) the quick brown fox jumps over the lazy dog 0123456789\r?\n")
BYTES = 62
ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[()][0-9A-B]|[=>78])")


class Person:
    """Keyboard and screen of a program on a terminal. ``seen`` is all that the screen got."""

    def __init__(self, argv: Sequence[str], folder: Path) -> None:
        import fcntl
        import struct
        import termios

        self._ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        folders = {f"ESPSH_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "STATE", "CACHE")}
        env = {**os.environ, **folders, "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=env, start_new_session=True
        )
        os.close(theirs)
        self.seen = bytearray()

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._ours, keys)

    def look(self, seconds: float) -> bool:
        """Read what there is within ``seconds``; answer, as a terminal does, where the cursor is."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        data = os.read(self._ours, 65536)
        self.seen += data
        for _ in range(data.count(b"\x1b[6n")):
            self.press(b"\x1b[39;1R")
        return True

    def await_text(self, text: bytes, start: int, seconds: float = 30.0) -> float:
        """Return the seconds until ``text`` is on the screen behind ``start``."""
        began = time.perf_counter()
        while text not in self.seen[start:]:
            left = began + seconds - time.perf_counter()
            if left <= 0 or not self.look(left):
                raise TimeoutError(f"{text!r} did not appear: {bytes(self.seen[-500:])!r}")
        return time.perf_counter() - began

    def watch(self, seconds: float) -> None:
        """Look on for so long."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.look(left)

    def line(self, text: str) -> None:
        """Type a line."""
        self.press(f"{text}\r".encode())


@contextlib.contextmanager
def boards(count: int, folder: Path, rate: int) -> Iterator[list[str]]:
    """Yield the ports of boards whose main.py prints ``rate`` bytes a second."""
    files = folder / "files"
    files.mkdir()
    (files / "main.py").write_text(TALK.format(lines=round(rate / 20 / BYTES)))
    processes = []
    for number in range(count):
        url = f"esp32/bench{number}?fresh=1&image={folder}/b{number}&dir={files}"
        command = [sys.executable, "-m", "espsh.sim", url, "--pty"]
        processes.append(subprocess.Popen(["nice", *command], stdout=subprocess.PIPE, text=True))
    try:
        yield [process.stdout.readline().strip() for process in processes if process.stdout]
    finally:
        for process in processes:
            process.terminate()
            process.wait()
            if process.stdout:
                process.stdout.close()


def type_keys(person: Person, count: int, chance: random.Random) -> list[float]:
    """Return the seconds from each key to its letter on the screen."""
    found = []
    for number in range(count):
        letter = KEYS[number % len(KEYS)]
        if number % len(KEYS) == 0:
            person.press(CLEAR)
            person.watch(0.3)
        person.watch(chance.uniform(0.05, 0.15))
        start = len(person.seen)
        person.press(letter.encode())
        found.append(person.await_text(letter.encode(), start))
    person.press(CLEAR)
    return found


class Lines(NamedTuple):
    """How many lines came whole, and how many are missing between the first and the last, or twice there."""

    whole: int
    wrong: int


def judge(numbers: Sequence[int]) -> Lines:
    """Look at the numbers that a board's lines have."""
    return Lines(len(numbers), sum(after != before + 1 for before, after in itertools.pairwise(numbers)))


def show(name: str, seconds: Sequence[float]) -> None:
    """Print the times of keys."""
    ordered = sorted(1000 * value for value in seconds)
    p99 = ordered[int(0.99 * (len(ordered) - 1))]
    over = sum(value > 20 for value in ordered)
    print(
        f"{name:22} {len(ordered)} keys: median {statistics.median(ordered):.1f} ms, 99 % {p99:.1f} ms, "
        f"longest {ordered[-1]:.1f} ms, {over} over 20 ms"
    )


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=4)
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--rate", type=int, default=10_000, help="bytes a second of each board")
    arguments = parser.parse_args()
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as name, boards(arguments.boards, Path(name), arguments.rate) as ports:
        folder = Path(name)
        words = [word for number, port in enumerate(ports) for word in ("-p", f"b{number}={port}")]
        person = Person([sys.executable, "-m", "espsh", *words], folder)
        person.await_text(b"F4 repl", 0)
        show("nothing printed", type_keys(person, arguments.keys // 3, chance))
        person.line("@all reset")
        person.watch(1.0)
        person.line("@all monitor --log logs &")
        person.await_text(b"b0: ", 0)
        person.watch(1.0)
        begun, size = time.perf_counter(), len(person.seen)
        used = sum(os.times()[:2])
        show(f"{arguments.boards} boards print", type_keys(person, arguments.keys, chance))
        took, drawn = time.perf_counter() - begun, len(person.seen) - size
        person.line("kill %1")
        person.await_text(b"[1] ended", size)
        text = ESCAPES.sub(b"", bytes(person.seen))
        for number in range(arguments.boards):
            board = f"b{number}".encode()
            screen = judge([int(line) for name, line in LINE.findall(text) if name == board])
            log = judge([int(line) for line in LOGGED.findall((folder / "logs" / f"b{number}.log").read_bytes())])
            rate = log.whole * BYTES / took
            print(f"b{number}: about {rate:.0f} B/s; screen {screen}, file {log}")
        print(f"{drawn / took:.0f} B/s to the terminal; this program took {sum(os.times()[:2]) - used:.1f} s of CPU")
        person.process.terminate()
        person.process.wait()


if __name__ == "__main__":
    main()
