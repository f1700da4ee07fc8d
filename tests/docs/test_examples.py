"""Every shell example of the README and the docs, run on virtual boards; what it prints is what stands there."""

from __future__ import annotations

import io
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from espsh.base.world import World
from espsh.cli import main
from tests.conftest import Shell
from tests.docs.examples import Block, Step, blocks_of, is_shown

ROOT = Path(__file__).parent.parent.parent
ELSEWHERE = {
    "first-board.md": "has a test of its own",
    "screens.md": "has a test of its own",
    "plugins.md": "has a test of its own",
    "shipped-plugins.md": "has a test of its own",
    "performance.md": "its commands are measurements of an hour",
}
CANNOT = {
    "espsh -p attic=/dev/ttyUSB0 -p kitchen=/dev/ttyUSB1 deploy FLEET.toml": "gets firmware from micropython.org",
    "espsh -p /dev/ttyUSB0 watch src --run src/main.py": "goes on until Ctrl-C, and waits for saves",
    "espsh -p /dev/ttyUSB0 mip install greet": "gets a package from an index",
    "espsh -p attic=/dev/ttyUSB0 serve --rfc2217 4000": "goes on until Ctrl-C",
    "espsh -p rfc2217://localhost:4000": "a board on another machine",
    "espsh -p attic=rfc2217://localhost:4000": "a board on another machine",
    "espsh -p attic=ws://:secret@192.168.1.20 ls :": "a board in a Wi-Fi",
}
"""The examples that do not run here, and why."""
DEVICES = {
    "/dev/ttyUSB0": "sim:esp32/attic",
    "/dev/ttyUSB1": "sim:esp32c3/kitchen",
    "/dev/ttyACM0": "sim:esp32c3/kitchen",
}
BEFORE = {
    "espsh -p /dev/ttyUSB0 flash --keep-files ESP32_GENERIC-20260801-v1.29.0.bin": (
        "python -m espsh.sim firmware esp32 --version 1.29.0 -o ESP32_GENERIC-20260801-v1.29.0.bin",
        "touch 0 1 2 3 4 5 6 7 8 9 10 11 12",
        "espsh -p /dev/ttyUSB0 cp 0 1 2 3 4 5 6 7 8 9 10 11 12 :",
    ),
    "espsh -p /dev/ttyUSB0 diagnose": (
        "python -m espsh.sim firmware esp32 --spiram needs -o psram.bin",
        "espsh -p /dev/ttyUSB0 flash -y --force psram.bin",
    ),
    "espsh -p /dev/ttyUSB0 mpycross src/ -o :/lib": (
        "rm src/sensor.py; mkdir src/net; touch src/net/__init__.py",
        "echo 'def larger(one, other): return one > other' | tee src/heap.py src/net/bisect.py",
    ),
}
"""What was done before an example begins."""
STARTING = "a program was running; it was interrupted"
"""Said where a board that was just switched on is still in its main.py: a matter of milliseconds."""
FAST = "baud=0&latency=0&erase=0&write=0"
PROJECT = {
    "app.py": "import sys\n" * 40,
    "blink.py": 'for n in range(3):\n    print("blink", n)\n',
    "main.py": 'print("hello")\n',
    "deploy.espsh": "ls :\n",
    "src/main.py": 'import sensor\nprint("temperature", sensor.read())\n',
    "src/sensor.py": "def read():\n    return 21.4\n",
    "FLEET.toml": '[lab]\nboards = "attic,kitchen"\n[[lab.files]]\nfrom = "src"\nto = "/"\n',
}


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").glob("*.md") if path.name not in ELSEWHERE)]


BLOCKS = [block for page in pages() for block in blocks_of(page.name, page.read_text(encoding="utf-8"))]


class Reader:
    """Does what the examples say, in one folder, each call of espsh with boards that were off before."""

    def __init__(self, sh: Shell) -> None:
        self.sh = sh
        self.code = 0
        self.urls: dict[str, str] = {}
        for name, content in PROJECT.items():
            sh.write(name, content)

    def do(self, step: Step) -> list[str]:
        """Do one step and return the lines that it printed."""
        if step.line == "echo $?":
            code, self.code = self.code, 0
            return [str(code)]
        text = self._espsh(step) if step.is_espsh else self._host(step.line)
        for printed, shown in self._told().items():
            text = text.replace(printed, shown)
        lines = [re.sub(r"^stdin:\d+: ", "", line) for line in text.splitlines()]
        return [line for line in lines if not line.endswith(STARTING)]

    def _told(self) -> dict[str, str]:
        """Return what stands in the docs for ports and folders of this test."""
        folders = {str(self.sh.folder): "~/proj", self.sh.env["ESPSH_STATE_DIR"]: "~/.local/state/espsh"}
        return {**self.urls, **{DEVICES[d]: d for d in self.urls.values() if d in DEVICES}, **folders}

    def _espsh(self, step: Step) -> str:
        words, target = self._words(step.line)
        yes = ["-y"] if step.agreed else []
        keep_going = ["-k"] if step.typed else []
        out = io.TextIOWrapper(io.BytesIO(), "utf-8")
        world = World(io.StringIO("\n".join(step.typed)), out, out, self.sh.env, self.sh.folder)
        try:
            self.code = main([*keep_going, *words, *yes], world)
        finally:
            self._power_off()
        out.flush()
        data = out.buffer.getvalue()  # type: ignore[attr-defined]
        if target:
            self.sh.write(target, data)
        return "" if target else data.decode()

    def _words(self, line: str) -> tuple[list[str], str]:
        """Return the words that a real shell makes of the line, and the file that the output goes to."""
        script = f"espsh() {{ printf '%s\\0' \"$@\" >&2; }}; {line}"
        done = subprocess.run(["bash", "-c", script], cwd=self.sh.folder, capture_output=True, check=True)
        target = re.search(r" > (\S+)$", line)
        words = done.stderr.decode().split("\0")[:-1]
        return [self._port(word) for word in words], target[1] if target else ""

    def _port(self, word: str) -> str:
        """Return the word with a fast virtual board in place of a port."""
        name, shown = re.fullmatch(r"(\w+=)?(.*)", word, re.DOTALL).groups("")  # type: ignore[union-attr]
        url = DEVICES.get(shown, shown)
        if not url.startswith("sim:"):
            return word
        url += ("&" if "?" in url else "?") + FAST
        self.urls[url] = shown
        return name + url

    def _host(self, line: str) -> str:
        env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", line], cwd=self.sh.folder, env=env, capture_output=True, text=True)
        self.code = done.returncode
        return done.stdout + done.stderr

    def _power_off(self) -> None:
        from espsh.sim.machine import power_off

        for url in self.urls:
            power_off(url)


@pytest.fixture
def reader(sh: Shell) -> Iterator[Reader]:
    del sh.env["ESPSH_PORT"]
    yield Reader(sh)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_an_example_prints_what_stands_there(reader: Reader, block: Block) -> None:
    """A failure is part of an example where it stands in a session, or ``echo $?`` tells of it."""
    steps = [step for step in block.steps if step.plain not in CANNOT]
    if not steps:
        pytest.skip("; ".join(CANNOT[step.plain] for step in block.steps))
    for line in (line for step in steps for line in BEFORE.get(step.line, ())):
        reader.do(Step(line, None))
    for step, following in itertools.zip_longest(steps, steps[1:]):
        printed = reader.do(step)
        told = following is not None and following.line == "echo $?"
        assert reader.code == 0 or told or step.typed, printed
        assert step.shown is None or is_shown(step.answers, printed), "\n".join([step.line, "prints", *printed])


def test_what_cannot_run_stands_in_the_docs() -> None:
    lines = {step.plain for block in BLOCKS for step in block.steps}
    assert set(CANNOT) - lines == set()
    assert sum(step.is_espsh for block in BLOCKS for step in block.steps) - len(CANNOT) > 50
