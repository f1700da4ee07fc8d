from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from espsh.errors import NotFoundError
from espsh.shell.screen import Screen
from espsh.shell.terminal import ScreenTerminal
from tests.shell.conftest import text_world


@pytest.fixture
def terminal(tmp_path: Path) -> ScreenTerminal:
    world = text_world(tmp_path)
    return ScreenTerminal(world, Screen(world))


def test_a_programs_exit_code_comes_back(terminal: ScreenTerminal) -> None:
    assert terminal.run([sys.executable, "-c", "raise SystemExit(7)"]) == 7


def test_a_missing_program_is_told(terminal: ScreenTerminal) -> None:
    with pytest.raises(NotFoundError, match="no program 'nosuchprogram'"):
        terminal.run(["nosuchprogram"])


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_belongs_to_the_program_on_the_screen(terminal: ScreenTerminal) -> None:
    program = "import os, signal; os.kill(os.getppid(), signal.SIGINT); os.kill(os.getpid(), signal.SIGINT)"
    assert (
        terminal.run([sys.executable, "-c", f"try:\n {program}\nexcept KeyboardInterrupt:\n raise SystemExit(5)"]) == 5
    )
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    ("answer", "yes"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_only_yes_is_yes(tmp_path: Path, answer: str, yes: bool) -> None:
    world = text_world(tmp_path)
    world.stdin.write(answer)
    world.stdin.seek(0)
    assert ScreenTerminal(world, Screen(world)).confirm("erase it?") is yes
