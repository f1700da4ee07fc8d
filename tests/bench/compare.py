"""espsh against its peers on the same virtual board: bytes, turns and whole-process seconds.

``python tests/bench/compare.py [--runs N] [--jobs ls put]`` prints a Markdown table. The line is an emulated UART of
115200 baud with 1 ms of latency; no number here comes from hardware.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from wire import Tap, tapped_board

BIN = Path(sys.executable).parent
PAYLOAD = (Path(argparse.__file__).read_bytes())[:20480]


@dataclass(frozen=True)
class Client:
    """How a tool is told to do each job on ``port``, with ``file`` as the host's file."""

    name: str
    jobs: dict[str, Callable[[str, str], list[str]]]


CLIENTS = (
    Client(
        "espsh",
        {
            "ls": lambda port, file: ["espsh", "-p", port, "ls", ":"],
            "put": lambda port, file: ["espsh", "-p", port, "cp", file, ":put.py"],
            "get": lambda port, file: ["espsh", "-p", port, "cp", ":put.py", f"{file}.back"],
            "exec": lambda port, file: ["espsh", "-p", port, "exec", "print(1)"],
        },
    ),
    Client(
        "mpremote",
        {
            "ls": lambda port, file: ["mpremote", "connect", port, "ls"],
            "put": lambda port, file: ["mpremote", "connect", port, "cp", "-f", file, ":put.py"],
            "get": lambda port, file: ["mpremote", "connect", port, "cp", ":put.py", f"{file}.back"],
            "exec": lambda port, file: ["mpremote", "connect", port, "exec", "print(1)"],
        },
    ),
    Client(
        "rshell",
        {
            "ls": lambda port, file: ["rshell", "-p", port, "ls", "/pyboard"],
            "put": lambda port, file: ["rshell", "-p", port, "cp", file, "/pyboard/put.py"],
            "get": lambda port, file: ["rshell", "-p", port, "cp", "/pyboard/put.py", f"{file}.back"],
            "exec": lambda port, file: ["rshell", "-p", port, "repl", "~", "print(1)", "~"],
        },
    ),
)


JOBS = ("ls", "exec", "put", "get")


def measure(argv: list[str], tap: Tap) -> tuple[int, int, int, float]:
    """Run one tool and return bytes up, bytes down, turns and seconds of the whole process."""
    before = (tap.counts.up, tap.counts.down, tap.counts.turns)
    started = time.monotonic()
    done = subprocess.run([str(BIN / argv[0]), *argv[1:]], capture_output=True, stdin=subprocess.DEVNULL)
    seconds = time.monotonic() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)} failed: {done.stderr.decode()}{done.stdout.decode()}")
    after = (tap.counts.up, tap.counts.down, tap.counts.turns)
    up, down, turns = (new - old for new, old in zip(after, before, strict=True))
    return up, down, turns, seconds


def main() -> None:
    """Run every job of every client and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--jobs", nargs="+", choices=JOBS, default=JOBS, metavar="JOB")
    options.add_argument("--board", default="baud=115200&latency=1ms", help="options of the virtual board")
    given = options.parse_args()
    print("| job | client | up B | down B | turns | s (median) | x espsh |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for job in given.jobs:
        base = 0.0
        for client in CLIENTS:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                file = folder / "put.py"
                file.write_bytes(PAYLOAD)
                with tapped_board(folder, given.board) as (port, tap):
                    if job == "get":
                        measure(client.jobs["put"](str(port), str(file)), tap)
                    runs = [measure(client.jobs[job](str(port), str(file)), tap) for _ in range(given.runs)]
                if job == "get" and (folder / "put.py.back").read_bytes() != PAYLOAD:
                    raise SystemExit(f"{client.name}: what came back is not what was sent")
            seconds = statistics.median(run[3] for run in runs)
            base = base or seconds
            up, down, turns, _ = runs[-1]
            print(
                f"| {job} | {client.name} | {up} | {down} | {turns} | {seconds:.2f} | {seconds / base:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
