"""What an import from a mounted directory costs, by espsh and by mpremote, on the same virtual board.

``python tests/bench/mount.py [--latency 1ms 16ms] [--runs N]`` prints a Markdown table. The module is the beginning of
``heapq.py``; the time is taken on the board, around ``import`` alone, and is the best of N runs: when this computer
is late, emulated time stands still and the board's clock goes on. No number here comes from hardware.
"""

from __future__ import annotations

import argparse
import heapq
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import payload
from virtual import served_board

LINE = "baud=115200&rxbuf=260&erase=30ms&write=0.4ms"
LENGTH = 10_240
PROGRAM = """
import time
t = time.ticks_us()
{}
print("took", time.ticks_diff(time.ticks_us(), t))
"""
JOBS = {"import 10 kB of source": "import module", "read 10 kB that do not shrink": "open('noise.bin', 'rb').read()"}
CLIENTS = {
    "espsh": lambda port, folder, program: [
        sys.executable, "-m", "espsh", "-p", port, "-c", f"mount {folder}; run {program}",
    ],
    "mpremote": lambda port, folder, program: [
        shutil.which("mpremote") or "mpremote", "connect", port, "mount", folder, "run", program,
    ],
}  # fmt: skip


def module() -> bytes:
    """Return whole definitions of the standard library, 10 kB or a little less."""
    text = Path(heapq.__file__).read_text(encoding="utf-8")
    cut = text.rindex("\n\ndef ", 0, LENGTH)
    return text[:cut].encode()


def measure(client: str, work: str, latency: str, folder: Path) -> float:
    """Return the seconds that one client needs for one job on a fresh board."""
    program = folder / "program.py"
    program.write_text(PROGRAM.format(work))
    with tempfile.TemporaryDirectory() as flash, served_board(Path(flash), f"{LINE}&latency={latency}") as board:
        env = {**os.environ, "ESPSH_STATE_DIR": str(folder), "ESPSH_CONFIG_DIR": str(folder)}
        argv = CLIENTS[client](str(board.path), str(folder / "src"), str(program))
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120, env=env, check=False)
    took = re.search(r"took (\d+)", done.stdout)
    if took is None:
        raise SystemExit(f"{client}: {done.stdout}{done.stderr}")
    return int(took[1]) / 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", nargs="+", default=["1ms", "16ms"])
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "src").mkdir()
        (folder / "src" / "module.py").write_bytes(module())
        (folder / "src" / "noise.bin").write_bytes(payload.noise(LENGTH))
        sizes = dict(zip(JOBS, (len(module()), LENGTH), strict=True))
        print("| job | latency | tool | s | x line |\n|---|---|---|--:|--:|")
        for title, work in JOBS.items():
            for latency in chosen.latency:
                for client in CLIENTS:
                    seconds = min(measure(client, work, latency, folder) for _ in range(chosen.runs))
                    print(f"| {title} | {latency} | {client} | {seconds:.2f} | {seconds * 11520 / sizes[title]:.2f} |")


if __name__ == "__main__":
    main()
