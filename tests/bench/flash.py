"""espsh's flash and flash_id beside the esptool CLI on the same virtual board, and four boards beside one.

``python tests/bench/flash.py [--jobs flash flash-id four] [--runs N]`` prints Markdown tables. Each board runs in a
process of its own, served with RFC 2217 on this machine: an emulated UART, an emulated ROM loader and a NOR flash with
the times of a datasheet. No number here comes from hardware. esptool is measured as it is and with our RFC 2217 in
front of pyserial's; that is the one that counts, since what it saves is no merit of ``flash``. Whether a job is right
is judged by the bytes of the board's flash, or by the flash id that was said.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from clients import Client
from served import Moment, served

from espsh.sim import firmware
from espsh.sim.firmware import RECIPES, Build

RATE = 460800
SIZE = 1_200_000
OFFSET = 0x1000
STUB = 32_000
"""Bytes to the board before which everything is preparation: the stub has 9 kB."""
BOARDS = 4
IMAGE = "firmware.bin"


class QuickEsptool(Client):
    """esptool with our RFC 2217 in the place of pyserial's."""

    def _environment(self, port: Path | str, home: Path) -> dict[str, str]:
        line = "import serial; serial.protocol_handler_packages.insert(0, 'espsh.ports')\n"
        (home / "sitecustomize.py").write_text(line)
        return {**super()._environment(port, home), "PYTHONPATH": str(home)}


_ESPTOOL = {
    "flash": f"-p {{port}} -b {RATE} write-flash 0x{OFFSET:x} {IMAGE}",
    "flash-id": "-p {port} flash-id",
}
ESPSH = Client(
    "espsh",
    {
        "flash": f"-p {{port}} flash -y --baud {RATE} {IMAGE}",
        "flash-id": "-p {port} flash_id",
        "own-rate": f"-p {{port}} flash -y {IMAGE}",
        "four": f"{{port}} @all flash -y --baud {RATE} {IMAGE}",
    },
)
PEER = QuickEsptool("esptool over our rfc2217", _ESPTOOL)
CLIENTS = (ESPSH, PEER, Client("esptool", _ESPTOOL))
JOBS = {
    "flash": f"flash {SIZE / 1e6:g} MB at {RATE}",
    "own-rate": "the same at the rate that espsh chooses",
    "flash-id": "show chip and flash",
    "four": f"flash {BOARDS} boards at once",
}
SAID = "4016"
"""What flash_id has to say, whoever says it: the flash chip's id."""


class Row(NamedTuple):
    """What one tool took for one job.

    ``seconds`` are those of its process, without those that were ``lost`` (of several boards the least that one lost):
    ``begin`` until the bytes of the image came, ``write`` in which they did, ``rest`` what came then.
    """

    job: str
    client: str
    seconds: float
    begin: float = 0.0
    write: float = 0.0
    rest: float = 0.0
    lost: float = 0.0
    right: bool = True
    code: int = 0


def measure(client: Client, job: str, size: int = SIZE) -> Row:
    """Do a job once, on fresh boards."""
    image = firmware.merged(RECIPES["esp32"], Build(app_size=size - firmware.APP_OFFSET + OFFSET))
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / IMAGE).write_bytes(image)
        flashes = [home / f"flash{number}" for number in range(BOARDS if job == "four" else 1)]
        with contextlib.ExitStack() as power:
            boards = [power.enter_context(served(f"sim://esp32/bench{n}?image={f}")) for n, f in enumerate(flashes)]
            where = " ".join(f"-p b{number}={board.url}" for number, board in enumerate(boards))
            for board in boards:
                board.seen()
            started = monotonic()
            done = client.run(job, where if job == "four" else boards[0].url, home)
            ended = monotonic()
            seen = [board.seen() for board in boards]
        if job == "flash-id":
            right = SAID in done.said
        else:
            right = all(flash.read_bytes()[OFFSET : OFFSET + len(image)] == image for flash in flashes)
    if done.code or not right:
        print(f"{client.name} {job}: exit code {done.code}: {done.said[-500:]}", file=sys.stderr)
    punctual = min((emulated(moments) for moments in seen), key=lambda moments: moments[-1].lost)
    lost = punctual[-1].lost
    split = phases(punctual, started, ended - lost) if job == "flash" else (0.0, 0.0, 0.0)
    return Row(job, client.name, ended - started - lost, *split, lost, right, done.code)


def emulated(moments: Sequence[Moment]) -> list[Moment]:
    """Return the moments at the times at which they would have been, had this computer never been late."""
    before = moments[0].lost
    return [moment._replace(at=moment.at - moment.lost + before, lost=moment.lost - before) for moment in moments]


def phases(moments: Sequence[Moment], started: float, ended: float) -> tuple[float, float, float]:
    """Return the seconds before the image came, while it came, and after it."""
    first = moments[0].up
    total = max((moment.up for moment in moments if moment.downloading), default=first) - first
    came = [moment.at for moment in moments if STUB <= moment.up - first <= 0.99 * total]
    if not came:
        return ended - started, 0.0, 0.0
    return came[0] - started, came[-1] - came[0], ended - came[-1]


def median(rows: Sequence[Row]) -> Row:
    """Return the run of median time, with the worst of the verdicts."""
    middle = sorted(rows, key=lambda row: row.seconds)[len(rows) // 2]
    return middle._replace(
        write=statistics.median(row.write for row in rows),
        right=all(row.right for row in rows), code=max(row.code for row in rows),
    )  # fmt: skip


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a table of everything."""
    yield "| job | client | s | before the image | image | after it | late | result |"
    yield "|---|---|--:|--:|--:|--:|--:|---|"
    for row in rows:
        split = "".join(f" {value:.2f} |" if row.write else " |" for value in (row.begin, row.write, row.rest))
        verdict = "right" if row.right and not row.code else f"**WRONG**, exit {row.code}"
        yield f"| {JOBS[row.job]} | {row.client} | {row.seconds:.2f} |{split} {row.lost:.2f} | {verdict} |"


def goals(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the table of goals, as far as they were measured."""
    at = {(row.job, row.client): row for row in rows}
    ours, theirs = at.get(("flash", ESPSH.name)), at.get(("flash", PEER.name))
    yield "| goal | at most | espsh | met |"
    yield "|---|--:|--:|---|"
    if ours and theirs:
        yield _goal("the image's way, x esptool", 1.05, ours.write / theirs.write)
        yield _goal("all else that esptool does not need: checks, plan, boot, s", 1.0, _else(ours) - _else(theirs))
    if ("flash-id", PEER.name) in at and ("flash-id", ESPSH.name) in at:
        whole = at["flash-id", ESPSH.name].seconds / at["flash-id", PEER.name].seconds
        yield _goal("flash_id, whole process, x esptool flash-id", 1.1, whole)
    if ours and (four := at.get(("four", ESPSH.name))):
        yield _goal(f"{BOARDS} boards at once, x one", 1.3, four.seconds / ours.seconds)


def _else(row: Row) -> float:
    return row.seconds - row.write


def _goal(name: str, most: float, value: float) -> str:
    return f"| {name} | {most:g} | {value:.2f} | {'yes' if value <= most else '**no**'} |"


def main() -> None:
    """Measure what was asked for and print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS), metavar="JOB", help=", ".join(JOBS))
    options.add_argument("--runs", type=int, default=1, help="how often; the one of median time is shown")
    given = options.parse_args()
    rows = []
    for job in given.jobs:
        clients = [client for client in CLIENTS if job in client.jobs]
        runs = [[measure(client, job) for client in clients] for _ in range(given.runs)]
        for own in zip(*runs, strict=True):
            rows.append(median(own))
            print(f"{rows[-1].client} {job}: {', '.join(f'{row.seconds:.2f}' for row in own)} s", file=sys.stderr)
    print("\n".join((*goals(rows), "", *table(rows))))


if __name__ == "__main__":
    main()
