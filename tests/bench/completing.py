"""From TAB to the menu: keys through prompt_toolkit's pipe input, a directory of 1,000 entries that is cached."""

from __future__ import annotations

import io
import statistics
import threading
import time
from pathlib import Path

from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from espsh.base.files import Entry
from espsh.core.background import begin
from espsh.core.dispatch import Dispatcher
from espsh.core.plugins import BUILTIN
from espsh.core.registry import Registry
from espsh.core.session import Options, Session
from espsh.core.terminal import ScriptTerminal
from espsh.script import run_script
from espsh.shell.app import run_prompt
from espsh.shell.screen import Screen
from tests.shell.conftest import MemoryBoard, no_connector, text_world

ENTRIES = 1000
CTRL_U, CTRL_D, ESCAPE = "\x15", "\x04", "\x1b"


class Drawn(io.StringIO):
    """What is drawn, and how to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self._more = threading.Condition()
        self._text = ""

    def write(self, text: str) -> int:
        with self._more:
            self._text += text
            self._more.notify_all()
        return len(text)

    def await_text(self, text: str) -> None:
        """Wait until ``text`` has been drawn, and forget what was."""
        with self._more:
            if not self._more.wait_for(lambda: text in self._text, 30):
                raise TimeoutError(f"{text!r} was not drawn: {self._text[-300:]!r}")
            self._text = ""


def key_to_menu(folder: Path, runs: int = 9) -> float:
    """Return the median of the seconds from the key to the menu's first entry on the screen."""
    session = Session(
        world=text_world(folder), registry=Registry(BUILTIN), connector=no_connector,
        terminal=ScriptTerminal(), list_ports=list, options=Options(),
    )  # fmt: skip
    entries = [Entry(f"{kind}{number:04}.py", False, 1000) for kind in "ab" for number in range(ENTRIES // 2)]
    session.boards["attic"] = MemoryBoard("attic", {"/lib": entries, "/": []})  # type: ignore[assignment]
    session.current = "attic"
    screen = Screen(session.world)
    dispatcher = Dispatcher(session, screen, screen.draw, screen.say, run_script, begin, screen.aside)
    drawn, times = Drawn(), []
    output = Vt100_Output(drawn, lambda: Size(rows=24, columns=80), term="xterm", enable_cpr=False)
    with create_pipe_input() as keys, create_app_session(input=keys, output=output):

        def press() -> None:
            drawn.await_text("attic")
            for _ in range(runs):
                keys.send_text("cat :/lib/")
                drawn.await_text("/lib/")
                began = time.perf_counter()
                keys.send_text("\t")
                drawn.await_text("a0000.py")
                times.append(time.perf_counter() - began)
                keys.send_text(CTRL_U)
                time.sleep(0.3)  # all of the menu is gone
            keys.send_text(CTRL_D)

        person = threading.Thread(target=press)
        person.start()
        run_prompt(dispatcher, screen)
        person.join()
    return statistics.median(times)
