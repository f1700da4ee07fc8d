"""Rows of the bench, what espsh wants to need, and the tables of both."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from espsh.sim.units import read_time

BYTES_PER_SECOND = 11520


class Row(NamedTuple):
    """What one tool took for one job. ``seconds`` are those of its process, without those that were ``lost``."""

    job: str
    latency: str
    client: str
    title: str
    carried: int
    fetches: bool
    up: int
    down: int
    turns: int
    seconds: float
    lost: float
    dropped: int
    code: int
    right: bool
    runs: int

    @property
    def line(self) -> float:
        """Seconds for each that the payload, as it is, takes on the bare line; 0 where nothing is carried."""
        return self.seconds * BYTES_PER_SECOND / self.carried if self.carried else 0.0

    @property
    def wire(self) -> float:
        """Bytes on the wire, in the payload's direction, for each of the payload."""
        return (self.down if self.fetches else self.up) / self.carried if self.carried else 0.0

    @property
    def verdict(self) -> str:
        """Whether the board's flash has it, whether the tool's exit code says otherwise, and what the ring lost."""
        words = ["right" if self.right else "**WRONG**"]
        if self.code or not self.right:
            words.append(f"exit {self.code}")
        if self.dropped:
            words.append(f"{self.dropped} B dropped")
        return ", ".join(words)


def read_rows(file: Path | None) -> list[Row]:
    """Return what was recorded before."""
    return [Row(*values) for values in json.loads(file.read_text())] if file and file.exists() else []


def record(file: Path | None, rows: list[Row], row: Row) -> list[Row]:
    """Return ``rows`` with ``row`` in its place, and write them down."""
    rows = [old for old in rows if old[:3] != row[:3]] + [row]
    if file:
        file.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
    return rows


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a table of everything; bytes and turns are those of the first latency."""
    latencies = sorted({row.latency for row in rows}, key=read_time)
    at = {row[:3]: row for row in rows}
    heads = "".join(f" s at {latency} | x line |" for latency in latencies)
    yield f"| job | client | up B | down B | turns | wire/payload |{heads} result |"
    yield f"|---|---|--:|--:|--:|--:|{'--:|--:|' * len(latencies)}---|"
    for job, client in dict.fromkeys((row.job, row.client) for row in rows):
        found = [at.get((job, latency, client)) for latency in latencies]
        there = [row for row in found if row]
        first = there[0]
        cells = [first.title, client, str(first.up), str(first.down), str(first.turns), _ratio(first.wire)]
        for row in found:
            cells += [f"{row.seconds:.2f}", _ratio(row.line)] if row else ["", ""]
        cells.append("; ".join(dict.fromkeys(row.verdict for row in there)))
        yield f"| {' | '.join(cells)} |"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value else ""


class Goal(NamedTuple):
    """What espsh wants to need at most for a job, by latency."""

    job: str
    unit: str
    value: Callable[[Row], float]
    most: dict[str, float]
    client: str = "espsh --no-fast"


GOALS = (
    Goal("put-py", "x line", lambda row: row.line, {"1ms": 0.55, "16ms": 0.65}),
    Goal("put-bin", "x line", lambda row: row.line, {"1ms": 1.10, "16ms": 1.25}),
    Goal("put-bin", "wire/payload", lambda row: row.wire, {"1ms": 1.06, "16ms": 1.06}),
    Goal("put-bin", "x line, faster", lambda row: row.line, {"1ms": 0.40}, "espsh"),
    Goal("get", "x line", lambda row: row.line, {"1ms": 1.06, "16ms": 1.10}),
    Goal("get", "wire/payload", lambda row: row.wire, {"1ms": 1.01, "16ms": 1.01}),
    Goal("put-tree", "x line", lambda row: row.line, {"1ms": 0.45, "16ms": 0.55}),
    Goal("sync", "turns", lambda row: row.turns, {"1ms": 10, "16ms": 10}),
    Goal("sync", "B up", lambda row: row.up, {"1ms": 2000, "16ms": 2000}),
    Goal("sync", "s", lambda row: row.seconds, {"1ms": 0.7, "16ms": 0.9}),
    Goal("rm", "turns", lambda row: row.turns, {"1ms": 6, "16ms": 6}),
    Goal("one-of-500", "turns", lambda row: row.turns, {"1ms": 40, "16ms": 40}),
)


def goals(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table of goals: ours beside the best of those peers that did the job right."""
    yield "| job | goal | latency | at most | espsh | met | best peer |"
    yield "|---|---|---|--:|--:|---|---|"
    for goal in GOALS:
        for latency, most in goal.most.items():
            there = {row.client: row for row in rows if row[:2] == (goal.job, latency)}
            ours = there.pop(goal.client, None)
            if ours is None:
                continue
            value = goal.value(ours)
            met = "yes" if value <= most and ours.right else "**no**"
            peers = [row for row in there.values() if row.right and not row.code and not row.client.startswith("espsh")]
            best = min(peers, key=goal.value, default=None)
            beside = f"{_exact(goal.value(best))} ({best.client})" if best else ""
            yield f"| {ours.title} | {goal.unit} | {latency} | {most:g} | {_exact(value)} | {met} | {beside} |"


def _exact(value: float) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
