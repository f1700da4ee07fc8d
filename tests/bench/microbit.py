"""espsh and its peers on a micro:bit's real firmware, MicroPython 1.9.2, under QEMU: 4 kB there and back.

``python tests/bench/microbit.py [--clients espsh mpremote]`` prints a Markdown table. The way to the board is paced
as 115200 baud, the way back is not; whether a file is right is judged by what comes back, and where a tool brings none
back, by what espsh then reads.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
import payload
from clients import CLIENTS, Client

from tests.qemu.microbit import microbit, missing

FILES = {"put.py": payload.source()[:1024], "put.bin": payload.noise(4096)}
JOBS = ("put-py", "put-bin", "get")
LONGEST = 120.0


def measure(client: Client) -> str:
    """Return a row: the seconds for each job and what came of it."""
    with tempfile.TemporaryDirectory() as name, microbit() as port:
        home = Path(name)
        payload.write(FILES, home)
        (home / "back").mkdir()
        seconds, said = [], ""
        for job in JOBS:
            started = monotonic()
            try:
                done = client.run(job, Path(port), home, LONGEST)
            except subprocess.TimeoutExpired:
                said = f"{job} was not over after {LONGEST:g} s"
                break
            seconds.append(f"{monotonic() - started:.1f}")
            if done.code:
                said = f"{job} failed: {(done.said.strip().splitlines() or ['nothing said'])[-1][:60]}"
                break
        else:
            back = {path.name: path.read_bytes() for path in (home / "back").iterdir()}
            said = "right" if back == FILES else "**WRONG**"
    return f"| {client.name} | {' | '.join(seconds + [''] * (len(JOBS) - len(seconds)))} | {said} |"


def main() -> None:
    """Measure what was asked for and print the table."""
    if reason := missing():
        sys.exit(reason)
    there = [client for client in CLIENTS if client.there and not client.warm and set(JOBS) <= set(client.jobs)]
    names = [client.name for client in there]
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clients", nargs="+", choices=names, default=names, metavar="CLIENT", help=", ".join(names))
    chosen = options.parse_args().clients
    print("| client | put 1 kB source, s | put 4 kB noise, s | get both, s | result |")
    print("|---|--:|--:|--:|---|")
    for client in there:
        if client.name in chosen:
            print(measure(client), flush=True)


if __name__ == "__main__":
    main()
