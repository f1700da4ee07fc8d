"""Gives parsers inputs that nobody meant: ``python -m tests.fuzz.fuzz [--inputs 1000000] [--seed 1] [TARGET…]``.

Prints what each parser took, refused and how long its slowest input was. An exception that is none of espsh's own ends
the run; its input is put into ``kept/``, which the tests read on every run.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import random
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from espsh.errors import EspshError
from tests.fuzz.inputs import inputs
from tests.fuzz.targets import Target, targets

KEPT = Path(__file__).parent / "kept"


class Report(NamedTuple):
    """What became of some inputs; ``slowest`` in seconds. ``broken`` is the input that raised something else."""

    taken: int
    refused: int
    slowest: float
    broken: bytes | None = None


def fuzz(target: Target, given: Iterable[bytes]) -> Report:
    """Have a target read the inputs, up to the first that breaks it."""
    taken = refused = 0
    slowest = 0.0
    for data in given:
        begun = time.perf_counter()
        try:
            target.read(data)
            taken += 1
        except EspshError:
            refused += 1
        except Exception:  # noqa: BLE001 - that is what is looked for
            return Report(taken, refused, slowest, data)
        slowest = max(slowest, time.perf_counter() - begun)
    return Report(taken, refused, slowest)


def kept(name: str) -> list[bytes]:
    """Return the inputs that broke a target once."""
    return [path.read_bytes() for path in sorted(KEPT.glob(f"{name}.*"))]


def main() -> int:
    """Fuzz, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many, for all targets together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("targets", nargs="*")
    arguments = parser.parse_args()
    known = targets()
    names = arguments.targets or list(known)
    each = arguments.inputs // len(names)
    failures = 0
    for name in names:
        begun = time.perf_counter()
        made = inputs(known[name].seeds, random.Random(f"{arguments.seed} {name}"))
        report = fuzz(known[name], itertools.islice(made, each))
        took = time.perf_counter() - begun
        print(
            f"{name:16} {report.taken:7} read {report.refused:7} refused, slowest {report.slowest:.3f} s, {took:.0f} s"
        )
        if report.broken is not None:
            failures += 1
            mark = hashlib.sha256(report.broken).hexdigest()[:8]
            (KEPT / f"{name}.{mark}").write_bytes(report.broken)
            print(f"  BROKEN by {report.broken[:200]!r}, kept")
    return failures


if __name__ == "__main__":
    sys.exit(main())
