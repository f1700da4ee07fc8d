"""espsh and its peers on the same virtual board: bytes, turns and whole-process seconds of everyday jobs.

``python tests/bench/wire.py [--clients espsh mpremote] [--scenarios put-py] [--latency 1ms 16ms] [--runs N]`` prints
Markdown tables. ``--record FILE`` keeps the rows: what another run has measured is shown too, and only what is
measured anew is replaced. The board is real MicroPython with LittleFS behind an emulated UART of 115200 baud, with a
receive ring of 260 bytes and 30 ms for each flash block that is erased; no number here comes from hardware. Each job
finds a fresh board. Whether its result is right is judged by SHA-256 of all files on the flash, or of those it fetched.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from pathlib import Path
from time import monotonic
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
import payload
from clients import CLIENTS, Client
from report import Row, goals, read_rows, record, table
from virtual import flash_contents, served_board

LINE = "baud=115200&rxbuf=260&erase=30ms&write=0.4ms"
AT_ONCE = "baud=0&latency=0&erase=0&write=0"
GROWING = (10, 100, 1000)
Files = dict[str, bytes]
NOTHING: Files = {}


class Scenario(NamedTuple):
    """A job: what lies on the host and on the board before, and what has to lie on the board and be fetched after.

    ``does`` is the tool's command, ``first`` one that goes before; ``carried`` the bytes that have to pass the line.
    """

    name: str
    title: str
    host: Files = NOTHING
    board: Files = NOTHING
    after: Files = NOTHING
    fetched: Files = NOTHING
    carried: int = 0
    does: str = ""
    first: str = ""
    says: str = ""
    options: str = ""

    @property
    def command(self) -> str:
        """The name of the tool's command."""
        return self.does or self.name


def scenarios() -> dict[str, Scenario]:
    """Return the jobs by name."""
    python, binary = {"put.py": payload.source()}, {"put.bin": payload.noise(102_400)}
    tree = {f"tree/{name}": data for name, data in payload.tree().items()}
    many = {f"many/{name}": data for name, data in payload.many().items()}
    changed = {**many, "many/d7/f007.bin": payload.noise(2048, 1000)}
    jobs = [
        Scenario("ls", "ls", board=python, after=python, says="put.py"),
        Scenario("exec", "exec", host={"one.py": b"print(1)\n"}, says="1"),
        _put("put-py", "put 20 kB source", python),
        _put("put-bin", "put 100 kB incompressible", binary),
        _put("stalls", "the same, the board halts 40 ms every 0.5 s", binary)._replace(
            does="put-bin", options="stall=40ms/500ms"
        ),
        Scenario(
            "get", "get both back", board=python | binary, after=python | binary, fetched=python | binary,
            carried=_weight(python | binary),
        ),
        _put("put-tree", f"put a tree of {len(tree)} sources, {_weight(tree)} B", tree),
        Scenario("sync", "rsync it again, nothing changed", host=tree, after=tree, first="put-tree"),
        Scenario("rm", "rm -r it", board=tree),
        Scenario("one-of-500", "one changed of 500 files", host=changed, board=many, after=changed, carried=2048),
    ]  # fmt: skip
    for count in GROWING:
        files = {f"grow/f{number:04}.py": payload.source()[number : number + 200] for number in range(count)}
        jobs.append(_put(f"{count}-files", f"put {count} files of 200 B", files)._replace(does="grow"))
    for count in GROWING:
        files = {"grow/one.bin": payload.noise(count * 1000)}
        jobs.append(_put(f"{count}-kb", f"put {count} kB incompressible", files)._replace(does="grow"))
    return {job.name: job for job in jobs}


def _put(name: str, title: str, files: Files) -> Scenario:
    return Scenario(name, title, host=files, after=files, carried=_weight(files))


def _weight(files: Files) -> int:
    return sum(map(len, files.values()))


def measure(client: Client, job: Scenario, latency: str) -> Row:
    """Do a job once, on a fresh board."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home, image = folder / "home", folder / "image"
        payload.write(job.host, home)
        payload.write(job.board, image)
        (home / "back").mkdir(parents=True)
        image.mkdir(exist_ok=True)
        if job.first:
            with served_board(folder, f"dir={image}&{AT_ONCE}") as board:
                with client.ready(board.path, home):
                    client.run(job.first, board.path, home)
                board.listen()
        with served_board(folder, f"dir={image}&latency={latency}&{LINE}&{job.options}") as board:
            with client.ready(board.path, home):
                before = board.counts
                started = monotonic()
                done = client.run(job.command, board.path, home)
                seconds = monotonic() - started
                counts = board.counts.since(before)
            board.listen()
        right = flash_contents(folder) == payload.on_board(job.after) and job.says in done.said
        fetched = {path.name: path.read_bytes() for path in (home / "back").iterdir()}
        right = right and fetched == job.fetched
    if done.code or not right:
        print(f"{client.name} {job.name}: exit code {done.code}: {done.said[-500:]}", file=sys.stderr)
    return Row(
        job.name, latency, client.name, job.title, job.carried, bool(job.fetched), counts.up, counts.down,
        counts.turns, seconds - counts.lost, counts.lost, counts.dropped, done.code, right, 1,
    )  # fmt: skip


def median(rows: list[Row]) -> Row:
    """Return the run of median time, with the worst of the verdicts."""
    middle = sorted(rows, key=lambda row: row.seconds)[len(rows) // 2]
    return middle._replace(
        dropped=max(row.dropped for row in rows), code=max(row.code for row in rows),
        right=all(row.right for row in rows), runs=len(rows),
    )  # fmt: skip


def main() -> None:
    """Measure what was asked for and print the tables."""
    jobs = scenarios()
    names = [client.name for client in CLIENTS]
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clients", nargs="+", choices=names, default=names, metavar="CLIENT", help=", ".join(names))
    options.add_argument(
        "--scenarios", nargs="*", choices=jobs, default=list(jobs), metavar="JOB", help=", ".join(jobs)
    )
    options.add_argument("--latency", nargs="+", default=["1ms", "16ms"], help="of the USB bridge (default: 1ms 16ms)")
    options.add_argument("--runs", type=int, default=1, help="how often; the one of median time is shown")
    options.add_argument("--record", type=Path, metavar="FILE", help="keep the rows, and show those kept before")
    given = options.parse_args()
    rows = read_rows(given.record)
    for client in CLIENTS:
        if client.name not in given.clients:
            continue
        if not client.there:
            print(f"{client.name} is not installed: left out", file=sys.stderr)
            continue
        for name, latency in itertools.product(given.scenarios, given.latency):
            if jobs[name].command in client.jobs:
                row = median([measure(client, jobs[name], latency) for _ in range(given.runs)])
                print(
                    f"{client.name} {name} {latency}: {row.seconds:.2f} s, {row.lost:.2f} s lost, {row.verdict}",
                    file=sys.stderr,
                )
                rows = record(given.record, rows, row)
    order = [*itertools.product(jobs, names)]
    rows.sort(key=lambda row: order.index((row.job, row.client)))
    growing = [row for row in rows if jobs[row.job].command == "grow"]
    print("\n".join((*goals(rows), "", *table([row for row in rows if row not in growing]))))
    if growing:
        print("\n".join(("", *table(growing))))


if __name__ == "__main__":
    main()
