"""Many seeded copies on bad and on cut lines: ``python tests/soak/soak.py --runs 1000 --seed 1 --kind loss``.

Files are judged by their bytes, on the board over a clean connection and on the host. Ends with 1 when one is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.soak.cases import Bench, Outcome, cut, loss

BOARDS = (
    "sim:esp32/soak?baud=0&latency=0&erase=0&write=0",
    "sim:esp32/slow?baud=0&latency=16ms&stall=40ms/500ms&erase=0&write=0",
)
SLOW_EVERY = 10


def main() -> int:
    """Run the cases and say what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=("loss", "cut"), default="loss")
    parser.add_argument("--rate", type=float, help="of losses; without it 1e-4, 1e-3 and 1e-2 by turns of the seed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        benches = [_bench(Path(folder), board) for board in BOARDS]
        outcomes = []
        for number in range(arguments.runs):
            bench = benches[number % SLOW_EVERY == SLOW_EVERY - 1]
            seed = arguments.seed + number
            outcome = loss(bench, seed, arguments.rate) if arguments.kind == "loss" else cut(bench, seed)
            if arguments.kind == "loss" and "interrupted" in outcome.said:
                break
            outcomes.append(outcome)
            if outcome.wrong:
                _say(f"{outcome.name}: {'; '.join(outcome.wrong)}")
        for bench in benches:
            bench.close()
    return _summary(outcomes)


def _bench(folder: Path, board: str) -> Bench:
    name = board.partition("?")[0].rpartition("/")[2]
    home = folder / name
    (home / "work").mkdir(parents=True)
    os.environ["ESPSH_STATE_DIR"] = str(folder)
    env = {f"ESPSH_{kind}_DIR": str(folder) for kind in ("CONFIG", "STATE", "CACHE")}
    bench = Bench(home / "work", {**env, "ESPSH_PORT": "none", "PATH": os.environ["PATH"], "HOME": str(home)}, board)
    code = bench.shell.run("ls", ":").code
    assert code == 0
    return bench


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _summary(outcomes: list[Outcome]) -> int:
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    loud = Counter(outcome.group for outcome in outcomes if outcome.loud)
    runs = Counter(outcome.group for outcome in outcomes)
    times = sorted((outcome.seconds, outcome.name) for outcome in outcomes)
    files = sum(any("neither" in text for text in outcome.wrong) for outcome in outcomes)
    silent = sum(any("silent" in text for text in outcome.wrong) for outcome in outcomes)
    faults = sum(outcome.hits for outcome in outcomes)
    _say(f"runs {len(outcomes)}, faults {faults}, runs with something wrong {len(wrong)}")
    _say(f"wrong files {files}, silent failures {silent}")
    _say(f"loud failures: {', '.join(f'{group} {loud[group]}/{runs[group]}' for group in sorted(runs))}")
    middle = times[len(times) // 2][0]
    _say(f"median {middle:.2f} s, slowest {times[-1][0]:.1f} s ({times[-1][1]})")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
