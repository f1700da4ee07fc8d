"""One espsh that is led through steps while boards are unplugged and come back."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable

from espsh.base.world import World
from espsh.cli import main
from espsh.sim.machine import machine_at
from tests.conftest import Result, Shell
from tests.soak.lines import CutLine
from tests.usb import Usb

Step = str | Callable[[], object]
LOST = "gone (unplugged"
FIRST, SECOND = {"serial": "0001", "location": "1-1"}, {"serial": "0001", "location": "1-2"}
"""Two bridges as they come: with one serial number."""


class Said(io.StringIO):
    """What was said, and how to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self._more = threading.Condition()

    def write(self, text: str) -> int:
        with self._more:
            self._more.notify_all()
            return super().write(text)

    def wait_for(self, text: str) -> None:
        with self._more:
            assert self._more.wait_for(lambda: text in self.getvalue(), 30), self.getvalue()


class Lines(io.StringIO):
    """Lines of a script that comes by and by; what is no line happens before the next one is read."""

    def __init__(self, *steps: Step) -> None:
        super().__init__()
        self._steps = list(steps)

    def __next__(self) -> str:
        while self._steps:
            step = self._steps.pop(0)
            if isinstance(step, str):
                return f"{step}\n"
            step()
        raise StopIteration


class Run:
    """One espsh that is led through steps."""

    def __init__(self, sh: Shell) -> None:
        self._sh = sh
        self._err = Said()

    def __call__(self, ports: list[str], *steps: Step, options: tuple[str, ...] = ()) -> Result:
        out = io.TextIOWrapper(io.BytesIO(), "utf-8")
        words = [word for port in ports for word in ("-p", port)]
        world = World(Lines(*steps), out, self._err, self._sh.env, self._sh.folder)
        code = main([*words, "-k", "-v", *options], world)
        out.flush()
        return Result(code, out.buffer.getvalue(), self._err.getvalue())

    def sees(self, text: str) -> Callable[[], None]:
        """Return a step that waits until something was said."""
        return lambda: self._err.wait_for(text)


def replugging(usb: Usb, board: str, old: str, new: str, done: threading.Event, **facts: str) -> Callable[[], bytes]:
    """Return what pulls the cable and puts it back under another name, while bytes pass."""

    def replug() -> None:
        usb.unplug(old)
        usb.plug(board, new, **facts)
        done.set()

    def act() -> bytes:
        threading.Thread(target=replug).start()
        return b""

    return act


def cut(board: str, act: Callable[[], bytes], at: int = 9000) -> None:
    """Let ``act`` happen when so many bytes have gone to the board."""
    machine_at(board).faults = CutLine(at, act)
