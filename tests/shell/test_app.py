"""The prompt as a person uses it: keys in through a pipe, what was run and said out."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from espsh.base.events import Notice
from espsh.base.world import World
from espsh.cli import main
from espsh.core.background import begin
from espsh.core.dispatch import Dispatcher
from espsh.core.session import Session
from espsh.script import run_script
from espsh.shell.app import run_prompt
from espsh.shell.screen import Screen
from tests.shell.conftest import text_world

ENTER, TAB, UP, RIGHT, CTRL_C, CTRL_D, CTRL_R = "\r", "\t", "\x1b[A", "\x1b[C", "\x03", "\x04", "\x12"
F2, F3, F4 = "\x1bOQ", "\x1bOR", "\x1bOS"


@contextmanager
def keys(text: str = "") -> Iterator[PipeInput]:
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(text)
        yield pipe


class Person:
    """Types keys into an espsh of its own and reads the screen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def types(self, text: str, *argv: str, **env: str) -> tuple[int, str, str]:
        """Type, then leave by Ctrl-D; return the exit code, stdout and stderr."""
        world = text_world(self.folder, ESPSH_PORT="none", TERM="xterm", **env)
        with keys(text + CTRL_D):
            code = main([*argv, "-q"], world)
        return code, value(world.stdout), value(world.stderr)


def value(stream: Any) -> str:
    return str(stream.getvalue())


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


def test_lines_are_run_and_ctrl_d_leaves(person: Person) -> None:
    code, out, err = person.types(f"echo one; echo two{ENTER}echo 'three'{ENTER}")
    assert (code, out, err) == (0, "one\ntwo\nthree\n", "")


def test_exit_with_a_code_is_the_exit_code_of_the_shell(person: Person) -> None:
    assert person.types(f"cat nosuch{ENTER}exit 3{ENTER}")[0] == 3
    assert person.types(f"exit 300{ENTER}echo on{ENTER}")[:2] == (0, "on\n")


def test_exit_leaves_with_or_without_blanks(person: Person) -> None:
    assert person.types(f"echo a{ENTER}exit {ENTER}echo never{ENTER}")[1] == "a\n"


def test_the_last_commands_code_is_the_shells(person: Person) -> None:
    assert person.types(f"nonsense{ENTER}")[0] == 2
    assert person.types(f"nonsense{ENTER}echo a{ENTER}")[0] == 0


def test_an_error_does_not_end_the_shell(person: Person) -> None:
    _, out, err = person.types(f"cat nosuch{ENTER}echo it's{ENTER}ls :{ENTER}echo alive{ENTER}")
    assert out == "alive\n"
    assert "nosuch: no such file" in err
    assert "a ' is not closed" in err
    assert "Traceback" not in err


def test_ctrl_c_clears_the_line(person: Person) -> None:
    code, out, _ = person.types(f"echo never{CTRL_C}echo a{ENTER}")
    assert (code, out) == (0, "a\n")


def test_tab_completes_commands_options_and_files(person: Person) -> None:
    (person.folder / "my file.txt").write_text("content\n")
    assert person.types(f"ec{TAB}a{ENTER}")[1] == "a\n"
    assert person.types(f"cat my{TAB}{ENTER}")[1] == "content\n"


def test_history_is_kept_between_shells(person: Person) -> None:
    person.types(f"echo first{ENTER}echo second{ENTER}")
    assert person.types(f"{UP}{UP}{ENTER}")[1] == "first\n"
    assert person.types(f"{CTRL_R}sec{ENTER}{ENTER}")[1] == "second\n"


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_history_is_its_owners_alone(person: Person) -> None:
    person.types(f"echo first{ENTER}")
    assert (person.folder / "state" / "history").stat().st_mode & 0o777 == 0o600


def test_pasted_lines_run_one_after_another_up_to_a_failure(person: Person) -> None:
    pasted = "\x1b[200~echo a\necho b\nnonsense\necho never\x1b[201~"
    code, out, _ = person.types(pasted + ENTER)
    assert (code, out) == (2, "a\nb\n")


def test_a_running_command_is_cancelled_and_the_shell_lives(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("espsh.commands.host.time.sleep", interrupt)
    code, out, err = person.types(f"sleep 9{ENTER}echo alive{ENTER}")
    assert (code, out, err) == (0, "alive\n", "sleep: interrupted\n")


@pytest.fixture
def running(session: Session) -> Callable[[], tuple[Dispatcher, Screen]]:
    def start() -> tuple[Dispatcher, Screen]:
        screen = Screen(session.world)
        session.events.subscribe(screen.hear)
        return Dispatcher(session, screen, screen.draw, screen.say, run_script, begin, screen.aside), screen

    return start


def test_f2_goes_to_the_next_board_and_f4_to_its_repl(
    session: Session, running: Callable[[], tuple[Dispatcher, Screen]], add_board: Callable[..., object]
) -> None:
    class Attached:
        names: list[str] = []  # noqa: RUF012 - one test, one list

        def attach(self, board: Any, *_: object) -> None:
            self.names.append(board.name)

    for name in ("attic", "kitchen"):
        add_board(name)
    session.terminal = Attached()  # type: ignore[assignment]
    with keys(f"{F2}ec{F4}ho kept{ENTER}{CTRL_D}"):
        run_prompt(*running())
    assert session.current == "kitchen"
    assert Attached.names == ["kitchen"]
    assert value(session.world.stdout) == "kept\n"


def test_a_notice_from_another_thread_comes_above_the_line_and_is_never_lost(
    session: Session, running: Callable[[], tuple[Dispatcher, Screen]]
) -> None:
    dispatcher, screen = running()
    with keys("echo ty") as pipe:
        shown = threading.Event()
        worker = threading.Thread(target=lambda: tell(session, screen, pipe, shown))
        worker.start()
        run_prompt(dispatcher, screen)
        worker.join()
    assert value(session.world.stderr).splitlines() == [f"attic: note {n}" for n in range(50)]
    assert value(session.world.stdout) == "typed\n"


def tell(session: Session, screen: Screen, pipe: PipeInput, shown: threading.Event) -> None:
    for number in range(50):
        session.events.emit(Notice("attic", f"note {number}"))
    pipe.send_text(f"ped{ENTER}{CTRL_D}")


def test_git_bash_gets_plain_lines_and_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoConsoleScreenBufferError(Exception):
        pass

    def refuse(*_: Any) -> int:
        raise NoConsoleScreenBufferError

    monkeypatch.setattr("espsh.shell.app.run_prompt", refuse)
    world = text_world(tmp_path, ESPSH_PORT="none", TERM="xterm")
    world.stdin.write("echo plain\n")
    world.stdin.seek(0)
    assert main([], world) == 0
    assert value(world.stdout) == "plain\n"
    assert "winpty" in value(world.stderr)


@pytest.fixture
def dumb(tmp_path: Path) -> World:
    return text_world(tmp_path, ESPSH_PORT="none", TERM="dumb")


def test_a_dumb_terminal_gets_plain_lines(dumb: World) -> None:
    dumb.stdin.write("echo a\n\nnonsense\necho b\n")
    dumb.stdin.seek(0)
    assert main([], dumb) == 0
    assert value(dumb.stdout) == "a\nb\n"
    assert value(dumb.stderr).count(" > ") == 5
    assert "\x1b" not in value(dumb.stdout) + value(dumb.stderr)
