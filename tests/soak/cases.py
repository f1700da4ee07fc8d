"""Seeded cases: a copy or an rsync through the front door on a bad line, or cut somewhere, and what it left."""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from espsh.sim.faults import DOWN, UP, FaultSpec
from espsh.sim.machine import Machine, machine_at, power_off
from tests.conftest import Shell
from tests.soak.clean import StuckError, put_files, read_files
from tests.soak.lines import KINDS, BadLine, CutLine

RATES = (1e-4, 1e-3, 1e-2)
SURE = 1e-3
"""Up to this rate every copy has to end well."""
CUTS = ("power", "unplug", "ctrl-c")
PARTS = 50
ACTIONS = ("cp up", "cp down", "rsync up", "rsync down")
BLOCKS = (0, 1, 16, 63, 64, 65, 128, 219, 220, 221, 255, 256, 257, 511, 512, 513, 1024, 2048, 4096, 8192, 16384)
NAMES = ("main.py", "a b.txt", "ünï çödé.txt", "quo'te.txt", 'dou"ble', "semi;colon", "$HOME", "#x", "%d", "n" * 60)
TEMPORARY = ".espsh~"


class Outcome(NamedTuple):
    """How a case ended. ``wrong`` says what must not be; ``loud`` that it failed and said so."""

    name: str
    group: str
    wrong: list[str]
    loud: bool
    hits: int
    seconds: float
    said: str


class Bench:
    """One virtual board and a folder, used by one case after the other."""

    def __init__(self, folder: Path, env: Mapping[str, str], url: str) -> None:
        self.url = url
        self.shell = Shell(folder, dict(env))
        self.shell.ports.append(url)
        self._known: dict[tuple[str, int], int] = {}

    @property
    def machine(self) -> Machine:
        """The board, switched on."""
        return machine_at(self.url)

    def close(self) -> None:
        """Switch the board off."""
        power_off(self.url)

    def lay(self, action: str, new: Mapping[str, bytes], old: Mapping[str, bytes]) -> None:
        """Put the ``new`` files where the action takes them from, the ``old`` ones where it brings them."""
        self.heal()
        for name in ("new", "back"):
            shutil.rmtree(self.shell.folder / name, ignore_errors=True)
            (self.shell.folder / name).mkdir()
        up = action.endswith("up")
        for name, data in (new if up else old).items():
            self.shell.write(f"{'new' if up else 'back'}/{name}", data)
        put_files(self.url, "/back", old if up else new)

    def heal(self) -> None:
        """Take all faults away; a cable that was pulled is put back."""
        with contextlib.suppress(Exception):
            self.machine.faults = CutLine(0, lambda: None)
            self.machine.replug()

    def run(self, action: str, names: list[str]) -> tuple[int, str]:
        """Copy the files, each in the way that the action says; return exit code and standard error."""
        words = {
            "cp up": ["cp", "-f", *(f"new/{name}" for name in names), ":/back/"],
            "cp down": ["cp", "-f", *(f":/back/{name}" for name in names), "back/"],
            "rsync up": ["rsync", "-q", "new/", ":/back"],
            "rsync down": ["rsync", "-q", ":/back/", "back"],
        }[action]
        result = self.shell.run("--wait", "0", *words)
        return result.code, result.err

    def found(self, action: str) -> dict[str, bytes]:
        """Return what is at the target now."""
        if action.endswith("up"):
            return {path.removeprefix("/back/"): data for path, data in read_files(self.url).items()}
        back = self.shell.folder / "back"
        return {str(path.relative_to(back)): path.read_bytes() for path in back.rglob("*") if path.is_file()}

    def length(self, action: str, seed: int, new: Mapping[str, bytes], old: Mapping[str, bytes]) -> int:
        """Return how many bytes the action sends when nothing goes wrong."""
        if (action, seed) not in self._known:
            self.lay(action, new, old)
            before = self.machine.bytes_up
            code, said = self.run(action, list(new))
            assert code == 0, said
            self._known[action, seed] = self.machine.bytes_up - before
        return self._known[action, seed]


def content(rng: random.Random, size: int) -> bytes:
    """Return text, noise, or what a line and a prompt make most of."""
    kind = rng.randrange(5)
    if kind < 2:
        return (b"def f(x):\n    return x + %d  # text that shrinks\n" % rng.randrange(99) * (size // 40 + 1))[:size]
    if kind == 2:
        return bytes(rng.choice(b"\x00\x01\x02\x03\x04\x05\x0a\x0d\x10\x11\x1e\xff") for _ in range(size))
    if kind == 3:
        return (bytes(range(256)) * (size // 256 + 1))[:size]
    return rng.randbytes(size)


def draw_files(rng: random.Random, most: int) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the new files and the old ones that some of them replace."""
    names = rng.sample(NAMES, rng.randrange(1, 5))
    blocks = [size for size in BLOCKS if size <= most]
    sizes = [rng.choice(blocks) if rng.random() < 0.4 else rng.randrange(most) for _ in names]
    new = {name: content(rng, size) for name, size in zip(names, sizes, strict=True)}
    old = {name: b"old" + content(rng, rng.randrange(2000)) for name in names if rng.random() < 0.5}
    return new, old


def loss(bench: Bench, seed: int, rate: float | None = None) -> Outcome:
    """Copy on a bad line."""
    rng = random.Random(seed)
    kind, action = rng.choice(KINDS), rng.choice(ACTIONS)
    rate = rate or rng.choice(RATES)
    ways = rng.choice(((UP,), (DOWN,), (UP, DOWN)))
    new, old = draw_files(rng, 30_000 if rate <= SURE else 2_000)
    bench.lay(action, new, old)
    line = BadLine(kind, rate, ways, seed)
    bench.machine.faults = line
    start = time.monotonic()
    code, said = bench.run(action, list(new))
    seconds = time.monotonic() - start
    bench.heal()
    wrong = _judge(bench, action, new, old, code, said)
    if code and rate <= SURE:
        wrong.append(f"failed at a rate of {rate:g}: {said.strip()}")
    name = f"seed {seed}: {action} of {[len(data) for data in new.values()]} bytes, {kind} {rate:g} {'+'.join(ways)}"
    return Outcome(name, f"{kind} {rate:g}", wrong, bool(code), line.hits, seconds, said)


def cut(bench: Bench, seed: int, part: int | None = None, how: str | None = None) -> Outcome:
    """Cut a copy at one of its fiftieth parts."""
    rng = random.Random(seed)
    how = how or rng.choice(CUTS)
    action = rng.choice(ACTIONS)
    part = rng.randrange(PARTS) if part is None else part
    files = rng.randrange(3)
    new, old = draw_files(random.Random(files), 20_000)
    at = bench.length(action, files, new, old) * part // PARTS
    bench.lay(action, new, old)
    bench.machine.faults = CutLine(at, lambda: _act(how))
    start = time.monotonic()
    code, said = bench.run(action, list(new))
    seconds = time.monotonic() - start
    bench.heal()
    next_code, next_said = _next_command(bench)
    wrong = _judge(bench, action, new, old, code, said)
    if next_code:
        wrong.append(f"the next command failed: {next_said.strip()}")
    name = f"seed {seed}: {action}, {how} at {part}/{PARTS} ({at} bytes)"
    return Outcome(name, how, wrong, bool(code), 1, seconds, said)


def _act(how: str) -> FaultSpec | None:
    if how == "ctrl-c":
        ident = threading.main_thread().ident
        assert ident is not None
        signal.pthread_kill(ident, signal.SIGINT)
        return None
    return FaultSpec({"power": "kill"}.get(how, how), UP, at=0)


def _next_command(bench: Bench) -> tuple[int, str]:
    result = bench.shell.run("ls", ":/")
    return result.code, result.err


def _judge(
    bench: Bench, action: str, new: Mapping[str, bytes], old: Mapping[str, bytes], code: int, said: str
) -> list[str]:
    """Return what is wrong with what a copy has left."""
    try:
        found = bench.found(action)
    except StuckError as error:
        bench.close()
        return [f"the board is stuck: {error}"]
    wrong = [f"left over: {name}" for name in found if name not in new]
    for name, data in new.items():
        if found.get(name) not in (data, old.get(name)):
            size = len(found[name]) if name in found else "none"
            wrong.append(f"{name} is neither old nor new: {size} of {len(data)} bytes")
        elif code == 0 and found.get(name) != data:
            wrong.append(f"silent: {name} is not the new one")
    if code and not said.strip():
        wrong.append(f"silent: code {code} and nothing said")
    return wrong
